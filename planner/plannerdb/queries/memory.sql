-- name: LookForChanges :many
-- The snapshot that this statement sees the database in, what has changed since another one, and the meetings of some
-- citizens: one statement, so that all of it belongs together. A row of what = 0 tells the snapshot and which log it is (another one after
-- the database was restored), of what = 1 a key that changed, empty for everything; of what = 2 a meeting.
-- A change is one that the earlier snapshot did not see: of a transaction that began after it was taken, or that was under way.
select 0 as what, pg_current_snapshot()::text as told, ('calendar_change'::regclass)::oid::bigint as log, ''::bytea as citizen_hash,
    'epoch'::timestamptz as starts_at, 'epoch'::timestamptz as ends_at, '00000000-0000-0000-0000-000000000000'::uuid as booking_id
union all
(select 1, c.key, 0, '', 'epoch', 'epoch', '00000000-0000-0000-0000-000000000000'
from calendar_change c
where c.xid >= pg_snapshot_xmax((sqlc.arg(since)::text)::pg_snapshot) and (c.deleted_to is null or c.deleted_to >= pg_snapshot_xmin((sqlc.arg(since)::text)::pg_snapshot))
limit 1000)
union all
(select 1, c.key, 0, '', 'epoch', 'epoch', '00000000-0000-0000-0000-000000000000'
from calendar_change c
where c.xid = any (array(select pg_snapshot_xip((sqlc.arg(since)::text)::pg_snapshot))) and (c.deleted_to is null or c.deleted_to >= pg_snapshot_xmin((sqlc.arg(since)::text)::pg_snapshot))
limit 1000)
union all
select 2, '', 0, b.citizen_hash, b.starts_at, b.ends_at, b.id
from booking b
where b.citizen_hash = any (@citizens::bytea[]) and b.status = 'booked' and b.ends_at > @now::timestamptz;

-- name: PlanOnce :exec
-- For a connection that asks the few questions of this file again and again: one plan each, by index, since without statistics of a
-- log that comes and goes Postgres would read all of it.
select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),
    set_config('enable_bitmapscan', 'off', false), set_config('jit', 'off', false);

-- name: SnapshotNow :one
select pg_current_snapshot()::text as snapshot;

-- name: OptionHolders :many
-- Who is named to hold an option's meetings, one by one or as a team's member, fit for them or not; a team without members is there too.
select '00000000-0000-0000-0000-000000000000'::uuid as team_id, l.case_worker_id
from interview_option_case_worker l
where l.interview_option_id = @option::uuid
union all
select t.team_id, coalesce(m.case_worker_id, '00000000-0000-0000-0000-000000000000')
from interview_option_team t
left join team_member m on m.team_id = t.team_id
where t.interview_option_id = @option::uuid;

-- name: KeptCalendars :many
-- What is known of some case workers' time in a span, before anything is asked: as OptionCalendars, but with what is left out there
-- for the sake of a moment or a citizen. Held times come in five arrays of one order.
select w.id, w.job_center_code, w.identifier, w.given_name, w.middle_name, w.surname, w.email, w.phone, w.active, w.competences,
    coalesce(w.max_per_day, 0)::int as max_per_day, w.last_day, coalesce(c.stale_after_minutes, 0)::int as stale_after_minutes,
    (exists (select from mailbox m where m.case_worker_id = w.id)
        and not exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient'))::boolean as mailbox_matters,
    -- Null when it is not known, or not to be relied on.
    (select m.as_of from mailbox m where m.case_worker_id = w.id and m.state in ('active', 'held')) as as_of,
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
    array(
        select array[k.weekday, k.contact_type]::int[]
        from case_worker_contact k where k.case_worker_id = w.id order by k.weekday, k.contact_type
    )::int[] as contacts,
    array(
        select array[b.starts_at, b.ends_at]
        from busy_block b
        where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
    )::timestamptz[] as busy,
    held.during, held.expires_at, held.citizen_hash, held.booking_id, held.group_id
from case_worker w
join job_center c on c.code = w.job_center_code
cross join lateral (
    select coalesce(array_agg(array[lower(t.during), upper(t.during)] order by t.during, t.id), '{}')::timestamptz[] as during,
        coalesce(array_agg(coalesce(t.expires_at, 'epoch') order by t.during, t.id), '{}')::timestamptz[] as expires_at,
        coalesce(array_agg(coalesce(t.citizen_hash, '') order by t.during, t.id), '{}')::bytea[] as citizen_hash,
        coalesce(array_agg(coalesce(t.booking_id, '00000000-0000-0000-0000-000000000000') order by t.during, t.id), '{}')::uuid[] as booking_id,
        coalesce(array_agg(coalesce(t.group_id, '00000000-0000-0000-0000-000000000000') order by t.during, t.id), '{}')::uuid[] as group_id
    from (
        select e.id, e.during, e.expires_at, e.citizen_hash, e.booking_id, e.group_id
        from held_time e
        where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        union all
        select n.id, n.during, n.expires_at, n.citizen_hash, n.booking_id, n.group_id
        from held_time n
        where not n.exclusive and n.case_worker_id = w.id and n.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    ) t
) held
where w.id = any (@ids::uuid[]);

-- name: DeleteOldChanges :exec
-- What was told before a time, with all that came before it. The row left behind tells it to who has not looked for so long.
with last as (
    select c.xid from calendar_change c where c.at < now() - @age::interval order by c.xid desc limit 1
), gone as (
    delete from calendar_change c using last where c.xid <= last.xid
)
insert into calendar_change (key, deleted_to)
select '', last.xid from last;
