-- name: PrepareOwn :exec
update outlook_event
set transaction_id = @transaction_id, create_body = @create_body
where booking_id = @booking_id and mailbox_id = @mailbox_id;

-- name: RememberOwn :exec
-- Nothing is pending any more, unless the booking changed since the caller read it.
update outlook_event
set event_id = coalesce(nullif(@event_id::text, ''), event_id), etag = @etag, base_fingerprint = nullif(@base_fingerprint::text, ''),
    pending_since = case when @still_pending::boolean or changes <> @changes then coalesce(pending_since, @at) else null end,
    flagged = case when @keep_flag::boolean then flagged else null end
where booking_id = @booking_id and mailbox_id = @mailbox_id;

-- name: ForgetOwn :exec
delete from outlook_event
where booking_id = @booking_id and mailbox_id = @mailbox_id and changes = @changes;

-- name: StartOverOwn :exec
-- After ForgetOwn: the event is gone, but the booking changed since and may want it again. A new creation then,
-- not counted as a restore.
update outlook_event
set generation = generation + 1, event_id = null, etag = null, base_fingerprint = null, transaction_id = null, create_body = null,
    displaced_since = null
where booking_id = @booking_id and mailbox_id = @mailbox_id and changes <> @changes;

-- name: PushOwn :exec
-- A counter that belongs to an older state of the booking is not stored.
update outlook_event
set pending_since = coalesce(pending_since, @at), restores = case when changes = @changes then @restores else restores end
where booking_id = @booking_id and mailbox_id = @mailbox_id;

-- name: RetireOwn :exec
insert into retired_event (mailbox_id, event_id, booking_id, retired_at)
select o.mailbox_id, o.event_id, o.booking_id, @at::timestamptz
from outlook_event o
where o.booking_id = @booking_id and o.mailbox_id = @mailbox_id and o.event_id is not null
on conflict (mailbox_id, event_id) do nothing;

-- name: RecreateOwn :exec
update outlook_event
set pending_since = coalesce(pending_since, @at), restores = @restores, generation = generation + 1,
    event_id = null, etag = null, base_fingerprint = null, transaction_id = null, create_body = null, displaced_since = null
where booking_id = @booking_id and mailbox_id = @mailbox_id;

-- name: AdoptOwn :exec
-- The mailbox was moved: the same event under another id. The old one is not retired, since a mailbox may be moved back.
update outlook_event set event_id = @event_id::text, etag = @etag, displaced_since = null
where booking_id = @booking_id and mailbox_id = @mailbox_id;

-- name: DisplaceOwn :exec
update outlook_event
set displaced_since = case when booking_id = any(@lost::uuid[]) then coalesce(displaced_since, @at) end
where mailbox_id = @mailbox_id and (displaced_since is not null or booking_id = any(@lost::uuid[]));

-- name: FlagOwn :exec
update outlook_event set flagged = @flagged::text, pending_since = null, displaced_since = null
where booking_id = @booking_id and mailbox_id = @mailbox_id and changes = @changes;

-- name: DropBlockOfOwn :exec
-- An event of ours may have been read as somebody's before its id was known.
delete from busy_block b
using mailbox m
where m.id = @mailbox_id::bigint and b.case_worker_id = m.case_worker_id and b.source = 'graph' and b.item_id = @event_id::text;

-- name: BookingMark :exec
-- Called in the transaction that changes a booking: every mailbox concerned has something to write. Without case workers it
-- is the booking's own, if the transaction has written the booking (xmin), and else nobody's.
with m as (
    select id from mailbox
    where case_worker_id = any(coalesce(sqlc.narg(case_workers)::uuid[], array(
        select b.case_worker_id from booking b where b.id = @booking_id::uuid and b.xmin = pg_current_xact_id_if_assigned()::xid)))
    order by id for no key update
), woken as (
    -- No join: it would be planned for more mailboxes than the one or two that there are.
    update mailbox set wanted_generation = wanted_generation + 1 where mailbox.id = any(array(select m.id from m)) returning mailbox.id
)
insert into outlook_event (booking_id, mailbox_id, pending_since)
select @booking_id::uuid, woken.id, @at::timestamptz from woken
on conflict (booking_id, mailbox_id) do update
set pending_since = coalesce(outlook_event.pending_since, excluded.pending_since), restores = 0, flagged = null,
    changes = outlook_event.changes + 1;

-- name: WakeMarked :exec
-- After BookingMark in a statement of its own, which sees what others did to the jobs before the mailboxes were locked.
select queue_writing(o.mailbox_id) from outlook_event o
where o.booking_id = @booking_id and o.xmin = pg_current_xact_id_if_assigned()::xid;
