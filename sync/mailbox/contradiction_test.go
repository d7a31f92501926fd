package mailbox_test

import (
	"context"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
)

// repeating tells, after each page, older versions of events once more (graph.md §1.2, §10.43).
type repeating struct {
	*fakeGraph
	older []calendar.Event
}

func (g repeating) Changes(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	p, err := g.fakeGraph.Changes(ctx, user, at, w, own)
	if at != "" {
		p.Events = append(p.Events, g.older...)
	}
	return p, err
}

func TestAnOlderVersionThatComesAfterTheNewerDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	e := w.meeting(monday.Add(24*time.Hour), time.Hour, calendar.Busy)
	e.Modified = monday
	w.sync()
	before := e.Event
	e.Start, e.End, e.Modified = e.Start.Add(3*time.Hour), e.End.Add(3*time.Hour), monday.Add(time.Minute)
	w.graph.put(e)
	w.syncer.Graph = repeating{w.graph, []calendar.Event{before}}
	if res := w.sync(); res.Full {
		t.Error("two versions of one event need no full round")
	}
	if n := w.count(`select count(*) from busy_block where starts_at = $1`, e.Start); n != 1 || w.blocks() != 1 {
		t.Fatalf("%d of %d blocks are where the appointment is", n, w.blocks())
	}
}

func TestAnEventToldAsThereAndAsGoneIsLookedForInAFullRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	e := w.meeting(monday.Add(24*time.Hour), time.Hour, calendar.Busy)
	w.sync()
	w.graph.drop(e.ID)
	w.syncer.Graph = repeating{w.graph, []calendar.Event{e.Event}}
	if res := w.sync(); !res.Full || w.blocks() != 0 {
		t.Fatalf("full %v, %d blocks; want a full round and none", res.Full, w.blocks())
	}
}
