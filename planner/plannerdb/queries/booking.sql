-- name: LockCitizen :exec
-- The first lock of every change of a citizen's meetings, so that two of them cannot pass each other unseen.
select pg_advisory_xact_lock(@key::bigint);

-- name: LockCaseWorkers :exec
-- In the order of ids, and all that a transaction needs at once. Not "for update": that would wait for every
-- transaction that stores a busy block or a mailbox of theirs (foreign keys take "for key share"), and deadlock with those
-- that hold a mailbox. Three of them, repeated to fill: an array would be planned anew each time.
select w.id from case_worker w where w.id in (@a::uuid, @b::uuid, @c::uuid) order by w.id for no key update;

-- name: BookingByID :many
-- At most one row.
select b.id, b.job_center_code, b.citizen_hash, b.interview_option_id, b.case_worker_id, b.starts_at, b.ends_at,
    b.contact_type, b.title, b.origin, b.status, b.overlapping, b.request_fingerprint, b.revision, b.updated_at,
    w.identifier as case_worker_identifier
from booking b
join case_worker w on w.id = b.case_worker_id
where b.id = @id;

-- name: CitizenBookings :many
select id, job_center_code, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title, origin, status,
    overlapping, revision
from booking
where citizen_hash = @citizen_hash and ends_at > @from_at and status = 'booked'
order by starts_at, id;

-- name: CitizenReservation :many
-- The one reservation of a citizen, expired or not; at most one row.
select h.id, h.case_worker_id,
    (lower(h.during) + h.buffer_before_minutes * interval '1 minute')::timestamptz as starts_at,
    (upper(h.during) - h.buffer_after_minutes * interval '1 minute')::timestamptz as ends_at,
    h.expires_at, h.interview_option_id, h.contact_type, h.moves_booking_id,
    w.identifier as case_worker_identifier, w.given_name, w.middle_name, w.surname, w.email, w.phone, w.active,
    exists (select from case_worker_contact k where k.case_worker_id = h.case_worker_id) as contacts_ruled
from held_time h
join case_worker w on w.id = h.case_worker_id
where h.citizen_hash = @citizen_hash and h.booking_id is null;

-- name: DeleteReservationOfCitizen :exec
delete from held_time where citizen_hash = @citizen_hash and booking_id is null;

-- name: DeleteExpiredOverlapping :exec
-- Only when the case worker is locked.
select expire_reservation(h.id, @now::timestamptz) from held_time h
where h.exclusive and h.case_worker_id = @case_worker_id and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    and h.booking_id is null and h.expires_at <= @now::timestamptz;

-- name: DeleteHeldTimeOfBooking :exec
delete from held_time where booking_id = @booking_id;

-- name: HoldForReservation :exec
-- Nothing is inserted when the time has meanwhile been taken. A reservation may overlap the very booking that it is
-- to move; then it cannot be exclusive, and the check here is what keeps others away.
insert into held_time (id, case_worker_id, during, exclusive, expires_at, job_center_code, citizen_hash,
    interview_option_id, contact_type, moves_booking_id, buffer_before_minutes, buffer_after_minutes)
select @id, w.id, tstzrange(@from_at::timestamptz, @to_at::timestamptz),
    not exists (
        select from held_time m
        where m.booking_id = sqlc.narg(moving)::uuid and m.case_worker_id = w.id
            and m.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)),
    @expires_at, @job_center_code, @citizen_hash, sqlc.narg(option)::uuid, @contact_type, sqlc.narg(moving)::uuid,
    @buffer_before_minutes, @buffer_after_minutes
from case_worker w
where w.id = @case_worker_id and w.active
    and not exists (
        select from busy_block b
        where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
            and b.ends_at <= sqlc.arg(to_at)::timestamptz + interval '24 hours')
    and not exists (
        select from busy_block b
        where b.case_worker_id = w.id and b.ends_at > sqlc.arg(to_at)::timestamptz + interval '24 hours'
            and b.starts_at < @to_at::timestamptz and b.ends_at - b.starts_at > interval '24 hours')
    and not exists (
        select from held_time e
        where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and (e.booking_id is null or e.booking_id is distinct from sqlc.narg(moving)::uuid))
    and not exists (
        select from held_time o
        where not o.exclusive and o.case_worker_id = w.id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and (o.booking_id is null or o.booking_id is distinct from sqlc.narg(moving)::uuid)
            and (o.expires_at is null or o.expires_at > @now::timestamptz))
