package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

// leases gives what it is told to and counts how often it was asked.
type leases struct {
	mu    sync.Mutex
	slots int
	asked int
	told  []mailbox.Told
	err   error
}

func (l *leases) Lease(_ context.Context, _ string, told mailbox.Told, _ mailbox.LimitRule, _, _ time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.told = append(l.told, told)
	return l.slots, l.err
}

func (l *leases) Return(context.Context, string) error { return nil }

func newLimiter(store mailbox.LeaseStore, now func() time.Time) *mailbox.Limiter {
	return &mailbox.Limiter{Store: store, Rule: mailbox.DefaultLimitRule(), Now: now}
}

func fixed() time.Time { return monday }

func TestARequestCostsNoQuestionToTheDatabase(t *testing.T) {
	t.Parallel()
	store := &leases{slots: 8}
	l := newLimiter(store, fixed)
	for i := range 1000 {
		release, err := l.Acquire(t.Context(), fmt.Sprint("user-", i), false)
		if err != nil {
			t.Fatal(err)
		}
		release(nil)
	}
	if store.asked != 1 {
		t.Fatalf("%d questions for 1,000 requests within two seconds", store.asked)
	}
}

func TestAWriteGoesBeforeReadingsThatWaitLonger(t *testing.T) {
	t.Parallel()
	l := newLimiter(&leases{slots: 1}, fixed)
	first, err := l.Acquire(t.Context(), "a", false)
	if err != nil {
		t.Fatal(err)
	}
	order := make(chan string, 8)
	var all sync.WaitGroup
	enter := func(name string, urgent bool) {
		all.Go(func() {
			release, err := l.Acquire(t.Context(), name, urgent)
			if err != nil {
				t.Error(err)
				return
			}
			order <- name
			release(nil)
		})
		for !l.Waits(name) {
			runtime.Gosched()
		}
	}
	enter("reading 1", false)
	enter("reading 2", false)
	enter("write 1", true)
	enter("write 2", true)
	first(nil)
	all.Wait()
	for _, want := range []string{"write 1", "write 2", "reading 1", "reading 2"} {
		if got := <-order; got != want {
			t.Fatalf("%s went, want %s", got, want)
		}
	}
}

func TestAMailboxHasAtMostFourInFlightAndOthersPassBy(t *testing.T) {
	t.Parallel()
	l := newLimiter(&leases{slots: 64}, fixed)
	for range 4 {
		if _, err := l.Acquire(t.Context(), "busy", false); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Acquire(ctx, "busy", true); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a fifth request: %v", err)
	}
	if _, err := l.Acquire(t.Context(), "other", false); err != nil {
		t.Fatal(err)
	}
}

func TestRefusalsOfSeveralMailboxesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	store := &leases{slots: 64}
	l := newLimiter(store, fixed)
	for i := range 4 {
		release, err := l.Acquire(t.Context(), fmt.Sprint("user-", i), false)
		if err != nil {
			t.Fatal(err)
		}
		release(&calendar.ThrottledError{After: time.Second})
	}
	if len(store.told) != 2 || store.told[1].Refusals != 3 || store.told[1].RefusedMailboxes != 3 {
		t.Fatalf("told %+v", store.told)
	}
}

func TestALeaseThatCannotBeHadIsAnErrorAndOneThatHoldsIsUsed(t *testing.T) {
	t.Parallel()
	store := &leases{slots: 2}
	at := monday
	l := newLimiter(store, func() time.Time { return at })
	release, err := l.Acquire(t.Context(), "a", false)
	if err != nil {
		t.Fatal(err)
	}
	release(nil)
	store.err = errors.New("no database")
	at = at.Add(10 * time.Second)
	if release, err = l.Acquire(t.Context(), "a", false); err != nil {
		t.Fatalf("within the lease: %v", err)
	}
	release(nil)
	at = at.Add(25 * time.Second)
	if _, err = l.Acquire(t.Context(), "a", false); !errors.Is(err, store.err) {
		t.Fatalf("after the lease: %v", err)
	}
}

