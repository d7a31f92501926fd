-- name: AddMailbox :one
insert into mailbox (case_worker_id, graph_user_id, email, state_since, full_round_due_at, next_sweep_at)
values (@case_worker_id, @graph_user_id, @email, @at, @at, @at)
on conflict (case_worker_id) do update set graph_user_id = excluded.graph_user_id, email = excluded.email
returning id;

-- name: WakeMailbox :execrows
update mailbox set wanted_generation = wanted_generation + 1 where id = @id;

-- name: DueSweeps :many
-- Takes due mailboxes and moves them on, so that two ticks do not take the same ones.
update mailbox
set next_sweep_at = @next, wanted_generation = wanted_generation + 1
where mailbox.id in (
    select d.id from mailbox d
    where d.next_sweep_at <= @now and d.state <> 'paused' and (d.paused_until is null or d.paused_until <= @now)
    order by d.next_sweep_at
    limit @most
    for update skip locked
)
returning mailbox.id, (mailbox.as_of is null)::boolean as unread;

-- name: MailboxRows :many
select m.id, m.case_worker_id, m.graph_user_id, m.email, m.state, m.state_since, m.wanted_generation, m.synced_generation,
    m.as_of, m.full_round_at, m.full_round_due_at, m.paused_until, m.next_sweep_at, m.failures, m.last_error, m.last_error_at,
    m.held_deletions, m.held_blocks, m.held_plan, m.approved_by, m.approved_until, m.rejected_by, m.rejected_at, m.quarantined_until, m.feed_shunned_until, m.subscribe_after, m.subscribe_error,
    c.given_name, c.middle_name, c.surname, c.identifier, c.job_center_code,
    (select count(*) from outlook_event o where o.mailbox_id = m.id and o.pending_since is not null)::int as pending,
    -- Year 1 is Go's zero time: none.
    coalesce((select min(o.pending_since) from outlook_event o where o.mailbox_id = m.id), '0001-01-01 00:00:00+00')::timestamptz as pending_oldest,
    (select count(*) from outlook_event o where o.mailbox_id = m.id and o.flagged is not null)::int as flagged,
    (select count(*) from held_item i where i.mailbox_id = m.id and i.reason in ('moved-not-found', 'moved-copies'))::int as held_lost,
    (select count(*) from busy_block b where b.case_worker_id = m.case_worker_id and b.source = 'graph')::int as blocks,
    coalesce((select max(s.expires_at) from subscription s where s.mailbox_id = m.id and s.retired_at is null), '0001-01-01 00:00:00+00')::timestamptz as subscribed_until
from mailbox m
join case_worker c on c.id = m.case_worker_id
order by c.surname, c.given_name, m.id;

-- name: MailboxIDByUser :one
select id from mailbox where graph_user_id = @graph_user_id;

-- name: Decisions :many
select id, at, item_kind, item_id, verb, reason from sync_decision
where mailbox_id = @mailbox_id order by id desc limit @most;

-- name: FlaggedEvents :many
select o.booking_id, o.flagged, b.starts_at, b.ends_at, b.title
from outlook_event o join booking b on b.id = o.booking_id
where o.mailbox_id = @mailbox_id and o.flagged is not null
order by b.starts_at;

-- name: PauseMailbox :execrows
update mailbox set state = 'paused', state_since = @at where id = @id and state <> 'paused';

-- name: WindDownMailboxes :execrows
with paused as (
    update mailbox m set state = 'paused', state_since = @at
    from case_worker w
    where w.id = m.case_worker_id and not w.active and w.last_day < @today::date and m.state <> 'paused'
        and (m.state in ('denied', 'missing')
            or not exists (select from booking b where b.case_worker_id = w.id and b.status = 'booked' and b.starts_at > @at)
                and not exists (select from outlook_event e where e.mailbox_id = m.id and e.pending_since is not null))
    returning m.id, m.case_worker_id
)
insert into audit_entry (at, actor, action, case_worker_id, mailbox_id, reason)
select @at, 'system', 'mailbox:pause', case_worker_id, id, 'the case worker has left' from paused;

-- name: ResumeMailbox :execrows
update mailbox
set state = case when as_of is null then 'new' else 'active' end, state_since = @at, paused_until = null, failures = 0,
    sick_since = null, sick_rounds = 0, quarantined_until = null, quarantines = 0,
    next_sweep_at = @at, wanted_generation = wanted_generation + 1
where id = @id and state in ('paused', 'denied', 'missing');

-- name: ForceFullRound :execrows
-- A person wants it now, by the feed and out of quarantine.
update mailbox
set full_round_due_at = @at, quarantined_until = null, feed_shunned_until = null, wanted_generation = wanted_generation + 1
where id = @id;

-- name: HeldPlan :many
-- What waits for a person, or was rejected by one, with the number to decide by on each row.
select m.held_number, m.state, coalesce(m.held_blocks, 0)::int as held_blocks, m.approved_by, m.approved_until, m.rejected_by, m.rejected_at,
    i.item_kind, i.item_id, i.starts_at, i.ends_at, i.show_as, i.private, i.reason
from mailbox m
join held_item i on i.mailbox_id = m.id
where m.id = @id and m.held_plan is not null
order by i.starts_at, i.ends_at, i.item_kind, i.item_id;

-- name: ApprovePlan :execrows
update mailbox
set approved_plan = held_plan, approved_by = @who::text, approved_until = @until, rejected_plan = null, rejected_by = null, rejected_at = null,
    held_number = held_number + 1, wanted_generation = wanted_generation + 1
where id = @id and held_plan is not null and held_number = @number;

-- name: RejectPlan :execrows
-- Not once it is approved: it may be on its way.
update mailbox
set rejected_plan = held_plan, rejected_by = @who::text, rejected_at = @at, approved_plan = null, approved_by = null, approved_until = null,
    held_number = held_number + 1, wanted_generation = wanted_generation + 1
where id = @id and held_plan is not null and held_number = @number and rejected_plan is null and (approved_until is null or approved_until <= @at);

-- name: UnflagEvents :execrows
update outlook_event set flagged = null, restores = 0, pending_since = @at
where mailbox_id = @mailbox_id and flagged is not null;
