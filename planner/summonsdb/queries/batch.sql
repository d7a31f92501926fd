-- name: InsertBatch :execrows
insert into summons_batch (id, job_center_code, interview_option_id, from_at, to_at, contact_type, spread_over_days, case_workers,
    made_at, made_by, planned_at)
values (@id, @job_center_code, @interview_option_id, @from_at, @to_at, @contact_type, @spread_over_days, @case_workers, @made_at,
    @made_by, @made_at)
on conflict (id) do nothing;

-- name: InsertLines :copyfrom
insert into summons_line (batch_id, number, booking_id, citizen_hash, citizen_sealed, wished, state, reason, earlier, turn,
    case_worker_id, starts_at, contact_type)
values (@batch_id, @number, @booking_id, @citizen_hash, @citizen_sealed, @wished, @state, @reason, @earlier, @turn,
    @case_worker_id, @starts_at, @contact_type);

-- name: BatchByID :many
-- At most one row.
select b.id, b.job_center_code, b.interview_option_id, b.from_at, b.to_at, b.contact_type, b.spread_over_days, b.case_workers, b.state,
    b.made_at, b.made_by, b.planned_at, b.approved_at, b.approver_id, b.approver_login, b.ended_at, o.title
from summons_batch b join interview_option o on o.id = b.interview_option_id
where b.id = @id;

-- name: LockBatch :many
-- At most one row. Whoever changes a batch or one of its lines holds this first.
select state from summons_batch where id = @id for update;

-- name: Batches :many
select b.id, b.job_center_code, b.state, b.made_at, b.made_by, b.approver_login, b.ended_at, o.title,
    (select count(*) from summons_line l where l.batch_id = b.id)::int as citizens,
    (select count(*) from summons_line l where l.batch_id = b.id and l.state = 'booked')::int as booked,
    (select count(*) from summons_line l where l.batch_id = b.id and l.state = 'planned')::int as planned
from summons_batch b join interview_option o on o.id = b.interview_option_id
where b.job_center_code = any(@job_centers::text[])
order by b.made_at desc, b.id
limit @most;

-- name: Lines :many
select l.number, l.booking_id, l.citizen_sealed, l.wished, l.state, l.reason, l.earlier, l.turn, l.case_worker_id, l.starts_at,
    l.contact_type, l.replanned, l.ended_at
from summons_line l
where l.batch_id = @batch_id
order by l.number;

-- name: DeleteLines :exec
delete from summons_line where batch_id = @batch_id;

-- name: Replanned :execrows
update summons_batch set planned_at = @at where id = @id and state = 'planned';

-- name: Approve :execrows
update summons_batch
set state = 'running', approved_at = @at::timestamptz, approver_id = @approver_id, approver_login = @approver_login::text
where id = @id and state = 'planned';

-- name: SetState :execrows
update summons_batch
set state = @state, ended_at = case when @state in ('cancelled', 'done') then @at::timestamptz end
where id = @id and state = any(@from_states::text[]);

-- name: LeaveRest :execrows
update summons_line set state = 'left', ended_at = @at::timestamptz where batch_id = @batch_id and state = 'planned';

-- name: NextLine :many
-- At most one row: the next to be booked, as long as the batch is to run.
select l.number, l.booking_id, l.citizen_sealed, l.citizen_hash, l.wished, l.turn, l.case_worker_id, l.starts_at, l.contact_type, l.replanned
from summons_line l join summons_batch b on b.id = l.batch_id
where l.batch_id = @batch_id and l.state = 'planned' and b.state = 'running'
order by l.turn
limit 1;

-- name: EndLine :execrows
-- Also of a line that was left while it was being booked: what is so is told.
update summons_line
set state = @state, reason = @reason, ended_at = @at::timestamptz
where batch_id = @batch_id and number = @number and state in ('planned', 'left');

-- name: ReplanLine :execrows
update summons_line
set case_worker_id = @case_worker_id::uuid, starts_at = @starts_at::timestamptz, contact_type = @contact_type::int, replanned = true
where batch_id = @batch_id and number = @number and state = 'planned' and not replanned;

-- name: EndBatch :execrows
-- Once no line is left.
update summons_batch b
set state = 'done', ended_at = @at::timestamptz
where b.id = @id and b.state = 'running' and not exists (select from summons_line l where l.batch_id = b.id and l.state = 'planned');

-- name: RunningBatches :many
select id from summons_batch where state = 'running';

-- name: Audit :exec
insert into audit_entry (at, actor, action, job_center_code, reason, after)
values (@at, @actor, @action, @job_center_code, @reason, @after);
