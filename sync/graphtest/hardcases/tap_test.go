package hardcases

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/translate"
)

// errStopped is what a process that was killed would say if it could.
var errStopped = errors.New("the process was stopped")

// tap stands between one run and the world. It counts the calls that leave the run, and at one of them it may stop
// the process, before or after the call took effect (nothing of the run happens any more then), or let something
// else happen meanwhile.
type tap struct {
	at    int // the call, from 1; 0 = none
	after bool
	stop  bool
	do    func()

	mu    sync.Mutex
	calls []string
	dead  bool
}

func through[T any](t *tap, what string, f func() (T, error)) (T, error) {
	if t == nil {
		return f()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var zero T
	if t.dead {
		return zero, errStopped
	}
	t.calls = append(t.calls, what)
	here := len(t.calls) == t.at
	if here && !t.after && t.strike() {
		return zero, errStopped
	}
	v, err := f()
	if here && t.after && t.strike() {
		return zero, errStopped
	}
	return v, err
}

func (t *tap) strike() (stopped bool) {
	if t.do != nil {
		t.do()
	}
	t.dead = t.stop
	return t.stop
}

func does(t *tap, what string, f func() error) error {
	_, err := through(t, what, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

type tappedGraph struct {
	mailbox.Graph
	tap *tap
}

func (g tappedGraph) Changes(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	return through(g.tap, "Graph.Changes", func() (calendar.Page, error) { return g.Graph.Changes(ctx, user, at, w, own) })
}

func (g tappedGraph) CalendarView(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	return through(g.tap, "Graph.CalendarView", func() (calendar.Page, error) { return g.Graph.CalendarView(ctx, user, at, w, own) })
}

func (g tappedGraph) Event(ctx context.Context, user string, id calendar.EventID, own bool) (calendar.Event, error) {
	return through(g.tap, "Graph.Event", func() (calendar.Event, error) { return g.Graph.Event(ctx, user, id, own) })
}

func (g tappedGraph) FindStamped(ctx context.Context, user, stamp string) ([]calendar.Event, error) {
	return through(g.tap, "Graph.FindStamped", func() ([]calendar.Event, error) { return g.Graph.FindStamped(ctx, user, stamp) })
}

func (g tappedGraph) Create(ctx context.Context, user string, dr calendar.Draft, transactionID string) (calendar.Written, error) {
	return through(g.tap, "Graph.Create", func() (calendar.Written, error) { return g.Graph.Create(ctx, user, dr, transactionID) })
}

func (g tappedGraph) Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	return through(g.tap, "Graph.Update", func() (calendar.Written, error) { return g.Graph.Update(ctx, user, id, o, etag) })
}

func (g tappedGraph) Delete(ctx context.Context, user string, id calendar.EventID) error {
	return does(g.tap, "Graph.Delete", func() error { return g.Graph.Delete(ctx, user, id) })
}

type tappedStore struct {
	mailbox.Store
	tap *tap
}

func (s tappedStore) Begin(ctx context.Context, id int64, now time.Time) (mailbox.Run, error) {
	return through(s.tap, "Store.Begin", func() (mailbox.Run, error) { return s.Store.Begin(ctx, id, now) })
}

func (s tappedStore) Current(ctx context.Context, run mailbox.Run) error {
	return does(s.tap, "Store.Current", func() error { return s.Store.Current(ctx, run) })
}

func (s tappedStore) Own(ctx context.Context, run mailbox.Run) ([]mailbox.Own, error) {
	return through(s.tap, "Store.Own", func() ([]mailbox.Own, error) { return s.Store.Own(ctx, run) })
}

func (s tappedStore) Blocks(ctx context.Context, run mailbox.Run, ids []calendar.EventID) ([]translate.Block, error) {
	return through(s.tap, "Store.Blocks", func() ([]translate.Block, error) { return s.Store.Blocks(ctx, run, ids) })
}

func (s tappedStore) CommitRound(ctx context.Context, run mailbox.Run, r mailbox.Round) error {
	return does(s.tap, "Store.CommitRound", func() error { return s.Store.CommitRound(ctx, run, r) })
}

func (s tappedStore) Hold(ctx context.Context, run mailbox.Run, h mailbox.Held) error {
	return does(s.tap, "Store.Hold", func() error { return s.Store.Hold(ctx, run, h) })
}

func (s tappedStore) Displace(ctx context.Context, run mailbox.Run, lost []uuid.UUID, found []mailbox.OwnChange, notes []mailbox.Note, at time.Time) error {
	return does(s.tap, "Store.Displace", func() error { return s.Store.Displace(ctx, run, lost, found, notes, at) })
}

func (s tappedStore) Prepare(ctx context.Context, run mailbox.Run, booking uuid.UUID, transactionID string, dr calendar.Draft) error {
	return does(s.tap, "Store.Prepare", func() error { return s.Store.Prepare(ctx, run, booking, transactionID, dr) })
}

func (s tappedStore) Change(ctx context.Context, run mailbox.Run, c mailbox.OwnChange, n mailbox.Note) error {
	return does(s.tap, "Store.Change", func() error { return s.Store.Change(ctx, run, c, n) })
}

func (s tappedStore) Failed(ctx context.Context, run mailbox.Run, f mailbox.Failure) error {
	return does(s.tap, "Store.Failed", func() error { return s.Store.Failed(ctx, run, f) })
}

type tappedBookings struct {
	mailbox.Bookings
	tap *tap
}

func (b tappedBookings) MoveFromOutlook(ctx context.Context, booking uuid.UUID, to planner.Span) error {
	return does(b.tap, "Bookings.MoveFromOutlook", func() error { return b.Bookings.MoveFromOutlook(ctx, booking, to) })
}

func (b tappedBookings) CancelFromOutlook(ctx context.Context, booking uuid.UUID) error {
	return does(b.tap, "Bookings.CancelFromOutlook", func() error { return b.Bookings.CancelFromOutlook(ctx, booking) })
}
