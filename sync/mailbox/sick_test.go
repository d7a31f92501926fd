package mailbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
)

// failing fails one operation with err; the others go well.
func failing(op string, err error) func(string) (error, error) {
	return func(o string) (before, after error) {
		if o == op {
			return err, nil
		}
		return nil, nil
	}
}

// counted counts the calls of each operation.
func (w *world) counted(also func(string) (error, error)) map[string]int {
	calls := map[string]int{}
	w.graph.fail = func(op string) (before, after error) {
		calls[op]++
		if also != nil {
			return also(op)
		}
		return nil, nil
	}
	return calls
}

// graph.md §1.5, §12.14.
func TestAFeedWithoutEndIsReadPageByPageForSomeHoursAndThenTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	for i := range 7 {
		w.meeting(monday.Add(time.Duration(i)*24*time.Hour), time.Hour, calendar.Busy)
	}
	ours := w.book(monday.Add(30*time.Hour), time.Hour)
	w.syncer.Graph = endless{w.graph}
	if res := w.sync(); !res.Full || w.blocks() != 7 || w.state() != "active" {
		t.Fatalf("full %v, %d blocks, state %s; want the calendar as it is", res.Full, w.blocks(), w.state())
	}
	if n := len(w.graph.live(ours.String())); n != 1 {
		t.Fatalf("%d events of the booking", n)
	}

	w.syncer.Graph = w.graph
	calls := w.counted(nil)
	gone := w.meeting(monday.Add(50*time.Hour), time.Hour, calendar.Busy)
	w.sync()
	w.graph.drop(gone.ID)
	w.now = w.now.Add(3*time.Hour + 59*time.Minute)
	w.sync()
	if calls["changes"] != 0 || calls["view"] == 0 || w.blocks() != 7 {
		t.Fatalf("calls %v, %d blocks; want none of the feed and 7", calls, w.blocks())
	}
	w.now = w.now.Add(2 * time.Minute)
	clear(calls)
	w.sync()
	w.sync()
	if calls["changes"] == 0 || calls["view"] != 0 || w.blocks() != 7 {
		t.Fatalf("calls %v, %d blocks; want the feed again", calls, w.blocks())
	}
	if n := w.count(`select count(*) from mailbox where delta_link <> '' and feed_shunned_until is null and feed_shuns = 0`); n != 1 {
		t.Fatal("the feed's recovery is not stored")
	}
}

func TestAFeedThatStaysSickIsTriedLessAndLessOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.syncer.Graph = endless{w.graph}
	for _, want := range []time.Duration{4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		w.sync()
		var until time.Time
		w.must(w.pool.QueryRow(w.ctx, `select feed_shunned_until from mailbox`).Scan(&until))
		if got := until.Sub(w.now); got != want {
			t.Fatalf("left alone for %s, want %s", got, want)
		}
		w.now = until
	}
}

// A gateway's time-out may be chance once; twice in a row the feed is what is wrong (graph.md §1.5: 504 for
// endless recurrences).
func TestAGatewayThatGivesUpTwiceLeadsToPlainPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.meeting(monday, time.Hour, calendar.Busy)
	calls := w.counted(failing("changes", &calendar.UnavailableError{Code: "http-504"}))
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); err == nil || calls["view"] != 0 {
		t.Fatalf("err %v, calls %v", err, calls)
	}
	w.sync()
	if w.blocks() != 1 || calls["view"] != 1 {
		t.Fatalf("%d blocks, calls %v", w.blocks(), calls)
	}
}

func TestAnAppointmentThatSlipsThroughPlainPagesOnceStillBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	var all []*fakeEvent
	for i := range 9 {
		all = append(all, w.meeting(monday.Add(time.Duration(i)*24*time.Hour), time.Hour, calendar.Busy))
	}
	w.syncer.Graph = endless{w.graph}
	w.sync()
	w.syncer.Graph = w.graph
	// Deleting the first between two pages moves the fourth onto the page that was read already.
	views := 0
	w.graph.fail = func(op string) (before, after error) {
		if op == "view" {
			if views++; views == 2 {
				w.graph.drop(all[0].ID)
			}
		}
		return nil, nil
	}
	w.sync()
	if n := w.count(`select count(*) from busy_block where item_id = $1`, string(all[3].ID)); n != 1 {
		t.Fatal("an appointment that was there all the time no longer blocks")
	}
	w.sync()
	if w.blocks() != 8 {
		t.Fatalf("%d blocks after the next round, want 8", w.blocks())
	}
}

