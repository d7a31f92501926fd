-- A job that waits already is wanted sooner than it was: before others, and with $3 before the time it was put
-- off to. Should Graph have asked for that time, the run finds it stored and goes back to waiting.
update river_job
set priority = least(priority, $2::smallint),
    state = case when $3 and state = 'scheduled' then 'available' else state end,
    scheduled_at = case when $3 and state = 'scheduled' then now() else scheduled_at end
where id = $1 and state in ('available', 'scheduled') and (priority > $2::smallint or $3 and state = 'scheduled')
