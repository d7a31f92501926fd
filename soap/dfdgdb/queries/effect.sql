-- name: LockCaseWorkers :exec
-- As the planner's changes do: in the order of ids, and not "for update".
select w.id from case_worker w where w.id = any(@ids::uuid[]) order by w.id for no key update;

-- name: DeleteHeldTime :exec
delete from held_time where booking_id = @booking_id;

-- name: DeleteExpiredOverlapping :exec
-- Only when the case worker is locked: what is over must not stand in the way of the constraint.
select expire_reservation(h.id, @now::timestamptz) from held_time h
where h.exclusive and h.case_worker_id = @case_worker_id and h.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
    and h.booking_id is null and h.expires_at <= @now::timestamptz;

-- name: IsTaken :many
-- Exactly one row.
-- Whether anything else stands in a case worker's calendar in a span: meetings, live reservations, their own time.
select exists (
    select from held_time e
    where e.exclusive and e.case_worker_id = @case_worker_id and e.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        and e.booking_id is distinct from @booking_id::uuid and (e.expires_at is null or e.expires_at > @now::timestamptz)
) or exists (
    select from held_time o
    where not o.exclusive and o.case_worker_id = @case_worker_id and o.during && tstzrange(@from_at::timestamptz, @to_at::timestamptz)
        and o.booking_id is distinct from @booking_id::uuid and (o.expires_at is null or o.expires_at > @now::timestamptz)
) or exists (
    select from busy_block b
    where b.case_worker_id = @case_worker_id and b.ends_at > @from_at::timestamptz and b.starts_at < @to_at::timestamptz
) as taken;

-- name: HoldAgreed :execrows
-- Time agreed elsewhere. Exclusive when it was free, so that nobody is offered it; else it is held beside what is there.
insert into held_time (id, case_worker_id, during, exclusive, booking_id)
values (@id, @case_worker_id, tstzrange(@from_at::timestamptz, @to_at::timestamptz), @exclusive, @booking_id::uuid)
on conflict do nothing;

-- name: InsertAgreedBooking :execrows
insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin,
    overlapping, request_fingerprint, created_at, updated_at)
values (@id, @job_center_code, @citizen_hash, @citizen_sealed, @case_worker_id, @starts_at, @ends_at, @contact_type, @title, 'kss',
    @overlapping, @request_fingerprint, @at, @at)
on conflict (id) do nothing;

-- name: MoveAgreedBooking :execrows
-- Also makes a cancelled one take place again. The title is the case system's only where the meeting is.
update booking
set case_worker_id = @case_worker_id, starts_at = @starts_at, ends_at = @ends_at, contact_type = @contact_type, status = 'booked',
    title = case when origin = 'kss' then @title else title end,
    overlapping = @overlapping, request_fingerprint = @request_fingerprint, revision = revision + 1, updated_at = @at
where id = @id and revision = @revision;

-- name: CancelAgreedBooking :execrows
update booking
set status = 'cancelled', overlapping = false, request_fingerprint = @request_fingerprint, revision = revision + 1, updated_at = @at
where id = @id and revision = @revision;

-- name: Audit :exec
insert into audit_entry (at, actor, on_behalf_of, came_from, action, job_center_code, case_worker_id, booking_id, citizen_hash, reason, before, after)
values (@at, @actor, @on_behalf_of, @came_from, @action, @job_center_code, @case_worker_id, @booking_id, @citizen_hash, @reason, @before, @after);

-- name: DropReportsOfBooking :exec
-- DFDG called the meeting off: what it was still to be told of it is of no use. One that is being sent is left alone.
update dfdg_report set state = 'unneeded', ended_at = @at, error = 'called off by another system'
where booking_id = @booking_id and state = 'pending' and (claimed_until is null or claimed_until <= @at);
