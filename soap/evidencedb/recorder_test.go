package evidencedb

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/evidencedb/dbsqlc"
)

type hasher struct{}

func (hasher) Hash(c planner.CPR) []byte { return []byte("hash of " + c.Reveal()) }

// table is a database that may be away.
type table struct {
	mu    sync.Mutex
	rows  []dbsqlc.RecordParams
	away  bool
	tries chan int // how many rows each try brought
}

func (d *table) write(_ context.Context, rows []dbsqlc.RecordParams) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tries != nil {
		select {
		case d.tries <- len(rows):
		default:
		}
	}
	if d.away {
		return errors.New("connection refused")
	}
	for _, r := range rows {
		if r.Operation == "bad" {
			return &pgconn.PgError{Code: "22021"}
		}
	}
	d.rows = append(d.rows, rows...)
	return nil
}

func (d *table) set(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

func operation(name string) soap.Call { return soap.Call{Operation: name} }

func TestAStopWritesWhatWaits(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var d table
	r := newRecorder(Options{Hasher: hasher{}, Every: time.Hour, Batch: 1000}, d.write)
	cpr, err := planner.ParseCPR("0101901234")
	if err != nil {
		t.Fatal(err)
	}
	for range 700 {
		r.Observe(soap.Call{Operation: "GetSelfbookTimeslots", Asked: soap.Asked{Citizen: cpr}})
	}
	if err := r.Close(t.Context()); err != nil || len(d.rows) != 700 || r.Dropped() != 0 {
		t.Fatalf("%d written, %d dropped, %v", len(d.rows), r.Dropped(), err)
	}
	if got := string(d.rows[0].CitizenHash); got != "hash of 0101901234" {
		t.Errorf("hash %q", got)
	}
	r.Observe(operation("late"))
	if err := r.Close(t.Context()); err != nil || r.Dropped() != 1 {
		t.Errorf("a call after the end: %d dropped, %v", r.Dropped(), err)
	}
}

func TestAFullBatchDoesNotWaitForTheTick(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := table{tries: make(chan int, 1)}
	r := newRecorder(Options{Hasher: hasher{}, Every: time.Hour, Batch: 10}, d.write)
	for range 10 {
		r.Observe(operation("x"))
	}
	if n := <-d.tries; n != 10 {
		t.Errorf("%d rows", n)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCallsWaitWhileTheDatabaseIsAwayAndThoseWithoutRoomAreCounted(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := table{away: true, tries: make(chan int, 1)}
	r := newRecorder(Options{Hasher: hasher{}, Every: time.Millisecond, Batch: 5, Room: 20, Log: slog.New(slog.DiscardHandler)}, d.write)
	r.Observe(operation("first"))
	<-d.tries // the writer holds it
	for range 30 {
		r.Observe(operation("more"))
	}
	if r.Dropped() != 10 {
		t.Errorf("%d dropped, want 10", r.Dropped())
	}
	d.set(false)
	if err := r.Close(t.Context()); err != nil || len(d.rows) != 21 {
		t.Errorf("%d written, %v", len(d.rows), err)
	}
}

func TestAStopGivesUpWhenItsTimeIsOverAndTellsWhatIsLost(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	d := table{away: true}
	r := newRecorder(Options{Hasher: hasher{}, Every: time.Hour}, d.write)
	for range 3 {
		r.Observe(operation("x"))
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Close(over); !errors.Is(err, context.Canceled) || r.Dropped() != 3 {
		t.Errorf("%v, %d dropped", err, r.Dropped())
	}
}

func TestARowThatIsRefusedTakesNoOtherWithIt(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var d table
	r := newRecorder(Options{Hasher: hasher{}, Every: time.Hour}, d.write)
	for _, name := range []string{"a", "bad", "b"} {
		r.Observe(operation(name))
	}
	if err := r.Close(t.Context()); err == nil || len(d.rows) != 2 || r.Dropped() != 1 {
		t.Errorf("%d written, %d dropped, %v", len(d.rows), r.Dropped(), err)
	}
}