on conflict do nothing;

-- name: HoldForBooking :exec
-- Nothing is inserted when the time has meanwhile been taken. What is in the case worker's calendar is not looked at when
-- the time was promised before it came there, or when the counsellor chose it; nor whether they have retired since.
insert into held_time (id, case_worker_id, during, booking_id, buffer_before_minutes, buffer_after_minutes)
select @id, w.id, tstzrange(@from_at::timestamptz, @to_at::timestamptz), @booking_id::uuid, @buffer_before_minutes, @buffer_after_minutes
from case_worker w
where w.id = @case_worker_id
    and (@promised::boolean or w.active)
    and (@promised::boolean or not exists (
        select from busy_block b
        where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
            and b.ends_at <= sqlc.arg(to_at)::timestamptz + interval '24 hours'))
    and (@promised::boolean or not exists (
        select from busy_block b
        where b.case_worker_id = w.id and b.ends_at > sqlc.arg(to_at)::timestamptz + interval '24 hours'
            and b.starts_at < @to_at::timestamptz and b.ends_at - b.starts_at > interval '24 hours'))
    and not exists (
        select from held_time e
        where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz))
    and not exists (
        select from held_time o
        where not o.exclusive and o.case_worker_id = w.id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and (o.expires_at is null or o.expires_at > @now::timestamptz))
on conflict do nothing;

-- name: TurnReservationIntoBooking :exec
-- "is true" keeps the planner from walking through the index of expiries.
update held_time
set booking_id = @booking_id::uuid, expires_at = null, job_center_code = null, citizen_hash = null,
    interview_option_id = null, contact_type = null
where id = @id and booking_id is null and (expires_at > @now::timestamptz) is true;

-- name: InsertBooking :exec
insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at,
    ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
values (@id, @job_center_code, @citizen_hash, @citizen_sealed, @interview_option_id, @case_worker_id, @starts_at,
    @ends_at, @contact_type, @title, @origin, @request_fingerprint, @at, @at)
on conflict (id) do nothing;

-- name: MoveBooking :exec
update booking
set case_worker_id = @case_worker_id, starts_at = @starts_at, ends_at = @ends_at, contact_type = @contact_type,
    request_fingerprint = @request_fingerprint, overlapping = false, revision = revision + 1, updated_at = @at
where id = @id and revision = @revision;

-- name: CancelBooking :exec
update booking
set status = 'cancelled', request_fingerprint = @request_fingerprint, revision = revision + 1, updated_at = @at
where id = @id and revision = @revision;

-- name: HeldTimesOverlapping :many
-- What else is handed out of a case worker's time in a span.
select e.id from held_time e
where e.exclusive and e.case_worker_id = @case_worker_id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    and (e.booking_id is null or e.booking_id <> @booking_id::uuid) and (e.expires_at is null or e.expires_at > @now::timestamptz)
union all
select o.id from held_time o
where not o.exclusive and o.case_worker_id = @case_worker_id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    and (o.booking_id is null or o.booking_id <> @booking_id::uuid) and (o.expires_at is null or o.expires_at > @now::timestamptz);

-- name: ExpireReservations :execrows
-- Waits for nobody: what another transaction is about to use or delete is left to it.
select expire_reservation(l.id, @now::timestamptz) from (
    select h.id from held_time h
    where h.booking_id is null and h.expires_at <= @now::timestamptz
    for update skip locked) l;

-- name: Audit :exec
insert into audit_entry (at, actor, on_behalf_of, came_from, action, job_center_code, case_worker_id, booking_id, citizen_hash,
    reason, before, after)
values (@at, @actor, @on_behalf_of, @came_from, @action, @job_center_code, @case_worker_id, @booking_id, @citizen_hash,
    @reason, @before, @after);

-- name: LockCaseWorkerOfReservation :exec
-- The citizen is locked, so that the reservation stays what it is.
select w.id from case_worker w
where w.id = (select h.case_worker_id from held_time h where h.citizen_hash = @citizen_hash and h.booking_id is null)
for no key update;

