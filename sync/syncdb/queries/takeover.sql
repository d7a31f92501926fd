-- name: LockSwitch :exec
-- Before TakeOver: what a call of the Kommuneklient that holds it is storing must be seen there.
select 1 from calendar_source where case_worker_id = @case_worker_id and next is not distinct from 'graph' for update;

-- name: TakeOver :exec
-- Of a full round. Ends a switch from a Kommuneklient to Graph: the round began after the switch was asked for, and after the
-- Kommuneklient's last word, so that it has seen whatever was told. What was told goes with it.
with taken as (
    update calendar_source s set source = 'graph', next = null, since = @started::timestamptz
    where s.case_worker_id = @case_worker_id::uuid and s.next is not distinct from 'graph' and s.since <= @started::timestamptz
        and (s.told_at is null or s.told_at < @started::timestamptz)
    returning s.case_worker_id
), audited as (
    insert into audit_entry (at, actor, action, case_worker_id, mailbox_id, reason, before, after)
    select @started::timestamptz, 'system', 'calendar-source', taken.case_worker_id, @mailbox_id::bigint, 'full round',
        '{"source": "kommuneklient", "next": "graph"}', '{"source": "graph", "next": ""}'
    from taken
)
delete from busy_block b using taken where b.case_worker_id = taken.case_worker_id and b.source = 'kommuneklient';

-- name: TakeOverSoon :exec
-- Of a full round that could not end the switch, since the Kommuneklient has spoken meanwhile: another one, at the next tick.
update mailbox
set full_round_due_at = @at::timestamptz, next_sweep_at = @at::timestamptz
from calendar_source s
where mailbox.id = @id and s.case_worker_id = mailbox.case_worker_id and s.next is not distinct from 'graph';
