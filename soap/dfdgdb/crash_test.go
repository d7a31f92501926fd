package dfdgdb_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
	"kommunalplanner.example/soap/dfdgsim"
)

var errDead = errors.New("the process has died")

// mortal is a process that dies at its n-th step. Every call to DFDG or to the database is two steps: one before it is
// carried out, one after it, before its answer is known. Once dead, nothing of it does anything, its clean-up neither.
type mortal struct {
	step, dieAt int
	dead        bool
}

func (m *mortal) alive() error {
	if m.step++; m.step == m.dieAt {
		m.dead = true
	}
	if m.dead {
		return errDead
	}
	return nil
}

func do[T any](m *mortal, f func() (T, error)) (T, error) {
	var zero T
	if err := m.alive(); err != nil {
		return zero, err
	}
	v, err := f()
	if dead := m.alive(); dead != nil {
		return zero, dead
	}
	return v, err
}

func does(m *mortal, f func() error) error {
	_, err := do(m, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// wire is the process' connection.
type mortalWire struct {
	*mortal
	next http.RoundTripper
}

func (w mortalWire) RoundTrip(r *http.Request) (*http.Response, error) {
	return do(w.mortal, func() (*http.Response, error) { return w.next.RoundTrip(r) })
}

// mortalStore is the process' database.
type mortalStore struct {
	*mortal
	s interface {
		storage
		dfdgregister.Outbox
	}
}

func (m mortalStore) Receive(ctx context.Context, r dfdgqueue.Received, decide func(dfdgqueue.Known) dfdgqueue.Decision) (dfdgqueue.Verdict, error) {
	return do(m.mortal, func() (dfdgqueue.Verdict, error) { return m.s.Receive(ctx, r, decide) })
}

func (m mortalStore) Reopen(ctx context.Context, id uuid.UUID) (dfdgqueue.Message, error) {
	return do(m.mortal, func() (dfdgqueue.Message, error) { return m.s.Reopen(ctx, id) })
}

func (m mortalStore) Lease(ctx context.Context, jc planner.JobCenterCode, now, until time.Time) (lease dfdgqueue.Lease, got bool, err error) {
	err = does(m.mortal, func() (err error) { lease, got, err = m.s.Lease(ctx, jc, now, until); return err })
	return lease, got, err
}

func (m mortalStore) Renew(ctx context.Context, jc planner.JobCenterCode, epoch int64, until time.Time) error {
	return does(m.mortal, func() error { return m.s.Renew(ctx, jc, epoch, until) })
}

func (m mortalStore) Note(ctx context.Context, jc planner.JobCenterCode, epoch int64, transfer string) error {
	return does(m.mortal, func() error { return m.s.Note(ctx, jc, epoch, transfer) })
}

func (m mortalStore) Release(ctx context.Context, jc planner.JobCenterCode, epoch int64, end dfdgqueue.PollEnd) error {
	return does(m.mortal, func() error { return m.s.Release(ctx, jc, epoch, end) })
}

func (m mortalStore) Claim(ctx context.Context, now, until time.Time) (r dfdgregister.Report, got bool, err error) {
	err = does(m.mortal, func() (err error) { r, got, err = m.s.Claim(ctx, now, until); return err })
	return r, got, err
}

func (m mortalStore) MarkAsked(ctx context.Context, r dfdgregister.Report, at time.Time) error {
	return does(m.mortal, func() error { return m.s.MarkAsked(ctx, r, at) })
}

func (m mortalStore) Sent(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return does(m.mortal, func() error { return m.s.Sent(ctx, r, end) })
}

func (m mortalStore) Unneeded(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return does(m.mortal, func() error { return m.s.Unneeded(ctx, r, end) })
}

func (m mortalStore) Refused(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return does(m.mortal, func() error { return m.s.Refused(ctx, r, end) })
}

func (m mortalStore) Postpone(ctx context.Context, r dfdgregister.Report, next time.Time, unclear bool, end dfdgregister.End) error {
	return does(m.mortal, func() error { return m.s.Postpone(ctx, r, next, unclear, end) })
}

func (m mortalStore) Next(ctx context.Context) (time.Time, error) {
	return do(m.mortal, func() (time.Time, error) { return m.s.Next(ctx) })
}

// incoming is a scenario with every kind of effect.
func incoming(w *world) (bookings []uuid.UUID) {
	a, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Booking: uuid.UUID{1}, Start: w.at(2, 9, 0)})
	b, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Booking: uuid.UUID{2}, Start: w.at(2, 11, 0), CPR: "0202801234"})
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: a, Start: w.at(2, 10, 0), CaseWorkerIdentifier: "RID:B"})
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Cancelled, Booking: b})
	w.dfdg.PutRaw(string(center), "<x/>")
	return []uuid.UUID{a, b}
}

// traces is what a run leaves: everything that would differ had anything been lost or done twice.
func (w *world) traces(bookings []uuid.UUID) string {
	out := ""
	for _, id := range bookings {
		b, ok := w.booking(id)
		out += fmt.Sprintf("%s %v %+v revision %d told %d\n", id, ok, b, w.count(`select coalesce((select revision from booking where id = $1), 0)`, id), w.told.told[id])
	}
	for _, state := range []string{"applied", "recorded", "echo", "stale", "waiting", "unreadable"} {
		out += fmt.Sprintf("%s %d, ", state, w.count(`select count(*) from dfdg_inbox where state = $1`, state))
	}
	c := w.dfdg.Counts()
	return out + fmt.Sprintf("audit %d, waiting at DFDG %d, confirmed %d", w.count(`select count(*) from audit_entry`), c.Waiting, c.ConfirmedDistinct)
}

func TestAProcessMayDieAnywhereWhileItTakesMessagesIn(t *testing.T) {
	t.Parallel()
	undisturbed := newWorld(t, dfdgsim.Config{})
	bookings := incoming(undisturbed)
	undisturbed.poll()
	// Ids of case workers differ from world to world.
	want := undisturbed.anonymous(undisturbed.traces(bookings))
	for dieAt := 1; ; dieAt++ {
		w := newWorld(t, dfdgsim.Config{})
		bookings := incoming(w)
		m := &mortal{dieAt: dieAt}
		client := w.client(func(next http.RoundTripper) http.RoundTripper { return mortalWire{m, next} })
		_, err := w.poller(client, mortalStore{m, w.store}).Poll(t.Context(), center)
		if !m.dead {
			w.must(err)
			if dieAt < 30 {
				t.Fatalf("only %d steps", dieAt-1)
			}
			t.Logf("%d places to die", dieAt-1)
			break
		}
		w.clock.advance(3 * time.Minute) // the lease runs out
		w.poll()
		if got := w.anonymous(w.traces(bookings)); got != want {
			t.Errorf("died at step %d:\n%s\nwant\n%s", dieAt, got, want)
		}
	}
}

func (w *world) anonymous(s string) string {
	return replace(s, w.workers["A"].String(), "A", w.workers["B"].String(), "B")
}
