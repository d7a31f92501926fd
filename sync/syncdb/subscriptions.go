package syncdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/sync/calendar"
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
			if err := s.wakeTx(ctx, tx, q, m); err != nil {
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

// SubscriptionsOf gives the owner of the mailbox at Graph and its known subscriptions, longest-lived first.
func (s *Store) SubscriptionsOf(ctx context.Context, mailbox int64) (user string, known []calendar.Subscription, err error) {
	if user, err = s.read().MailboxUser(ctx, mailbox); err != nil {
		return "", nil, fmt.Errorf("read mailbox %d: %w", mailbox, err)
	}
	rows, err := s.read().SubscriptionsOfMailbox(ctx, mailbox)
	if err != nil {
		return "", nil, fmt.Errorf("read subscriptions of mailbox %d: %w", mailbox, err)
	}
	for _, r := range rows {
		known = append(known, calendar.Subscription{ID: r.ID, Expires: r.ExpiresAt})
	}
	return user, known, nil
}

// Subscribed stores a new subscription and wakes the mailbox: what changed before it stood gave no notice.
func (s *Store) Subscribed(ctx context.Context, mailbox int64, sub calendar.Subscription, renewAt time.Time, clientState string) error {
	return s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		err := q.AddSubscription(ctx, dbsqlc.AddSubscriptionParams{
			ID: sub.ID, MailboxID: mailbox, ClientState: clientState, ExpiresAt: sub.Expires, RenewAt: renewAt, At: s.now(),
		})
		if err != nil {
			return fmt.Errorf("store subscription of mailbox %d: %w", mailbox, err)
		}
		return s.wakeTx(ctx, tx, q, mailbox)
	})
}

// Renewed stores a subscription's new end.
func (s *Store) Renewed(ctx context.Context, sub calendar.Subscription, renewAt time.Time) error {
	return s.read().RenewedSubscription(ctx, dbsqlc.RenewedSubscriptionParams{ID: sub.ID, ExpiresAt: sub.Expires, RenewAt: renewAt})
}

// Unsubscribed forgets a subscription.
func (s *Store) Unsubscribed(ctx context.Context, id string) error {
	return s.read().DropSubscription(ctx, id)
}
