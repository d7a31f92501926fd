-- name: BeginRunSoon :exec
-- The start of a run need not be on disk: should the server crash, the run finds another one's number and stops.
select set_config('synchronous_commit', 'off', true);

-- name: BeginRun :many
update mailbox
set epoch = @epoch
from case_worker c
join job_center j on j.code = c.job_center_code
where mailbox.id = @id and c.id = mailbox.case_worker_id
returning mailbox.id, mailbox.epoch, mailbox.wanted_generation, mailbox.graph_user_id, mailbox.case_worker_id, mailbox.state,
    mailbox.delta_link, mailbox.window_start, mailbox.window_end, mailbox.full_round_due_at, mailbox.paused_until,
    mailbox.approved_plan, mailbox.approved_until, mailbox.rejected_plan, mailbox.rejected_at, mailbox.failures,
    mailbox.sick_rounds, mailbox.quarantined_until, mailbox.quarantines, mailbox.feed_shunned_until, mailbox.feed_shuns,
    j.working_elsewhere_blocks, j.outlook_move, j.outlook_delete;

-- name: Fence :exec
select mailbox_fence(@id, @epoch);

-- name: OwnEvents :many
select o.booking_id, o.generation, o.transaction_id, o.create_body, o.event_id, o.etag, o.base_fingerprint, o.restores, o.changes,
    (o.pending_since is not null)::boolean as pending, (o.flagged is not null)::boolean as flagged,
    (o.displaced_since is not null)::boolean as displaced,
    (b.status = 'booked' and b.case_worker_id = m.case_worker_id)::boolean as wanted,
    b.job_center_code, b.interview_option_id, b.case_worker_id, b.starts_at, b.ends_at, b.contact_type, b.title, b.origin, b.revision,
    i.location_description, i.street_name, i.street_building, i.floor, i.suite, i.post_code, i.district_name
from outlook_event o
join mailbox m on m.id = o.mailbox_id
join booking b on b.id = o.booking_id
left join interview_option i on i.id = b.interview_option_id
where o.mailbox_id = @mailbox_id and (o.pending_since is not null or b.ends_at > @ended_after)
order by o.pending_since nulls last, o.booking_id;

-- name: RetiredEvents :many
select event_id, booking_id from retired_event where mailbox_id = @mailbox_id;

-- name: Blocks :many
select b.item_id, b.series_id, b.starts_at, b.ends_at, b.show_as, b.private
from busy_block b
join mailbox m on m.case_worker_id = b.case_worker_id
where m.id = @mailbox_id and b.source = 'graph';

-- name: BlocksByID :many
-- Of a deleted series Graph may name the master alone, which is no block itself: so its occurrences too.
select b.item_id, b.series_id, b.starts_at, b.ends_at, b.show_as, b.private
from busy_block b
join mailbox m on m.case_worker_id = b.case_worker_id
where m.id = @mailbox_id and b.source = 'graph' and (b.item_id = any(@item_ids::text[]) or b.series_id = any(@item_ids::text[]));

-- name: PutBlocks :exec
-- Nothing of a calendar on which a Kommuneklient's word counts, unless Graph is about to take over.
insert into busy_block (case_worker_id, source, item_id, series_id, starts_at, ends_at, show_as, private)
select @case_worker_id::uuid, 'graph', u.item_id, nullif(u.series_id, ''), u.starts_at, u.ends_at, u.show_as, u.private
from (select unnest(@item_ids::text[]) as item_id, unnest(@series_ids::text[]) as series_id, unnest(@starts::timestamptz[]) as starts_at,
             unnest(@ends::timestamptz[]) as ends_at, unnest(@show_as::text[]) as show_as, unnest(@private::boolean[]) as private) u
where not exists (
    select from calendar_source s where s.case_worker_id = @case_worker_id::uuid and s.source = 'kommuneklient' and s.next is null)
on conflict (case_worker_id, source, item_id) do update
set series_id = excluded.series_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    show_as = excluded.show_as, private = excluded.private;

-- name: DeleteBlocks :exec
delete from busy_block where case_worker_id = @case_worker_id and source = 'graph' and item_id = any(@item_ids::text[]);

-- name: ForgetPastBlocks :exec
delete from busy_block where case_worker_id = @case_worker_id and source = 'graph' and ends_at <= @before;

