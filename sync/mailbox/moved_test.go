package mailbox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// movedWorld has five bookings and thirty appointments in a mailbox that tells the same as the planner.
func movedWorld(t *testing.T) (*world, []uuid.UUID) {
	w := newWorld(t, pgtest.New(t))
	for i := range 30 {
		w.meeting(monday.Add(time.Duration(i)*time.Hour), 30*time.Minute, calendar.Busy)
	}
	var booked []uuid.UUID
	for i := range 5 {
		booked = append(booked, w.book(monday.Add(time.Duration(50+i)*time.Hour), time.Hour))
	}
	w.sync()
	w.sync()
	return w, booked
}

func (w *world) events() int { return len(w.graph.events) }

func TestAMovedMailboxKeepsEveryMeetingOnce(t *testing.T) {
	t.Parallel()
	w, booked := movedWorld(t)
	w.graph.moveMailbox(nil)
	w.graph.writes = 0
	if res := w.sync(); res.Held || w.graph.writes != 0 || w.events() != 35 || w.blocks() != 30 {
		t.Fatalf("held %v, %d writes, %d events, %d blocks; want 35 events, 30 blocks", res.Held, w.graph.writes, w.events(), w.blocks())
	}
	for _, b := range booked {
		if e := w.ours(b); w.eventID(b) != string(e.ID) {
			t.Errorf("booking %s: known as %s, is %s", b, w.eventID(b), e.ID)
		}
	}
	if n := w.count(`select count(*) from sync_decision where mailbox_id = $1 and reason = $2`, w.mailbox, reconcile.ReasonMovedFound); n != 5 {
		t.Errorf("%d notes of what was found again", n)
	}
	w.graph.requests = 0
	if w.sync(); w.graph.requests != 1 || w.graph.writes != 0 {
		t.Fatalf("not quiet: %d requests, %d writes", w.graph.requests, w.graph.writes)
	}
	// And they are followed under their new ids.
	w.move(booked[0], monday.Add(200*time.Hour))
	w.cancel(booked[1])
	w.sync()
	if !w.ours(booked[0]).Start.Equal(monday.Add(200*time.Hour)) || len(w.graph.live(booked[1].String())) != 0 || w.events() != 34 {
		t.Errorf("a rebooking or cancellation did not reach the moved event")
	}
	// Moved back: the same again.
	w.graph.moveMailbox(nil)
	if w.sync(); w.events() != 34 || w.state() != "active" {
		t.Errorf("moved twice: %d events, state %s", w.events(), w.state())
	}
}

func TestWhatAMovedMailboxLostWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w, booked := movedWorld(t)
	lostOne, twice := w.ours(booked[0]), w.ours(booked[1])
	twin := *twice
	twin.ID, twin.copyOf = "", twice.ID
	w.graph.put(&twin)
	w.sync() // the copy is a block
	w.graph.moveMailbox(func(e *fakeEvent) bool { return e == lostOne })
	w.graph.writes = 0
	for range 3 {
		if res := w.sync(); !res.Held || w.graph.writes != 0 || w.events() != 35 || w.blocks() != 31 || w.state() != "held" {
			t.Fatalf("held %v, %d writes, %d events, %d blocks, %s", res.Held, w.graph.writes, w.events(), w.blocks(), w.state())
		}
	}
	rows := w.held()
	if len(rows) != 2 || rows[0].Reason != string(reconcile.ReasonMovedNotFound) || rows[1].Reason != string(reconcile.ReasonMovedCopies) ||
		rows[0].ItemKind != "booking" || !rows[0].StartsAt.Equal(lostOne.Start) || rows[1].ItemID != booked[1].String() {
		t.Fatalf("held: %+v", rows)
	}
	for _, b := range booked[2:] {
		if w.eventID(b) != string(w.ours(b).ID) {
			t.Errorf("booking %s was not found again", b)
		}
	}
	// A citizen's change waits with the meeting; others go out.
	w.move(booked[0], monday.Add(300*time.Hour))
	w.cancel(booked[4])
	fresh := w.book(monday.Add(310*time.Hour), time.Hour)
	if w.sync(); len(w.graph.live(booked[0].String())) != 0 || len(w.graph.live(booked[4].String())) != 0 {
		t.Fatal("what is lost was written, or a cancellation was not")
	}
	w.ours(fresh)

	// The counsellor deletes the copy: the other one is the meeting's.
	for id, e := range w.graph.events {
		if e.copyOf != "" {
			w.graph.drop(id)
		}
	}
	if res := w.sync(); !res.Held || len(w.held()) != 1 || w.eventID(booked[1]) != string(w.ours(booked[1]).ID) {
		t.Fatalf("held %v, %+v", res.Held, w.held())
	}
	w.decide(syncdb.Approve)
	if res := w.sync(); res.Held || w.state() != "active" {
		t.Fatalf("approved: held %v, %s", res.Held, w.state())
	}
	if !w.ours(booked[0]).Start.Equal(monday.Add(300 * time.Hour)) {
		t.Error("the lost meeting was not made again at its new time")
	}
	w.graph.requests, w.graph.writes = 0, 0
	if w.sync(); w.graph.requests != 1 || w.graph.writes != 0 {
		t.Fatalf("not quiet: %d requests, %d writes", w.graph.requests, w.graph.writes)
	}
}

