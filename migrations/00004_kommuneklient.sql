-- +goose Up
-- Creates new objects only: waits for nothing, blocks nobody.

-- Whose word counts on a case worker's other time. No row: Graph's if there is a mailbox, else nobody's yet; the first
-- word of a Kommuneklient makes one. A table of its own, because a round of Graph changes it with the mailbox locked, and
-- case workers are locked before mailboxes.
create table calendar_source (
    case_worker_id uuid primary key references case_worker (id),
    source         text not null check (source in ('graph', 'kommuneklient')),
    -- A switch under way: both are heard, and source stays what it is until the other one has told everything.
    next           text check (next in ('graph', 'kommuneklient') and next <> source),
    -- When the switch under way was asked for, else when the source became what it is.
    since          timestamptz not null,
    -- The Kommuneklient's last word, and the last time that it fetched what we know in order to compare.
    told_at        timestamptz,
    compared_at    timestamptz
);
create index calendar_source_switching on calendar_source (next) where next is not null;

-- Every SOAP call, so that what was offered, and what was not, can be shown. No names, no numbers of persons.
create table soap_call (
    id               bigint generated always as identity primary key,
    at               timestamptz not null,
    service          text not null,
    -- Empty when the message named none of ours.
    operation        text not null,
    -- Of the caller's certificate; null without one.
    caller_cvr       text,
    -- The organisation that the caller says it acts for: type and code.
    on_behalf_of     text not null default '',
    job_center_code  text,
    citizen_hash     bytea,
    -- What was asked about: kind of meeting, meeting, case worker, span of time.
    option_id        uuid,
    booking_id       uuid,
    asked_from       timestamptz,
    asked_to         timestamptz,
    asked_worker     text not null default '',
    -- How much was offered in all, and of times how many on each Danish day. A day that was asked for and is not here had none.
    offered          int not null,
    offered_days     date[] not null default '{}',
    offered_per_day  int[] not null default '{}',
    -- First 16 bytes of SHA-256 of what was offered, to recognise a kept answer by; soap.Call says of what.
    offer_hash      bytea,
    answer_bytes     int not null,
    duration_us      bigint not null,
    -- STAR's number, 0 = none; and SOAP 1.1's word for whose fault it is, empty when all went well.
    fault            int not null,
    fault_code       text not null
);
create index soap_call_at on soap_call (at);
create index soap_call_job_center on soap_call (job_center_code, at);
create index soap_call_citizen on soap_call (citizen_hash, at) where citizen_hash is not null;

-- +goose Down
drop table soap_call, calendar_source;
