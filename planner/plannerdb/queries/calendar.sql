-- name: OptionCalendars :many
-- The case workers who hold an option's meetings (the option given, or that of the booking given), each with what is
-- known of their time in a span. Arrays hold pairs of start and end; hours hold triples. A case worker's calendar is known
-- when their mailbox has been read whole, or when they have no mailbox: then nothing but our own times is to be heeded, and
-- what a Kommuneklient has told. On whom a Kommuneklient's word counts, their mailbox does not matter.
-- Left out: what the citizen's own reservation and the booking to be moved hold, since both would be given up.
select w.id, w.identifier, w.given_name, w.middle_name, w.surname, w.email, w.phone,
    not exists (
        select from mailbox m
        where m.case_worker_id = w.id and (m.as_of is null or m.state not in ('active', 'held'))
            and not exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient')
    ) as known,
    array(
        select array[h.weekday, h.start_minute, h.end_minute]::int[]
        from working_hours h where h.case_worker_id = w.id order by h.weekday, h.start_minute
    )::int[] as hours,
    array(
        select array[b.starts_at, b.ends_at]
        from busy_block b
        where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
            and b.ends_at <= sqlc.arg(to_at)::timestamptz + interval '24 hours'
        union all
        select array[l.starts_at, l.ends_at]
        from busy_block l
        where l.case_worker_id = w.id and l.ends_at > sqlc.arg(to_at)::timestamptz + interval '24 hours' and l.starts_at < @to_at::timestamptz
            and l.ends_at - l.starts_at > interval '24 hours'
    )::timestamptz[] as busy,
    array(
        select array[lower(t.during), upper(t.during)]
        from (
            select e.during, e.booking_id, e.expires_at, e.citizen_hash
            from held_time e
            where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            union all
            select o.during, o.booking_id, o.expires_at, o.citizen_hash
            from held_time o
            where not o.exclusive and o.case_worker_id = w.id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        ) t
        where case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
    )::timestamptz[] as held
from interview_option_case_worker l
join case_worker w on w.id = l.case_worker_id
where l.interview_option_id = coalesce(
        sqlc.narg(option)::uuid,
        (select b.interview_option_id from booking b where b.id = sqlc.narg(moving)::uuid))
    and w.active
    and (@identifier::text = '' or w.identifier = @identifier::text)
order by w.identifier;

-- name: JobCenterCalendars :many
-- What is known of the time of every case worker of a job centre who can be offered.
select w.id, w.identifier,
    array(
        select array[h.weekday, h.start_minute, h.end_minute]::int[]
        from working_hours h where h.case_worker_id = w.id order by h.weekday, h.start_minute
    )::int[] as hours,
    array(
        select array[b.starts_at, b.ends_at]
        from busy_block b
        where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
            and b.ends_at <= sqlc.arg(to_at)::timestamptz + interval '24 hours'
        union all
        select array[l.starts_at, l.ends_at]
        from busy_block l
        where l.case_worker_id = w.id and l.ends_at > sqlc.arg(to_at)::timestamptz + interval '24 hours' and l.starts_at < @to_at::timestamptz
            and l.ends_at - l.starts_at > interval '24 hours'
    )::timestamptz[] as busy,
    array(
        select array[lower(t.during), upper(t.during)]
        from (
            select e.during, e.booking_id, e.expires_at, e.citizen_hash
            from held_time e
            where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            union all
            select o.during, o.booking_id, o.expires_at, o.citizen_hash
            from held_time o
            where not o.exclusive and o.case_worker_id = w.id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        ) t
        where t.booking_id is not null or (t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea)
    )::timestamptz[] as held
from case_worker w
where w.job_center_code = @job_center_code and w.active
    and not exists (
        select from mailbox m
        where m.case_worker_id = w.id and (m.as_of is null or m.state not in ('active', 'held'))
            and not exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient')
    )
order by w.identifier;

-- name: CitizenMeetings :many
-- The citizen's meetings that touch a span, without the one to be moved.
select b.starts_at, b.ends_at
from booking b
where b.citizen_hash = @citizen_hash and b.status = 'booked' and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
    and b.id is distinct from sqlc.narg(moving)::uuid;
