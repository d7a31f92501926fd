package calendardb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/soap/externalcalendar"
)

// told is Anna's calendar as a Kommuneklient has told it, and her mailbox, not read yet.
func told(w *world, hours ...int) (box int64) {
	w.t.Helper()
	for _, h := range hours {
		w.tell(create(fmt.Sprint(h), span(4, h)))
	}
	box, err := w.sync.AddMailbox(w.t.Context(), anna.ID, "user-anna", "anna@kommune.dk")
	w.must(err)
	return box
}

func (w *world) sources() calendardb.Sources {
	w.t.Helper()
	s, err := w.SourceOf(w.t.Context(), anna.ID)
	w.must(err)
	return s
}

func (w *world) switchTo(to calendardb.Source) calendardb.Sources {
	w.t.Helper()
	s, err := w.SwitchTo(w.t.Context(), anna.ID, to, "kirsten")
	w.must(err)
	return s
}

func TestASwitchToGraphBlocksWhatWasToldUntilAFullRoundHasCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	box := told(w, 9)
	w.advance(time.Minute)
	w.jobs = nil
	if s := w.switchTo(calendardb.Graph); s.Source != calendardb.Kommuneklient || s.Next != calendardb.Graph {
		t.Fatalf("%+v", s)
	}
	if len(w.jobs) != 1 || w.jobs[0] != (jobargs.SyncMailbox{Mailbox: box}) {
		t.Errorf("jobs %v: no round was ordered", w.jobs)
	}
	asked := w.now()
	// Both are heard; the case worker is offered all the time, although the mailbox is new.
	w.advance(time.Second)
	w.tell(create("10", span(4, 10)))
	spoken := w.now()
	w.advance(time.Second)
	for _, c := range []struct {
		name    string
		started time.Time
		full    bool
	}{
		{"began before the switch", asked.Add(-time.Second), true},
		{"began before the last word", spoken.Add(-time.Millisecond), true},
		{"not full", w.now(), false},
	} {
		w.round(box, c.started, c.full, map[string]planner.Span{"g9": span(4, 9)})
		if s := w.sources(); s.Source != calendardb.Kommuneklient || s.ToldBlocks != 2 {
			t.Errorf("a round that %s ended the switch: %+v", c.name, s)
		}
		if w.offered(span(4, 9)) || w.offered(span(4, 10)) || !w.offered(span(4, 11)) {
			t.Errorf("after a round that %s, times are offered wrongly", c.name)
		}
		var due bool
		w.must(w.pool.QueryRow(t.Context(), `select full_round_due_at <= $2 and next_sweep_at <= $2 from mailbox where id = $1`, box, w.now()).Scan(&due))
		if due != c.full {
			t.Errorf("after a round that %s, another full one is due: %v", c.name, due)
		}
	}
	w.round(box, w.now(), true, map[string]planner.Span{"g9": span(4, 9), "g10": span(4, 10), "g13": span(4, 13)})
	if s := w.sources(); s.Source != calendardb.Graph || s.Next != calendardb.NoSource || s.ToldBlocks != 0 || s.GraphBlocks != 3 {
		t.Fatalf("the switch is not over: %+v", s)
	}
	if w.offered(span(4, 9)) || w.offered(span(4, 10)) || w.offered(span(4, 13)) {
		t.Error("a time that Graph knows is offered")
	}
	if got := w.tell(create("11", span(4, 11))); got[0] != externalcalendar.NotTold {
		t.Errorf("the Kommuneklient is still listened to: %d", got[0])
	}
	var audited int
	w.must(w.pool.QueryRow(t.Context(), `select count(*) from audit_entry where action = 'calendar-source' and case_worker_id = $1`, anna.ID).Scan(&audited))
	if audited != 2 {
		t.Errorf("%d rows in the audit trail, want the order and its end", audited)
	}
}

// A call of the Kommuneklient that holds the lock while the last full round commits must be seen by it.
func TestARoundWaitsForACallUnderWayAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	box := told(w, 9)
	w.advance(time.Minute)
	w.switchTo(calendardb.Graph)
	started := w.now().Add(time.Second)
	tx, err := w.pool.Begin(t.Context())
	w.must(err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	_, err = tx.Exec(t.Context(), `select from calendar_source where case_worker_id = $1 for update`, anna.ID)
	w.must(err)
	_, err = tx.Exec(t.Context(), `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'kommuneklient', 'late', $2, $3, 'busy')`, anna.ID, span(4, 10).Start, span(4, 10).End)
	w.must(err)
	_, err = tx.Exec(t.Context(), `update calendar_source set told_at = $2 where case_worker_id = $1`, anna.ID, started.Add(-time.Millisecond))
	w.must(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.round(box, started, true, map[string]planner.Span{"g9": span(4, 9), "g10": span(4, 10)})
	}()
	for waiting := false; !waiting; {
		select {
		case <-done:
			t.Fatal("the round did not wait")
		default:
			w.must(w.pool.QueryRow(t.Context(), `select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())`).Scan(&waiting))
		}
	}
	w.must(tx.Commit(t.Context()))
	<-done
	if s := w.sources(); s.Source != calendardb.Graph || s.ToldBlocks != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOnlyTheKommuneklientsWordIsStoredWhereItCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	box := told(w, 9)
	w.round(box, w.now(), true, map[string]planner.Span{"g13": span(4, 13)})
	if w.blocks(calendardb.Graph) != 0 || !w.offered(span(4, 13)) {
		t.Error("Graph's blocks are stored beside the Kommuneklient's")
	}
	// What becomes of the mailbox does not matter.
	w.exec(`update mailbox set state = 'denied'`)
	if !w.offered(span(4, 13)) || w.offered(span(4, 9)) {
		t.Error("a mailbox that is denied takes the case worker out of the answers")
	}
	if _, err := w.SwitchTo(t.Context(), anna.ID, calendardb.Graph, "kirsten"); !errors.Is(err, calendardb.ErrMailboxShut) {
		t.Errorf("a switch to a mailbox that is denied: %v", err)
	}
}

