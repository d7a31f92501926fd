-- +goose Up
-- Creates a new table only: waits for nothing, blocks nobody.

-- When STAR's code lists are fetched next, and how it went; at most one row.
create table code_fetch (
    the_one    boolean primary key default true check (the_one),
    next_at    timestamptz not null,
    -- Last time that lists came whole, and how many codes they had: far fewer another time is no new list.
    fetched_at timestamptz,
    size       int not null default 0,
    failures   int not null default 0,
    -- A word of ours.
    last_error text
);

-- +goose Down
drop table code_fetch;
