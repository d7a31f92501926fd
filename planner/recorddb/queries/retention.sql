-- name: LetDeletesThrough :exec
-- For this transaction: the triggers of audit_entry let deletes pass.
select set_config('planner.retention', 'on', true);

-- name: OldBookings :one
-- Meetings long over, but for those that DFDG has yet to be told of, or about which a message waits for a person.
select count(*) as rows, coalesce(min(b.ends_at), '0001-01-01 00:00:00+00')::timestamptz as oldest from booking b
where b.ends_at < @before::timestamptz
    and not exists (select from dfdg_report r where r.booking_id = b.id and r.state in ('pending', 'refused'))
    and not exists (select from dfdg_inbox i where i.booking_id = b.id and i.state in ('waiting', 'unreadable'));

-- name: DeleteBookings :one
-- With all that hangs on them. Case workers are not locked: times that are long over matter to nobody's choice.
with old as (
    select b.id from booking b
    where b.ends_at < @before::timestamptz
        and not exists (select from dfdg_report r where r.booking_id = b.id and r.state in ('pending', 'refused'))
        and not exists (select from dfdg_inbox i where i.booking_id = b.id and i.state in ('waiting', 'unreadable'))
    order by b.ends_at limit @most
    for update skip locked
), times as (
    delete from held_time h using old where h.booking_id = old.id or h.moves_booking_id = old.id
), events as (
    delete from outlook_event e using old where e.booking_id = old.id
), retired as (
    delete from retired_event e using old where e.booking_id = old.id
), reports as (
    delete from dfdg_report r using old where r.booking_id = old.id
), known as (
    delete from dfdg_booking d using old where d.booking_id = old.id
), options as (
    delete from interview_option o using own_option w, old where w.booking_id = old.id and o.id = w.interview_option_id
), gone as (
    delete from booking b using old where b.id = old.id returning b.id
)
select count(*) from gone;

-- name: OldEntries :one
-- Entries of the trail that are in the chain, and whose meeting is gone or that are of none.
select count(*) as rows, coalesce(min(a.at), '0001-01-01 00:00:00+00')::timestamptz as oldest from audit_entry a
where a.at < @before::timestamptz and exists (select from audit_link l where l.entry_id = a.id)
    and not exists (select from booking b where b.id = a.booking_id);

-- name: DeleteEntries :execrows
delete from audit_entry where id in (
    select a.id from audit_entry a
    where a.at < @before::timestamptz and exists (select from audit_link l where l.entry_id = a.id)
        and not exists (select from booking b where b.id = a.booking_id)
    order by a.id limit @most);

-- name: OldCalls :one
select count(*) as rows, coalesce(min(c.at), '0001-01-01 00:00:00+00')::timestamptz as oldest from soap_call c where c.at < @before::timestamptz;

-- name: DeleteCalls :execrows
delete from soap_call where id in (select c.id from soap_call c where c.at < @before::timestamptz order by c.at limit @most);

-- name: OldDecisions :one
select count(*) as rows, coalesce(min(d.at), '0001-01-01 00:00:00+00')::timestamptz as oldest from sync_decision d where d.at < @before::timestamptz;

-- name: DeleteDecisions :execrows
delete from sync_decision where id in (select d.id from sync_decision d where d.at < @before::timestamptz order by d.id limit @most);

-- name: OldMessages :one
-- Messages and notices that nobody waits for, ended sequences, and what is known of bookings that we never had.
select coalesce(sum(x.n), 0)::bigint as rows, coalesce(min(x.oldest), '0001-01-01 00:00:00+00')::timestamptz as oldest from (
    select count(*) as n, min(i.received_at) as oldest from dfdg_inbox i where i.received_at < @before::timestamptz and i.state not in ('waiting', 'unreadable')
    union all
    select count(*), min(n.done_at) from dfdg_notice n where n.done_at < @before::timestamptz
    union all
    select count(*), min(s.expires_at) from dfdg_sequence s where s.expires_at < @before::timestamptz
    union all
    select count(*), min(d.newest_at) from dfdg_booking d where d.newest_at < @before::timestamptz and not exists (select from booking b where b.id = d.booking_id)
) x;

