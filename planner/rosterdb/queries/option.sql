-- name: Options :many
-- Not those that a summoner made for one meeting: they are nobody's to offer.
select o.id, o.job_center_code, o.interview_type, o.interview_form, o.contact_types, o.duration_minutes, o.slot_step_minutes,
    o.notice_minutes, o.horizon_days, o.is_compulsory, o.title, coalesce(o.description, '')::text as description,
    coalesce(o.location_description, '')::text as location, coalesce(o.street_name, '')::text as street_name,
    coalesce(o.street_building, '')::text as street_building, coalesce(o.floor, '')::text as floor, coalesce(o.suite, '')::text as suite,
    coalesce(o.post_code, '')::text as post_code, coalesce(o.district_name, '')::text as district, coalesce(o.phone, '')::text as phone,
    coalesce(o.email, '')::text as email, o.rebooking_deadline_minutes, o.cancellation_deadline_minutes, o.contact_groups,
    o.person_categories, o.person_group_projects, o.active, o.buffer_before_minutes, o.buffer_after_minutes,
    coalesce(o.max_per_day, 0)::int as max_per_day, o.seats, o.room_contact_types, o.competences, o.version, o.template_id,
    array(select l.case_worker_id from interview_option_case_worker l where l.interview_option_id = o.id order by l.case_worker_id)::uuid[] as case_workers,
    array(select t.team_id from interview_option_team t where t.interview_option_id = o.id order by t.team_id)::uuid[] as teams
from interview_option o
where (@job_center_code::text = '' or o.job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or o.id = sqlc.narg(id))
    and (sqlc.narg(template_id)::uuid is null or o.template_id = sqlc.narg(template_id))
    and not exists (select from own_option x where x.interview_option_id = o.id)
order by o.active desc, o.title, o.id;

-- name: PutOption :exec
insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes,
    slot_step_minutes, notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name,
    street_building, floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes,
    cancellation_deadline_minutes, contact_groups, person_categories, person_group_projects, buffer_before_minutes,
    buffer_after_minutes, max_per_day, seats, room_contact_types, competences, template_id, active)
values (@id, @job_center_code, @interview_type, @interview_form, @contact_types, @duration_minutes,
    @slot_step_minutes, @notice_minutes, @horizon_days, @is_compulsory, @title, nullif(@description::text, ''), nullif(@location::text, ''),
    nullif(@street_name::text, ''), nullif(@street_building::text, ''), nullif(@floor::text, ''), nullif(@suite::text, ''),
    nullif(@post_code::text, ''), nullif(@district::text, ''), nullif(@phone::text, ''), nullif(@email::text, ''),
    @rebooking_deadline_minutes, @cancellation_deadline_minutes, @contact_groups, @person_categories,
    @person_group_projects, @buffer_before_minutes, @buffer_after_minutes, nullif(@max_per_day::int, 0), @seats, @room_contact_types,
    @competences, @template_id, @active)
on conflict (id) do update
set interview_type = excluded.interview_type,
    interview_form = excluded.interview_form, contact_types = excluded.contact_types,
    duration_minutes = excluded.duration_minutes, slot_step_minutes = excluded.slot_step_minutes,
    notice_minutes = excluded.notice_minutes, horizon_days = excluded.horizon_days,
    is_compulsory = excluded.is_compulsory, title = excluded.title, description = excluded.description,
    location_description = excluded.location_description, street_name = excluded.street_name,
    street_building = excluded.street_building, floor = excluded.floor, suite = excluded.suite,
    post_code = excluded.post_code, district_name = excluded.district_name, phone = excluded.phone,
    email = excluded.email, rebooking_deadline_minutes = excluded.rebooking_deadline_minutes,
    cancellation_deadline_minutes = excluded.cancellation_deadline_minutes, contact_groups = excluded.contact_groups,
    person_categories = excluded.person_categories, person_group_projects = excluded.person_group_projects,
    buffer_before_minutes = excluded.buffer_before_minutes, buffer_after_minutes = excluded.buffer_after_minutes,
    max_per_day = excluded.max_per_day, seats = excluded.seats, room_contact_types = excluded.room_contact_types,
    competences = excluded.competences, template_id = excluded.template_id, active = excluded.active,
    version = interview_option.version + 1;

-- name: DeleteOptionHolders :exec
with teams as (delete from interview_option_team where interview_option_team.interview_option_id = @interview_option_id)
delete from interview_option_case_worker where interview_option_case_worker.interview_option_id = @interview_option_id;

-- name: InsertOptionWorkers :execrows
insert into interview_option_case_worker (interview_option_id, case_worker_id)
select @interview_option_id, w.id from case_worker w
where w.id = any(@case_worker_ids::uuid[]) and w.job_center_code = @job_center_code
order by w.id;

-- name: InsertOptionTeams :execrows
insert into interview_option_team (interview_option_id, team_id)
select @interview_option_id, t.id from team t
where t.id = any(@team_ids::uuid[]) and t.job_center_code = @job_center_code;

-- name: Templates :many
select t.id, t.job_center_code, t.name, t.spec, t.version,
    (select count(*) from interview_option o where o.template_id = t.id)::int as variants
from option_template t
where (@job_center_code::text = '' or t.job_center_code = @job_center_code) and (sqlc.narg(id)::uuid is null or t.id = sqlc.narg(id))
order by t.name, t.id;

-- name: PutTemplate :exec
insert into option_template (id, job_center_code, name, spec) values (@id, @job_center_code, @name, @spec)
on conflict (id) do update set name = excluded.name, spec = excluded.spec, version = option_template.version + 1;

-- name: DeleteTemplate :exec
delete from option_template where id = @id;
