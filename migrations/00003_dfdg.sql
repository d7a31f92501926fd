-- +goose Up
-- Creates new objects only: waits for nothing, blocks nobody.

-- What came from DFDG, one row per message, written in the transaction of its effect: a message that comes again
-- finds its row and changes nothing.
create table dfdg_inbox (
    -- DFDG's MessageIdentifier; made from the content where the message has none.
    message_id      uuid primary key,
    job_center_code text not null references job_center (code),
    -- How it came: the queue's own protocol, standard WS-ReliableMessaging, or pushed notices.
    transport       text not null check (transport in ('queue', 'wsrm', 'push')),
    -- Name of the message service or body element.
    service         text not null,
    -- Null when the message could not be understood. The booking may be unknown to us.
    booking_id      uuid,
    -- When DFDG put it on the queue, by DFDG's clock; of two about one booking the later one counts.
    queued_at       timestamptz not null,
    received_at     timestamptz not null,
    -- applied: it changed a booking. recorded: nothing to change (confirmed, excused, or already so). echo: our own
    -- change coming back. stale: older than what is known. ignored: a kind of message that is not for us. waiting: understood, but a
    -- person must do something first. unreadable: kept whole for a person. settled: a person has dealt with it.
    state           text not null check (state in ('applied', 'recorded', 'echo', 'stale', 'ignored', 'waiting', 'unreadable', 'settled')),
    -- A code of ours, never the message's text.
    reason          text not null default '',
    -- The message whole, AES-GCM; only of those that wait for a person.
    body_sealed     bytea,
    -- How often it came.
    times           int not null default 1,
    check ((body_sealed is not null) = (state in ('waiting', 'unreadable')))
);
create index dfdg_inbox_person on dfdg_inbox (received_at) where state in ('waiting', 'unreadable');
create index dfdg_inbox_booking on dfdg_inbox (booking_id) where booking_id is not null;
create index dfdg_inbox_received on dfdg_inbox (received_at);

-- What DFDG last told of a booking, known to us or not.
create table dfdg_booking (
    booking_id     uuid primary key,
    -- Of the newest message that was taken in; equal instants go by the greater message id.
    newest_at      timestamptz not null,
    newest_message uuid not null,
    -- Whether the citizen has said to come or not to come.
    attendance     text check (attendance in ('confirmed', 'excused')),
    attendance_at  timestamptz,
    check ((attendance is null) = (attendance_at is null))
);

-- Polling of a job centre's queue; one row per job centre that is polled.
create table dfdg_poller (
    job_center_code text primary key references job_center (code),
    -- The transfer that is open at DFDG as far as we know; it is closed before the next is begun.
    transfer        text,
    -- One worker at a time: until then the queue is somebody's. Epoch tells whose.
    leased_until    timestamptz,
    epoch           bigint not null default 0,
    next_poll_at    timestamptz not null,
    -- Last time that a transfer was ended as it should.
    polled_at       timestamptz,
    failures        int not null default 0,
    -- A code of ours and plain words, never text from a message.
    last_error      text,
    last_error_at   timestamptz
);
create index dfdg_poller_due on dfdg_poller (next_poll_at);

-- Pushed notices (webservicebesked): stored before they are answered, what they speak of is fetched later.
create table dfdg_notice (
    id              uuid primary key,
    job_center_code text not null references job_center (code),
    booking_id      uuid not null,
    change_type     int not null check (change_type between 1 and 3),
    -- The citizen's CPR, needed to fetch by; AES-GCM.
    citizen_sealed  bytea not null,
    received_at     timestamptz not null,
    done_at         timestamptz
);
create index dfdg_notice_waiting on dfdg_notice (job_center_code, received_at, id) where done_at is null;

-- Sequences of standard WS-ReliableMessaging that are sent to us.
create table dfdg_sequence (
    id              text primary key,
    job_center_code text not null references job_center (code),
    state           text not null default 'open' check (state in ('open', 'closed', 'terminated')),
    -- Numbers whose messages are stored: exactly these are acknowledged.
    accepted        int8multirange not null default '{}',
    created_at      timestamptz not null,
    expires_at      timestamptz not null
);
create index dfdg_sequence_expiry on dfdg_sequence (expires_at);

-- What DFDG must be told: one row per change of a booking, inserted in the transaction of the change, sent in order
-- per booking.
create table dfdg_report (
    id              bigint generated always as identity primary key,
    booking_id      uuid not null references booking (id),
    job_center_code text not null references job_center (code),
    -- The booking's revision that this row tells of.
    revision        int not null,
    change          text not null check (change in ('created', 'moved', 'cancelled')),
    -- The booking as it was after the change.
    case_worker_id  uuid not null references case_worker (id),
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    contact_type    int not null,
    occurred_at     timestamptz not null,
    -- pending: to be sent. sent: DFDG has it. unneeded: DFDG never knew of the booking, or knows already. refused: DFDG refuses; a person must
    -- look. settled: a person has dealt with it.
    state           text not null default 'pending' check (state in ('pending', 'sent', 'unneeded', 'refused', 'settled')),
    attempts        int not null default 0,
    next_try_at     timestamptz not null,
    -- While a worker sends it.
    claimed_until   timestamptz,
    -- Set before each call and cleared when its outcome is known: then the register is asked before anything is sent again.
    asked_at        timestamptz,
    -- DFDG's fault number and our words for it.
    error_code      int,
    error           text,
    error_at        timestamptz,
    ended_at        timestamptz,
    unique (booking_id, revision),
    check ((ended_at is null) = (state in ('pending', 'refused')))
);
create index dfdg_report_pending on dfdg_report (next_try_at) where state = 'pending';
create index dfdg_report_open on dfdg_report (booking_id, id) where state = 'pending';
create index dfdg_report_refused on dfdg_report (error_at) where state = 'refused';

-- +goose Down
drop table dfdg_report, dfdg_sequence, dfdg_notice, dfdg_poller, dfdg_booking, dfdg_inbox;
