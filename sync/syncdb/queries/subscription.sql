-- name: SubscriptionsByID :many
-- Those retired too: notices under way when a subscription was replaced carry its secret.
select id, mailbox_id, client_state from subscription where id = any(@ids::text[]);

-- name: SubscriptionsOfMailbox :many
select id, url, expires_at, replace_at from subscription
where mailbox_id = @mailbox_id and retired_at is null
order by expires_at desc;

-- name: NoticesSeen :exec
update subscription set last_notice_at = @at where id = any(@ids::text[]);

-- name: AddSubscription :exec
insert into subscription (id, mailbox_id, client_state, url, expires_at, renew_at, replace_at, created_at)
values (@id, @mailbox_id, @client_state, @url, @expires_at, @renew_at, @replace_at, @at)
on conflict (id) do update set mailbox_id = excluded.mailbox_id, client_state = excluded.client_state, url = excluded.url,
    expires_at = excluded.expires_at, renew_at = excluded.renew_at, replace_at = excluded.replace_at, retired_at = null;

-- name: RenewedSubscription :exec
update subscription set expires_at = @expires_at, renew_at = @renew_at where id = @id;

-- name: RetireSubscription :exec
update subscription set retired_at = coalesce(retired_at, @at) where id = @id;

-- name: DropSubscription :exec
delete from subscription where id = @id;

-- name: DropRetiredSubscriptions :exec
delete from subscription where retired_at <= @before;

-- name: DoubtSubscriptions :exec
-- Graph does not list them: each is asked for by itself, now.
update subscription set renew_at = @at where id = any(@ids::text[]) and retired_at is null;

-- name: ReplaceSubscriptions :exec
update subscription set replace_at = @at where mailbox_id = @mailbox_id and retired_at is null;

-- name: AllSubscriptions :many
select id, created_at, (retired_at is not null)::boolean as retired from subscription;

-- name: MailboxesToSubscribe :many
-- Mailboxes with no subscription that is good for a while yet, at the address of today. One that Graph refused waits.
select m.id from mailbox m
where m.state in ('new', 'active', 'held')
  and (m.subscribe_after is null or m.subscribe_after <= @now)
  and not exists (
    select 1 from subscription s
    where s.mailbox_id = m.id and s.retired_at is null and s.renew_at > @now and s.expires_at > @now
      and (s.replace_at is null or s.replace_at > @now)
      and not exists (select 1 from webhook_address a where a.url <> s.url))
order by m.id
limit @most;

-- name: MailboxUser :one
select graph_user_id, subscribe_failures, coalesce((select url from webhook_address), '')::text as url from mailbox where id = @id;

-- name: SubscribeFailed :exec
update mailbox
set subscribe_failures = subscribe_failures + 1, subscribe_error = @code, subscribe_after = @after
where id = @id;

-- name: SubscribeAtOnce :execrows
update mailbox set subscribe_after = null where id = @id;

-- name: SubscribeWell :exec
update mailbox set subscribe_failures = 0, subscribe_error = null, subscribe_after = null
where id = @id and (subscribe_failures <> 0 or subscribe_after is not null);

-- name: AnnounceWebhook :exec
-- The process that started last says where notices go, so that during a deploy old and new do not undo each other's.
insert into webhook_address (url, since, audit_at) values (@url, @at, @audit_at)
on conflict (one) do update
set since = case when webhook_address.url = excluded.url then webhook_address.since else excluded.since end, url = excluded.url;

-- name: AuditDue :execrows
update webhook_address set audit_at = @next where audit_at <= @now;
