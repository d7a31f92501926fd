package mailbox_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

func TestAFirstReadingBlocksWhatTheCounsellorHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	for i := range 7 {
		w.meeting(monday.Add(time.Duration(i)*24*time.Hour), time.Hour, calendar.Busy)
	}
	w.meeting(monday, time.Hour, calendar.Free)
	w.meeting(monday, time.Hour, calendar.OutOfOffice)
	res := w.sync()
	if !res.Full || w.blocks() != 8 || w.state() != "active" {
		t.Fatalf("full %v, %d blocks, state %s; want a full round, 8 blocks, active", res.Full, w.blocks(), w.state())
	}
}

func TestAQuietRoundIsOneRequestAndNoWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.meeting(monday, time.Hour, calendar.Busy)
	w.book(monday.Add(48*time.Hour), time.Hour)
	w.sync()
	w.sync() // takes the echo of its own write
	w.graph.requests, w.graph.writes = 0, 0
	w.sync()
	if w.graph.requests != 1 || w.graph.writes != 0 {
		t.Fatalf("%d requests, %d writes; want 1 and 0", w.graph.requests, w.graph.writes)
	}
}

func TestAnIncrementalRoundFollowsTheCounsellor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	e := w.meeting(monday, time.Hour, calendar.Busy)
	w.sync()
	e.Start, e.End = e.Start.Add(3*time.Hour), e.End.Add(3*time.Hour)
	w.graph.put(e)
	w.meeting(monday.Add(24*time.Hour), time.Hour, calendar.Tentative)
	if res := w.sync(); res.Full || w.blocks() != 2 {
		t.Fatalf("full %v, %d blocks; want an incremental round and 2", res.Full, w.blocks())
	}
	if n := w.count(`select count(*) from busy_block where item_id = $1 and starts_at = $2`, string(e.ID), e.Start); n != 1 {
		t.Fatal("the moved appointment still blocks its old time")
	}
	w.graph.drop(e.ID)
	w.sync()
	if w.blocks() != 1 {
		t.Fatalf("%d blocks after a deletion, want 1", w.blocks())
	}
}

func TestABookingBecomesOneEventAndFollowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	if e := w.ours(id); !e.Start.Equal(monday.Add(24 * time.Hour)) {
		t.Fatalf("event starts %s", e.Start)
	}
	w.move(id, monday.Add(30*time.Hour))
	w.sync()
	if e := w.ours(id); !e.Start.Equal(monday.Add(30 * time.Hour)) {
		t.Fatalf("event starts %s after the move", e.Start)
	}
	if w.blocks() != 0 {
		t.Fatal("our own event blocks time as if it were somebody's")
	}
	w.cancel(id)
	w.sync()
	if n := len(w.graph.live(id.String())); n != 0 {
		t.Fatalf("%d events left of a cancelled booking", n)
	}
	if n := w.count(`select count(*) from outlook_event`); n != 0 {
		t.Fatalf("%d rows left of it", n)
	}
}

func TestAnEditInOutlookIsPutBackAndTheCounsellorsTextStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	start := monday.Add(24 * time.Hour)
	id := w.book(start, time.Hour)
	w.sync()
	e := w.ours(id)
	e.Start, e.End, e.body = start.Add(2*time.Hour), start.Add(3*time.Hour), e.body+"husk nøgler"
	text := e.body
	w.graph.put(e)
	w.sync()
	e = w.ours(id)
	if !e.Start.Equal(start) || e.body != text {
		t.Fatalf("start %s, text kept %v", e.Start, e.body == text)
	}
	if n := w.count(`select count(*) from sync_decision where item_id = $1 and reason = 'moved-in-outlook'`, id.String()); n != 1 {
		t.Fatalf("%d decisions tell administrators of the move, want 1", n)
	}
}

func TestAnAcceptedMoveBecomesARebooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.exec(`update job_center set outlook_move = 'accept'`)
	start := monday.Add(24 * time.Hour)
	id := w.book(start, time.Hour)
	w.sync()
	e := w.ours(id)
	e.Start, e.End = start.Add(2*time.Hour), start.Add(3*time.Hour)
	w.graph.put(e)
	w.sync()
	if n := w.count(`select count(*) from booking where id = $1 and starts_at = $2`, id, start.Add(2*time.Hour)); n != 1 {
		t.Fatal("the booking did not follow")
	}
	w.refuse = true
	e = w.ours(id)
	e.Start, e.End = start.Add(5*time.Hour), start.Add(6*time.Hour)
	w.graph.put(e)
	w.sync()
	w.sync()
	if e := w.ours(id); !e.Start.Equal(start.Add(2 * time.Hour)) {
		t.Fatalf("a move that the planner refuses was not put back: %s", e.Start)
	}
}

