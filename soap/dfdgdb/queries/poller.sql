-- name: AddPoller :exec
insert into dfdg_poller (job_center_code, next_poll_at) values (@job_center_code, @next_poll_at)
on conflict (job_center_code) do nothing;

-- name: RemovePoller :execrows
delete from dfdg_poller where job_center_code = @job_center_code;

-- name: LeasePoller :many
-- No row when it is another's.
insert into dfdg_poller as p (job_center_code, next_poll_at, leased_until, epoch)
values (@job_center_code, @now, @until, 1)
on conflict (job_center_code) do update
set leased_until = @until, epoch = p.epoch + 1
where p.leased_until is null or p.leased_until <= @now
returning p.epoch, p.transfer;

-- name: RenewPoller :execrows
update dfdg_poller set leased_until = @until where job_center_code = @job_center_code and epoch = @epoch;

-- name: NoteTransfer :execrows
update dfdg_poller set transfer = nullif(@transfer::text, '') where job_center_code = @job_center_code and epoch = @epoch;

-- name: ReleasePoller :execrows
update dfdg_poller
set leased_until = null, next_poll_at = @next_poll_at,
    polled_at = case when @ok::boolean then @at::timestamptz else polled_at end,
    failures = case when @ok::boolean then 0 else failures + 1 end,
    last_error = case when @ok::boolean then null else @error::text end,
    last_error_at = case when @ok::boolean then null else @at::timestamptz end
where job_center_code = @job_center_code and epoch = @epoch;

-- name: DuePollers :many
select job_center_code from dfdg_poller
where next_poll_at <= @now and (leased_until is null or leased_until <= @now)
order by next_poll_at, job_center_code;

-- name: PollerRows :many
select job_center_code, transfer, leased_until, next_poll_at, polled_at, failures, last_error, last_error_at
from dfdg_poller order by job_center_code;

-- name: HurryPoller :execrows
update dfdg_poller set next_poll_at = @at where job_center_code = @job_center_code;
