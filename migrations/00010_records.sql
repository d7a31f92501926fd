-- +goose Up
-- Adds nullable columns, or such with a constant default, and new tables: locks audit_entry for the time of a few catalogue
-- changes, and rewrites nothing.

-- What was told of it is proven by a chain of hashes (audit_link).
alter table audit_entry
    -- From where: the interface and, of a caller with a certificate, whose it is. Never a name.
    add column came_from text not null default '',
    -- The transaction that wrote the row; null: before this column. A row may be put into the chain when its transaction, and
    -- all that began before it, have ended. The default is set apart, so that rows that are there keep null and nothing is rewritten.
    add column tx xid8;
alter table audit_entry alter column tx set default pg_current_xact_id();

-- The chain. Each link holds the hash of an entry's content, and a hash over that and all links before it. When an entry's time
-- of keeping is over its content goes, and the link stays, so that the chain still holds.
create table audit_link (
    seq      bigint primary key check (seq > 0),
    -- audit_entry.id; no foreign key, since the entry may be gone.
    entry_id bigint not null unique,
    -- Of the entry; whoever verifies compares it with how long entries are kept.
    at       timestamptz not null,
    -- SHA-256, see package recorddb for of what.
    content  bytea not null check (length(content) = 32),
    hash     bytea not null check (length(hash) = 32)
);

-- What of an entry is hashed, each value in one form.
create view audit_told as
select id, at, actor, on_behalf_of, came_from, action, job_center_code, case_worker_id, booking_id, mailbox_id, citizen_hash, reason,
    coalesce(before::text, '')::text as before_text, coalesce(after::text, '')::text as after_text
from audit_entry;

-- One row: the lock of those who add links, and when the head is next told to the log.
create table audit_chain (
    the_one     boolean primary key default true check (the_one),
    announce_at timestamptz not null
);
insert into audit_chain (announce_at) values ('2000-01-01 00:00:00+00');

-- Append-only, for the program and for whoever signs in with its account. Retention alone may delete entries: in a
-- transaction that says so, and that writes down what it did. Links it may not delete.
-- +goose StatementBegin
create function audit_append_only() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'audit_entry' and tg_op = 'DELETE' and current_setting('planner.retention', true) = 'on' then
        return null;
    end if;
    raise exception '% of % is refused: the audit trail is append-only', tg_op, tg_table_name using errcode = 'KP002';
end
$$;
-- +goose StatementEnd
create trigger audit_entry_append_only before update or delete or truncate on audit_entry execute function audit_append_only();
create trigger audit_link_append_only before update or delete or truncate on audit_link execute function audit_append_only();

-- Deletes a reservation that ran out unused, and writes that down.
-- +goose StatementBegin
create function expire_reservation(reservation uuid, now timestamptz) returns void language sql as $$
    with gone as (
        delete from held_time h where h.id = reservation and h.booking_id is null and h.expires_at <= now
        returning h.job_center_code, h.case_worker_id, h.moves_booking_id, h.citizen_hash, h.contact_type, h.expires_at,
            lower(h.during) + h.buffer_before_minutes * interval '1 minute' as starts_at,
            upper(h.during) - h.buffer_after_minutes * interval '1 minute' as ends_at
    )
    insert into audit_entry (at, actor, came_from, action, job_center_code, case_worker_id, booking_id, citizen_hash, reason, before)
    select now, 'system', 'clock', 'expire', g.job_center_code, g.case_worker_id, g.moves_booking_id, g.citizen_hash, 'reservation ran out',
        jsonb_build_object('start', g.starts_at, 'end', g.ends_at, 'caseWorker', g.case_worker_id, 'contactType', g.contact_type, 'expires', g.expires_at)
    from gone g
$$;
-- +goose StatementEnd

-- When each kind of data is next looked through for what is past its time, and what the last run did. A kind without a row is due.
create table retention_run (
    kind    text primary key,
    next_at timestamptz not null,
    ran_at  timestamptz,
    deleted bigint not null default 0
);

-- A citizen's deadline for booking a kind of meeting (frist), as DFDG or the case system sets it; ended when a meeting of that
-- kind is booked, which is looked up, not stored.
create table citizen_deadline (
    id              bigint generated always as identity primary key,
    job_center_code text not null references job_center (code),
    citizen_hash    bytea not null,
    citizen_sealed  bytea not null,
    interview_type  int not null,
    -- Danish dates: the last on which to book, and the last on which the meeting may be held.
    book_by         date not null,
    hold_by         date not null check (hold_by >= book_by),
    -- What decides which options the citizen is offered; null = not told.
    contact_group   int,
    person_category int,
    -- Where it was learnt: 'csv'.
    source          text not null,
    updated_at      timestamptz not null,
    unique (job_center_code, citizen_hash, interview_type)
);
create index citizen_deadline_due on citizen_deadline (job_center_code, book_by);

-- +goose Down
drop table citizen_deadline, retention_run;
drop view audit_told;
drop trigger audit_entry_append_only on audit_entry;
drop trigger audit_link_append_only on audit_link;
drop function audit_append_only;
drop function expire_reservation;
drop table audit_chain, audit_link;
alter table audit_entry drop column tx, drop column came_from;
