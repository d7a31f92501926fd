-- name: LastChange :many
-- At most one row: the booking as it is within the transaction, and who made its last change.
select b.id, b.job_center_code, b.case_worker_id, b.starts_at, b.ends_at, b.contact_type, b.origin, b.status, b.revision,
    a.actor, a.action
from booking b
join lateral (
    select e.actor, e.action from audit_entry e
    where e.booking_id = b.id and e.action in ('create', 'move', 'cancel')
    order by e.id desc limit 1
) a on true
where b.id = @id;

-- name: AddReport :execrows
insert into dfdg_report (booking_id, job_center_code, revision, change, case_worker_id, starts_at, ends_at, contact_type, occurred_at, next_try_at)
values (@booking_id, @job_center_code, @revision, @change, @case_worker_id, @starts_at, @ends_at, @contact_type, @at, @at)
on conflict (booking_id, revision) do nothing;

-- name: ClaimReport :many
-- At most one row: the oldest report that is due and not behind another of its booking.
update dfdg_report r
set claimed_until = @until::timestamptz, attempts = r.attempts + 1
where r.id = (
    select c.id from dfdg_report c
    where c.state = 'pending' and c.next_try_at <= @now and (c.claimed_until is null or c.claimed_until <= @now)
        and not exists (select from dfdg_report e where e.booking_id = c.booking_id and e.id < c.id and e.state = 'pending')
    order by c.next_try_at, c.id
    limit 1
    for update skip locked)
returning r.id, r.booking_id, r.job_center_code, r.revision, r.change, r.case_worker_id, r.starts_at, r.ends_at, r.contact_type,
    r.occurred_at, r.attempts, r.asked_at, r.claimed_until;

-- name: ReportContent :one
-- What a report says beside its own row: the kind of meeting, where, with whom.
select b.citizen_sealed, b.title, b.origin, b.interview_option_id,
    w.identifier, w.given_name, w.middle_name, w.surname, w.email, w.phone,
    o.interview_type, o.interview_form, o.description, o.location_description, o.street_name, o.street_building, o.floor, o.suite,
    o.post_code, o.district_name, o.phone as option_phone, o.email as option_email, o.rebooking_deadline_minutes,
    o.cancellation_deadline_minutes,
    -- Whether DFDG has the booking: it made it, or was told of it.
    (b.origin in ('self', 'kss') or exists (
        select from dfdg_report s where s.booking_id = b.id and s.id < @report_id and s.state = 'sent' and s.change <> 'cancelled'
    ) or exists (select from dfdg_booking d where d.booking_id = b.id))::boolean as in_dfdg
from booking b
join case_worker w on w.id = @case_worker_id
left join interview_option o on o.id = b.interview_option_id
where b.id = @booking_id;

-- name: MarkAsked :execrows
-- Before each call that changes something in DFDG. No row: the claim is another's by now.
update dfdg_report set asked_at = @at where id = @id and claimed_until = @claimed_until::timestamptz and state = 'pending';

-- name: FinishReport :execrows
update dfdg_report
set state = @state, ended_at = case when @state in ('sent', 'unneeded') then @at::timestamptz else null end, claimed_until = null, asked_at = null,
    error_code = sqlc.narg(error_code)::int, error = nullif(@error::text, ''), error_at = case when @error::text = '' then null else @at::timestamptz end
where id = @id and claimed_until = @claimed_until::timestamptz and state = 'pending';

-- name: PostponeReport :execrows
-- Keeps asked_at when it is not known whether DFDG carried the call out.
update dfdg_report
set next_try_at = @next_try_at, claimed_until = null, asked_at = case when @unclear::boolean then asked_at else null end,
    error_code = sqlc.narg(error_code)::int, error = nullif(@error::text, ''), error_at = @at::timestamptz
where id = @id and claimed_until = @claimed_until::timestamptz and state = 'pending';

-- name: NextReport :one
-- When the next report is due; year 1 when none is left.
select coalesce(min(greatest(r.next_try_at, r.claimed_until)), '0001-01-01 00:00:00+00')::timestamptz as due
from dfdg_report r
where r.state = 'pending' and not exists (select from dfdg_report e where e.booking_id = r.booking_id and e.id < r.id and e.state = 'pending');

-- name: RefusedReports :many
select id, booking_id, job_center_code, change, starts_at, occurred_at, attempts, error_code, error, error_at
from dfdg_report where state = 'refused' order by error_at, id limit @most;

-- name: PendingReports :many
select id, booking_id, job_center_code, change, starts_at, occurred_at, attempts, next_try_at, error_code, error, error_at
from dfdg_report where state = 'pending' order by occurred_at, id limit @most;

-- name: OvertakeReports :exec
-- What DFDG refused of a booking is of no use once it has a later state of it.
update dfdg_report set state = 'unneeded', ended_at = @at where booking_id = @booking_id and id < @id and state = 'refused';

-- name: RetryReport :execrows
-- Only the newest of a booking is sent again: an older one would put an old state over a newer one.
with retried as (
    update dfdg_report r
    set state = case when l.later then 'unneeded' else 'pending' end, ended_at = case when l.later then @at::timestamptz else null end,
        next_try_at = @at::timestamptz, attempts = 0, error_code = null, error = null, error_at = null
    from (select exists (
        select from dfdg_report o join dfdg_report n on n.booking_id = o.booking_id and n.id > o.id where o.id = @id
    ) as later) l
    where r.id = @id and r.state = 'refused'
    returning r.id, r.job_center_code, r.case_worker_id, r.booking_id
)
insert into audit_entry (at, actor, action, job_center_code, case_worker_id, booking_id, after)
select @at, @actor, 'retry-report', r.job_center_code, r.case_worker_id, r.booking_id, jsonb_build_object('report', r.id) from retried r;

-- name: SettleReport :execrows
with settled as (
    update dfdg_report r set state = 'settled', ended_at = @at::timestamptz where r.id = @id and r.state = 'refused'
    returning r.id, r.job_center_code, r.case_worker_id, r.booking_id, r.error
)
insert into audit_entry (at, actor, action, job_center_code, case_worker_id, booking_id, reason, after)
select @at, @actor, 'settle-report', r.job_center_code, r.case_worker_id, r.booking_id, coalesce(r.error, ''), jsonb_build_object('report', r.id) from settled r;
