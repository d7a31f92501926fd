-- name: LockRoster :exec
-- Changes of the roster follow one another: they are rare, and what one checks may not be changed by the next.
select pg_advisory_xact_lock(7205759403792793);

-- name: Centers :many
select c.code, c.name, c.reservation_minutes, c.working_elsewhere_blocks, c.outlook_move, c.outlook_delete,
    c.citizen_name_in_outlook, c.closed_on_public_holidays, c.closed_on_labour_day, c.closed_on_constitution_day,
    c.closed_on_christmas_eve, c.closed_on_new_years_eve, coalesce(c.stale_after_minutes, 0)::int as stale_after_minutes,
    c.spread_by_week, c.version,
    array(select d.on_date::text from closing_day d where d.job_center_code = c.code order by d.on_date)::text[] as closing_dates,
    array(select d.note from closing_day d where d.job_center_code = c.code order by d.on_date)::text[] as closing_notes
from job_center c
where @code::text = '' or c.code = @code
order by c.name, c.code;

-- name: PutCenter :exec
insert into job_center (code, name, reservation_minutes, working_elsewhere_blocks, outlook_move, outlook_delete,
    citizen_name_in_outlook, closed_on_public_holidays, closed_on_labour_day, closed_on_constitution_day,
    closed_on_christmas_eve, closed_on_new_years_eve, stale_after_minutes, spread_by_week)
values (@code, @name, @reservation_minutes, @working_elsewhere_blocks, @outlook_move, @outlook_delete,
    @citizen_name_in_outlook, @closed_on_public_holidays, @closed_on_labour_day, @closed_on_constitution_day,
    @closed_on_christmas_eve, @closed_on_new_years_eve, nullif(@stale_after_minutes::int, 0), @spread_by_week)
on conflict (code) do update
set name = excluded.name, reservation_minutes = excluded.reservation_minutes,
    working_elsewhere_blocks = excluded.working_elsewhere_blocks, outlook_move = excluded.outlook_move,
    outlook_delete = excluded.outlook_delete, citizen_name_in_outlook = excluded.citizen_name_in_outlook,
    closed_on_public_holidays = excluded.closed_on_public_holidays, closed_on_labour_day = excluded.closed_on_labour_day,
    closed_on_constitution_day = excluded.closed_on_constitution_day, closed_on_christmas_eve = excluded.closed_on_christmas_eve,
    closed_on_new_years_eve = excluded.closed_on_new_years_eve, stale_after_minutes = excluded.stale_after_minutes,
    spread_by_week = excluded.spread_by_week, version = job_center.version + 1;

-- name: DeleteClosingDays :exec
delete from closing_day where job_center_code = @job_center_code;

-- name: InsertClosingDays :exec
insert into closing_day (job_center_code, on_date, note)
select @job_center_code, unnest(@dates::text[])::date, unnest(@notes::text[]);

-- name: Teams :many
select t.id, t.job_center_code, t.name, t.version,
    array(select m.case_worker_id from team_member m where m.team_id = t.id order by m.case_worker_id)::uuid[] as members
from team t
where (@job_center_code::text = '' or t.job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or t.id = sqlc.narg(id))
order by t.job_center_code, t.name;

-- name: InsertTeam :exec
insert into team (id, job_center_code, name) values (@id, @job_center_code, @name);

-- name: UpdateTeam :exec
update team set name = @name, version = version + 1 where id = @id;

-- name: BumpTeams :exec
update team set version = version + 1 where id = any(@ids::uuid[]);

-- name: DeleteTeam :exec
delete from team where id = @id;

-- name: DeleteTeamMembers :exec
delete from team_member where team_id = @team_id;

-- name: InsertTeamMembers :exec
insert into team_member (team_id, case_worker_id)
select @team_id, w.id from case_worker w
where w.id = any(@case_worker_ids::uuid[]) and w.job_center_code = @job_center_code
order by w.id;

-- name: Rooms :many
select id, job_center_code, name, active, version from room
where (@job_center_code::text = '' or job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or id = sqlc.narg(id))
order by job_center_code, name;

-- name: InsertRoom :exec
insert into room (id, job_center_code, name, active) values (@id, @job_center_code, @name, @active);

-- name: UpdateRoom :exec
update room set name = @name, active = @active, version = version + 1 where id = @id;

-- name: Audit :exec
insert into audit_entry (at, actor, action, job_center_code, case_worker_id, reason, before, after)
values (@at, @actor, @action, @job_center_code, @case_worker_id, @reason, @before, @after);

-- name: CodeNames :many
-- The codes that are valid on a day, of lists that were imported.
select list, code, name from code_list_entry
where coalesce(valid_from <= @on_date::date, true) and coalesce(valid_to >= @on_date::date, true)
order by list, code;
