-- +goose Up
-- Adds columns without a rewrite and a new table: waits for nothing long. The release before this one approves by number
-- (approved_deletions); what it approves is asked about again.

alter table mailbox
    -- A plan that waits for a person, by the name of its content (reconcile.HeldError.Plan); null = none. Its items are in
    -- held_item. A rejected one stays here while the rejection lasts, with the state active.
    add column held_plan text,
    -- Changes with the plan and with each decision on it: a person decides on just what they saw.
    add column held_number int not null default 0,
    -- Decided: the plan may be carried out until approved_until; or it may not, for a day after rejected_at.
    add column approved_plan text,
    add column approved_by text,
    add column rejected_plan text,
    add column rejected_by text,
    add column rejected_at timestamptz;

-- What a held plan is about: the times that would be free, or the meetings that would be cancelled or made again. No text.
create table held_item (
    mailbox_id bigint not null references mailbox (id) on delete cascade,
    item_kind  text not null check (item_kind in ('booking', 'busy')),
    item_id    text not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    show_as    text not null,
    private    boolean not null,
    reason     text not null,
    primary key (mailbox_id, item_kind, item_id)
);

-- Set while an event of ours is not to be found in a mailbox that was moved with all ids replaced: nothing is
-- written about it until it is found by its stamp, or a person decides.
alter table outlook_event add column displaced_since timestamptz;

-- +goose Down
alter table outlook_event drop column displaced_since;
drop table held_item;
alter table mailbox
    drop column held_plan, drop column held_number, drop column approved_plan, drop column approved_by,
    drop column rejected_plan, drop column rejected_by, drop column rejected_at;
