-- name: OptionCalendars :many
-- The case workers who hold an option's meetings (the option given, or that of the booking given), each with what is
-- known of their time in a span. Arrays hold pairs of start and end; hours hold triples. A case worker's calendar is known
-- when their mailbox has been read whole, or when they have no mailbox: then nothing but our own times is to be heeded, and
-- what a Kommuneklient has told. On whom a Kommuneklient's word counts, their mailbox does not matter.
-- Nor is it known when it was last read longer ago than the job centre allows.
-- Held times are read for whole weeks where the job centre spreads meetings over the week. Group meetings are held once, not once for
-- each seat; left out are the option's own if it has them, which OptionMeetings tells.
-- Left out: what the citizen's own reservation and the booking to be moved hold, since both would be given up.
select w.id, w.identifier, w.given_name, w.middle_name, w.surname, w.email, w.phone,
    not exists (
        select from mailbox m
        where m.case_worker_id = w.id and (m.as_of is null or m.state not in ('active', 'held')
                or m.as_of + c.stale_after_minutes * interval '1 minute' < @now::timestamptz)
            and not exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient')
    ) as known,
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
    coalesce(w.max_per_day, 0)::int as max_per_day, w.last_day,
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
            where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
            union all
            select n.during, n.booking_id, n.expires_at, n.citizen_hash
            from held_time n
            where not n.exclusive and n.group_id is null and n.case_worker_id = w.id and n.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
        ) t
        where case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
        union all
        (select distinct on (g.group_id) array[lower(t.during), upper(t.during)]
        from held_time t join group_seat g on g.held_time_id = t.id
        where not t.exclusive and t.group_id is not null and t.case_worker_id = w.id and t.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
            and case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
            and (o.seats = 1 or g.interview_option_id <> o.id))
    )::timestamptz[] as held
from interview_option o
cross join lateral (
    -- As the view interview_option_holder, which would join option and case worker twice more.
    select l.case_worker_id from interview_option_case_worker l where l.interview_option_id = o.id
    union
    select m.case_worker_id
    from interview_option_team t join team_member m on m.team_id = t.team_id
    where t.interview_option_id = o.id
) holder
join case_worker w on w.id = holder.case_worker_id
join job_center c on c.code = w.job_center_code
where o.id = coalesce(
        sqlc.narg(option)::uuid,
        (select b.interview_option_id from booking b where b.id = sqlc.narg(moving)::uuid))
    and o.competences <@ w.competences
    and w.active
    and (@identifier::text = '' or w.identifier = @identifier::text)
order by w.identifier collate "C";

-- name: OptionMeetings :many
-- Of the case workers of OptionCalendars, the meetings of the option itself, where it has a rule that asks for them. A query of
-- its own, since most options have none, and parts of a query that are never run cost time to make ready. Own is spans of those
-- that are no group meetings; groups holds start, and start and end of the time held, seats_taken how many and in which
-- contact type, in the same order.
select w.id,
    case when o.max_per_day is null then '{}' else array(
        select array[b.starts_at, b.ends_at]
        from booking b
        where b.case_worker_id = w.id and b.interview_option_id = o.id and b.status = 'booked'
            and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz and b.id is distinct from sqlc.narg(moving)::uuid
            and (o.seats = 1 or not exists (select from held_time h where h.booking_id = b.id and h.group_id is not null))
        union all
        select array[lower(e.during), upper(e.during)]
        from held_time e
        where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and e.booking_id is null and e.interview_option_id = o.id and e.expires_at > @now::timestamptz and e.citizen_hash <> @citizen_hash::bytea
        union all
        select array[lower(n.during), upper(n.during)]
        from held_time n
        where not n.exclusive and n.group_id is null and n.case_worker_id = w.id and n.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and n.booking_id is null and n.interview_option_id = o.id and n.expires_at > @now::timestamptz and n.citizen_hash <> @citizen_hash::bytea
    ) end::timestamptz[] as own,
    case when o.seats = 1 then '{}' else array(
        select array[lower(t.during) + min(t.buffer_before_minutes) * interval '1 minute', lower(t.during), upper(t.during)]
        from held_time t join group_seat g on g.held_time_id = t.id
        where not t.exclusive and t.case_worker_id = w.id and t.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz) and g.interview_option_id = o.id
            and case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
        group by g.group_id, t.during order by g.group_id
    ) end::timestamptz[] as groups,
    case when o.seats = 1 then '{}' else array(
        select array[count(*), min(g.contact_type)]::int[]
        from held_time t join group_seat g on g.held_time_id = t.id
        where not t.exclusive and t.case_worker_id = w.id and t.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz) and g.interview_option_id = o.id
            and case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
        group by g.group_id, t.during order by g.group_id
    ) end::int[] as seats_taken
