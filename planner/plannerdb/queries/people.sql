-- name: JobCenters :many
select code, name from job_center order by name, code;

-- name: ActiveCaseWorkers :many
select id, job_center_code, identifier, given_name, middle_name, surname, email
from case_worker
where active
order by job_center_code, surname, given_name, id;
