-- name: LockChain :many
-- One row, unless another process adds links just now.
select announce_at from audit_chain for update skip locked;

-- name: Head :many
-- At most one row: the last link.
select seq, entry_id, at, content, hash from audit_link order by seq desc limit 1;

-- name: Unlinked :many
-- Entries that can be linked: their transaction and all older ones have ended, so that what is not seen now was not written by them. One
-- from before the column (null), or from a cluster that this one was restored from (a number that has not been given here yet), has ended too.
-- By transaction, then id: so the chain's order does not depend on when it was looked.
-- An id is drawn a moment before its transaction gets a number, so that a lower one may come late: the search reaches back.
select sqlc.embed(t)
from audit_entry a
join audit_told t on t.id = a.id
where a.id > @from_id::bigint
    and (a.tx is null or a.tx < pg_snapshot_xmin(pg_current_snapshot()) or a.tx >= pg_snapshot_xmax(pg_current_snapshot()))
    and not exists (select from audit_link l where l.entry_id = a.id)
order by a.tx nulls first, a.id
limit @most;

-- name: AddLinks :copyfrom
insert into audit_link (seq, entry_id, at, content, hash) values (@seq, @entry_id, @at, @content, @hash);

-- name: AnnounceNext :exec
update audit_chain set announce_at = @announce_at;

-- name: LinksAfter :many
select seq, entry_id, at, content, hash from audit_link where seq > @seq order by seq limit @most;

-- name: EntriesByID :many
select sqlc.embed(t) from audit_told t where t.id = any(@ids::bigint[]);

-- name: LinkAt :many
-- At most one row.
select hash from audit_link where seq = @seq;

-- name: ErasedBefore :one
-- Up to when retention has deleted entries, by its own entries; year 1 when it never has.
select coalesce(max((a.after->>'before')::timestamptz), '0001-01-01 00:00:00+00')::timestamptz as before
from audit_entry a
where a.action = 'retention' and a.actor = 'system' and a.reason = 'audit';

-- name: CountUnlinked :one
-- Entries that should have been linked long ago.
select count(*) from audit_entry a
where (a.tx is null or a.tx < pg_snapshot_xmin(pg_current_snapshot()) or a.tx >= pg_snapshot_xmax(pg_current_snapshot()))
    and not exists (select from audit_link l where l.entry_id = a.id);

-- name: EntriesOfCitizen :many
-- Everything that was written of a citizen's meetings, and of themselves, with the links.
select sqlc.embed(t), l.seq, l.content, l.hash, coalesce(w.identifier, '') as case_worker_identifier
from audit_told t
left join audit_link l on l.entry_id = t.id
left join case_worker w on w.id = t.case_worker_id
where t.citizen_hash = @citizen_hash::bytea or t.booking_id in (select b.id from booking b where b.citizen_hash = @citizen_hash::bytea)
order by t.id;

-- name: BookingsOfCitizen :many
select b.id, b.job_center_code, b.starts_at, b.ends_at, b.contact_type, b.title, b.origin, b.status, b.revision, b.created_at, b.updated_at,
    w.identifier as case_worker_identifier
from booking b join case_worker w on w.id = b.case_worker_id
where b.citizen_hash = @citizen_hash order by b.starts_at, b.id;

-- name: Audit :exec
insert into audit_entry (at, actor, came_from, action, citizen_hash, reason, after)
values (@at, @actor, @came_from, @action, @citizen_hash, @reason, @after);
