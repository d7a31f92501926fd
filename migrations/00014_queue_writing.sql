-- +goose Up
-- Adds a function: locks nothing.

-- Puts the job that brings a mailbox in step into River's queue, as package jobs does for a booking (jobs.Outbox.AddTx with the
-- urgency Booking; a test keeps the two the same), for those who cannot wait for an answer in the midst of a batch. The mailbox is
-- locked and its generation raised, so that a job found here cannot end without another round.
-- +goose StatementBegin
create function queue_writing(of_mailbox bigint) returns void language plpgsql as $$
declare
    job_args text := '{"mailbox": ' || of_mailbox || '}';
    -- River's: of the kind and the arguments without spaces.
    job_key  bytea := sha256(convert_to('&kind=sync_mailbox&args={"mailbox":' || of_mailbox || '}', 'UTF8'));
    twin     record;
begin
    select j.id, j.state, j.priority into twin from river_job j
    where j.unique_key = job_key and j.unique_states is not null and river_job_state_in_bitmask(j.unique_states, j.state);
    if twin.state = 'available' and twin.priority = 1 or twin.state not in ('available', 'scheduled') then
        return;
    end if;
    if twin.id is null then
        insert into river_job (args, kind, max_attempts, priority, queue, state, unique_key, unique_states)
        values (job_args::jsonb, 'sync_mailbox', 25, 1, 'mailbox', 'available', job_key, b'11110001')
        on conflict (unique_key) where unique_key is not null and unique_states is not null and river_job_state_in_bitmask(unique_states, state)
        do nothing;
    else
        update river_job
        set priority = 1, state = 'available', scheduled_at = case when state = 'scheduled' then now() else scheduled_at end
        where id = twin.id and state in ('available', 'scheduled');
    end if;
    perform pg_notify(current_schema() || '.river_insert', '{"queue": "mailbox"}');
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function queue_writing;
