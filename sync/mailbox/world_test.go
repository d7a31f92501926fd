package mailbox_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// monday is a Monday in December, noon in Denmark: no clock change within the window's first months.
var monday = time.Date(2026, 12, 7, 11, 0, 0, 0, time.UTC)

// doorbell counts jobs instead of running them: the test runs the mailbox itself.
type doorbell struct{ rung atomic.Int64 }

func (d *doorbell) AddTx(context.Context, pgx.Tx, jobargs.Job) error {
	d.rung.Add(1)
	return nil
}

// tester is what a *testing.T and a *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is one mailbox between a real database and a Graph in memory.
type world struct {
	t       tester
	ctx     context.Context
	pool    *pgxpool.Pool
	graph   *fakeGraph
	store   *syncdb.Store
	syncer  *mailbox.Syncer
	now     time.Time
	worker  uuid.UUID
	mailbox int64
	refuse  bool // the planner refuses moves and cancellations from Outlook
}

func newWorld(t tester, pool *pgxpool.Pool) *world {
	w := &world{t: t, ctx: context.Background(), pool: pool, graph: newFakeGraph(), now: monday, worker: uuid.New()}
	w.store = syncdb.New(pool, &doorbell{}, func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	w.syncer = &mailbox.Syncer{Graph: w.graph, Store: w.store, Bookings: w, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	w.exec(`insert into job_center (code, name) values ('10100', 'Prøveby') on conflict do nothing`)
	w.exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', $2, 'Åse', 'Ærø', $2)`, w.worker, w.worker.String())
	id, err := w.store.AddMailbox(w.ctx, w.worker, "user-"+w.worker.String(), w.worker.String())
	w.must(err)
	w.mailbox = id
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.pool.Exec(w.ctx, sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.ctx, sql, args...).Scan(&n))
	return n
}

// change changes bookings in a transaction as the planner's store does.
func (w *world) change(booking uuid.UUID, sql string, args ...any) {
	w.t.Helper()
	w.must(pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.ctx, sql, args...); err != nil {
			return err
		}
		return w.store.BookingChangedTx(w.ctx, tx, booking, []uuid.UUID{w.worker})
	}))
}

func (w *world) book(start time.Time, length time.Duration) uuid.UUID {
	w.t.Helper()
	id := uuid.New()
	w.change(id, `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
		values ($1, '10100', '\x01', '\x02', $2, $3, $4, 1, 'Jobsamtale', 'self', '\x03', $5, $5)`, id, w.worker, start, start.Add(length), w.now)
	return id
}

func (w *world) move(id uuid.UUID, start time.Time) {
	w.t.Helper()
	w.change(id, `update booking set ends_at = $2::timestamptz + (ends_at - starts_at), starts_at = $2, revision = revision + 1 where id = $1`, id, start)
}

func (w *world) cancel(id uuid.UUID) {
	w.t.Helper()
	w.change(id, `update booking set status = 'cancelled', revision = revision + 1 where id = $1`, id)
}

// MoveFromOutlook and CancelFromOutlook stand in for the planner's store.
func (w *world) MoveFromOutlook(_ context.Context, id uuid.UUID, to planner.Span) error {
	if w.refuse {
		return &planner.Error{Code: planner.CodeTaken}
	}
	w.change(id, `update booking set starts_at = $2, ends_at = $3, revision = revision + 1 where id = $1`, id, to.Start, to.End)
	return nil
}

func (w *world) CancelFromOutlook(_ context.Context, id uuid.UUID) error {
	if w.refuse {
		return &planner.Error{Code: planner.CodeNotRebookable}
	}
	w.cancel(id)
	return nil
}

func (w *world) sync() mailbox.Result {
	w.t.Helper()
	res, err := w.syncer.Sync(w.ctx, w.mailbox)
	w.must(err)
	return res
}

// meeting puts an appointment of the counsellor's own into the mailbox.
func (w *world) meeting(start time.Time, length time.Duration, showAs calendar.ShowAs) *fakeEvent {
	e := &fakeEvent{Event: calendar.Event{Kind: calendar.Single, Start: start, End: start.Add(length), ShowAs: showAs}, subject: "Tandlæge", body: "privat"}
	w.graph.put(e)
	return e
}

// ours is the one event of the booking in the mailbox.
func (w *world) ours(booking uuid.UUID) *fakeEvent {
	w.t.Helper()
	all := w.graph.live(booking.String())
	if len(all) != 1 {
		w.t.Fatalf("booking %s has %d events in Outlook, want 1", booking, len(all))
	}
	return all[0]
}

func (w *world) blocks() int {
	return w.count(`select count(*) from busy_block where case_worker_id = $1`, w.worker)
}

// held is what waits for a person.
func (w *world) held() []syncdb.HeldRow {
	w.t.Helper()
	rows, err := w.store.HeldPlan(w.ctx, w.mailbox)
	w.must(err)
	return rows
}

// decide is a person's decision on the plan that is held now.
func (w *world) decide(a syncdb.Action) {
	w.t.Helper()
	rows := w.held()
	if len(rows) == 0 {
		w.t.Fatalf("%s: no plan is held", a)
	}
	applied, err := w.store.DecidePlan(w.ctx, w.mailbox, a, int(rows[0].HeldNumber), "kirsten")
	w.must(err)
	if !applied {
		w.t.Fatalf("%s: did not apply", a)
	}
}

func (w *world) state() string {
	var s string
	w.must(w.pool.QueryRow(w.ctx, `select state from mailbox where id = $1`, w.mailbox).Scan(&s))
	return s
}