// Rejected: the meeting is left alone, and the rest of the calendar is followed.
func TestARejectedLossLeavesTheMeetingAlone(t *testing.T) {
	t.Parallel()
	w, booked := movedWorld(t)
	lost := w.ours(booked[0])
	w.graph.moveMailbox(func(e *fakeEvent) bool { return e == lost })
	w.sync()
	w.decide(syncdb.Reject)
	w.meeting(monday.Add(400*time.Hour), time.Hour, calendar.Busy)
	w.graph.writes = 0
	for range 2 {
		if res := w.sync(); res.Held || w.blocks() != 31 || w.graph.writes != 0 {
			t.Fatalf("held %v, %d blocks, %d writes", res.Held, w.blocks(), w.graph.writes)
		}
	}
	// A citizen's change makes it another question; and then the migration catches up.
	w.move(booked[0], monday.Add(300*time.Hour))
	if res := w.sync(); !res.Held || w.graph.writes != 0 {
		t.Fatalf("held %v, %d writes; want held, none", res.Held, w.graph.writes)
	}
	w.graph.put(lost)
	if w.sync(); !w.ours(booked[0]).Start.Equal(monday.Add(300*time.Hour)) || w.state() != "active" || len(w.held()) != 0 {
		t.Errorf("the event that came after all is not followed: %s, %d items", w.state(), len(w.held()))
	}
}

// A pending change meets the missing id first, before any round has told of the move.
func TestAPendingChangeDoesNotDoubleAMeetingOfAMovedMailbox(t *testing.T) {
	t.Parallel()
	w, booked := movedWorld(t)
	w.move(booked[0], monday.Add(300*time.Hour))
	w.cancel(booked[1])
	w.graph.moveMailbox(nil)
	if w.sync(); w.events() != 34 || w.blocks() != 30 {
		t.Fatalf("%d events, %d blocks; want 34, 30", w.events(), w.blocks())
	}
	if !w.ours(booked[0]).Start.Equal(monday.Add(300*time.Hour)) || len(w.graph.live(booked[1].String())) != 0 {
		t.Error("the pending changes did not reach the moved events")
	}
}

// Whoever deletes several meetings in Outlook leaves the other ids as they were.
func TestSeveralMeetingsDeletedInOutlookAreNoMove(t *testing.T) {
	t.Parallel()
	for name, resync := range map[string]bool{"told by the feed": false, "missing from a whole round": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, booked := movedWorld(t)
			for _, b := range booked {
				w.graph.drop(w.ours(b).ID)
			}
			if resync {
				w.exec(`update mailbox set delta_link = null where id = $1`, w.mailbox)
			}
			if res := w.sync(); res.Held {
				t.Fatal("held")
			}
			for _, b := range booked {
				w.ours(b)
			}
		})
	}
	t.Run("nothing else in the calendar", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, pgtest.New(t))
		first, second := w.book(monday.Add(50*time.Hour), time.Hour), w.book(monday.Add(60*time.Hour), time.Hour)
		w.sync()
		w.sync()
		w.graph.drop(w.ours(first).ID)
		w.graph.drop(w.ours(second).ID)
		if res := w.sync(); res.Held {
			t.Fatal("held, though the feed told of the deletions")
		}
		w.ours(first)
		w.ours(second)
	})
}

// Wherever the process ends after a move, the next one goes on: nothing is doubled.
func TestAMoveIsFollowedWhereverTheProcessEnds(t *testing.T) {
	t.Parallel()
	for at := 1; ; at++ {
		w, booked := movedWorld(t)
		lost := w.ours(booked[0])
		w.move(booked[2], monday.Add(300*time.Hour))
		w.graph.moveMailbox(func(e *fakeEvent) bool { return e == lost })
		n := 0
		w.graph.fail = func(string) (before, after error) {
			if n++; n == at {
				return nil, errKilled
			}
			return nil, nil
		}
		_, err := w.syncer.Sync(w.ctx, w.mailbox)
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		through := n < at
		w.graph.fail = nil
		for range 2 {
			w.sync()
		}
		if w.events() != 34 || len(w.held()) != 1 || w.state() != "held" {
			t.Fatalf("stopped at call %d: %d events, %d held, %s", at, w.events(), len(w.held()), w.state())
		}
		if !w.ours(booked[2]).Start.Equal(monday.Add(300 * time.Hour)) {
			t.Fatalf("stopped at call %d: the pending change is lost", at)
		}
		if through {
			t.Logf("%d points", at-1)
			return
		}
	}
}
