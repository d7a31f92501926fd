-- name: LockMailbox :many
-- At most one row. Rounds hold it too while they write, so none is half way through a switch.
select id, state from mailbox where case_worker_id = @case_worker_id for update;

-- name: LockSource :many
-- At most one row.
select source, next, since, told_at, compared_at from calendar_source where case_worker_id = @case_worker_id for update;

-- name: SourceOf :many
-- At most one row, if there is such a case worker. Who has neither row nor mailbox has no source yet: an empty one.
select coalesce(s.source, case when m.id is null then '' else 'graph' end)::text as source, s.next, s.since, s.told_at, s.compared_at,
    m.state as mailbox_state, m.as_of,
    (select count(*) from busy_block b where b.case_worker_id = w.id and b.source = 'graph')::int as graph_blocks,
    (select count(*) from busy_block b where b.case_worker_id = w.id and b.source = 'kommuneklient')::int as told_blocks
from case_worker w
left join calendar_source s on s.case_worker_id = w.id
left join mailbox m on m.case_worker_id = w.id
where w.id = @case_worker_id;

-- name: PutSource :exec
insert into calendar_source (case_worker_id, source, next, since)
values (@case_worker_id, @source, @next, @since)
on conflict (case_worker_id) do update
set source = excluded.source, next = excluded.next, since = excluded.since, told_at = null, compared_at = null;

-- name: ReadWhole :exec
-- A full round, as soon as a worker is free.
update mailbox set full_round_due_at = @at::timestamptz, wanted_generation = wanted_generation + 1 where id = @id;

-- name: DropTold :exec
delete from busy_block where case_worker_id = @case_worker_id and source = 'kommuneklient';

-- name: QuietSwitches :many
-- Switches to the Kommuneklient that may be over: it has compared since, and has said nothing for a while.
select case_worker_id from calendar_source
where next is not distinct from 'kommuneklient' and compared_at >= since
    and greatest(compared_at, told_at) <= @quiet_since::timestamptz
order by case_worker_id;

-- name: NotTold :one
-- Of Graph's blocks that start in the span, those that no told one equals in time.
select count(*)::int as blocks,
    (count(*) filter (where not exists (
        select from busy_block t
        where t.case_worker_id = b.case_worker_id and t.source = 'kommuneklient' and t.starts_at = b.starts_at and t.ends_at = b.ends_at)))::int as not_told
from busy_block b
where b.case_worker_id = @case_worker_id and b.source = 'graph' and b.starts_at >= @from_at::timestamptz and b.starts_at < @to_at::timestamptz;

-- name: DropCovered :execrows
-- Graph's blocks of calendars that the Kommuneklient answers for now, as far as its word reaches; the rest stays until it does. Of one case worker, or of all.
delete from busy_block b
using calendar_source s
where s.case_worker_id = b.case_worker_id and s.source = 'kommuneklient' and s.next is null and b.source = 'graph'
    and (sqlc.narg(case_worker_id)::uuid is null or s.case_worker_id = sqlc.narg(case_worker_id)::uuid)
    and (b.ends_at <= @now::timestamptz or b.starts_at >= @from_at::timestamptz and b.starts_at < @to_at::timestamptz);

-- name: ForgetTold :execrows
delete from busy_block b
using calendar_source s
where s.case_worker_id = b.case_worker_id and b.source = 'kommuneklient' and b.ends_at <= @before::timestamptz;

-- name: Audit :exec
insert into audit_entry (at, actor, action, case_worker_id, mailbox_id, reason, before, after)
values (@at, @actor, @action, @case_worker_id, @mailbox_id, @reason, @before, @after);
