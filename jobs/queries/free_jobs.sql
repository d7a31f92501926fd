-- Gives the running jobs of a client that is gone back to the queue, as River does for a job that was
-- interrupted: the attempt does not count.
update river_job
set state = 'available', scheduled_at = now(), attempt = greatest(attempt - 1, 0)
where state = 'running' and attempted_by[array_upper(attempted_by, 1)] = $1
