package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/sync/graphsim"
)

// What the throttled round is measured with.
const (
	throttledMailboxes = 500
	throttledEvery     = 20 // one in so many is refused: 5 %
	throttledWorkers   = 16
	throttledAnswer    = 50 * time.Millisecond // what each answer of Graph takes
)

// throttled wakes all mailboxes at once, of which Graph refuses one in twenty for one to three seconds, and times
// it until every one was read. Beside it the ideal schedule of the same rounds: as many workers, none ever waiting,
// each refused mailbox read again the very moment it may be. How long a round takes is measured without refusals.
func throttled(ctx context.Context, db, scratch string) ([]result, error) {
	url, err := freshDatabase(ctx, db, "bench_throttled")
	if err != nil {
		return nil, err
	}
	w, err := world.Start(ctx, world.LocalOptions{
		DatabaseURL: url, Dir: scratch, Counsellors: throttledMailboxes, Weeks: 1, Graph: graphsim.Config{Seed: 1},
		Env: map[string]string{"PLANNER_MAILBOX_WORKERS": strconv.Itoa(throttledWorkers)},
	})
	defer func() { _ = w.Stop() }()
	if err != nil {
		return nil, err
	}
	if err := w.InitialSync(ctx); err != nil {
		return nil, err
	}
	if err := w.Quiet(ctx); err != nil {
		return nil, err
	}
	slow, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultDelay, Path: "calendarView", Delay: graphsim.Duration(throttledAnswer)})
	if err != nil {
		return nil, err
	}
	free, err := wakeAll(ctx, w)
	if err != nil {
		return nil, err
	}
	// A refusal is answered at once, so the fault that refuses must be found before the one that delays.
	w.Graph.ClearFault(slow)
	waits := map[string]time.Duration{}
	for i := throttledEvery / 2; i < len(w.People); i += throttledEvery {
		seconds := 1 + i/throttledEvery%3
		user := w.People[i].ObjectID
		waits[strings.ToLower(user)] = time.Duration(seconds) * time.Second
		if _, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultThrottle, User: user, Path: "calendarView", RetryAfter: strconv.Itoa(seconds), Count: 1}); err != nil {
			return nil, err
		}
	}
	if _, err = w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultDelay, Path: "calendarView", Delay: graphsim.Duration(throttledAnswer)}); err != nil {
		return nil, err
	}
	w.Graph.ResetRequests()
	took, err := wakeAll(ctx, w)
	if err != nil {
		return nil, err
	}
	early, own := tooEarly(w, waits)
	ideal := idealMakespan(free, waits, w)
	fmt.Printf("  without refusals: %s\n", free.Round(time.Millisecond))
	return []result{
		atMost("makespan with 5 % refused", "the ideal schedule of the same rounds", "s", took.Seconds(), ideal.Seconds(), 1.25, 1),
		exactly("requests before Retry-After", "none", "", float64(early), 0, 1),
		exactly("refusals of our own making", "none", "", float64(own), 0, 1),
	}, nil
}

// wakeAll wakes every mailbox in one transaction and waits until each was read since.
func wakeAll(ctx context.Context, w *world.Local) (time.Duration, error) {
	var asked time.Time
	err := pgx.BeginFunc(ctx, w.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update mailbox set wanted_generation = wanted_generation + 1 returning id`)
		if err != nil {
			return err
		}
		boxes, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		slices.Sort(boxes)
		for _, box := range boxes {
			if err := w.Parts.Outbox.AddTx(ctx, tx, jobargs.SyncMailbox{Mailbox: box}); err != nil {
				return err
			}
		}
		asked = time.Now()
		return nil
	})
	if err != nil {
		return 0, err
	}
	err = w.Eventually(ctx, "every mailbox read", func(ctx context.Context) (bool, error) {
		var left int
		err := w.Pool.QueryRow(ctx, `select count(*) from mailbox where as_of is null or as_of < $1`, asked).Scan(&left)
		return left == 0, err
	})
	return time.Since(asked), err
}

// tooEarly counts requests to a mailbox within the time that its refusal named, and refusals that no fault made.
func tooEarly(w *world.Local, waits map[string]time.Duration) (early, own int) {
	until := map[string]time.Time{}
	for _, r := range w.Graph.Requests(graphsim.RequestFilter{Actor: graphsim.ActorApp}) {
		user := strings.ToLower(r.User)
		if r.At.Before(until[user]) {
			early++
		}
		if r.Status == http.StatusTooManyRequests {
			until[user] = r.At.Add(waits[user])
			if r.Fault == "" {
				own++
			}
		}
	}
	return early, own
}

// idealMakespan gives the rounds to the workers in the order of the mailboxes. A refused one costs its worker nothing,
// and comes again, before all others, when its time is over.
func idealMakespan(free time.Duration, waits map[string]time.Duration, w *world.Local) time.Duration {
	each := free * throttledWorkers / time.Duration(len(w.People))
	type job struct{ ready time.Duration }
	var again []job
	workers := make([]time.Duration, throttledWorkers)
	earliest := func() *time.Duration {
		i := 0
		for k := range workers {
			if workers[k] < workers[i] {
				i = k
			}
		}
		return &workers[i]
	}
	takeBack := func(now time.Duration) bool {
		for i, j := range again {
			if j.ready <= now {
				again = slices.Delete(again, i, i+1)
				*earliest() += each
				return true
			}
		}
		return false
	}
	for _, p := range w.People {
		for takeBack(*earliest()) {
		}
		if wait := waits[strings.ToLower(p.ObjectID)]; wait > 0 {
			again = append(again, job{*earliest() + wait})
			continue
		}
		*earliest() += each
	}
	slices.SortFunc(again, func(a, b job) int { return cmp.Compare(a.ready, b.ready) })
	for _, j := range again {
		at := earliest()
		*at = max(*at, j.ready) + each
	}
	return slices.Max(workers)
}
