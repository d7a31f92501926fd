-- name: ClaimCodeFetch :many
-- No row when it is not time, or another's turn. The claim is that next_at moves on: who dies is followed by another then.
insert into code_fetch as f (the_one, next_at) values (true, @until::timestamptz)
on conflict (the_one) do update set next_at = @until::timestamptz where f.next_at <= @now::timestamptz
returning f.size;

-- name: FinishCodeFetch :exec
update code_fetch
set next_at = @next_at, fetched_at = @at::timestamptz, size = @size, failures = 0, last_error = null;

-- name: FailCodeFetch :exec
update code_fetch set next_at = @next_at, failures = failures + 1, last_error = @error::text;
