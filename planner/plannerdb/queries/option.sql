-- name: JobCenterByCode :many
-- At most one row.
select code, reservation_minutes from job_center where code = @code;

-- name: OptionByID :many
-- The option given, or that of the booking given; at most one row. A withdrawn option has no new meetings, but those
-- made may still be moved.
select id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, slot_step_minutes,
    notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name, street_building,
    floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes, cancellation_deadline_minutes,
    contact_groups, person_categories, person_group_projects, active
from interview_option
where id = coalesce(
        sqlc.narg(option)::uuid,
        (select b.interview_option_id from booking b where b.id = sqlc.narg(moving)::uuid));

-- name: ActiveOptions :many
select id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, slot_step_minutes,
    notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name, street_building,
    floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes, cancellation_deadline_minutes,
    contact_groups, person_categories, person_group_projects, active
from interview_option
where job_center_code = @job_center_code and active
order by title, id;

-- name: OptionCaseWorkerLinks :many
select l.interview_option_id, l.case_worker_id
from interview_option_case_worker l
join interview_option o on o.id = l.interview_option_id
where o.job_center_code = @job_center_code and o.active;
