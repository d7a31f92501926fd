package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// AuditEvery is how often all subscriptions are compared with what Graph has. In between, one that Graph lost
// without a word costs freshness only: the sweep finds the changes.
const AuditEvery = 30 * time.Minute

// young: a subscription this young may be missing from a list that was begun before it was made.
const young = 2 * time.Minute

// Audit compares what is stored with what Graph lists, with one listing for the whole installation. One of ours
// that Graph does not list is not believed gone, for a list may be cut short: it is put in doubt, and renewing
// tells. One that sends here and that we do not know is a crash's spare or of a mailbox that was removed; it goes
// if the previous audit saw it too, so that one just made and not yet stored stays.
func (s *Subscriber) Audit(ctx context.Context) error {
	began := s.Now()
	users, err := s.list.get(ctx, s, atOnce)
	if err != nil {
		return err
	}
	stored, err := s.Store.AllSubscriptions(ctx)
	if err != nil {
		return fmt.Errorf("read all subscriptions: %w", err)
	}
	listed := map[string]bool{}
	var strays []string
	for _, subs := range users {
		for _, sub := range subs {
			listed[sub.ID] = true
			if _, known := stored[sub.ID]; !known && sub.NotificationURL == s.URL {
				strays = append(strays, sub.ID)
			}
		}
	}
	var doubtful []string
	for id, sub := range stored {
		if !sub.Retired && !listed[id] && began.Sub(sub.Created) > young {
			doubtful = append(doubtful, id)
		}
	}
	if len(doubtful) > 0 {
		s.Log.WarnContext(ctx, "Graph does not list subscriptions of ours; each is renewed now", "subscriptions", len(doubtful))
		if err := s.Store.Doubt(ctx, doubtful); err != nil {
			return fmt.Errorf("put subscriptions in doubt: %w", err)
		}
	}
	return s.pruneStrays(ctx, strays)
}

func (s *Subscriber) pruneStrays(ctx context.Context, strays []string) error {
	before := s.list.strayed(strays)
	for _, id := range strays {
		if !before[id] {
			continue
		}
		if err := s.Graph.Unsubscribe(ctx, id); err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("remove a stray subscription: %w", err)
		}
		s.Log.InfoContext(ctx, "stray subscription removed")
	}
	return nil
}
