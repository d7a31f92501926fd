-- name: PutJobCenter :exec
insert into job_center (code, name, reservation_minutes, working_elsewhere_blocks, outlook_move, outlook_delete,
    citizen_name_in_outlook)
values (@code, @name, @reservation_minutes, @working_elsewhere_blocks, @outlook_move, @outlook_delete,
    @citizen_name_in_outlook)
on conflict (code) do update
set name = excluded.name, reservation_minutes = excluded.reservation_minutes,
    working_elsewhere_blocks = excluded.working_elsewhere_blocks, outlook_move = excluded.outlook_move,
    outlook_delete = excluded.outlook_delete, citizen_name_in_outlook = excluded.citizen_name_in_outlook;

-- name: PutCaseWorker :exec
insert into case_worker (id, job_center_code, identifier, given_name, middle_name, surname, email, phone)
values (@id, @job_center_code, @identifier, @given_name, @middle_name, @surname, @email, @phone)
on conflict (id) do update
set job_center_code = excluded.job_center_code, identifier = excluded.identifier, given_name = excluded.given_name,
    middle_name = excluded.middle_name, surname = excluded.surname, email = excluded.email, phone = excluded.phone,
    active = true, last_day = null, version = case_worker.version + 1;

-- name: RetireCaseWorker :execrows
update case_worker set active = false, version = version + 1 where id = @id;

-- name: DeleteWorkingHours :exec
delete from working_hours where case_worker_id = @case_worker_id;

-- name: InsertWorkingHours :exec
insert into working_hours (case_worker_id, weekday, start_minute, end_minute)
values (@case_worker_id, @weekday, @start_minute, @end_minute);

-- name: PutInterviewOption :exec
insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes,
    slot_step_minutes, notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name,
    street_building, floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes,
    cancellation_deadline_minutes, contact_groups, person_categories, person_group_projects, buffer_before_minutes,
    buffer_after_minutes, max_per_day, seats, room_contact_types, competences)
values (@id, @job_center_code, @interview_type, @interview_form, @contact_types, @duration_minutes,
    @slot_step_minutes, @notice_minutes, @horizon_days, @is_compulsory, @title, @description, @location_description,
    @street_name, @street_building, @floor, @suite, @post_code, @district_name, @phone, @email,
    @rebooking_deadline_minutes, @cancellation_deadline_minutes, @contact_groups, @person_categories,
    @person_group_projects, @buffer_before_minutes, @buffer_after_minutes, @max_per_day, @seats, @room_contact_types,
    @competences)
on conflict (id) do update
set job_center_code = excluded.job_center_code, interview_type = excluded.interview_type,
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
    competences = excluded.competences, active = true, version = interview_option.version + 1;

-- name: WithdrawInterviewOption :execrows
update interview_option set active = false, version = version + 1 where id = @id;

-- name: DeleteOptionCaseWorkers :exec
delete from interview_option_case_worker where interview_option_id = @interview_option_id;

-- name: InsertOptionCaseWorkers :exec
insert into interview_option_case_worker (interview_option_id, case_worker_id)
select @interview_option_id, unnest(@case_worker_ids::uuid[]);