from interview_option o
cross join lateral (
    select l.case_worker_id from interview_option_case_worker l where l.interview_option_id = o.id
    union
    select m.case_worker_id
    from interview_option_team t join team_member m on m.team_id = t.team_id
    where t.interview_option_id = o.id
) holder
join case_worker w on w.id = holder.case_worker_id
where o.id = coalesce(
        sqlc.narg(option)::uuid,
        (select b.interview_option_id from booking b where b.id = sqlc.narg(moving)::uuid))
    and o.competences <@ w.competences
    and w.active
    and (@identifier::text = '' or w.identifier = @identifier::text)
order by w.identifier collate "C";

-- name: JobCenterCalendars :many
-- What is known of the time of every case worker of a job centre who can be offered.
select w.id, w.identifier,
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
    coalesce(w.max_per_day, 0)::int as max_per_day, w.last_day,
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
            where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
            union all
            select n.during, n.booking_id, n.expires_at, n.citizen_hash
            from held_time n
            where not n.exclusive and n.group_id is null and n.case_worker_id = w.id and n.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
        ) t
        where t.booking_id is not null or (t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea)
        union all
        (select distinct on (g.group_id) array[lower(t.during), upper(t.during)]
        from held_time t join group_seat g on g.held_time_id = t.id
        where not t.exclusive and t.group_id is not null and t.case_worker_id = w.id and t.during && tstzrange(case when c.spread_by_week then @week_from::timestamptz else @from_at::timestamptz end, case when c.spread_by_week then @week_to::timestamptz else @to_at::timestamptz end)
            and (t.booking_id is not null or (t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea)))
    )::timestamptz[] as held
from case_worker w
join job_center c on c.code = w.job_center_code
where w.job_center_code = @job_center_code and w.active
    and not exists (
        select from mailbox m
        where m.case_worker_id = w.id and (m.as_of is null or m.state not in ('active', 'held')
                or m.as_of + c.stale_after_minutes * interval '1 minute' < @now::timestamptz)
            and not exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient')
    )
order by w.identifier collate "C";

-- name: CitizenMeetings :many
-- The citizen's meetings that touch a span, without the one to be moved.
select b.starts_at, b.ends_at
from booking b
where b.citizen_hash = @citizen_hash and b.status = 'booked' and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
    and b.id is distinct from sqlc.narg(moving)::uuid;

-- name: RoomTimes :many
-- The rooms of a job centre and when they are in use, when the option (that of the booking given, without one) needs any. Left
-- out: as for OptionCalendars.
select r.id,
    array(
        select array[lower(h.during), upper(h.during)]
        from room_hold h
        join held_time t on t.id = h.held_time_id
        where h.room_id = r.id and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
            else t.booking_id is distinct from sqlc.narg(moving)::uuid end
    )::timestamptz[] as held
from room r
join interview_option o on o.job_center_code = r.job_center_code
where o.id = coalesce(sqlc.narg(option)::uuid, (select b.interview_option_id from booking b where b.id = sqlc.narg(moving)::uuid))
    and cardinality(o.room_contact_types) > 0 and r.active
order by r.id;