func TestADeletedEventIsMadeAgainOnceThenFlagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	first := w.ours(id)
	w.graph.drop(first.ID)
	w.sync()
	second := w.ours(id)
	if second.ID == first.ID {
		t.Fatal("the new event has the old one's id")
	}
	w.graph.drop(second.ID)
	w.sync()
	w.sync()
	if n := len(w.graph.live(id.String())); n != 0 {
		t.Fatal("deleted twice and made again twice: that is a fight")
	}
	if n := w.count(`select count(*) from outlook_event where flagged = 'deleted-again'`); n != 1 {
		t.Fatal("nobody is told")
	}
	if n := w.count(`select count(*) from booking where status = 'booked'`); n != 1 {
		t.Fatal("the citizen's appointment did not survive a deletion in Outlook")
	}
}

func TestAReplacedEventThatComesBackGoesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	first := w.ours(id)
	w.graph.drop(first.ID)
	w.sync()
	w.graph.put(first) // restored from Deleted Items
	w.sync()
	if e := w.ours(id); e.ID == first.ID {
		t.Fatal("the replaced event stayed and the new one went")
	}
}

func TestACopyOfOurEventIsSomebodysAppointment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	c := *w.ours(id)
	c.copyOf, c.ID = c.ID, ""
	c.Start, c.End = c.Start.Add(72*time.Hour), c.End.Add(72*time.Hour)
	w.graph.put(&c)
	w.sync()
	w.move(id, monday.Add(26*time.Hour))
	w.sync()
	if _, there := w.graph.events[c.ID]; !there || w.blocks() != 1 {
		t.Fatalf("copy there: %v, blocks: %d; want it untouched and blocking", there, w.blocks())
	}
	w.ours(id)
}

func TestALostAnswerToACreationMakesNoSecondEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.graph.fail = func(op string) (before, after error) {
		if op == "create" {
			return nil, &calendar.UnavailableError{Code: "timeout"}
		}
		return nil, nil
	}
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); err == nil {
		t.Fatal("a creation with a lost answer was taken for done")
	}
	w.graph.fail = nil
	w.move(id, monday.Add(25*time.Hour)) // and the booking moves before the retry
	w.sync()
	if e := w.ours(id); !e.Start.Equal(monday.Add(25 * time.Hour)) {
		t.Fatalf("event starts %s", e.Start)
	}
}

func TestACancellationAfterALostAnswerLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.graph.fail = func(op string) (before, after error) {
		if op == "create" {
			return nil, &calendar.UnavailableError{Code: "timeout"}
		}
		return nil, nil
	}
	_, _ = w.syncer.Sync(w.ctx, w.mailbox)
	w.graph.fail = nil
	w.cancel(id)
	w.sync()
	if n := len(w.graph.live(id.String())); n != 0 {
		t.Fatalf("%d events left of a cancelled booking", n)
	}
}

func TestAnExpiredDeltaLinkStartsAFullRoundWithoutDeleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	for i := range 20 {
		w.meeting(monday.Add(time.Duration(i)*time.Hour), 30*time.Minute, calendar.Busy)
	}
	w.sync()
	failed := false
	w.graph.fail = func(op string) (before, after error) {
		if op == "changes" && !failed {
			failed = true
			return calendar.ErrResync, nil
		}
		return nil, nil
	}
	if res := w.sync(); !res.Full || w.blocks() != 20 {
		t.Fatalf("full %v, %d blocks; want a full round and 20", res.Full, w.blocks())
	}
}

func TestARoundThatStopsAtAnyPageChangesNothing(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for page := 1; page <= 5; page++ {
		t.Run(fmt.Sprintf("page %d", page), func(t *testing.T) {
			w := newWorld(t, pool)
			for i := range 12 {
				w.meeting(monday.Add(time.Duration(i)*time.Hour), 30*time.Minute, calendar.Busy)
			}
			w.sync()
			w.exec(`update mailbox set full_round_due_at = $2 where id = $1`, w.mailbox, w.now)
			n := 0
			w.graph.fail = func(op string) (before, after error) {
				if n++; n == page {
					return &calendar.UnavailableError{Code: "cut"}, nil
				}
				return nil, nil
			}
			_, err := w.syncer.Sync(w.ctx, w.mailbox)
			if page <= 4 && err == nil {
				t.Fatal("a round that stopped half way was taken for whole")
			}
			if w.blocks() != 12 {
				t.Fatalf("%d blocks, want 12", w.blocks())
			}
		})
	}
}

func TestAMassDeletionIsHeldUntilApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	var all []*fakeEvent
	for i := range 40 {
		all = append(all, w.meeting(monday.Add(time.Duration(i)*time.Hour), 30*time.Minute, calendar.Busy))
	}
	w.sync()
	for _, e := range all[:34] {
		w.graph.drop(e.ID)
	}
	if res := w.sync(); !res.Held || w.blocks() != 40 || w.state() != "held" {
		t.Fatalf("held %v, %d blocks, state %s; want held, 40, held", res.Held, w.blocks(), w.state())
	}
	w.decide(syncdb.Approve)
	if res := w.sync(); res.Held || w.blocks() != 6 || w.state() != "active" {
		t.Fatalf("held %v, %d blocks, state %s; want 6 blocks, active", res.Held, w.blocks(), w.state())
	}
}

func TestAMailboxThatRefusesKeepsItsBlocks(t *testing.T) {
	t.Parallel()
	for reason, state := range map[calendar.MailboxReason]string{calendar.MailboxDenied: "denied", calendar.MailboxMissing: "missing"} {
		w := newWorld(t, pgtest.New(t))
		w.meeting(monday, time.Hour, calendar.Busy)
		w.sync()
		w.graph.fail = func(string) (before, after error) { return &calendar.MailboxError{Reason: reason, Code: "X"}, nil }
		var broken *calendar.MailboxError
		if _, err := w.syncer.Sync(w.ctx, w.mailbox); !errors.As(err, &broken) {
			t.Fatalf("got %v", err)
		}
		if w.state() != state || w.blocks() != 1 {
			t.Fatalf("state %s, %d blocks; want %s and 1", w.state(), w.blocks(), state)
		}
		w.graph.fail = nil
		w.sync()
		if w.state() != "active" {
			t.Fatalf("state %s after access came back", w.state())
		}
	}
}

func TestNobodyAsksAThrottledMailboxBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.graph.fail = func(string) (before, after error) { return &calendar.ThrottledError{After: 90 * time.Second}, nil }
	_, _ = w.syncer.Sync(w.ctx, w.mailbox)
	w.graph.fail, w.graph.requests = nil, 0
	w.now = w.now.Add(89 * time.Second)
	var throttled *calendar.ThrottledError
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); !errors.As(err, &throttled) || throttled.After != time.Second {
		t.Fatalf("got %v, want one second more", err)
	}
	if w.graph.requests != 0 {
		t.Fatalf("%d requests before Retry-After", w.graph.requests)
	}
	w.now = w.now.Add(time.Second)
	w.sync()
}

func TestAnOvertakenRunWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.meeting(monday, time.Hour, calendar.Busy)
	overtaken := false
	w.graph.fail = func(op string) (before, after error) {
		if op == "changes" && !overtaken {
			overtaken = true
			if _, err := w.store.Begin(w.ctx, w.mailbox, w.now); err != nil {
				t.Error(err)
			}
		}
		return nil, nil
	}
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); !errors.Is(err, mailbox.ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", err)
	}
	if w.blocks() != 0 {
		t.Fatal("an overtaken run wrote")
	}
}

func TestTheWindowRollsWithoutAddingOrDeleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	for i := range 60 {
		w.meeting(monday.Add(time.Duration(i)*24*time.Hour), time.Hour, calendar.Busy)
	}
	w.sync()
	for range 40 {
		w.now = w.now.Add(24 * time.Hour)
		res := w.sync()
		if !res.Full || res.Held || res.Blocks != 0 {
			t.Fatalf("%s: full %v, held %v, %d blocks changed; want a full round that changes none", w.now, res.Full, res.Held, res.Blocks)
		}
	}
	if got := w.blocks(); got != 21 {
		t.Fatalf("%d blocks left, want 21 (what ended before yesterday is forgotten)", got)
	}
}

func TestEndlessPagingIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.meeting(monday, time.Hour, calendar.Busy)
	w.syncer.Graph = endless{w.graph}
	w.graph.fail = func(op string) (before, after error) {
		if op == "view" { // the other way of reading fails as well
			return &calendar.UnavailableError{Code: "http-503"}, nil
		}
		return nil, nil
	}
	var unavailable *calendar.UnavailableError
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); !errors.As(err, &unavailable) || unavailable.Code != "endless-paging" {
		t.Fatalf("got %v", err)
	}
}