-- name: BookReserved :many
-- The common case in one statement: the citizen's live reservation is for just this, nothing stands in its way, and it
-- becomes the booking. No row when anything is otherwise; then nothing of this may be kept, and the long way finds out why.
with promise as (
    select h.id, h.case_worker_id, lower(h.during) + h.buffer_before_minutes * interval '1 minute' as starts_at,
        upper(h.during) - h.buffer_after_minutes * interval '1 minute' as ends_at, o.title,
        coalesce(sqlc.narg(contact_type)::int, h.contact_type) as contact_type
    from held_time h
    join case_worker w on w.id = h.case_worker_id
    join interview_option o on o.id = h.interview_option_id
    where h.citizen_hash = @citizen_hash and h.booking_id is null and h.moves_booking_id is null
        and (h.expires_at > @now::timestamptz) is true
        and lower(h.during) + h.buffer_before_minutes * interval '1 minute' = @starts_at::timestamptz and @starts_at::timestamptz >= @now::timestamptz
        and h.interview_option_id = @option::uuid and o.active and o.job_center_code = @job_center_code::text
        and w.active and (@identifier::text = '' or w.identifier = @identifier::text)
        and (sqlc.narg(contact_type)::int is null or sqlc.narg(contact_type)::int = any(o.contact_types))
        -- Another contact type may need a room, or not be possible with the case worker or in the group.
        and (sqlc.narg(contact_type)::int is null or sqlc.narg(contact_type)::int = h.contact_type or o.seats = 1 and o.room_contact_types = '{}'
            and not exists (select from case_worker_contact k where k.case_worker_id = h.case_worker_id))
        and not exists (
            select from booking b
            where b.citizen_hash = h.citizen_hash and b.status = 'booked'
                and b.ends_at > lower(h.during) + h.buffer_before_minutes * interval '1 minute'
                and b.starts_at < upper(h.during) - h.buffer_after_minutes * interval '1 minute')
), made as (
    insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id,
        starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
    select @booking_id::uuid, @job_center_code::text, @citizen_hash, @citizen_sealed, @option::uuid, p.case_worker_id,
        p.starts_at, p.ends_at, p.contact_type, p.title, @origin, @request_fingerprint, @now::timestamptz,
        @now::timestamptz
    from promise p
    on conflict (id) do nothing
    returning id
), turned as (
    update held_time h
    set booking_id = m.id, expires_at = null, job_center_code = null, citizen_hash = null, interview_option_id = null,
        contact_type = null
    from promise p, made m
    where h.id = p.id and h.booking_id is null
    returning h.case_worker_id
), audited as (
    insert into audit_entry (at, actor, on_behalf_of, came_from, action, job_center_code, case_worker_id, booking_id, citizen_hash,
        reason, after)
    select @now::timestamptz, @actor, @on_behalf_of, @came_from, @action, @job_center_code::text, p.case_worker_id,
        @booking_id::uuid, @citizen_hash, @reason,
        jsonb_build_object('start', p.starts_at, 'end', p.ends_at, 'caseWorker', p.case_worker_id, 'contactType', p.contact_type)
    from promise p, turned
)
select t.case_worker_id from turned t;

-- name: HeldCounts :many
-- How many meetings a case worker has on one day, of all kinds and of an option; only when the case worker is locked. A group
-- meeting is one. Left out: what the citizen and the booking to be moved give up.
select count(distinct coalesce(t.group_id, t.id)) as all_kinds,
    count(distinct coalesce(t.group_id, t.id)) filter (where coalesce(t.interview_option_id, b.interview_option_id) = @option::uuid) as of_option
from held_time t
left join booking b on b.id = t.booking_id
where t.id in (
        select e.id from held_time e
        where e.exclusive and e.case_worker_id = @case_worker_id and e.during && tstzrange(@day_from::timestamptz, @day_to::timestamptz)
        union all
        select n.id from held_time n
        where not n.exclusive and n.case_worker_id = @case_worker_id and n.during && tstzrange(@day_from::timestamptz, @day_to::timestamptz))
    and lower(t.during) >= @day_from::timestamptz
    and case when t.booking_id is null then t.expires_at > @now::timestamptz and t.citizen_hash <> @citizen_hash::bytea
        else t.booking_id is distinct from sqlc.narg(moving)::uuid end
    and coalesce(t.group_id <> sqlc.narg(joins)::uuid, true);

-- name: DeleteExpiredSeats :exec
-- Only when the case worker is locked.
select expire_reservation(h.id, @now::timestamptz) from held_time h
where h.id in (select g.held_time_id from group_seat g where g.group_id = @group_id)
    and h.booking_id is null and h.expires_at <= @now::timestamptz;

