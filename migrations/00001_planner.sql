-- +goose Up
-- Creates new objects only: waits for nothing, blocks nobody.
create extension if not exists btree_gist;

-- A job centre (jobcenter) that this installation serves, with the choices its municipality made.
create table job_center (
    code                    text primary key check (code ~ '^[0-9]{5}$'),
    name                    text not null,
    -- How long GetBookingDetails holds a time for the citizen.
    reservation_minutes     int not null default 10 check (reservation_minutes between 1 and 120),
    -- Whether showAs "workingElsewhere" blocks time.
    working_elsewhere_blocks boolean not null default false,
    -- What an edit of our event in Outlook does: put it back, or take a legal move as a rebooking.
    outlook_move            text not null default 'restore' check (outlook_move in ('restore', 'accept')),
    -- What a deletion of our event in Outlook does: put it back once, or cancel the booking.
    outlook_delete          text not null default 'restore' check (outlook_delete in ('restore', 'cancel')),
    -- Whether the citizen's name may stand in the counsellor's calendar.
    citizen_name_in_outlook boolean not null default false
);

create table case_worker (
    id              uuid primary key,
    job_center_code text not null references job_center (code),
    -- CaseWorkerIdentifier of the contract: RID or GUID, opaque.
    identifier      text not null check (length(identifier) between 1 and 255),
    given_name      text not null check (length(given_name) between 1 and 50),
    middle_name     text check (length(middle_name) between 1 and 40),
    surname         text not null check (length(surname) between 1 and 40),
    email           text not null,
    phone           text,
    active          boolean not null default true,
    unique (job_center_code, identifier)
);
create unique index case_worker_email_key on case_worker (lower(email));

-- Weekly hours in which meetings may be booked; Danish wall clock, weekday 1 = Monday … 7 = Sunday.
-- A break is a gap between two rows.
create table working_hours (
    case_worker_id uuid not null references case_worker (id) on delete cascade,
    weekday        smallint not null check (weekday between 1 and 7),
    start_minute   smallint not null check (start_minute between 0 and 1439),
    end_minute     smallint not null check (end_minute between 1 and 1440),
    check (start_minute < end_minute),
    primary key (case_worker_id, weekday, start_minute)
);

-- InterviewOption (mødetilbud): a kind of meeting that citizens may book themselves.
create table interview_option (
    id                     uuid primary key,
    job_center_code        text not null references job_center (code),
    interview_type         int not null,
    interview_form         int not null,
    contact_types          int[] not null check (cardinality(contact_types) > 0),
    duration_minutes       int not null check (duration_minutes between 5 and 720),
    slot_step_minutes      int not null default 30 check (slot_step_minutes between 5 and 720),
    -- Shortest time from booking to meeting, and how far ahead times are offered.
    notice_minutes         int not null default 120 check (notice_minutes >= 0),
    horizon_days           int not null default 183 check (horizon_days between 1 and 200),
    is_compulsory          boolean not null default false,
    title                  text not null check (length(title) between 1 and 200),
    description            text check (length(description) between 1 and 2000),
    location_description   text check (length(location_description) between 1 and 200),
    street_name            text,
    street_building        text,
    floor                  text,
    suite                  text,
    post_code              text,
    district_name          text,
    phone                  text,
    email                  text,
    -- Null = not possible; else the deadline, in minutes before the meeting.
    rebooking_deadline_minutes    int check (rebooking_deadline_minutes >= 0),
    cancellation_deadline_minutes int check (cancellation_deadline_minutes >= 0),
    -- Search rules: an empty list admits everybody.
    contact_groups         int[] not null default '{}',
    person_categories      int[] not null default '{}',
    person_group_projects  uuid[] not null default '{}',
    active                 boolean not null default true,
    check ((street_name is null) = (street_building is null)
       and (street_name is null) = (post_code is null)
       and (street_name is null) = (district_name is null))
);
create index interview_option_job_center on interview_option (job_center_code) where active;

create table interview_option_case_worker (
    interview_option_id uuid not null references interview_option (id) on delete cascade,
    case_worker_id      uuid not null references case_worker (id) on delete cascade,
    primary key (interview_option_id, case_worker_id)
);
create index interview_option_case_worker_worker on interview_option_case_worker (case_worker_id);

