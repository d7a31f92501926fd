-- +goose Up
-- Adds a nullable column to booking, which is locked for one catalogue change, and new tables: waits for nothing else.

alter table booking
    -- BEK 442/2023 § 20 no. 13: whether the unemployment fund takes part. Null = not told, or of no interest to this kind of meeting.
    add column fund_participates boolean;

-- An option made for one meeting that a summoner booked without choosing one. It is withdrawn from the first, so that
-- citizens are never offered it, and goes with its booking.
create table own_option (
    interview_option_id uuid primary key references interview_option (id) on delete cascade,
    booking_id          uuid not null unique
);

-- A citizen's excuse (lovlig forfaldsgrund) for not coming to a meeting, as somebody received it. The meeting stays
-- until it is moved or cancelled; revision tells for which time of it the excuse was given.
create table booking_excuse (
    booking_id  uuid not null references booking (id) on delete cascade,
    revision    int not null,
    received_at timestamptz not null,
    received_by text not null check (length(received_by) between 1 and 200),
    reason      text not null check (reason in ('illness', 'child', 'work', 'interview', 'education', 'holiday', 'transport', 'other')),
    -- In the words of whoever received it; never a CPR number.
    note        text check (length(note) between 1 and 200),
    primary key (booking_id, revision)
);

-- A list of citizens to be called in, and how (mass summons). Its plan is shown, approved by a named person, and carried out.
create table summons_batch (
    id                  uuid primary key,
    job_center_code     text not null references job_center (code),
    interview_option_id uuid not null references interview_option (id),
    -- The meetings lie within it.
    from_at             timestamptz not null,
    to_at               timestamptz not null check (to_at > from_at),
    contact_type        int,
    spread_over_days    boolean not null,
    -- Those chosen to hold the meetings.
    case_workers        uuid[] not null check (cardinality(case_workers) > 0),
    -- planned: shown, nothing done. running and paused: approved. cancelled: the rest is left undone. done: every line has its end.
    state               text not null default 'planned' check (state in ('planned', 'running', 'paused', 'cancelled', 'done')),
    made_at             timestamptz not null,
    made_by             text not null,
    planned_at          timestamptz not null,
    approved_at         timestamptz,
    -- Whose name stands in the audit trail of its bookings.
    approver_id         uuid,
    approver_login      text,
    ended_at            timestamptz,
    check ((state = 'planned') <= (approved_at is null)),
    check ((approved_at is null) = (approver_login is null)),
    check ((ended_at is not null) = (state in ('cancelled', 'done')))
);
create index summons_batch_job_center on summons_batch (job_center_code, made_at);
create index summons_batch_ended on summons_batch (ended_at) where ended_at is not null;

-- One citizen of a list. The CPR number is sealed, as with bookings, and ends with the batch.
create table summons_line (
    batch_id       uuid not null references summons_batch (id) on delete cascade,
    -- In the text that was given.
    number         int not null,
    -- BookingIdentifier, made with the list: carried out twice, the same meeting is booked once.
    booking_id     uuid not null,
    citizen_hash   bytea,
    citizen_sealed bytea,
    wished         uuid,
    -- refused: wrong in the list. unplaced: the plan has no time. planned: to be booked. booked. failed: could not be booked. left: the
    -- batch was cancelled before its turn.
    state          text not null check (state in ('refused', 'unplaced', 'planned', 'booked', 'failed', 'left')),
    -- A code of ours for what is wrong; the earlier line of one that occurs twice.
    reason         text not null default '',
    earlier        int,
    -- The plan, or what was booked in the end. Lines are booked in the plan's order.
    turn           int not null default 0,
    case_worker_id uuid,
    starts_at      timestamptz,
    contact_type   int,
    -- The planned time was gone, and another was found.
    replanned      boolean not null default false,
    ended_at       timestamptz,
    primary key (batch_id, number),
    check ((citizen_hash is null) = (citizen_sealed is null)),
    check (state not in ('planned', 'booked') or (case_worker_id is not null and starts_at is not null and contact_type is not null and citizen_hash is not null))
);
create index summons_line_next on summons_line (batch_id, turn) where state = 'planned';

-- +goose Down
drop table summons_line, summons_batch, booking_excuse, own_option;
alter table booking drop column fund_participates;
