package mailbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/mailbox"
)

// dying is a planner whose process ends at the first move.
type dying struct{ *world }

func (dying) MoveFromOutlook(context.Context, uuid.UUID, planner.Span) error {
	return errors.New("the process was stopped")
}

func TestAMoveThatWasReadAndNotYetFollowedIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.exec(`update job_center set outlook_move = 'accept'`)
	start := monday.Add(24 * time.Hour)
	id := w.book(start, time.Hour)
	w.sync()
	e := w.ours(id)
	e.Start, e.End = start.Add(2*time.Hour), start.Add(3*time.Hour)
	w.graph.put(e)
	w.syncer.Bookings = dying{w}
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); err == nil {
		t.Fatal("a planner that is not there was taken for one that agrees")
	}
	w.syncer.Bookings = w
	w.sync()
	if n := w.count(`select count(*) from booking where id = $1 and starts_at = $2`, id, start.Add(2*time.Hour)); n != 1 {
		t.Fatal("the counsellor's move is forgotten")
	}
}

// committing is a store after whose first commit something else happens.
type committing struct {
	mailbox.Store
	then func()
}

func (c *committing) CommitRound(ctx context.Context, run mailbox.Run, r mailbox.Round) error {
	err := c.Store.CommitRound(ctx, run, r)
	if do := c.then; do != nil {
		c.then = nil
		do()
	}
	return err
}

func TestAnOvertakenRunDoesNotFollowAMoveThatTheCitizenHasUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	w.exec(`update job_center set outlook_move = 'accept'`)
	start := monday.Add(24 * time.Hour)
	id := w.book(start, time.Hour)
	w.sync()
	e := w.ours(id)
	e.Start, e.End = start.Add(2*time.Hour), start.Add(3*time.Hour)
	w.graph.put(e)
	newest := start.Add(6 * time.Hour)
	slow := *w.syncer
	slow.Store = &committing{w.store, func() {
		w.sync() // follows the move
		w.move(id, newest)
		w.sync()
	}}
	if _, err := slow.Sync(w.ctx, w.mailbox); !errors.Is(err, mailbox.ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", err)
	}
	w.sync()
	if n := w.count(`select count(*) from booking where id = $1 and starts_at = $2`, id, newest); n != 1 {
		t.Fatal("the citizen's time was given up for one that the counsellor chose before")
	}
	if e := w.ours(id); !e.Start.Equal(newest) {
		t.Fatalf("the event is at %s", e.Start)
	}
}
