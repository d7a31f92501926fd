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

-- +goose Down
drop table booking_excuse, own_option;
alter table booking drop column fund_participates;
