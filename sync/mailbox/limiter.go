package mailbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// perMailbox is how many requests Graph allows in flight for one mailbox and app (graph.md §3). A run has one;
// a second one may be of a run that was overtaken and has not noticed.
const perMailbox = 4

// LeaseStore shares the limit between processes.
type LeaseStore interface {
	// Lease tells what this process saw, and gives how many slots it may use until expires. Nothing but calls of it
	// changes the limit.
	Lease(ctx context.Context, holder string, told Told, rule LimitRule, now, expires time.Time) (slots int, err error)
	// Return gives everything back.
	Return(ctx context.Context, holder string) error
}

// Limiter admits requests to Graph: as many at once as this process has leased of the limit that all
// processes share, writes of bookings first, no more than four for a mailbox. It leases in batches, so that a
// request costs no question to the database; a busy process asks every two seconds. It starts no goroutine.
type Limiter struct {
	Store LeaseStore
	Rule  LimitRule
	Now   func() time.Time

	mu      sync.Mutex
	holder  string
	slots   int
	expires time.Time
	renewed time.Time
	asking  bool
	inUse   int
	peak    int // of inUse since it was told
	boxes   map[string]int
	waiting []*waiter // urgent ones first, each kind in order of arrival

	answers, refusals int
	refused           map[string]bool
}

type waiter struct {
	user     string
	urgent   bool
	admitted chan struct{}
	in       bool
}

const (
	leaseLife  = 30 * time.Second
	leaseRenew = 2 * time.Second
	// headroom is how many slots more than are needed now a process asks for, so that the next request does not wait.
	headroom = 4
	// leasePoll is how often somebody who waits looks whether there is more to be had.
	leasePoll = 100 * time.Millisecond
	// crowded is how long a run stays away that had no turn in all of its time.
	crowded = 10 * time.Second
)

// Acquire waits until a request about the user's mailbox may go out; user is empty for one about none. Release
// must be called with the request's outcome.
func (l *Limiter) Acquire(ctx context.Context, user string, urgent bool) (release func(error), err error) {
	w := &waiter{user: user, urgent: urgent, admitted: make(chan struct{})}
	l.mu.Lock()
	l.enqueue(w)
	l.admit()
	l.mu.Unlock()
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		if err := l.renew(ctx); err != nil && ctx.Err() == nil {
			l.give(w)
			return nil, fmt.Errorf("lease a share of Graph: %w", err)
		}
		select {
		case <-w.admitted:
			return func(outcome error) { l.release(w, outcome) }, nil
		default:
		}
		tick.Reset(leasePoll)
		select {
		case <-w.admitted:
			return func(outcome error) { l.release(w, outcome) }, nil
		case <-ctx.Done():
			l.give(w)
			if errors.Is(context.Cause(ctx), errTooSlow) {
				// It is not the mailbox that was too slow.
				return nil, &calendar.ThrottledError{After: crowded}
			}
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

func (l *Limiter) enqueue(w *waiter) {
	at := len(l.waiting)
	if w.urgent {
		if at = slices.IndexFunc(l.waiting, func(x *waiter) bool { return !x.urgent }); at < 0 {
			at = len(l.waiting)
		}
	}
	l.waiting = slices.Insert(l.waiting, at, w)
}

// admit lets in whom there is room for. It is called with mu held.
func (l *Limiter) admit() {
	if l.boxes == nil {
		l.boxes, l.refused = map[string]int{}, map[string]bool{}
	}
	if !l.expires.After(l.Now()) {
		return
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(w *waiter) bool {
		if l.inUse >= l.slots || w.user != "" && l.boxes[w.user] >= perMailbox {
			return false
		}
		l.inUse++
		l.peak = max(l.peak, l.inUse)
		l.boxes[w.user]++
		w.in = true
		close(w.admitted)
		return true
	})
}

// give takes w out again, whether it got in or not.
func (l *Limiter) give(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.in {
		l.leave(w)
	} else {
		l.waiting = slices.DeleteFunc(l.waiting, func(x *waiter) bool { return x == w })
	}
	l.admit()
}

func (l *Limiter) leave(w *waiter) {
	l.inUse--
	if l.boxes[w.user]--; l.boxes[w.user] <= 0 {
		delete(l.boxes, w.user)
	}
}

func (l *Limiter) release(w *waiter, outcome error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leave(w)
	l.answers++
	var throttled *calendar.ThrottledError
	if errors.As(outcome, &throttled) {
		l.refusals++
		if l.refused[w.user] = true; len(l.refused) >= l.Rule.Mailboxes {
			l.renewed = time.Time{} // tell the others at the next request, not in two seconds
		}
	}
	l.admit()
}

// renew leases anew when that is due, or when somebody waits for more than there is.
func (l *Limiter) renew(ctx context.Context) error {
	l.mu.Lock()
	now := l.Now()
	fresh := now.Sub(l.renewed) < leaseRenew && l.expires.After(now)
	short := len(l.waiting) > 0 && l.inUse >= l.slots && now.Sub(l.renewed) >= leasePoll
	if l.asking || fresh && !short {
		l.mu.Unlock()
		return nil
	}
	if l.holder == "" {
		l.holder = "planner-" + rand.Text()
	}
	told := Told{InUse: l.inUse, Peak: l.peak, Wanted: l.inUse + len(l.waiting) + headroom, Answers: l.answers, Refusals: l.refusals, RefusedMailboxes: len(l.refused)}
	l.answers, l.refusals, l.peak = 0, 0, l.inUse
	clear(l.refused)
	l.asking = true
	l.mu.Unlock()

	slots, err := l.Store.Lease(ctx, l.holder, told, l.Rule, now, now.Add(leaseLife))

	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking = false
	if err != nil {
		l.answers += told.Answers
		l.refusals += told.Refusals
		l.peak = max(l.peak, told.Peak)
		if l.expires.After(l.Now()) {
			return nil // what was leased still holds
		}
		return err
	}
	l.slots, l.expires, l.renewed = slots, now.Add(leaseLife), now
	l.admit()
	return nil
}

// Close gives the share back, for others to use at once rather than when it expires.
func (l *Limiter) Close(ctx context.Context) error {
	l.mu.Lock()
	holder := l.holder
	l.slots, l.expires, l.renewed = 0, time.Time{}, time.Time{}
	l.mu.Unlock()
	if holder == "" {
		return nil
	}
	if err := l.Store.Return(ctx, holder); err != nil {
		return fmt.Errorf("give back the share of Graph: %w", err)
	}
	return nil
}
