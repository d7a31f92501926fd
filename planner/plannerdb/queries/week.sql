-- name: WeekWorkers :many
-- Case workers of a job centre, active or not, for people to look at.
select w.id, w.job_center_code, w.identifier, w.given_name, w.middle_name, w.surname, w.email,
    array(
        select array[h.weekday, h.start_minute, h.end_minute]::int[]
        from working_hours h where h.case_worker_id = w.id order by h.weekday, h.start_minute
    )::int[] as hours,
    array(
        select array[x.on_date - date '2000-01-01', x.start_minute, x.end_minute]::int[]
        from working_hours_exception x
        where x.case_worker_id = w.id and x.on_date between @from_day::date and @to_day::date
        order by x.on_date, x.start_minute
    )::int[] as exceptions,
    b.state as mailbox_state, b.as_of,
    exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient') as kommuneklient,
    c.stale_after_minutes
from case_worker w
join job_center c on c.code = w.job_center_code
left join mailbox b on b.case_worker_id = w.id
where w.job_center_code = @job_center_code and w.id = any(@ids::uuid[])
order by w.surname, w.given_name, w.id;

-- name: WeekBusy :many
select b.case_worker_id, b.starts_at, b.ends_at, b.private
from busy_block b
where b.case_worker_id = any(@ids::uuid[]) and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
order by b.starts_at, b.ends_at;

-- name: WeekHeld :many
-- Meetings, and reservations that have not run out. The meeting's own time is without buffers.
select h.case_worker_id, lower(h.during)::timestamptz as held_from, upper(h.during)::timestamptz as held_to, h.booking_id,
    coalesce(b.starts_at, lower(h.during) + h.buffer_before_minutes * interval '1 minute')::timestamptz as starts_at,
    coalesce(b.ends_at, upper(h.during) - h.buffer_after_minutes * interval '1 minute')::timestamptz as ends_at,
    coalesce(b.title, '') as title, coalesce(b.contact_type, 0)::int as contact_type, coalesce(b.overlapping, false) as overlapping,
    coalesce((select e.name from code_list_entry e where e.list = 'InterviewContactType' and e.code = b.contact_type), '')::text as contact_name
from held_time h
left join booking b on b.id = h.booking_id
where h.case_worker_id = any(@ids::uuid[]) and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    and (h.booking_id is not null or h.expires_at > @now::timestamptz)
order by starts_at, h.id;

-- name: TeamsOf :many
select t.id, t.name,
    array(select m.case_worker_id from team_member m where m.team_id = t.id order by m.case_worker_id)::uuid[] as members
from team t
where t.job_center_code = @job_center_code
order by t.name;

-- name: OptionTitles :many
select id, title, active from interview_option where job_center_code = @job_center_code order by active desc, title, id;