func TestTheLimitIsCutWhenManyMailboxesAreRefusedAndNotForOne(t *testing.T) {
	t.Parallel()
	rule := mailbox.DefaultLimitRule()
	start := mailbox.Limit{Slots: 64, CountedSince: monday, CutAt: monday.Add(-time.Hour), RaisedAt: monday.Add(-time.Hour)}
	now := monday.Add(time.Second)
	for name, c := range map[string]struct {
		told     mailbox.Told
		underWay int
		want     int
	}{
		"one mailbox":              {mailbox.Told{Answers: 20, Refusals: 20, RefusedMailboxes: 1}, 16, 64},
		"few of many answers":      {mailbox.Told{Answers: 500, Refusals: 25, RefusedMailboxes: 25}, 16, 64},
		"several of few answers":   {mailbox.Told{Answers: 20, Refusals: 5, RefusedMailboxes: 5}, 16, 8},
		"never below the least":    {mailbox.Told{Answers: 5, Refusals: 5, RefusedMailboxes: 5}, 1, 2},
		"what was used, not given": {mailbox.Told{Answers: 20, Refusals: 20, RefusedMailboxes: 20}, 40, 20},
	} {
		if got := rule.Adapt(start, c.told, c.underWay, 10, now).Slots; got != c.want {
			t.Errorf("%s: %d slots, want %d", name, got, c.want)
		}
	}
	cut := rule.Adapt(start, mailbox.Told{Answers: 20, Refusals: 20, RefusedMailboxes: 20}, 16, 10, now)
	echo := rule.Adapt(cut, mailbox.Told{Answers: 16, Refusals: 16, RefusedMailboxes: 16}, 8, 10, now.Add(time.Second))
	if echo.Slots != cut.Slots || echo.Refusals != 0 {
		t.Errorf("answers to what was sent before the cut cut again: %+v", echo)
	}
	l := cut
	for i := range 20 {
		l = rule.Adapt(l, mailbox.Told{Answers: 50}, l.Slots, l.Slots+4, now.Add(time.Duration(i+1)*5*time.Second))
	}
	if l.Slots <= cut.Slots+10 || l.Slots > 64 {
		t.Errorf("%d slots 100 s after a cut to %d", l.Slots, cut.Slots)
	}
	idle := rule.Adapt(cut, mailbox.Told{Answers: 50}, 1, 5, now.Add(time.Hour))
	if idle.Slots != cut.Slots {
		t.Error("a limit that nobody waits for was raised")
	}
}

func TestSharesNeverExceedTheLimitAndNobodyStarves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 64).Draw(t, "slots")
		n := rapid.IntRange(1, 8).Draw(t, "processes")
		held := make([]mailbox.Lease, n)
		got, asked := make([]bool, n), make([]int, n)
		for i := range held {
			held[i] = mailbox.Lease{Holder: fmt.Sprint("process-", i), Wanted: rapid.IntRange(1, 40).Draw(t, "wanted")}
		}
		now := monday
		for range 40 * n {
			i := rapid.IntRange(0, n-1).Draw(t, "who")
			asked[i]++
			var others []mailbox.Lease
			sum := 0
			for j, h := range held {
				if j != i {
					others = append(others, h)
					sum += h.Slots
				}
			}
			held[i].Slots = mailbox.Share(slots, held[i].Holder, held[i].Wanted, others, now)
			if sum+held[i].Slots > slots {
				t.Fatalf("%d slots given of %d", sum+held[i].Slots, slots)
			}
			got[i] = got[i] || held[i].Slots > 0
			now = now.Add(2 * time.Second)
		}
		for i := range got {
			// In 40 n draws everyone asks, and asks again after those who held too much.
			if !got[i] && n <= slots/2 && asked[i] > 2*n {
				t.Fatalf("%s asked %d times in vain", held[i].Holder, asked[i])
			}
		}
	})
}

// Two processes on one database hold no more together than the limit, and one that stops leaves its share.
func TestProcessesShareOneLimit(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := monday
	store := syncdb.New(pool, &doorbell{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	rule := mailbox.DefaultLimitRule()
	rule.First, rule.Most = 10, 10
	lease := func(holder string, told mailbox.Told) int {
		n, err := store.Lease(t.Context(), holder, told, rule, now, now.Add(30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	want := mailbox.Told{Wanted: 20}
	if got := lease("a", want); got != 10 {
		t.Fatalf("alone: %d", got)
	}
	if got := lease("b", want); got != 0 {
		t.Fatalf("b got %d while a holds all", got)
	}
	if got := lease("a", want); got != 5 {
		t.Fatalf("a keeps %d with b waiting", got)
	}
	if got := lease("b", want); got != 5 {
		t.Fatalf("b got %d", got)
	}
	// Requests under way cannot be taken back.
	if got := lease("a", mailbox.Told{Wanted: 20, InUse: 8, Peak: 8}); got != 5 {
		t.Fatalf("a may use %d", got)
	}
	if got := lease("b", want); got != 2 {
		t.Fatalf("b got %d while 8 of a's are under way", got)
	}
	now = now.Add(31 * time.Second) // a is gone
	if got := lease("b", want); got != 10 {
		t.Fatalf("b got %d after a's lease ended", got)
	}
	if err := store.Return(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if got := lease("c", want); got != 10 {
		t.Fatalf("c got %d after b gave back", got)
	}
	// Refusals that one process saw bind the others.
	lease("c", mailbox.Told{Wanted: 20, Peak: 10, Answers: 10, Refusals: 10, RefusedMailboxes: 10})
	lease("c", mailbox.Told{})
	if got := lease("d", want); got != 5 {
		t.Fatalf("d got %d after a cut", got)
	}
}
