-- name: SubscriptionsByID :many
select id, mailbox_id, client_state from subscription where id = any(@ids::text[]);

-- name: SubscriptionsOfMailbox :many
select id, client_state, expires_at, renew_at from subscription where mailbox_id = @mailbox_id order by expires_at desc;

-- name: NoticesSeen :exec
update subscription set last_notice_at = @at where id = any(@ids::text[]);

-- name: AddSubscription :exec
insert into subscription (id, mailbox_id, client_state, expires_at, renew_at, created_at)
values (@id, @mailbox_id, @client_state, @expires_at, @renew_at, @at)
on conflict (id) do update set mailbox_id = excluded.mailbox_id, client_state = excluded.client_state,
    expires_at = excluded.expires_at, renew_at = excluded.renew_at;

-- name: RenewedSubscription :exec
update subscription set expires_at = @expires_at, renew_at = @renew_at where id = @id;

-- name: DropSubscription :exec
delete from subscription where id = @id;

-- name: MailboxesToSubscribe :many
-- Mailboxes with no subscription that is good for a while yet.
select m.id from mailbox m
where m.state in ('new', 'active', 'held')
  and not exists (select 1 from subscription s where s.mailbox_id = m.id and s.renew_at > @now and s.expires_at > @now)
order by m.id
limit @most;

-- name: MailboxUser :one
select graph_user_id from mailbox where id = @id;
