package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// boxes stands in for the sync: it looks at the generation as a run does, and may fail as told.
type boxes struct {
	store *syncdb.Store
	pool  *pgxpool.Pool
	fail  func(mailbox int64) error

	mu      sync.Mutex
	running map[int64]int
	overlap bool
	runs    int
}

func (b *boxes) Sync(ctx context.Context, id int64) (mailbox.Result, error) {
	b.mu.Lock()
	b.running[id]++
	b.overlap = b.overlap || b.running[id] > 1
	b.runs++
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		b.running[id]--
		b.mu.Unlock()
	}()
	run, err := b.store.Begin(ctx, id, time.Now())
	if err != nil {
		return mailbox.Result{}, err
	}
	if b.fail != nil {
		if err := b.fail(id); err != nil {
			return mailbox.Result{}, err
		}
	}
	// The sync itself: long enough that wake-ups come meanwhile.
	if _, err := b.pool.Exec(ctx, "select pg_sleep($1)", rand.Float64()/100); err != nil {
		return mailbox.Result{}, err
	}
	return mailbox.Result{Generation: run.Generation}, nil
}

type nothing struct{}

func (nothing) Ensure(context.Context, int64) error    { return nil }
func (nothing) Announce(context.Context) error         { return nil }
func (nothing) Audit(context.Context) error            { return nil }
func (nothing) Prune(context.Context, time.Time) error { return nil }

func (nothing) ResealAll(context.Context) error { return nil }

func (nothing) Retain(context.Context, string, string) (int64, error) { return 0, nil }
func (nothing) StartDue(context.Context, time.Time, time.Duration) (int, int, error) {
	return 0, 0, nil
}

type rig struct {
	pool  *pgxpool.Pool
	store *syncdb.Store
	boxes *boxes
	ended chan string
	ids   []int64
}

// newRig makes n mailboxes and as many runners, on one database.
func newRig(t *testing.T, n, runners int, fail func(int64) error) *rig {
	t.Helper()
	ctx := t.Context()
	pool := pgtest.New(t)
	quiet := slog.New(slog.DiscardHandler)
	out, err := jobs.NewOutbox(pool, quiet)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{pool: pool, store: syncdb.New(pool, out, time.Now, quiet), ended: make(chan string, 100_000)}
	r.boxes = &boxes{store: r.store, pool: pool, running: map[int64]int{}, fail: fail}
	if _, err := pool.Exec(ctx, `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		id := uuid.New()
		if _, err := pool.Exec(ctx, `insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', $2, 'A', 'B', $2)`, id, id.String()); err != nil {
			t.Fatal(err)
		}
		box, err := r.store.AddMailbox(ctx, id, fmt.Sprint("user-", i), id.String())
		if err != nil {
			t.Fatal(err)
		}
		r.ids = append(r.ids, box)
	}
	for range runners {
		r.start(t)
	}
	return r
}

func (r *rig) start(t *testing.T) *jobs.Runner {
	t.Helper()
	run, err := jobs.NewRunner(jobs.Config{
		Pool: r.pool, Log: slog.New(slog.DiscardHandler), Now: time.Now, Mailboxes: r.boxes, Generations: r.store, Subscriber: nothing{}, Upkeep: nothing{}, Retention: nothing{}, Resealer: nothing{},
		Observe: func(kind, outcome string, _, _ time.Duration) {
			if kind == "sync_mailbox" {
				r.ended <- outcome
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Stop(context.Background()) })
	return run
}

func (r *rig) behind(t *testing.T) (n int) {
	t.Helper()
	if err := r.pool.QueryRow(context.Background(), "select count(*) from mailbox where synced_generation <> wanted_generation").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// River drops an insert while its twin runs. With the generation closed under the row lock no wake-up is
// lost all the same, and no mailbox is run twice at once.
func TestNoWakeUpIsLostAndNoMailboxRunsTwiceAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, 5, 2, nil)
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for range 100 {
				if err := r.store.Wake(t.Context(), r.ids[rand.IntN(len(r.ids))]); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	senders.Wait()
	for r.behind(t) > 0 {
		select {
		case <-r.ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of 5 mailboxes left behind for good", r.behind(t))
		}
	}
	if r.boxes.overlap {
		t.Fatal("a mailbox was run twice at once")
	}
	t.Logf("800 wake-ups, %d runs", r.boxes.runs)
}

func TestTroubleAtMicrosoftUsesUpNoAttempt(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"throttled":   &calendar.ThrottledError{After: time.Hour},
		"unavailable": &calendar.UnavailableError{Code: "ErrorMailboxMoveInProgress", After: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1, 1, func(int64) error { return err })
			if got := <-r.ended; got != "job_snoozed" {
				t.Fatalf("outcome %s", got)
			}
			var state string
			var attempt int
			if err := r.pool.QueryRow(t.Context(), "select state::text, attempt from river_job where kind = 'sync_mailbox' order by id desc limit 1").Scan(&state, &attempt); err != nil {
				t.Fatal(err)
			}
			if state != "scheduled" || attempt != 0 {
				t.Fatalf("state %s, attempt %d; want scheduled, 0", state, attempt)
			}
		})
	}
}

func TestAFaultOfOursIsTriedAgainAndAMailboxErrorIsNot(t *testing.T) {
	t.Parallel()
	buggy := newRig(t, 1, 1, func(int64) error { return errors.New("a bug") })
	if got := <-buggy.ended; got != "job_failed" {
		t.Fatalf("outcome %s, want failed, to be tried again", got)
	}
	denied := newRig(t, 1, 1, func(int64) error { return &calendar.MailboxError{Reason: calendar.MailboxDenied} })
	if got := <-denied.ended; got != "job_completed" {
		t.Fatalf("outcome %s, want completed: the sweep looks again", got)
	}
}

// A runner that vanishes without a word, as after kill -9, leaves its job "running"; the next one that
// starts takes it over at once.
func TestTheJobOfADeadProcessIsTakenOverAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1, 0, nil)
	ctx := t.Context()
	if _, err := r.pool.Exec(ctx, "update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = array['planner-of-the-dead']"); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	if got := <-r.ended; got != "job_completed" {
		t.Fatalf("outcome %s", got)
	}
	if n := r.behind(t); n != 0 {
		t.Fatalf("%d mailboxes behind", n)
	}
	// A runner that lives keeps its jobs.
	if _, err := r.pool.Exec(ctx, "insert into river_job (state, queue, kind, args, max_attempts, attempt, attempted_at, attempted_by) select 'running', 'elsewhere', 'sync_mailbox', '{}', 25, 1, now(), attempted_by from river_job where state = 'completed' limit 1"); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	var state string
	if err := r.pool.QueryRow(ctx, "select state::text from river_job where queue = 'elsewhere'").Scan(&state); err != nil || state != "running" {
		t.Fatalf("the job of a living runner is %s, %v", state, err)
	}
}
