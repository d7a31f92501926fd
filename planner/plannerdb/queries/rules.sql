-- name: SetCenterRules :execrows
update job_center
set closed_on_public_holidays = @closed_on_public_holidays, closed_on_labour_day = @closed_on_labour_day,
    closed_on_constitution_day = @closed_on_constitution_day, closed_on_christmas_eve = @closed_on_christmas_eve,
    closed_on_new_years_eve = @closed_on_new_years_eve, stale_after_minutes = @stale_after_minutes, spread_by_week = @spread_by_week,
    version = version + 1
where code = @code;

-- name: DeleteClosingDays :exec
delete from closing_day where job_center_code = @job_center_code;

-- name: InsertClosingDays :exec
insert into closing_day (job_center_code, on_date)
select c.code, d.on_date from job_center c, unnest(@days::date[]) as d(on_date) where c.code = @job_center_code
on conflict do nothing;

-- name: SetCaseWorkerRules :execrows
update case_worker set max_per_day = @max_per_day, competences = @competences, version = version + 1 where id = @id;

-- name: DeleteHoursExceptions :exec
delete from working_hours_exception where case_worker_id = @case_worker_id;

-- name: InsertHoursException :exec
insert into working_hours_exception (case_worker_id, on_date, start_minute, end_minute)
select w.id, @on_date, @start_minute, @end_minute from case_worker w where w.id = @case_worker_id;

-- name: DeleteContactRules :exec
delete from case_worker_contact where case_worker_id = @case_worker_id;

-- name: InsertContactRule :exec
insert into case_worker_contact (case_worker_id, weekday, contact_type)
select w.id, @weekday, @contact_type from case_worker w where w.id = @case_worker_id
on conflict do nothing;

-- name: PutTeam :exec
insert into team (id, job_center_code, name) values (@id, @job_center_code, @name)
on conflict (id) do update set name = excluded.name, version = team.version + 1;

-- name: DeleteTeamMembers :exec
delete from team_member where team_id = @team_id;

-- name: InsertTeamMembers :exec
insert into team_member (team_id, case_worker_id)
select @team_id, unnest(@case_worker_ids::uuid[]) on conflict do nothing;

-- name: DeleteOptionTeams :exec
delete from interview_option_team where interview_option_id = @interview_option_id;

-- name: InsertOptionTeams :exec
insert into interview_option_team (interview_option_id, team_id)
select @interview_option_id, unnest(@team_ids::uuid[]) on conflict do nothing;

-- name: PutRoom :exec
insert into room (id, job_center_code, name) values (@id, @job_center_code, @name)
on conflict (id) do update set name = excluded.name, active = true, version = room.version + 1;

-- name: CloseRoom :execrows
update room set active = false, version = version + 1 where id = @id;

-- name: DeleteCodeList :exec
delete from code_list_entry where list = @list;

-- name: InsertCode :exec
insert into code_list_entry (list, code, name, valid_from, valid_to)
values (@list, @code, @name, @valid_from, @valid_to);

-- name: Codes :many
-- All codes of a few lists, with whether each is valid on a day.
select list, code, (coalesce(valid_from <= @on_date::date, true) and coalesce(valid_to >= @on_date::date, true))::boolean as valid
from code_list_entry
where list = any(@lists::text[])
order by list, code;

-- name: Candidates :many
-- The case workers about whom it may be asked why they are not offered: those who are named for the option one by one or by a
-- team, or only the one with the identifier, or only a team's members; whoever else of the job centre is asked for by name, too.
select w.id, w.identifier, w.given_name, w.middle_name, w.surname, w.active,
    (exists (select from interview_option_case_worker l where l.interview_option_id = o.id and l.case_worker_id = w.id)
        or exists (
            select from interview_option_team t join team_member m on m.team_id = t.team_id
            where t.interview_option_id = o.id and m.case_worker_id = w.id))::boolean as named,
    (o.competences <@ w.competences)::boolean as competent,
    b.state as mailbox_state, b.as_of,
    exists (select from calendar_source s where s.case_worker_id = w.id and s.source = 'kommuneklient') as kommuneklient,
    c.stale_after_minutes
from interview_option o
join case_worker w on w.job_center_code = o.job_center_code
join job_center c on c.code = o.job_center_code
left join mailbox b on b.case_worker_id = w.id
where o.id = @option and (@identifier::text = '' or w.identifier = @identifier::text)
    and (sqlc.narg(team)::uuid is null or exists (select from team_member m where m.team_id = sqlc.narg(team)::uuid and m.case_worker_id = w.id))
    and (@identifier::text <> '' or sqlc.narg(team)::uuid is not null
        or exists (select from interview_option_case_worker l where l.interview_option_id = o.id and l.case_worker_id = w.id)
        or exists (
            select from interview_option_team t join team_member m on m.team_id = t.team_id
            where t.interview_option_id = o.id and m.case_worker_id = w.id))
order by w.identifier;
