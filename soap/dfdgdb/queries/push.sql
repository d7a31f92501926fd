-- name: AddNotice :execrows
insert into dfdg_notice (id, job_center_code, booking_id, change_type, citizen_sealed, received_at)
values (@id, @job_center_code, @booking_id, @change_type, @citizen_sealed, @received_at)
on conflict (id) do nothing;

-- name: WaitingNotices :many
select id, job_center_code, booking_id, change_type, citizen_sealed, received_at
from dfdg_notice where job_center_code = @job_center_code and done_at is null
order by received_at, id limit @most;

-- name: FinishNotices :exec
update dfdg_notice set done_at = @at where id = any(@ids::uuid[]);

-- name: AddSequence :exec
insert into dfdg_sequence (id, job_center_code, created_at, expires_at) values (@id, @job_center_code, @at, @expires_at);

-- name: SequenceByID :many
-- At most one row.
select id, job_center_code, state, accepted::text as accepted, expires_at from dfdg_sequence where id = @id;

-- name: AcceptNumber :many
-- Numbers are a multirange as text. No row when the sequence takes no more.
update dfdg_sequence
set accepted = accepted + cast(@numbers::text as int8multirange)
where id = @id and state = 'open' and expires_at > @now
returning accepted::text as accepted;

-- name: EndSequence :many
update dfdg_sequence set state = @state where id = @id and state <> 'terminated'
returning accepted::text as accepted;
