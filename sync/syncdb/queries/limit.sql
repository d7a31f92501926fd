-- name: LimitSoon :exec
-- A lease need not be on disk: should the server crash, it is taken anew.
select set_config('synchronous_commit', 'off', true);

-- name: OpenLimit :exec
insert into graph_limit (slots, counted_since, cut_at, raised_at) values (@slots, @at, @long_ago, @long_ago)
on conflict (one) do nothing;

-- name: LockLimit :one
select slots, answers, refusals, refused_mailboxes, counted_since, cut_at, raised_at from graph_limit for update;

-- name: DropLeases :exec
delete from graph_lease where expires_at <= @now;

-- name: Leases :many
select holder, slots, in_use, wanted from graph_lease order by holder;

-- name: SetLease :exec
insert into graph_lease (holder, slots, in_use, wanted, expires_at) values (@holder, @slots, @in_use, @wanted, @expires_at)
on conflict (holder) do update
set slots = excluded.slots, in_use = excluded.in_use, wanted = excluded.wanted, expires_at = excluded.expires_at;

-- name: SetLimit :exec
update graph_limit
set slots = @slots, answers = @answers, refusals = @refusals, refused_mailboxes = @refused_mailboxes,
    counted_since = @counted_since, cut_at = @cut_at, raised_at = @raised_at;

-- name: DropLease :exec
delete from graph_lease where holder = @holder;
