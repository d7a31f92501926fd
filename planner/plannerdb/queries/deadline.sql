-- name: PutDeadline :exec
insert into citizen_deadline (job_center_code, citizen_hash, citizen_sealed, interview_type, book_by, hold_by, source, updated_at)
values (@job_center_code, @citizen_hash, @citizen_sealed, @interview_type, timezone('UTC', @book_by::timestamptz)::date, timezone('UTC', @hold_by::timestamptz)::date, @source, @at)
on conflict (job_center_code, citizen_hash, interview_type) do update
set citizen_sealed = excluded.citizen_sealed, book_by = excluded.book_by, hold_by = excluded.hold_by, source = excluded.source, updated_at = excluded.updated_at;

-- name: NearDeadlines :many
-- Of citizens who have no meeting of that kind to come that is held in time. Bookings of the case system have no kind here, and count as none.
select d.citizen_sealed, d.interview_type, (d.book_by::timestamp at time zone 'UTC')::timestamptz as book_by, (d.hold_by::timestamp at time zone 'UTC')::timestamptz as hold_by
from citizen_deadline d
where d.job_center_code = @job_center_code
    and d.book_by >= timezone('Europe/Copenhagen', @now::timestamptz)::date and d.book_by <= timezone('Europe/Copenhagen', @until::timestamptz)::date
    and not exists (
        select from booking b join interview_option o on o.id = b.interview_option_id
        where b.citizen_hash = d.citizen_hash and b.status = 'booked' and o.interview_type = d.interview_type and b.starts_at >= @now::timestamptz
            and (b.starts_at at time zone 'Europe/Copenhagen')::date <= d.hold_by)
order by d.book_by, d.id;
