-- name: JobCenterByCode :many
-- At most one row.
select c.code, c.reservation_minutes, c.closed_on_public_holidays, c.closed_on_labour_day, c.closed_on_constitution_day,
    c.closed_on_christmas_eve, c.closed_on_new_years_eve, c.spread_by_week,
    array(select d.on_date from closing_day d where d.job_center_code = c.code order by d.on_date)::date[] as closing_days
from job_center c
where c.code = @code;

-- name: OptionByID :many
-- At most one row.
select id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, slot_step_minutes,
    notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name, street_building,
    floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes, cancellation_deadline_minutes,
    contact_groups, person_categories, person_group_projects, active, buffer_before_minutes, buffer_after_minutes, max_per_day,
    seats, room_contact_types, competences, version, template_id
from interview_option
where id = @id;

-- name: OptionOfBooking :many
-- At most one row, withdrawn or not: a withdrawn option has no new meetings, but those made may still be moved. Not one
-- query with the above: a choice between two parameters would be planned anew each time.
select o.id, o.job_center_code, o.interview_type, o.interview_form, o.contact_types, o.duration_minutes,
    o.slot_step_minutes, o.notice_minutes, o.horizon_days, o.is_compulsory, o.title, o.description,
    o.location_description, o.street_name, o.street_building, o.floor, o.suite, o.post_code, o.district_name, o.phone,
    o.email, o.rebooking_deadline_minutes, o.cancellation_deadline_minutes, o.contact_groups, o.person_categories,
    o.person_group_projects, o.active, o.buffer_before_minutes, o.buffer_after_minutes, o.max_per_day, o.seats,
    o.room_contact_types, o.competences, o.version, o.template_id
from booking b
join interview_option o on o.id = b.interview_option_id
where b.id = @booking_id;

-- name: ActiveOptions :many
select id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, slot_step_minutes,
    notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name, street_building,
    floor, suite, post_code, district_name, phone, email, rebooking_deadline_minutes, cancellation_deadline_minutes,
    contact_groups, person_categories, person_group_projects, active, buffer_before_minutes, buffer_after_minutes, max_per_day,
    seats, room_contact_types, competences, version, template_id
from interview_option
where job_center_code = @job_center_code and active
order by title, id;

-- name: OptionCaseWorkerLinks :many
select l.interview_option_id, l.case_worker_id
from interview_option_holder l
join interview_option o on o.id = l.interview_option_id
where o.job_center_code = @job_center_code and o.active;
