package syncdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
	"kommunalplanner.example/sync/webhook"
)

// Subscriptions implements webhook.Store.
func (s *Store) Subscriptions(ctx context.Context, ids []string) (map[string]webhook.Subscription, error) {
	rows, err := s.read().SubscriptionsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]webhook.Subscription, len(rows))
	for _, r := range rows {
		out[r.ID] = webhook.Subscription{Mailbox: r.MailboxID, ClientState: r.ClientState}
	}
	return out, nil
}

// Noticed implements webhook.Store: it wakes the mailboxes and starts new subscriptions, and returns only
// after the commit.
func (s *Store) Noticed(ctx context.Context, n webhook.Noticed) error {
	slices.Sort(n.Wake)
	slices.Sort(n.Resubscribe)
	return s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		for _, m := range slices.Compact(n.Wake) {
			if err := s.wakeTx(ctx, tx, q, jobargs.SyncMailbox{Mailbox: m}); err != nil {
				return err
			}
		}
		for _, m := range slices.Compact(n.Resubscribe) {
			if err := s.jobs.AddTx(ctx, tx, jobargs.SubscribeMailbox{Mailbox: m}); err != nil {
				return fmt.Errorf("resubscribe mailbox %d: %w", m, err)
			}
		}
		for _, id := range n.Removed {
			if err := q.DropSubscription(ctx, id); err != nil {
				return fmt.Errorf("drop subscription: %w", err)
			}
		}
		return nil
	})
}

// SubscriptionsOf implements mailbox.SubscriptionStore.
func (s *Store) SubscriptionsOf(ctx context.Context, id int64) (mailbox.Subscribed, error) {
	m, err := s.read().MailboxUser(ctx, id)
	if err != nil {
		return mailbox.Subscribed{}, fmt.Errorf("read mailbox %d: %w", id, err)
	}
	rows, err := s.read().SubscriptionsOfMailbox(ctx, id)
	if err != nil {
		return mailbox.Subscribed{}, fmt.Errorf("read subscriptions of mailbox %d: %w", id, err)
	}
	out := mailbox.Subscribed{User: m.GraphUserID, URL: m.Url, Failures: int(m.SubscribeFailures)}
	for _, r := range rows {
		out.Known = append(out.Known, mailbox.KnownSubscription{
			Subscription: calendar.Subscription{ID: r.ID, NotificationURL: r.Url, Expires: r.ExpiresAt}, ReplaceAt: deref(r.ReplaceAt),
		})
	}
	return out, nil
}

// Subscribed implements mailbox.SubscriptionStore. It wakes the mailbox: what changed before the subscription
// stood gave no notice.
func (s *Store) Subscribed(ctx context.Context, id int64, sub calendar.Subscription, renewAt time.Time, clientState string) error {
	now := s.now()
	return s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		err := q.AddSubscription(ctx, dbsqlc.AddSubscriptionParams{
			ID: sub.ID, MailboxID: id, ClientState: clientState, Url: sub.NotificationURL, ExpiresAt: sub.Expires, RenewAt: renewAt,
			ReplaceAt: ptr(now.Add(mailbox.SecretLife)), At: now,
		})
		if err == nil {
			err = q.SubscribeWell(ctx, id)
		}
		if err != nil {
			return fmt.Errorf("store subscription of mailbox %d: %w", id, err)
		}
		return s.wakeTx(ctx, tx, q, jobargs.SyncMailbox{Mailbox: id})
	})
}

// Renewed implements mailbox.SubscriptionStore.
func (s *Store) Renewed(ctx context.Context, id int64, sub calendar.Subscription, renewAt time.Time) error {
	return s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		if err := q.RenewedSubscription(ctx, dbsqlc.RenewedSubscriptionParams{ID: sub.ID, ExpiresAt: sub.Expires, RenewAt: renewAt}); err != nil {
			return err
		}
		return q.SubscribeWell(ctx, id)
	})
}

// Unsubscribed implements mailbox.SubscriptionStore.
func (s *Store) Unsubscribed(ctx context.Context, id string) error {
	return s.read().RetireSubscription(ctx, dbsqlc.RetireSubscriptionParams{ID: id, At: ptr(s.now())})
}

// SubscribeFailed implements mailbox.SubscriptionStore.
func (s *Store) SubscribeFailed(ctx context.Context, id int64, code string, after time.Time) error {
	return s.read().SubscribeFailed(ctx, dbsqlc.SubscribeFailedParams{ID: id, Code: &code, After: &after})
}

// AnnounceWebhook implements mailbox.SubscriptionStore. The first audit comes a while after the first start.
func (s *Store) AnnounceWebhook(ctx context.Context, url string) error {
	now := s.now()
	return s.read().AnnounceWebhook(ctx, dbsqlc.AnnounceWebhookParams{Url: url, At: now, AuditAt: now.Add(mailbox.AuditEvery)})
}

// AllSubscriptions implements mailbox.SubscriptionStore.
func (s *Store) AllSubscriptions(ctx context.Context) (map[string]mailbox.StoredSubscription, error) {
	rows, err := s.read().AllSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]mailbox.StoredSubscription, len(rows))
	for _, r := range rows {
		out[r.ID] = mailbox.StoredSubscription{Created: r.CreatedAt, Retired: r.Retired}
	}
	return out, nil
}

// Doubt implements mailbox.SubscriptionStore: their mailboxes see to them at the next tick.
func (s *Store) Doubt(ctx context.Context, ids []string) error {
	return s.read().DoubtSubscriptions(ctx, dbsqlc.DoubtSubscriptionsParams{Ids: ids, At: s.now()})
}
