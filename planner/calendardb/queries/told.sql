-- name: JobCenter :many
-- At most one row.
select code, name from job_center where code = @code;

-- name: CaseWorkers :many
-- With whether a Kommuneklient is asked for their calendar: its word counts, will count, or no one's does yet.
select w.id, w.identifier, w.given_name, w.middle_name, w.surname, w.email,
    coalesce(
        (select s.source = 'kommuneklient' or s.next is not distinct from 'kommuneklient' from calendar_source s where s.case_worker_id = w.id),
        not exists (select from mailbox m where m.case_worker_id = w.id))::boolean as wanted,
    array(
        select array[h.weekday, h.start_minute, h.end_minute]::int[]
        from working_hours h where h.case_worker_id = w.id order by h.weekday, h.start_minute
    )::int[] as hours
from case_worker w
where w.job_center_code = @job_center_code and w.active
order by w.identifier;

-- name: ToldEvents :many
-- Both bounds count in.
select case_worker_id, item_id, starts_at, ends_at
from busy_block
where source = 'kommuneklient' and case_worker_id = any(@case_workers::uuid[])
    and (sqlc.narg(from_at)::timestamptz is null or starts_at >= sqlc.narg(from_at)::timestamptz)
    and (sqlc.narg(to_at)::timestamptz is null or starts_at <= sqlc.narg(to_at)::timestamptz)
order by starts_at, case_worker_id, item_id;

-- name: Compared :exec
-- Only a switch under way asks for this, so that most comparisons write nothing.
update calendar_source set compared_at = @at::timestamptz
where case_worker_id = any(@case_workers::uuid[]) and next is not distinct from 'kommuneklient';

-- name: AdoptSources :exec
-- The first word about a case worker whose calendar reaches us in no other way.
insert into calendar_source (case_worker_id, source, since)
select w.id, 'kommuneklient', @at::timestamptz
from case_worker w
where w.id = any(@case_workers::uuid[]) and w.job_center_code = @job_center_code and w.active
    and not exists (select from mailbox m where m.case_worker_id = w.id)
order by w.id
on conflict (case_worker_id) do nothing;

-- name: LockHeard :many
-- Those of the case workers whose Kommuneklient is listened to. The lock makes calls about one calendar follow one another.
select s.case_worker_id, s.source
from calendar_source s
where s.case_worker_id = any(@case_workers::uuid[]) and (s.source = 'kommuneklient' or s.next is not distinct from 'kommuneklient')
    and exists (select from case_worker w where w.id = s.case_worker_id and w.job_center_code = @job_center_code)
order by s.case_worker_id
for update of s;

-- name: KnownTold :many
select case_worker_id, item_id
from busy_block
where source = 'kommuneklient' and case_worker_id = any(@case_workers::uuid[]) and item_id = any(@item_ids::text[]);

-- name: OwnInCalendar :many
-- Our meetings that stand in these calendars because we put them there.
select b.case_worker_id, b.starts_at, b.ends_at
from booking b
join mailbox m on m.case_worker_id = b.case_worker_id
join outlook_event o on o.booking_id = b.id and o.mailbox_id = m.id
where b.case_worker_id = any(@case_workers::uuid[]) and b.status = 'booked' and b.starts_at = any(@starts::timestamptz[])
    and o.event_id is not null;

-- name: PutTold :exec
insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as)
select u.case_worker_id, 'kommuneklient', u.item_id, u.starts_at, u.ends_at, 'busy'
from (select unnest(@case_workers::uuid[]) as case_worker_id, unnest(@item_ids::text[]) as item_id,
             unnest(@starts::timestamptz[]) as starts_at, unnest(@ends::timestamptz[]) as ends_at) u
on conflict (case_worker_id, source, item_id) do update set starts_at = excluded.starts_at, ends_at = excluded.ends_at;

-- name: DeleteTold :exec
delete from busy_block b
using (select unnest(@case_workers::uuid[]) as case_worker_id, unnest(@item_ids::text[]) as item_id) u
where b.case_worker_id = u.case_worker_id and b.source = 'kommuneklient' and b.item_id = u.item_id;

-- name: ToldNow :exec
update calendar_source set told_at = @at::timestamptz where case_worker_id = any(@case_workers::uuid[]);
