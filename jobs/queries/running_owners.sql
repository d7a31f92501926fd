-- Who works the jobs that are running: a client's name is the last of those that tried.
select distinct attempted_by[array_upper(attempted_by, 1)]
from river_job
where state = 'running' and array_length(attempted_by, 1) > 0
