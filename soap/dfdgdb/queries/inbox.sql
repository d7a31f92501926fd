-- name: LockCitizen :exec
-- The same lock as the planner's changes take first (package plannerdb), so that a citizen's changes pass one after another.
select pg_advisory_xact_lock(@key::bigint);

-- name: CitizenOfBooking :many
-- At most one row. Whose booking it is never changes, so that it may be read before the lock.
select citizen_hash from booking where id = @id;

-- name: InboxState :many
-- At most one row.
select state, times from dfdg_inbox where message_id = @message_id;

-- name: CountRepeat :exec
update dfdg_inbox set times = times + 1 where message_id = @message_id;

-- name: KnownOfBooking :many
-- Exactly one row.
-- Everything that a decision about a message is made from. Own changes are those that the case system did not make.
select b.id as booking_id, b.job_center_code, b.citizen_hash, b.interview_option_id, b.case_worker_id, b.starts_at, b.ends_at, b.contact_type,
    b.title, b.origin, b.status, b.overlapping, b.revision,
    d.newest_at, d.newest_message,
    w.id as named_case_worker,
    coalesce((
        select max(a.at) from audit_entry a
        where a.booking_id = @booking_id::uuid and a.actor <> 'kss' and a.action in ('create', 'move', 'cancel')
    ), '0001-01-01 00:00:00+00')::timestamptz as last_own,
    coalesce((
        select a.actor = 'kss' from audit_entry a
        where a.booking_id = @booking_id::uuid and a.action in ('create', 'move', 'cancel') order by a.id desc limit 1
    ), false)::boolean as elsewhere,
    exists (select from dfdg_report r where r.booking_id = @booking_id::uuid and r.state = 'pending') as unreported,
    exists (
        select from dfdg_report r
        where r.booking_id = @booking_id::uuid and r.starts_at = @starts_at and r.ends_at = @ends_at
            and r.contact_type = @contact_type and r.case_worker_id = w.id
    ) as reported
from (select 1 as one) one
left join booking b on b.id = @booking_id::uuid
left join dfdg_booking d on d.booking_id = @booking_id::uuid
left join case_worker w on w.job_center_code = @job_center_code and w.identifier = @identifier and w.active;

-- name: InsertInbox :execrows
insert into dfdg_inbox (message_id, job_center_code, transport, service, booking_id, queued_at, received_at, state, reason, body_sealed)
values (@message_id, @job_center_code, @transport, @service, @booking_id, @queued_at, @received_at, @state, @reason, @body_sealed)
on conflict (message_id) do nothing;

-- name: UpdateInbox :execrows
-- Of a message that waits for a person, taken up again.
update dfdg_inbox
set state = @state, reason = @reason, body_sealed = @body_sealed, booking_id = @booking_id
where message_id = @message_id and state in ('waiting', 'unreadable');

-- name: PutNewest :exec
insert into dfdg_booking (booking_id, newest_at, newest_message, attendance, attendance_at)
values (@booking_id, @newest_at, @newest_message, @attendance, @attendance_at)
on conflict (booking_id) do update
set newest_at = excluded.newest_at, newest_message = excluded.newest_message, attendance = excluded.attendance,
    attendance_at = excluded.attendance_at;

-- name: ReopenInbox :many
-- At most one row.
select message_id, job_center_code, transport, service, queued_at, body_sealed
from dfdg_inbox where message_id = @message_id and state in ('waiting', 'unreadable');

-- name: ReadInbox :many
-- At most one row. Whoever reads a message that waits stands in the audit trail: it tells a CPR number.
with seen as (
    select i.job_center_code, i.booking_id, i.message_id, i.body_sealed
    from dfdg_inbox i where i.message_id = @message_id and i.state in ('waiting', 'unreadable')
), audited as (
    insert into audit_entry (at, actor, action, job_center_code, booking_id, after)
    select @at, @actor, 'read-message', s.job_center_code, s.booking_id, jsonb_build_object('message', s.message_id) from seen s
)
select s.body_sealed from seen s;

-- name: SettleInbox :execrows
with settled as (
    update dfdg_inbox i set state = 'settled', body_sealed = null
    where i.message_id = @message_id and i.state in ('waiting', 'unreadable')
    returning i.job_center_code, i.booking_id, i.message_id, i.reason
)
insert into audit_entry (at, actor, action, job_center_code, booking_id, reason, after)
select @at, @actor, 'settle-message', s.job_center_code, s.booking_id, s.reason, jsonb_build_object('message', s.message_id) from settled s;

-- name: AuditRetriedInbox :execrows
-- That a person has a message taken up again; what comes of it is audited as any message's effect.
insert into audit_entry (at, actor, action, job_center_code, booking_id, reason, after)
select @at, @actor, 'retry-message', i.job_center_code, i.booking_id, i.reason, jsonb_build_object('message', i.message_id)
from dfdg_inbox i where i.message_id = @message_id and i.state in ('waiting', 'unreadable');

-- name: InboxForPerson :many
select message_id, job_center_code, transport, service, booking_id, queued_at, received_at, state, reason, times
from dfdg_inbox where state in ('waiting', 'unreadable')
order by received_at, message_id limit @most;

-- name: InboxOfBooking :many
select message_id, job_center_code, transport, service, booking_id, queued_at, received_at, state, reason, times
from dfdg_inbox where booking_id = @booking_id
order by queued_at, message_id;

-- name: AttendanceOfBooking :many
-- At most one row.
select attendance, attendance_at from dfdg_booking where booking_id = @booking_id and attendance is not null;
