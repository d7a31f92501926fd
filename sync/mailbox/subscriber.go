package mailbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// subscriptionLife is how long a subscription is asked for; Graph allows a little under seven days. It is
// renewed at half of what Graph grants.
const subscriptionLife = 6*24*time.Hour + 12*time.Hour

// SecretLife is how long a subscription is renewed before another takes its place, with another secret
// (clientState, which nothing but a new subscription changes). Notices of the old one are taken for RetiredLife
// more: Graph repeats what it could not deliver for four hours (graph.md §2.3, §12.38).
const (
	SecretLife  = 30 * 24 * time.Hour
	RetiredLife = 5 * time.Hour
)

// Notifier is what the subscriber asks of Graph.
type Notifier interface {
	Subscribe(ctx context.Context, user, notificationURL, lifecycleURL, clientState string, expires time.Time) (calendar.Subscription, error)
	Renew(ctx context.Context, id string, expires time.Time) (time.Time, error)
	Unsubscribe(ctx context.Context, id string) error
	Subscriptions(ctx context.Context) ([]calendar.Subscription, error)
}

// KnownSubscription is one of ours, as stored.
type KnownSubscription struct {
	calendar.Subscription
	// ReplaceAt: not to be renewed from then on, but replaced. Zero: never.
	ReplaceAt time.Time
}

// Subscribed is what is known about the subscriptions of a mailbox.
type Subscribed struct {
	User string
	// URL is where this installation wants its notices; empty when no process has said so.
	URL string
	// Known are longest-lived first; those retired are not among them.
	Known []KnownSubscription
	// Failures of trying to subscribe, in a row.
	Failures int
}

// SubscriptionStore keeps subscriptions.
type SubscriptionStore interface {
	SubscriptionsOf(ctx context.Context, mailbox int64) (Subscribed, error)
	// Subscribed stores a new one, good to be renewed until SecretLife from now, and wakes the mailbox.
	Subscribed(ctx context.Context, mailbox int64, s calendar.Subscription, renewAt time.Time, clientState string) error
	Renewed(ctx context.Context, mailbox int64, s calendar.Subscription, renewAt time.Time) error
	// Unsubscribed retires one: late notices of it are still taken, for RetiredLife.
	Unsubscribed(ctx context.Context, id string) error
	// SubscribeFailed leaves the mailbox's subscription alone until after.
	SubscribeFailed(ctx context.Context, mailbox int64, code string, after time.Time) error
	// AnnounceWebhook says where notices are wanted from now on.
	AnnounceWebhook(ctx context.Context, url string) error
	// AllSubscriptions lists every id that is known, retired ones too, with when it was made and whether it is retired.
	AllSubscriptions(ctx context.Context) (map[string]StoredSubscription, error)
	// Doubt has each of them renewed soon, which shows whether Graph still has it.
	Doubt(ctx context.Context, ids []string) error
}

// StoredSubscription is a subscription in the list of all.
type StoredSubscription struct {
	Created time.Time
	Retired bool
}

// Subscriber keeps one live notification subscription per mailbox. Safe for concurrent use; for one mailbox the
// caller sees to it that calls of Ensure do not overlap.
type Subscriber struct {
	Graph Notifier
	Store SubscriptionStore
	// URL is where Graph sends notices, as seen from the outside.
	URL string
	Now func() time.Time
	Log *slog.Logger

	list listing
}

// Announce says that notices are wanted at URL; subscriptions to another address are replaced soon after. Called
// at a process' start, so that the one that started last decides.
func (s *Subscriber) Announce(ctx context.Context) error {
	if err := s.Store.AnnounceWebhook(ctx, s.URL); err != nil {
		return fmt.Errorf("announce the webhook's address: %w", err)
	}
	return nil
}

// Ensure renews the mailbox's subscription, or makes a new one when there is none, it leads elsewhere, or its
// secret has grown old; and removes all others of this installation for the same mailbox (a crash between
// making one and storing it leaves a spare, graph.md §12.37). The new one stands before the old one goes. Graph
// calls URL back while it makes one, so no lock and no transaction is held meanwhile.
func (s *Subscriber) Ensure(ctx context.Context, mailbox int64) error {
	have, err := s.Store.SubscriptionsOf(ctx, mailbox)
	if err != nil {
		return err
	}
	if have.URL == "" {
		have.URL = s.URL
	}
	err = s.ensure(ctx, mailbox, have)
	if code := refusedFor(err); code != "" && ctx.Err() == nil {
		// Graph's no, which the next tick would only hear again: of every mailbox, when the address is wrong.
		after := s.Now().Add(min(time.Minute<<min(have.Failures, 6), time.Hour))
		after = after.Add(spread(mailbox, "subscribe", time.Minute))
		s.Log.WarnContext(ctx, "subscription refused", "mailbox", mailbox, "code", code, "again_at", after)
		if serr := s.Store.SubscribeFailed(ctx, mailbox, code, after); serr != nil {
			return errors.Join(err, fmt.Errorf("store the refusal of mailbox %d: %w", mailbox, serr))
		}
	}
	return err
}

