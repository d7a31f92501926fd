package service

import (
	"log/slog"
	"testing"
	"time"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
	"kommunalplanner.example/planner/summonsdb"
	"kommunalplanner.example/sync/syncdb"
)

func TestATickStartsEachKindOfRetentionOnceUntilItIsDue(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	log, clock := slog.New(slog.DiscardHandler), func() time.Time { return now }
	out, err := jobs.NewOutbox(pool, log)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: make([]byte, 32)}, 1, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	mass := summonsdb.New(pool, summonsdb.Options{Planner: plannerdb.New(pool, plannerdb.Options{Sealer: sealer}), Sealer: sealer, Outbox: out, Now: clock, Log: log})
	u := upkeep{sync: syncdb.New(pool, out, clock, log), summons: mass, records: recorddb.New(pool, recorddb.Options{Now: clock}), outbox: out}
	start := func() (waiting int) {
		t.Helper()
		if _, _, err := u.StartDue(t.Context(), now, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := pool.QueryRow(t.Context(), `select count(*) from river_job where kind = 'retain' and queue = 'retention' and state = 'available'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		return waiting
	}
	all := len(recorddb.Kinds())
	if a, b := start(), start(); a != all || b != all {
		t.Errorf("%d jobs, then %d", a, b)
	}
	if _, err := pool.Exec(t.Context(), `update river_job set state = 'completed', finalized_at = now() where kind = 'retain'`); err != nil {
		t.Fatal(err)
	}
	for _, k := range recorddb.Kinds() {
		if _, err := u.records.Retain(t.Context(), k.Name, "clock"); err != nil {
			t.Fatal(err)
		}
	}
	if n := start(); n != 0 {
		t.Errorf("%d jobs on the same day", n)
	}
	if now = now.Add(25 * time.Hour); start() != all {
		t.Error("none the next day")
	}
}