-- A meeting. Cancelled ones stay.
create table booking (
    -- BookingIdentifier: the caller's when DFDG made it, ours when made here.
    id                  uuid primary key,
    job_center_code     text not null references job_center (code),
    -- The citizen's CPR: keyed hash to find by, AES-GCM to read back.
    citizen_hash        bytea not null,
    citizen_sealed      bytea not null,
    interview_option_id uuid references interview_option (id),
    case_worker_id      uuid not null references case_worker (id),
    starts_at           timestamptz not null,
    ends_at             timestamptz not null check (ends_at > starts_at),
    contact_type        int not null,
    title               text not null,
    origin              text not null check (origin in ('self', 'planner', 'kss')),
    status              text not null default 'booked' check (status in ('booked', 'cancelled')),
    -- Set when it was stored although it overlaps (case system bookings): a person must look.
    overlapping         boolean not null default false,
    -- Fingerprint of the request that made the last change, so that a repeat gets the same answer.
    request_fingerprint bytea not null,
    -- Counts changes of time or case worker.
    revision            int not null default 1,
    created_at          timestamptz not null,
    updated_at          timestamptz not null
);
create index booking_citizen on booking (citizen_hash, ends_at);
create index booking_case_worker on booking (case_worker_id, ends_at);

-- The times that we hand out: reservations (with an end) and bookings, so that one
-- constraint keeps any two of one case worker apart.
create table held_time (
    -- ReservedTimeslotIdentifier while it is a reservation.
    id                  uuid primary key,
    case_worker_id      uuid not null references case_worker (id),
    during              tstzrange not null check (not isempty(during) and lower_inc(during) and not upper_inc(during)),
    -- False: agreed elsewhere, stored although it overlaps.
    exclusive           boolean not null default true,
    booking_id          uuid references booking (id),
    -- Of a reservation only.
    expires_at          timestamptz,
    job_center_code     text references job_center (code),
    citizen_hash        bytea,
    interview_option_id uuid references interview_option (id),
    contact_type        int,
    -- The booking that the citizen wants to move here.
    moves_booking_id    uuid references booking (id),
    check ((booking_id is null) = (expires_at is not null)),
    check (booking_id is not null or (citizen_hash is not null and contact_type is not null and job_center_code is not null)),
    constraint held_time_no_overlap exclude using gist (case_worker_id with =, during with &&) where (exclusive)
);
create unique index held_time_booking on held_time (booking_id) where booking_id is not null;
-- One live reservation per citizen (a new one replaces it).
create unique index held_time_citizen on held_time (citizen_hash) where booking_id is null;
-- The few that the constraint's index does not hold.
create index held_time_not_exclusive on held_time (case_worker_id) where not exclusive;
create index held_time_expiry on held_time (expires_at) where booking_id is null;

-- Time that is not free: what the counsellor has in Outlook (or a Kommuneklient pushed). No text, ever.
create table busy_block (
    case_worker_id uuid not null references case_worker (id),
    source         text not null check (source in ('graph', 'kommuneklient')),
    -- Graph: immutable id of the event or occurrence. Kommuneklient: OriginSystemIdentifier.
    item_id        text not null,
    series_id      text,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null check (ends_at > starts_at),
    show_as        text not null,
    private        boolean not null default false,
    primary key (case_worker_id, source, item_id)
);
create index busy_block_time on busy_block (case_worker_id, ends_at) include (starts_at);
-- The few long ones. What touches a span ends before a day after it, or is longer than a day: so a question about one day
-- reads two days of the index above and this one, not all that comes after.
create index busy_block_long on busy_block (case_worker_id, ends_at) include (starts_at) where ends_at - starts_at > interval '24 hours';

-- Who did what, to what, why. Written in the transaction of the change; never updated.
create table audit_entry (
    id              bigint generated always as identity primary key,
    at              timestamptz not null,
    -- 'dfdg', 'outlook', 'system', 'admin:<name>'
    actor           text not null,
    -- The organisation the caller acted for, as told in its headers.
    on_behalf_of    text not null default '',
    action          text not null,
    job_center_code text,
    case_worker_id  uuid,
    booking_id      uuid,
    mailbox_id      bigint,
    citizen_hash    bytea,
    reason          text not null default '',
    before          jsonb,
    after           jsonb
);
create index audit_entry_booking on audit_entry (booking_id) where booking_id is not null;
create index audit_entry_citizen on audit_entry (citizen_hash) where citizen_hash is not null;
create index audit_entry_mailbox on audit_entry (mailbox_id, at) where mailbox_id is not null;

-- +goose Down
drop table audit_entry, busy_block, held_time, booking, interview_option_case_worker, interview_option, working_hours, case_worker, job_center;
