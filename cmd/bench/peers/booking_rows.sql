-- The rows of a confirmed reservation, written by whoever knows all their values beforehand: no lock, nothing checked, nothing
-- decided. What the constraints, indexes and triggers of the tables cost stays in.
with booking_row as (
    insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at,
        contact_type, title, origin, request_fingerprint, created_at, updated_at)
    values ($1, $2, $3, $3, $4, $5, $6, $7, 1, 'Måling', 'self', $3, now(), now())
), time_row as (
    update held_time
    set booking_id = $1, expires_at = null, job_center_code = null, citizen_hash = null, interview_option_id = null, contact_type = null
    where id = $8
), audit_row as (
    insert into audit_entry (at, actor, on_behalf_of, action, job_center_code, case_worker_id, booking_id, citizen_hash, reason, after)
    values (now(), 'dfdg', '8:70002', 'create', $2, $5, $1, $3, 'reservation', jsonb_build_object('start', $6::timestamptz, 'end', $7::timestamptz, 'caseWorker', $5::uuid))
), mailbox_row as (
    update mailbox set wanted_generation = wanted_generation + 1 where case_worker_id = $5 returning id
), event_row as (
    insert into outlook_event (booking_id, mailbox_id, pending_since) select $1, id, now() from mailbox_row
)
select queue_writing(id) from mailbox_row
