package mailbox

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// listing is the list of all subscriptions of the app, kept for a minute: with 2,000 mailboxes it is 20 pages,
// and when all of them are subscribed anew it would be read 2,000 times.
//
// An old list does no harm. What is missing in it was made since, by the one job that may make subscriptions of
// its mailbox, and is known; what is in it and gone is unsubscribed in vain.
type listing struct {
	once sync.Once
	lock chan struct{} // of one: a mutex that can be waited for with a context
	at   time.Time
	byUser

	mu     sync.Mutex
	strays map[string]bool // of the last audit
}

const listingLife = time.Minute

type listAge int

const (
	lately listAge = iota // up to listingLife old
	atOnce
)

// byUser holds subscriptions by the object id in their resource, in lower case.
type byUser map[string][]calendar.Subscription

func (b byUser) of(user string) []calendar.Subscription { return b[strings.ToLower(user)] }

// get gives the list; several who ask at once wait for one answer.
func (l *listing) get(ctx context.Context, s *Subscriber, age listAge) (byUser, error) {
	l.once.Do(func() { l.lock = make(chan struct{}, 1) })
	select {
	case l.lock <- struct{}{}:
		defer func() { <-l.lock }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if age == lately && l.byUser != nil && s.Now().Sub(l.at) < listingLife {
		return l.byUser, nil
	}
	at := s.Now()
	all, err := s.Graph.Subscriptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	l.byUser, l.at = byUser{}, at
	for _, sub := range all {
		if user := userOf(sub.Resource); user != "" {
			l.byUser[user] = append(l.byUser[user], sub)
		}
	}
	return l.byUser, nil
}

// userOf reads the user out of a resource, which Graph writes in several ways: users/{id}/events,
// /Users('{id}')/Events, users/{id}@{tenant}/events (graph.md §2.3).
func userOf(resource string) string {
	r := strings.ToLower(strings.TrimLeft(resource, "/"))
	r, ok := strings.CutPrefix(r, "users")
	if !ok {
		return ""
	}
	r = strings.TrimLeft(r, "/('")
	if end := strings.IndexAny(r, "/'@)"); end >= 0 {
		return r[:end]
	}
	return r
}

// strayed keeps the strays of this audit and gives those of the last.
func (l *listing) strayed(ids []string) (before map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.strays = l.strays, map[string]bool{}
	for _, id := range ids {
		l.strays[id] = true
	}
	return before
}
