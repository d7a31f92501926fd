-- +goose Up
-- Adds columns without a rewrite and small tables: waits for nothing long.

alter table mailbox
    -- Since when, and how often in a row, reading failed in a way that is the mailbox's own: paging without
    -- end, a gateway's 504, too slow. Null and 0 while it goes well.
    add column sick_since timestamptz,
    add column sick_rounds int not null default 0,
    -- Quarantine: until then nobody reads this mailbox, so that it does not keep workers from the others.
    -- Bookings are written all the same. Each one in a row is longer.
    add column quarantined_until timestamptz,
    add column quarantines int not null default 0,
    -- Until then the change feed is left alone and the calendar is read whole, page by page, instead.
    add column feed_shunned_until timestamptz,
    add column feed_shuns int not null default 0,
    -- A subscription was refused: not before then again, so often in a row, and Graph's code.
    add column subscribe_after timestamptz,
    add column subscribe_failures int not null default 0,
    add column subscribe_error text;

alter table subscription
    -- Where it sends notices; '' is not known, which counts as elsewhere.
    add column url text not null default '',
    -- When it is to be replaced rather than renewed, so that its secret does not grow old.
    add column replace_at timestamptz,
    -- Replaced or given up. Kept for a while, since Graph repeats notices for four hours and they carry its secret.
    add column retired_at timestamptz;

-- The address at which this installation wants its notices: that of the process that started last.
create table webhook_address (
    one      boolean primary key default true check (one),
    url      text not null,
    since    timestamptz not null,
    -- When all subscriptions are next compared with what Graph has.
    audit_at timestamptz not null
);

-- How many requests to Graph may be under way at once, over all processes, and what was seen since it was
-- last changed. One row.
create table graph_limit (
    one               boolean primary key default true check (one),
    slots             int not null check (slots > 0),
    answers           int not null default 0,
    refusals          int not null default 0,
    refused_mailboxes int not null default 0,
    counted_since     timestamptz not null,
    cut_at            timestamptz not null,
    raised_at         timestamptz not null
);

-- What each process holds of it. A process that vanished holds nothing after expires_at.
create table graph_lease (
    holder     text primary key,
    slots      int not null,
    in_use     int not null,
    wanted     int not null,
    expires_at timestamptz not null
);

-- +goose Down
drop table graph_lease, graph_limit, webhook_address;
alter table subscription drop column url, drop column replace_at, drop column retired_at;
alter table mailbox
    drop column sick_since, drop column sick_rounds, drop column quarantined_until, drop column quarantines,
    drop column feed_shunned_until, drop column feed_shuns,
    drop column subscribe_after, drop column subscribe_failures, drop column subscribe_error;