-- name: DeleteMessages :one
with inbox as (
    delete from dfdg_inbox where message_id in (
        select i.message_id from dfdg_inbox i where i.received_at < @before::timestamptz and i.state not in ('waiting', 'unreadable') limit @most)
    returning 1
), notices as (
    delete from dfdg_notice where id in (select n.id from dfdg_notice n where n.done_at < @before::timestamptz limit @most) returning 1
), sequences as (
    delete from dfdg_sequence where id in (select s.id from dfdg_sequence s where s.expires_at < @before::timestamptz limit @most) returning 1
), known as (
    delete from dfdg_booking where booking_id in (
        select d.booking_id from dfdg_booking d where d.newest_at < @before::timestamptz and not exists (select from booking b where b.id = d.booking_id) limit @most)
    returning 1
)
select ((select count(*) from inbox) + (select count(*) from notices) + (select count(*) from sequences) + (select count(*) from known))::bigint as deleted;

-- name: OldReports :one
-- Reports that are dealt with, of meetings that are over: while one is to come, they tell what DFDG knows of it.
select count(*) as rows, coalesce(min(r.ended_at), '0001-01-01 00:00:00+00')::timestamptz as oldest
from dfdg_report r join booking b on b.id = r.booking_id
where r.ended_at < @before::timestamptz and b.ends_at < @before::timestamptz;

-- name: DeleteReports :execrows
delete from dfdg_report where id in (
    select r.id from dfdg_report r join booking b on b.id = r.booking_id
    where r.ended_at < @before::timestamptz and b.ends_at < @before::timestamptz limit @most);

-- name: OldBlocks :one
select count(*) as rows, coalesce(min(b.ends_at), '0001-01-01 00:00:00+00')::timestamptz as oldest from busy_block b where b.ends_at < @before::timestamptz;

-- name: DeleteBlocks :execrows
-- By place, and skipping what a round of the sync holds: it forgets them itself.
delete from busy_block where (case_worker_id, source, item_id) in (
    select b.case_worker_id, b.source, b.item_id from busy_block b where b.ends_at < @before::timestamptz limit @most for update skip locked);

-- name: OldSummons :one
-- Mass summonses that are over, and plans that nobody approved.
select count(*) as rows, coalesce(min(coalesce(s.ended_at, s.made_at)), '0001-01-01 00:00:00+00')::timestamptz as oldest
from summons_batch s where s.ended_at < @before::timestamptz or (s.state = 'planned' and s.made_at < @before::timestamptz);

-- name: DeleteSummons :execrows
delete from summons_batch where id in (
    select s.id from summons_batch s where s.ended_at < @before::timestamptz or (s.state = 'planned' and s.made_at < @before::timestamptz) limit @most);

-- name: OldReservations :one
select count(*) as rows, coalesce(min(h.expires_at), '0001-01-01 00:00:00+00')::timestamptz as oldest from held_time h
where h.booking_id is null and h.expires_at < @before::timestamptz;

-- name: DeleteReservations :execrows
select expire_reservation(l.id, @before::timestamptz) from (
    select h.id from held_time h where h.booking_id is null and h.expires_at < @before::timestamptz limit @most for update skip locked) l;

-- name: OldDeadlines :one
select count(*) as rows, coalesce(min(d.hold_by), '0001-01-01')::timestamptz as oldest from citizen_deadline d where d.hold_by < @before::timestamptz;

-- name: DeleteDeadlines :execrows
delete from citizen_deadline where id in (select d.id from citizen_deadline d where d.hold_by < @before::timestamptz limit @most);

-- name: AuditRetention :exec
insert into audit_entry (at, actor, came_from, action, reason, after)
values (@at, 'system', @came_from, 'retention', @kind, jsonb_build_object('before', @before::timestamptz, 'rows', @rows::bigint));

-- name: NotDue :many
select kind from retention_run where next_at > @now;

-- name: PutRun :exec
insert into retention_run (kind, next_at, ran_at, deleted) values (@kind, @next_at, @ran_at, @deleted)
on conflict (kind) do update set next_at = excluded.next_at, ran_at = excluded.ran_at, deleted = excluded.deleted;
