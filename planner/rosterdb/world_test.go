package rosterdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const center = planner.JobCenterCode("10100")

// world is an installation whose roster is made through its own store. It is Tuesday 1 December 2026, seven o'clock.
type world struct {
	*rosterdb.Store
	planner *plannerdb.Store
	pool    *pgxpool.Pool
	mu      sync.Mutex
	now     time.Time
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, planner.Copenhagen())
	must(t, err)
	return v
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(t testing.TB, now string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at(t, now)
}

// mailboxes stores them as package syncdb does, without the queue.
type mailboxes struct{}

func (mailboxes) AddMailboxTx(ctx context.Context, tx pgx.Tx, worker uuid.UUID, user, email string) (id int64, err error) {
	err = tx.QueryRow(ctx, `insert into mailbox (case_worker_id, graph_user_id, email, state_since, full_round_due_at, next_sweep_at)
		values ($1, $2, $3, now(), now(), now())
		on conflict (case_worker_id) do update set graph_user_id = excluded.graph_user_id, email = excluded.email returning id`, worker, user, email).Scan(&id)
	return id, err
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t)}
	w.set(t, "2026-12-01 07:00")
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	must(t, err)
	w.planner = plannerdb.New(w.pool, plannerdb.Options{Now: w.clock, Sealer: sealer})
	w.Store = rosterdb.New(w.pool, rosterdb.Options{Codes: w.planner, Times: w.planner, Mailboxes: mailboxes{}, Now: w.clock})
	c := roster.NewCenter(center)
	c.Name = "Jobcenter Eksempel"
	must(t, w.PutCenter(t.Context(), c, 0, "admin:kim"))
	return w
}

// worker makes one who works every day from 8 to 16.
func (w *world) worker(t testing.TB, name string) rosterdb.Worker {
	t.Helper()
	hours, err := roster.ParseWeek("man-søn 8-16")
	must(t, err)
	_, err = w.PutWorker(t.Context(), roster.Worker{
		ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), JobCenter: center, Identifier: "RID-" + name, GivenName: name, Surname: "Vejleder",
		Email: name + "@kommune.example", Hours: hours, Active: true,
	}, 0, "admin:kim")
	must(t, err)
	return w.read(t, name)
}

func (w *world) read(t testing.TB, name string) rosterdb.Worker {
	t.Helper()
	got, err := w.Worker(t.Context(), uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)))
	must(t, err)
	return got
}

// option makes one of an hour, held by these.
func (w *world) option(t testing.TB, title string, holders ...uuid.UUID) rosterdb.Versioned[roster.Option] {
	t.Helper()
	s := roster.NewSpec()
	s.Title, s.InterviewType, s.InterviewForm, s.ContactTypes, s.DurationMinutes, s.SlotStepMinutes = title, 7, 2, []int{1}, 60, 60
	o := roster.Option{ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(title)), JobCenter: center, Spec: s, CaseWorkers: holders, Active: true}
	must(t, w.PutOption(t.Context(), o, 0, "admin:kim"))
	got, err := w.Option(t.Context(), o.ID)
	must(t, err)
	return got
}

// book books a meeting for the n-th citizen.
func (w *world) book(t testing.TB, n int, option uuid.UUID, worker, start string) error {
	t.Helper()
	cpr, err := planner.ParseCPR(fmt.Sprintf("010190%04d", n))
	must(t, err)
	_, err = w.planner.CreateBooking(t.Context(), planner.CreateRequest{
		JobCenter: center, CPR: cpr, BookingID: uuid.New(), Option: option, Start: at(t, start), CaseWorkerIdentifier: worker,
	})
	return err
}

// faulty fails the test unless err is just this fault.
func faulty(t testing.TB, err error, want string) {
	t.Helper()
	var faults roster.Faults
	if !errors.As(err, &faults) || faults.Error() != want {
		t.Fatalf("err = %v, want fault %s", err, want)
	}
}

type entry struct{ Actor, Action, Reason, Before, After string }

// audit reads the trail of the roster since an entry's number, oldest first.
func (w *world) audit(t testing.TB, after int64) (list []entry, last int64) {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `select id, actor, action, reason, coalesce(before::text, ''), coalesce(after::text, '') from audit_entry where id > $1 order by id`, after)
	must(t, err)
	last = after
	for rows.Next() {
		var e entry
		must(t, rows.Scan(&last, &e.Actor, &e.Action, &e.Reason, &e.Before, &e.After))
		list = append(list, e)
	}
	must(t, rows.Err())
	return list, last
}
