-- name: LockWorkers :exec
-- As LockCaseWorkers of package plannerdb, for any number.
select w.id from case_worker w where w.id = any(@ids::uuid[]) order by w.id for no key update;

-- name: Workers :many
-- Hours hold triples; so do exceptions, with days since 2000; contacts hold pairs.
select w.id, w.job_center_code, w.identifier, w.given_name, coalesce(w.middle_name, '')::text as middle_name, w.surname, w.email,
    coalesce(w.phone, '')::text as phone, coalesce(w.max_per_day, 0)::int as max_per_day, w.competences,
    w.active, w.last_day, w.version,
    array(
        select array[h.weekday, h.start_minute, h.end_minute]::int[]
        from working_hours h where h.case_worker_id = w.id order by h.weekday, h.start_minute
    )::int[] as hours,
    array(
        select array[x.on_date - date '2000-01-01', x.start_minute, x.end_minute]::int[]
        from working_hours_exception x where x.case_worker_id = w.id order by x.on_date, x.start_minute
    )::int[] as exceptions,
    array(
        select array[k.weekday, k.contact_type]::int[]
        from case_worker_contact k where k.case_worker_id = w.id order by k.weekday, k.contact_type
    )::int[] as contacts,
    array(select m.team_id from team_member m where m.case_worker_id = w.id order by m.team_id)::uuid[] as teams,
    coalesce(b.id, 0)::bigint as mailbox_id, coalesce(b.graph_user_id, '')::text as graph_user_id, coalesce(b.state, '')::text as mailbox_state
from case_worker w
left join mailbox b on b.case_worker_id = w.id
where (@job_center_code::text = '' or w.job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or w.id = sqlc.narg(id))
order by w.surname, w.given_name, w.id;

-- name: PutWorker :exec
insert into case_worker (id, job_center_code, identifier, given_name, middle_name, surname, email, phone, active, max_per_day,
    competences, last_day)
values (@id, @job_center_code, @identifier, @given_name, nullif(@middle_name::text, ''), @surname, @email, nullif(@phone::text, ''), @active,
    nullif(@max_per_day::int, 0), @competences, @last_day)
on conflict (id) do update
set identifier = excluded.identifier, given_name = excluded.given_name, middle_name = excluded.middle_name,
    surname = excluded.surname, email = excluded.email, phone = excluded.phone, active = excluded.active, max_per_day = excluded.max_per_day,
    competences = excluded.competences, last_day = excluded.last_day,
    version = case_worker.version + 1;

-- name: BumpWorkers :exec
update case_worker set version = version + 1 where id = any(@ids::uuid[]);

-- name: WorkerClash :many
-- Who else has the mail address, or the identifier in the job centre.
select w.id, (lower(w.email) = lower(@email))::boolean as email
from case_worker w
where w.id <> @id and (lower(w.email) = lower(@email) or w.identifier = @identifier and w.job_center_code = @job_center_code);

-- name: DeleteHours :exec
delete from working_hours where case_worker_id = @case_worker_id;

-- name: InsertHours :exec
insert into working_hours (case_worker_id, weekday, start_minute, end_minute)
select @case_worker_id, unnest(@weekdays::smallint[]), unnest(@starts::smallint[]), unnest(@ends::smallint[]);

-- name: DeleteExceptions :exec
delete from working_hours_exception where case_worker_id = @case_worker_id;

-- name: InsertExceptions :exec
insert into working_hours_exception (case_worker_id, on_date, start_minute, end_minute)
select @case_worker_id, unnest(@dates::date[]), unnest(@starts::smallint[]), unnest(@ends::smallint[]);

-- name: DeleteContacts :exec
delete from case_worker_contact where case_worker_id = @case_worker_id;

-- name: InsertContacts :exec
insert into case_worker_contact (case_worker_id, weekday, contact_type)
select @case_worker_id, unnest(@weekdays::smallint[]), unnest(@contact_types::int[])
on conflict do nothing;

-- name: DeleteTeamsOf :exec
delete from team_member where case_worker_id = @case_worker_id;

-- name: InsertTeamsOf :exec
insert into team_member (team_id, case_worker_id)
select t.id, @case_worker_id from team t
where t.id = any(@team_ids::uuid[]) and t.job_center_code = @job_center_code;

-- name: Upcoming :many
-- Meetings that a case worker who leaves, or has left, would hold afterwards. No word of the citizen.
select b.id, b.starts_at, b.ends_at, b.title, b.contact_type, w.id as case_worker_id, w.given_name, w.surname
from booking b
join case_worker w on w.id = b.case_worker_id
where b.status = 'booked' and b.starts_at > @now
    and (@job_center_code::text = '' or w.job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or w.id = sqlc.narg(id))
    and (not w.active or b.starts_at >= (w.last_day + 1)::timestamp at time zone 'Europe/Copenhagen')
order by b.starts_at, b.id;

-- name: EndDue :many
-- Those whose last day has passed hold no meetings from now on.
update case_worker set active = false, version = version + 1
where active and last_day < @today::date
returning id, job_center_code;