-- name: HoldSeatTime :exec
-- The time of a seat in a group meeting, of a reservation or a booking; only when the case worker is locked. Nothing is
-- inserted when the time has meanwhile been taken by something else. Who joins a meeting that takes place is not kept
-- away by what is in the calendar. Expired reservations overlapping it are deleted first.
insert into held_time (id, case_worker_id, during, exclusive, booking_id, expires_at, job_center_code, citizen_hash,
    interview_option_id, contact_type, moves_booking_id, buffer_before_minutes, buffer_after_minutes, group_id)
select @id, w.id, tstzrange(@from_at::timestamptz, @to_at::timestamptz), false, sqlc.narg(booking_id)::uuid, @expires_at,
    @job_center_code, @citizen_hash, sqlc.narg(option)::uuid, @contact_type, sqlc.narg(moving)::uuid,
    @buffer_before_minutes, @buffer_after_minutes, @group_id::uuid
from case_worker w
where w.id = @case_worker_id and (@promised::boolean or w.active)
    and (@promised::boolean or exists (select from group_seat g where g.group_id = @group_id::uuid)
        or not exists (
            select from busy_block b
            where b.case_worker_id = w.id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
                and b.ends_at <= sqlc.arg(to_at)::timestamptz + interval '24 hours')
        and not exists (
            select from busy_block b
            where b.case_worker_id = w.id and b.ends_at > sqlc.arg(to_at)::timestamptz + interval '24 hours'
                and b.starts_at < @to_at::timestamptz and b.ends_at - b.starts_at > interval '24 hours'))
    and not exists (
        select from held_time e
        where e.exclusive and e.case_worker_id = w.id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and (e.booking_id is null or e.booking_id is distinct from sqlc.narg(moving)::uuid))
    and not exists (
        select from held_time o
        where not o.exclusive and o.case_worker_id = w.id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and o.group_id is distinct from @group_id::uuid
            and (o.booking_id is null or o.booking_id is distinct from sqlc.narg(moving)::uuid)
            and (o.expires_at is null or o.expires_at > @now::timestamptz))
on conflict do nothing;

-- name: TakeSeat :exec
-- The lowest free seat of a group meeting that has so many, in the contact type that the others have; nothing is inserted when
-- there is none. The seat of the booking that is to be moved within the group is still taken: one needs a second.
insert into group_seat (held_time_id, group_id, seat, interview_option_id, contact_type)
select t.id, @group_id::uuid, s.seat, @option::uuid, @contact_type::int
from held_time t, generate_series(1, @seats::int) as s(seat)
where t.id = @held_time_id::uuid
    and not exists (select from group_seat g where g.group_id = @group_id::uuid and g.seat = s.seat)
    and not exists (select from group_seat g where g.group_id = @group_id::uuid and g.contact_type <> @contact_type::int)
order by s.seat
limit 1
on conflict do nothing;

-- name: DeleteExpiredInRooms :exec
-- Waits for nobody: what another transaction is about to use or delete is left to it.
select expire_reservation(l.id, @now::timestamptz) from (
    select t.id from room_hold h join held_time t on t.id = h.held_time_id join room r on r.id = h.room_id
    where r.job_center_code = @job_center_code and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        and t.booking_id is null and t.expires_at <= @now::timestamptz
    for update of t skip locked) l;

-- name: HoldRoom :exec
-- A room for the meeting: the group's, if it has one, else any that is free. Nothing is inserted when there is none, or when
-- another transaction takes the same one at the same time. The room of the booking that is to be moved may be had twice, since it is given up.
insert into room_hold (held_time_id, room_id, holder, during)
select t.id, r.id, coalesce(t.group_id, m.holder, t.id), tstzrange(@from_at::timestamptz, @to_at::timestamptz)
from held_time t
left join (
    select own.booking_id, h.holder from held_time own join room_hold h on h.held_time_id = own.id where own.group_id is null
) m on m.booking_id = t.moves_booking_id
cross join room r
where t.id = @held_time_id::uuid and r.job_center_code = @job_center_code and r.active
    and not exists (
        select from room_hold h
        where h.room_id = r.id and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
            and h.holder <> coalesce(t.group_id, m.holder, t.id))
order by exists (
        select from room_hold h
        where h.room_id = r.id and h.holder = coalesce(t.group_id, m.holder, t.id)
            and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)) desc, r.id
limit 1
on conflict do nothing;
