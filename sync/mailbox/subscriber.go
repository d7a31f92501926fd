package mailbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// subscriptionLife is how long a subscription is asked for; Graph allows a little under seven days. It is
// renewed at half of what Graph grants.
const subscriptionLife = 6*24*time.Hour + 12*time.Hour

// Subscriber keeps one live notification subscription per mailbox.
type Subscriber struct {
	Graph interface {
		Subscribe(ctx context.Context, user, notificationURL, lifecycleURL, clientState string, expires time.Time) (calendar.Subscription, error)
		Renew(ctx context.Context, id string, expires time.Time) (time.Time, error)
		Unsubscribe(ctx context.Context, id string) error
		Subscriptions(ctx context.Context) ([]calendar.Subscription, error)
	}
	Store interface {
		SubscriptionsOf(ctx context.Context, mailbox int64) (user string, known []calendar.Subscription, err error)
		Subscribed(ctx context.Context, mailbox int64, s calendar.Subscription, renewAt time.Time, clientState string) error
		Renewed(ctx context.Context, s calendar.Subscription, renewAt time.Time) error
		Unsubscribed(ctx context.Context, id string) error
	}
	// URL is where Graph sends notices, as seen from the outside.
	URL string
	Now func() time.Time
	Log *slog.Logger
}

// Ensure renews the mailbox's longest-lived subscription, or makes one, and removes all others of this
// installation for the same mailbox (a crash between making one and storing it leaves a spare, graph.md
// §12.37). Graph calls URL back while it makes one, so no lock and no transaction is held meanwhile.
func (s *Subscriber) Ensure(ctx context.Context, mailbox int64) error {
	user, known, err := s.Store.SubscriptionsOf(ctx, mailbox)
	if err != nil {
		return err
	}
	keep := ""
	for _, sub := range known {
		if keep == "" && sub.Expires.After(s.Now()) {
			expires, err := s.Graph.Renew(ctx, sub.ID, s.Now().Add(subscriptionLife))
			if err == nil {
				sub.Expires = expires
				keep = sub.ID
				if err := s.Store.Renewed(ctx, sub, s.halfLife(expires)); err != nil {
					return fmt.Errorf("store renewal of mailbox %d: %w", mailbox, err)
				}
				s.Log.InfoContext(ctx, "subscription renewed", "mailbox", mailbox, "until", expires)
				continue
			}
			if !errors.Is(err, calendar.ErrGone) {
				return fmt.Errorf("renew subscription of mailbox %d: %w", mailbox, err)
			}
		} else if err := s.Graph.Unsubscribe(ctx, sub.ID); err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("remove old subscription of mailbox %d: %w", mailbox, err)
		}
		if err := s.Store.Unsubscribed(ctx, sub.ID); err != nil {
			return fmt.Errorf("forget subscription of mailbox %d: %w", mailbox, err)
		}
	}
	if keep != "" {
		return nil
	}
	if err := s.pruneStrangers(ctx, user); err != nil {
		return err
	}
	secret := rand.Text()
	sub, err := s.Graph.Subscribe(ctx, user, s.URL, s.URL, secret, s.Now().Add(subscriptionLife))
	if err != nil {
		return fmt.Errorf("subscribe to mailbox %d: %w", mailbox, err)
	}
	if err := s.Store.Subscribed(ctx, mailbox, sub, s.halfLife(sub.Expires), secret); err != nil {
		return fmt.Errorf("store subscription of mailbox %d: %w", mailbox, err)
	}
	s.Log.InfoContext(ctx, "subscribed", "mailbox", mailbox, "until", sub.Expires)
	return nil
}

// pruneStrangers removes subscriptions to this mailbox that send here and that we do not know.
func (s *Subscriber) pruneStrangers(ctx context.Context, user string) error {
	all, err := s.Graph.Subscriptions(ctx)
	if err != nil {
		return fmt.Errorf("list subscriptions: %w", err)
	}
	for _, sub := range all {
		if sub.NotificationURL != s.URL || !strings.Contains(strings.ToLower(sub.Resource), strings.ToLower(user)) {
			continue
		}
		if err := s.Graph.Unsubscribe(ctx, sub.ID); err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("remove a spare subscription: %w", err)
		}
		s.Log.InfoContext(ctx, "spare subscription removed", "user", user)
	}
	return nil
}

func (s *Subscriber) halfLife(expires time.Time) time.Time {
	now := s.Now()
	return now.Add(expires.Sub(now) / 2)
}
