-- name: Record :copyfrom
insert into soap_call (at, service, operation, caller_cvr, on_behalf_of, job_center_code, citizen_hash, option_id, booking_id,
    asked_from, asked_to, asked_worker, offered, offered_days, offered_per_day, offer_hash, answer_bytes, duration_us, fault, fault_code)
values (@at, @service, @operation, @caller_cvr, @on_behalf_of, @job_center_code, @citizen_hash, @option_id, @booking_id,
    @asked_from, @asked_to, @asked_worker, @offered, @offered_days, @offered_per_day, @offer_hash, @answer_bytes, @duration_us, @fault, @fault_code);

-- name: Calls :many
select id, at, service, operation, caller_cvr, on_behalf_of, job_center_code, option_id, booking_id, asked_from, asked_to, asked_worker,
    offered, offered_days, offered_per_day, offer_hash, answer_bytes, duration_us, fault, fault_code
from soap_call
where at >= @from_at::timestamptz and at < @to_at::timestamptz
    and (sqlc.narg(citizen_hash)::bytea is null or citizen_hash = sqlc.narg(citizen_hash)::bytea)
    and (sqlc.narg(job_center_code)::text is null or job_center_code = sqlc.narg(job_center_code)::text)
    and (at, id) > (@after_at::timestamptz, @after_id::bigint)
order by at, id
limit @most;

-- name: Looked :exec
insert into audit_entry (at, actor, action, job_center_code, citizen_hash, after)
values (@at, @actor, 'evidence-read', @job_center_code, @citizen_hash, @after);
