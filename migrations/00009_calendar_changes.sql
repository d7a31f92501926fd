-- +goose Up
-- Adds a new table, and triggers: locks the tables named below against writers for the time of a few catalogue changes each. Readers
-- go on. The tables come in the order in which bookings and rounds take them, so that no transaction under way can wait in a circle.

-- Whose time, or which rules on time, transactions have changed: what processes keep in memory of the times that can be booked is
-- dropped by it (package plannerdb, file memory.go). A row is seen from the same instant as the change itself. Rows are only
-- added, so that no two writers wait for each other here. Unlogged: after a crash it is empty, and nobody who had a connection
-- before has one still, which is when what is kept is dropped too.
create unlogged table calendar_change (
    xid xid8 not null default pg_current_xact_id(),
    at  timestamptz not null default now(),
    -- The id of a case worker, option or team, or a job centre's code; empty = everything.
    key text not null,
    -- Of a row that was left when old ones were deleted: the last of those.
    deleted_to xid8
);
create index calendar_change_xid on calendar_change (xid);

-- Triggers may only tell of their own rows' columns: what they looked up elsewhere, another transaction might be changing.

-- +goose StatementBegin
create function case_worker_time_changed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into calendar_change (key) values (old.case_worker_id::text);
        if tg_op = 'DELETE' or new.case_worker_id = old.case_worker_id then
            return null;
        end if;
    end if;
    insert into calendar_change (key) values (new.case_worker_id::text);
    return null;
end
$$;
-- +goose StatementEnd

-- A round changes many blocks of one case worker at once.
-- +goose StatementBegin
create function case_worker_blocks_changed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into calendar_change (key) select distinct case_worker_id::text from was;
    end if;
    if tg_op <> 'DELETE' then
        insert into calendar_change (key) select distinct case_worker_id::text from is_now;
    end if;
    return null;
end
$$;
-- +goose StatementEnd

-- The argument names the column that tells what is concerned. For tables that change seldom.
-- +goose StatementBegin
create function time_rule_changed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into calendar_change (key) values (to_jsonb(old) ->> tg_argv[0]);
    end if;
    if tg_op <> 'DELETE' then
        insert into calendar_change (key) values (to_jsonb(new) ->> tg_argv[0]);
    end if;
    return null;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function all_time_changed() returns trigger language plpgsql as $$
begin
    insert into calendar_change (key) values ('');
    return null;
end
$$;
-- +goose StatementEnd

create trigger tell_change after insert or update or delete on held_time for each row execute function case_worker_time_changed();
-- What else stands in the row changes with every notice.
create trigger tell_change after insert or delete on mailbox for each row execute function case_worker_time_changed();
create trigger tell_update after update on mailbox for each row
    when (old.case_worker_id is distinct from new.case_worker_id or old.state is distinct from new.state or old.as_of is distinct from new.as_of)
    execute function case_worker_time_changed();
create trigger tell_change after insert on busy_block referencing new table as is_now for each statement execute function case_worker_blocks_changed();
create trigger tell_update after update on busy_block referencing old table as was new table as is_now for each statement execute function case_worker_blocks_changed();
create trigger tell_delete after delete on busy_block referencing old table as was for each statement execute function case_worker_blocks_changed();
create trigger tell_change after insert or update or delete on calendar_source for each row execute function case_worker_time_changed();
create trigger tell_change after insert or update or delete on working_hours for each row execute function case_worker_time_changed();
create trigger tell_change after insert or update or delete on working_hours_exception for each row execute function case_worker_time_changed();
create trigger tell_change after insert or update or delete on case_worker_contact for each row execute function case_worker_time_changed();
create trigger tell_change after insert or update or delete on case_worker for each row execute function time_rule_changed('id');
create trigger tell_change after insert or update or delete on team_member for each row execute function time_rule_changed('team_id');
create trigger tell_change after insert or update or delete on interview_option_team for each row execute function time_rule_changed('interview_option_id');
create trigger tell_change after insert or update or delete on interview_option_case_worker for each row execute function time_rule_changed('interview_option_id');
create trigger tell_change after insert or update or delete on interview_option for each row execute function time_rule_changed('id');
create trigger tell_change after insert or update or delete on closing_day for each row execute function time_rule_changed('job_center_code');
create trigger tell_change after insert or update or delete on job_center for each row execute function time_rule_changed('code');

create trigger tell_truncate after truncate on held_time execute function all_time_changed();
create trigger tell_truncate after truncate on mailbox execute function all_time_changed();
create trigger tell_truncate after truncate on busy_block execute function all_time_changed();
create trigger tell_truncate after truncate on calendar_source execute function all_time_changed();
create trigger tell_truncate after truncate on working_hours execute function all_time_changed();
create trigger tell_truncate after truncate on working_hours_exception execute function all_time_changed();
create trigger tell_truncate after truncate on case_worker_contact execute function all_time_changed();
create trigger tell_truncate after truncate on case_worker execute function all_time_changed();
create trigger tell_truncate after truncate on team_member execute function all_time_changed();
create trigger tell_truncate after truncate on interview_option_team execute function all_time_changed();
create trigger tell_truncate after truncate on interview_option_case_worker execute function all_time_changed();
create trigger tell_truncate after truncate on interview_option execute function all_time_changed();
create trigger tell_truncate after truncate on closing_day execute function all_time_changed();
create trigger tell_truncate after truncate on job_center execute function all_time_changed();

-- +goose Down
drop function case_worker_time_changed, case_worker_blocks_changed, time_rule_changed, all_time_changed cascade;
drop table calendar_change;