func (w *world) quarantinedFor() time.Duration {
	w.t.Helper()
	var until *time.Time
	w.must(w.pool.QueryRow(w.ctx, `select quarantined_until from mailbox where id = $1`, w.mailbox).Scan(&until))
	if until == nil {
		return 0
	}
	return until.Sub(w.now)
}

// graph.md §12.42: one poisoned mailbox must not starve the others.
func TestASickMailboxIsLeftUnreadLongerAndLongerAndItsBookingsAreWritten(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	w, well := newWorld(t, pool), newWorld(t, pool)
	bad := &calendar.UnavailableError{Code: "timeout"}
	broken := func(op string) (before, after error) {
		if op == "changes" || op == "view" {
			return bad, nil
		}
		return nil, nil
	}
	calls := w.counted(broken)
	for round, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute} {
		for i := 0; w.quarantinedFor() <= 0; i++ {
			if i > 3 {
				t.Fatalf("not in quarantine after %d failures", i)
			}
			if _, err := w.syncer.Sync(w.ctx, w.mailbox); err == nil {
				t.Fatal("a failed reading was taken for a good one")
			}
			w.now = w.now.Add(time.Minute)
			well.now = w.now
			well.sync()
		}
		if got := w.quarantinedFor() + time.Minute; got != want {
			t.Fatalf("quarantine %d is %s, want %s", round+1, got, want)
		}
		clear(calls)
		id := w.book(w.now.Add(time.Duration(round+1)*24*time.Hour), time.Hour)
		w.sync()
		if calls["changes"]+calls["view"] != 0 || len(w.graph.live(id.String())) != 1 {
			t.Fatalf("calls %v; want the booking written and nothing read", calls)
		}
		w.now = w.now.Add(want)
	}
	w.graph.fail = nil
	w.sync()
	if n := w.count(`select count(*) from mailbox where id = $1 and quarantined_until is null and quarantines = 0 and sick_rounds = 0`, w.mailbox); n != 1 {
		t.Fatal("the quarantine outlives the illness")
	}
}

func TestAnOutageOfAllMailboxesQuarantinesNone(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	a, b := newWorld(t, pool), newWorld(t, pool)
	a.sync()
	b.sync()
	for range 6 {
		for _, w := range []*world{a, b} {
			w.now = w.now.Add(time.Minute)
			w.graph.fail = func(string) (before, after error) { return &calendar.UnavailableError{Code: "timeout"}, nil }
			if _, err := w.syncer.Sync(w.ctx, w.mailbox); err == nil {
				t.Fatal("no error")
			}
			if w.quarantinedFor() != 0 {
				t.Fatal("a mailbox is in quarantine for an illness of Microsoft's")
			}
		}
	}
}

// stuck answers when its caller gives up.
type stuck struct{ *fakeGraph }

func (stuck) Changes(ctx context.Context, _ string, _ calendar.Cursor, _ calendar.Window, _ func(calendar.EventID) bool) (calendar.Page, error) {
	<-ctx.Done()
	return calendar.Page{}, &calendar.UnavailableError{Code: "timeout", Err: ctx.Err()}
}

func TestARunThatTakesTooLongIsStoredAsSuchBeforeItsJobEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.syncer.Graph = stuck{w.graph}
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
	defer cancel()
	_, err := w.syncer.Sync(ctx, w.mailbox)
	var unavailable *calendar.UnavailableError
	if !errors.As(err, &unavailable) || unavailable.Code != "too-slow" || unavailable.After == 0 || ctx.Err() != nil {
		t.Fatalf("got %v, job's time over: %v", err, ctx.Err())
	}
	if n := w.count(`select count(*) from mailbox where sick_rounds = 1 and last_error = 'too-slow' and failures = 1`); n != 1 {
		t.Fatal("the failure is not stored")
	}
}

func TestMailboxesComeBackFromAnOutageOneByOne(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	seen := map[time.Duration]bool{}
	for range 8 {
		w := newWorld(t, pool)
		w.graph.fail = func(string) (before, after error) { return &calendar.UnavailableError{Code: "http-503"}, nil }
		_, err := w.syncer.Sync(w.ctx, w.mailbox)
		var unavailable *calendar.UnavailableError
		if !errors.As(err, &unavailable) || unavailable.After < 5*time.Second || unavailable.After > 7500*time.Millisecond {
			t.Fatalf("got %v, %+v", err, unavailable)
		}
		seen[unavailable.After] = true
	}
	if len(seen) != 8 {
		t.Fatalf("8 mailboxes wait %d different times", len(seen))
	}
}

var _ mailbox.LeaseStore = (*leases)(nil)
