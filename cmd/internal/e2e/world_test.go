package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
)

// TestMain lets the program be its own child process, for the tests that kill one.
func TestMain(m *testing.M) {
	if world.IsChild() {
		os.Exit(carryOutUntilKilled())
	}
	pgtest.Main(m)
}

// logbook keeps everything that was logged.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type town struct {
	*world.Local
	t   *testing.T
	ctx context.Context
	log *logbook
}

// newTown brings a world of n counsellors up, read once.
func newTown(t *testing.T, n int, change func(*world.LocalOptions)) *town {
	t.Helper()
	l := &logbook{}
	o := world.LocalOptions{
		DatabaseURL: pgtest.URL(t), Dir: t.TempDir(), Counsellors: n, Weeks: 2,
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&o)
	}
	w, err := world.Start(t.Context(), o)
	town := &town{Local: w, t: t, ctx: t.Context(), log: l}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Errorf("stop the world: %v", err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", tail(l.String(), 6000))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	town.must(w.InitialSync(t.Context()))
	town.must(w.Quiet(t.Context()))
	return town
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) count(sql string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.Pool.QueryRow(w.ctx, sql, args...).Scan(&n))
	return n
}

// blockedAt tells whether a counsellor is known to be busy at the instant.
func (w *town) blockedAt(i int, at time.Time) bool {
	return w.count(`select count(*) from busy_block where case_worker_id = $1 and starts_at <= $2 and ends_at > $2`, w.People[i].ID, at) > 0
}

func (w *town) eventually(what string, holds func() bool) {
	w.t.Helper()
	w.must(w.Eventually(w.ctx, what, func(context.Context) (bool, error) { return holds(), nil }))
}

// workday is a Danish working day so many days ahead, at the hour; never a Monday, which holds the team
// meeting.
func workday(days, hour int) time.Time {
	d := time.Now().In(calendar.Copenhagen()).AddDate(0, 0, days)
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday || d.Weekday() == time.Monday {
		d = d.AddDate(0, 0, 1)
	}
	return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, d.Location())
}