func TestASwitchToTheKommuneklientWaitsUntilItHasTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	box, err := w.sync.AddMailbox(t.Context(), anna.ID, "user-anna", "anna@kommune.dk")
	w.must(err)
	today := planner.Span{Start: w.now().Add(10 * time.Hour), End: w.now().Add(11 * time.Hour)}
	far := planner.Span{Start: w.now().AddDate(0, 5, 0), End: w.now().AddDate(0, 5, 0).Add(time.Hour)}
	found := map[string]planner.Span{"today": today, "far": far}
	for i := range 15 {
		found[fmt.Sprint("g", i)] = span(4+i/8, 8+i%8)
	}
	w.round(box, w.now(), true, found)
	w.advance(time.Minute)
	if s := w.switchTo(calendardb.Kommuneklient); s.Source != calendardb.Graph || s.Next != calendardb.Kommuneklient || s.Missing != 15 || s.Reach != 15 {
		t.Fatalf("%+v", s)
	}
	w.advance(time.Hour)
	waits := func(why string) {
		t.Helper()
		w.must(w.Prune(t.Context(), w.now()))
		if s := w.sources(); s.Source != calendardb.Graph || s.GraphBlocks != 17 {
			t.Fatalf("switched although %s: %+v", why, s)
		}
	}
	waits("nothing was told")
	w.tell(create("a", found["g0"]))
	w.advance(time.Hour)
	waits("it has not compared")
	compare := func() {
		_, err := w.ToldEvents(t.Context(), []uuid.UUID{anna.ID, bo.ID}, nil, nil)
		w.must(err)
	}
	compare()
	w.advance(time.Minute)
	waits("it has just compared")
	w.advance(time.Hour)
	waits("most of what Graph knows was not told")
	for i := 1; i < 5; i++ {
		w.tell(create(fmt.Sprint("a", i), found[fmt.Sprint("g", i)]))
	}
	waits("it has just spoken")
	w.advance(15 * time.Minute)
	w.must(w.Prune(t.Context(), w.now()))
	s := w.sources()
	if s.Source != calendardb.Kommuneklient || s.Next != calendardb.NoSource || s.ToldBlocks != 5 || s.GraphBlocks != 2 {
		t.Fatalf("%+v: want what is today and what is far to stay Graph's", s)
	}
	if w.offered(found["g0"]) {
		t.Error("a told time is offered")
	}
	// The day passes, and the far one comes within reach.
	w.advance(24 * time.Hour)
	w.must(w.Prune(t.Context(), w.now()))
	if s := w.sources(); s.GraphBlocks != 1 {
		t.Errorf("yesterday's is still there: %+v", s)
	}
	w.advance(70 * 24 * time.Hour)
	w.must(w.Prune(t.Context(), w.now()))
	if s := w.sources(); s.GraphBlocks != 0 || s.ToldBlocks != 0 {
		t.Errorf("what is within the Kommuneklient's reach, or long past, is still there: %+v", s)
	}
}

func TestASwitchCanBeTakenBackOrEndedByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.SwitchTo(t.Context(), uuid.New(), calendardb.Graph, "kirsten"); !errors.Is(err, calendardb.ErrNoCaseWorker) {
		t.Errorf("%v", err)
	}
	if _, err := w.SwitchTo(t.Context(), anna.ID, calendardb.Graph, "kirsten"); !errors.Is(err, calendardb.ErrNoMailbox) {
		t.Errorf("%v", err)
	}
	if s := w.switchTo(calendardb.Kommuneklient); s.Source != calendardb.Kommuneklient || s.Next != calendardb.NoSource {
		t.Errorf("nobody to take over from: %+v", s)
	}
	box := told(w, 9)
	w.switchTo(calendardb.Graph)
	if s := w.switchTo(calendardb.Kommuneklient); s.Source != calendardb.Kommuneklient || s.Next != calendardb.NoSource || s.ToldBlocks != 1 {
		t.Errorf("taken back: %+v", s)
	}
	w.round(box, w.now(), true, nil)
	if s := w.sources(); s.Source != calendardb.Kommuneklient || s.ToldBlocks != 1 {
		t.Errorf("a round ended what was taken back: %+v", s)
	}
	if _, err := w.FinishNow(t.Context(), anna.ID, "kirsten"); !errors.Is(err, calendardb.ErrNotSwitching) {
		t.Errorf("%v", err)
	}
	w.switchTo(calendardb.Graph)
	w.advance(time.Second)
	w.round(box, w.now(), true, map[string]planner.Span{"g9": span(4, 9), "g10": span(4, 10)})
	w.switchTo(calendardb.Kommuneklient)
	w.tell(create("x", span(4, 15)))
	if s := w.switchTo(calendardb.Graph); s.Source != calendardb.Graph || s.Next != calendardb.NoSource || s.ToldBlocks != 0 || s.GraphBlocks != 2 {
		t.Errorf("taken back: %+v", s)
	}
	w.switchTo(calendardb.Kommuneklient)
	w.exec(`update mailbox set state = 'denied'`)
	s, err := w.FinishNow(t.Context(), anna.ID, "kirsten")
	if err != nil || s.Source != calendardb.Kommuneklient || s.GraphBlocks != 0 {
		t.Errorf("%+v %v", s, err)
	}
}