// refusedFor is the code of a refusal that only time or a person can change; empty for others.
func refusedFor(err error) string {
	var refused *calendar.RefusedError
	var broken *calendar.MailboxError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &broken):
		return broken.Code
	}
	return ""
}

func (s *Subscriber) ensure(ctx context.Context, mailbox int64, have Subscribed) error {
	kept, err := s.renew(ctx, mailbox, have)
	if err != nil {
		return err
	}
	if kept == "" {
		if kept, err = s.subscribe(ctx, mailbox, have); err != nil {
			return err
		}
	}
	for _, sub := range have.Known {
		if sub.ID == kept {
			continue
		}
		if err := s.drop(ctx, sub.ID); err != nil {
			return fmt.Errorf("remove old subscription of mailbox %d: %w", mailbox, err)
		}
	}
	return nil
}

// renew renews the first that is worth it, and gives its id.
func (s *Subscriber) renew(ctx context.Context, mailbox int64, have Subscribed) (string, error) {
	for _, sub := range have.Known {
		now := s.Now()
		if !sub.Expires.After(now) || sub.NotificationURL != have.URL || !sub.ReplaceAt.IsZero() && !sub.ReplaceAt.After(now) {
			continue
		}
		expires, err := s.Graph.Renew(ctx, sub.ID, now.Add(subscriptionLife))
		if errors.Is(err, calendar.ErrGone) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("renew subscription of mailbox %d: %w", mailbox, err)
		}
		sub.Expires = expires
		if err := s.Store.Renewed(ctx, mailbox, sub.Subscription, s.halfLife(expires)); err != nil {
			return "", fmt.Errorf("store renewal of mailbox %d: %w", mailbox, err)
		}
		s.Log.InfoContext(ctx, "subscription renewed", "mailbox", mailbox, "until", expires)
		return sub.ID, nil
	}
	return "", nil
}

func (s *Subscriber) subscribe(ctx context.Context, mailbox int64, have Subscribed) (string, error) {
	if len(have.Known) == 0 {
		if err := s.pruneStrangers(ctx, have, lately); err != nil {
			return "", err
		}
	}
	secret := rand.Text()
	ask := func() (calendar.Subscription, error) {
		return s.Graph.Subscribe(ctx, have.User, have.URL, have.URL, secret, s.Now().Add(subscriptionLife))
	}
	sub, err := ask()
	var refused *calendar.RefusedError
	if errors.As(err, &refused) && refused.Status == http.StatusConflict {
		// Some tenants allow no second one on the same resource (graph.md §2.1): then the old one goes first.
		// What changes in between is found by the run that Subscribed wakes.
		for _, old := range have.Known {
			if err := s.drop(ctx, old.ID); err != nil {
				return "", fmt.Errorf("make room for a subscription of mailbox %d: %w", mailbox, err)
			}
		}
		if err := s.pruneStrangers(ctx, have, atOnce); err != nil {
			return "", err
		}
		sub, err = ask()
	}
	if err != nil {
		return "", fmt.Errorf("subscribe to mailbox %d: %w", mailbox, err)
	}
	sub.NotificationURL = have.URL
	if err := s.Store.Subscribed(ctx, mailbox, sub, s.halfLife(sub.Expires), secret); err != nil {
		return "", fmt.Errorf("store subscription of mailbox %d: %w", mailbox, err)
	}
	s.Log.InfoContext(ctx, "subscribed", "mailbox", mailbox, "until", sub.Expires)
	return sub.ID, nil
}

// drop ends a subscription at Graph and retires it here.
func (s *Subscriber) drop(ctx context.Context, id string) error {
	if err := s.Graph.Unsubscribe(ctx, id); err != nil && !errors.Is(err, calendar.ErrGone) {
		return err
	}
	return s.Store.Unsubscribed(ctx, id)
}

// pruneStrangers removes subscriptions to this mailbox that send here and that we do not know.
func (s *Subscriber) pruneStrangers(ctx context.Context, have Subscribed, age listAge) error {
	byUser, err := s.list.get(ctx, s, age)
	if err != nil {
		return err
	}
	for _, sub := range byUser.of(have.User) {
		if sub.NotificationURL != have.URL {
			continue
		}
		if err := s.Graph.Unsubscribe(ctx, sub.ID); err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("remove a spare subscription: %w", err)
		}
		s.Log.InfoContext(ctx, "spare subscription removed", "user", have.User)
	}
	return nil
}

func (s *Subscriber) halfLife(expires time.Time) time.Time {
	now := s.Now()
	return now.Add(expires.Sub(now) / 2)
}
