-- +goose Up
-- Creates new objects only: waits for nothing, blocks nobody.

-- A counsellor's calendar in Microsoft 365.
create table mailbox (
    id                bigint generated always as identity primary key,
    case_worker_id    uuid not null unique references case_worker (id),
    -- Object id of the user in Entra ID; mailboxes are never addressed by mail address.
    graph_user_id     text not null unique,
    email             text not null,
    -- new: never read whole. active. held: a plan that deletes too much waits for a person.
    -- denied: Graph refuses access. missing: no such mailbox in Exchange Online. paused: by a person.
    state             text not null default 'new' check (state in ('new', 'active', 'held', 'denied', 'missing', 'paused')),
    state_since       timestamptz not null,
    -- Wake-ups: raised by notices, bookings and sweeps; a run ends only when it has seen the newest.
    wanted_generation bigint not null default 0,
    synced_generation bigint not null default 0,
    -- Fencing: the newest run, by a random number; a run whose number is not this one may not write.
    epoch             bigint not null default 0,
    -- Of the last complete round: where to go on, and the window that the link is frozen to.
    delta_link        text,
    window_start      timestamptz,
    window_end        timestamptz,
    full_round_at     timestamptz,
    full_round_due_at timestamptz not null,
    -- The instant up to which the calendar is known: start of the last complete round.
    as_of             timestamptz,
    -- Throttling: nobody asks Graph about this mailbox before then.
    paused_until      timestamptz,
    next_sweep_at     timestamptz not null,
    failures          int not null default 0,
    -- A code of ours and plain words, never text from Graph's payload.
    last_error        text,
    last_error_at     timestamptz,
    -- The brake (state held): how many blocks the refused plan deletes, of how many.
    held_deletions    int,
    held_blocks       int,
    -- A person's approval: up to so many deletions until then.
    approved_deletions int,
    approved_until    timestamptz
);
create index mailbox_sweep on mailbox (next_sweep_at);

-- A change notification subscription at Graph.
create table subscription (
    id             text primary key,
    mailbox_id     bigint not null references mailbox (id) on delete cascade,
    client_state   text not null,
    expires_at     timestamptz not null,
    renew_at       timestamptz not null,
    created_at     timestamptz not null,
    last_notice_at timestamptz
);
create index subscription_mailbox on subscription (mailbox_id);
create index subscription_renewal on subscription (renew_at);

-- Our event in a mailbox, one row per booking and mailbox: its identity at Graph and the
-- version both sides last agreed on. A booking moved to another case worker has two rows until the old event is gone.
create table outlook_event (
    booking_id       uuid not null references booking (id),
    mailbox_id       bigint not null references mailbox (id),
    -- Raised for each intended creation; names the transactionId.
    generation       int not null default 1,
    transaction_id   text,
    -- The request body as first sent: a retry must send the same bytes.
    create_body      bytea,
    event_id         text,
    etag             text,
    base_fingerprint text,
    -- How often an edit was undone or a deleted event made again, since the booking last changed.
    restores         int not null default 0,
    -- Set when the program gives up and a person must look; plain words.
    flagged          text,
    -- Set while Outlook is known to differ from the booking.
    pending_since    timestamptz,
    -- Counts changes of the booking: a run that decided on an older state may not clear "pending".
    changes          int not null default 0,
    primary key (booking_id, mailbox_id)
);
create unique index outlook_event_event on outlook_event (mailbox_id, event_id) where event_id is not null;
create index outlook_event_pending on outlook_event (mailbox_id) where pending_since is not null;

-- Ids of events of ours that were replaced: if one comes back (restored from Deleted Items) it goes again.
create table retired_event (
    mailbox_id bigint not null references mailbox (id) on delete cascade,
    event_id   text not null,
    booking_id uuid not null,
    retired_at timestamptz not null,
    primary key (mailbox_id, event_id)
);

-- What a round decided and why, for administrators. Only decisions that changed something.
create table sync_decision (
    id         bigint generated always as identity primary key,
    mailbox_id bigint not null references mailbox (id) on delete cascade,
    at         timestamptz not null,
    item_kind  text not null check (item_kind in ('booking', 'busy')),
    item_id    text not null,
    verb       text not null,
    reason     text not null
);
create index sync_decision_mailbox on sync_decision (mailbox_id, id desc);

-- A run's writes begin with this: it locks the mailbox and stops a run that a newer one has overtaken.
-- +goose StatementBegin
create function mailbox_fence(run_mailbox bigint, run_epoch bigint) returns void language plpgsql as $$
begin
    perform 1 from mailbox where id = run_mailbox and epoch = run_epoch for update;
    if not found then
        raise exception 'a newer run of mailbox % has begun', run_mailbox using errcode = 'KP001';
    end if;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function mailbox_fence;
drop table sync_decision, retired_event, outlook_event, subscription, mailbox;