-- name: CommitRound :exec
update mailbox
set delta_link = @delta_link, window_start = @window_start, window_end = @window_end,
    full_round_at = case when @is_full::boolean then @started else full_round_at end,
    full_round_due_at = @full_round_due_at, as_of = @started, next_sweep_at = @next_sweep_at,
    state_since = case when state = 'active' then state_since else @started end,
    state = 'active', failures = 0, paused_until = null, last_error = null, last_error_at = null,
    sick_since = null, sick_rounds = 0, quarantined_until = null, quarantines = 0,
    feed_shunned_until = sqlc.narg('feed_shunned_until'), feed_shuns = @feed_shuns,
    -- What is kept by a person's word stays asked about; an approval that came meanwhile is for the next round.
    held_plan = case when @kept::boolean then held_plan end, rejected_plan = case when @kept::boolean then rejected_plan end,
    rejected_by = case when @kept::boolean then rejected_by end, rejected_at = case when @kept::boolean then rejected_at end,
    held_deletions = case when @kept::boolean then held_deletions end, held_blocks = case when @kept::boolean then held_blocks end,
    approved_plan = case when @kept::boolean then approved_plan end, approved_by = case when @kept::boolean then approved_by end,
    approved_until = case when @kept::boolean then approved_until end, approved_deletions = null
where id = @id;

-- name: DropHeldItems :exec
delete from held_item where mailbox_id = @mailbox_id;

-- name: HoldMailbox :exec
-- The same plan again leaves what was decided on it meanwhile; another one, or the same after its rejection is over, is
-- asked about anew.
update mailbox
set state_since = case when state = 'held' then state_since else @at end, state = 'held',
    held_deletions = @deletions, held_blocks = @blocks, next_sweep_at = @next_sweep_at,
    held_number = held_number + case when held_plan = @plan::text and (rejected_at is null or rejected_at > @rejected_after) then 0 else 1 end,
    approved_plan = case when approved_plan = @plan::text then approved_plan end,
    approved_by = case when approved_plan = @plan::text then approved_by end,
    approved_until = case when approved_plan = @plan::text then approved_until end,
    rejected_plan = case when rejected_plan = @plan::text and rejected_at > @rejected_after then rejected_plan end,
    rejected_by = case when rejected_plan = @plan::text and rejected_at > @rejected_after then rejected_by end,
    rejected_at = case when rejected_plan = @plan::text and rejected_at > @rejected_after then rejected_at end,
    held_plan = @plan::text
where id = @id;

-- name: AddHeldItems :exec
insert into held_item (mailbox_id, item_kind, item_id, starts_at, ends_at, show_as, private, reason)
select @mailbox_id::bigint, u.kind, u.item, u.starts_at, u.ends_at, u.show_as, u.private, u.reason
from (select unnest(@kinds::text[]) as kind, unnest(@items::text[]) as item, unnest(@starts::timestamptz[]) as starts_at,
             unnest(@ends::timestamptz[]) as ends_at, unnest(@show_as::text[]) as show_as, unnest(@private::boolean[]) as private,
             unnest(@reasons::text[]) as reason) u;

-- name: FailRun :exec
update mailbox
set last_error = @code, last_error_at = @at,
    failures = failures + case when @counts::boolean then 1 else 0 end,
    paused_until = coalesce(sqlc.narg('paused_until'), paused_until),
    next_sweep_at = @next_sweep_at,
    state_since = case when @state::text = '' or state = @state::text then state_since else @at end,
    state = case when @state::text = '' then state else @state::text end,
    sick_since = case when @sick::boolean then coalesce(sick_since, @at) else sick_since end,
    sick_rounds = sick_rounds + case when @sick::boolean then 1 else 0 end
where id = @id;

-- name: QuarantineMailbox :exec
-- After FailRun. Only while others are well: when every mailbox fails it is Microsoft that is ill, and a mailbox
-- in quarantine would be late when it recovers.
update mailbox
set quarantined_until = @until, quarantines = quarantines + 1, next_sweep_at = @until
where mailbox.id = @id and exists (select 1 from mailbox o where o.id <> mailbox.id and o.as_of > mailbox.sick_since);

-- name: AddNotes :exec
insert into sync_decision (mailbox_id, at, item_kind, item_id, verb, reason)
select @mailbox_id::bigint, u.at, u.kind, u.item, u.verb, u.reason
from (select unnest(@ats::timestamptz[]) as at, unnest(@kinds::text[]) as kind, unnest(@items::text[]) as item,
             unnest(@verbs::text[]) as verb, unnest(@reasons::text[]) as reason) u;

-- name: AddAudit :exec
insert into audit_entry (at, actor, action, case_worker_id, booking_id, mailbox_id, reason)
values (@at, @actor, @action, @case_worker_id, @booking_id, @mailbox_id, @reason);

-- name: CloseGeneration :one
-- Inside the transaction that completes the job: the row lock orders it against producers.
select wanted_generation from mailbox where id = @id for update;

-- name: SetSyncedGeneration :exec
update mailbox set synced_generation = @generation where id = @id;
