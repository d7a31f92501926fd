-- name: InsertOwnOption :exec
-- The option of one meeting that was booked without choosing one, withdrawn from the first. A repeat finds it.
with made as (
    insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes,
        slot_step_minutes, notice_minutes, horizon_days, is_compulsory, title, description, location_description, street_name,
        street_building, floor, suite, post_code, district_name, phone, email, active)
    values (@id, @job_center_code, @interview_type, @interview_form, @contact_types, @duration_minutes, 5, 0, 200,
        @is_compulsory, @title, @description, @location_description, @street_name, @street_building, @floor, @suite, @post_code,
        @district_name, @phone, @email, false)
    on conflict (id) do nothing
    returning id
), marked as (
    insert into own_option (interview_option_id, booking_id) select id, @booking_id from made
)
insert into interview_option_case_worker (interview_option_id, case_worker_id)
select made.id, w.id
from made join case_worker w on w.job_center_code = @job_center_code and w.identifier = @identifier;

-- name: SetFundParticipates :exec
update booking set fund_participates = @fund_participates where id = @id;

-- name: PutExcuse :exec
insert into booking_excuse (booking_id, revision, received_at, received_by, reason, note)
values (@booking_id, @revision, @received_at, @received_by, @reason, @note)
on conflict (booking_id, revision) do update
set received_at = excluded.received_at, received_by = excluded.received_by, reason = excluded.reason, note = excluded.note;

-- name: ExcuseOfBooking :many
-- At most one row: of the time that the booking has.
select e.received_at, e.received_by, e.reason, e.note
from booking_excuse e join booking b on b.id = e.booking_id and b.revision = e.revision
where e.booking_id = @booking_id;

-- name: MeetingsOfCitizens :many
-- What citizens have to come, and whether it is of the option's type.
select b.citizen_hash, b.starts_at, b.ends_at,
    coalesce(o.interview_type = (select a.interview_type from interview_option a where a.id = @option), false)::boolean as same_type
from booking b left join interview_option o on o.id = b.interview_option_id
where b.citizen_hash = any(@citizen_hashes::bytea[]) and b.status = 'booked' and b.ends_at > @now;

-- name: BookingDetails :many
-- At most one row: what people are shown of a booking beside BookingByID.
select b.citizen_sealed, b.fund_participates, b.created_at, w.given_name, w.middle_name, w.surname, w.email, w.phone
from booking b join case_worker w on w.id = b.case_worker_id
where b.id = @id;

-- name: BookingHistory :many
select at, actor, action, reason, before, after from audit_entry where booking_id = @booking_id order by id;

-- name: CodeNames :many
select list, code, name from code_list_entry;
