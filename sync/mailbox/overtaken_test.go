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

// stalling is a Graph whose first update, or first deletion, reaches it only after something else happened.
type stalling struct {
	*fakeGraph
	meanwhile func()
}

func (g *stalling) stall() {
	if do := g.meanwhile; do != nil {
		g.meanwhile = nil
		do()
	}
}

func (g *stalling) Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	g.stall()
	return g.fakeGraph.Update(ctx, user, id, o, etag)
}

func TestAnOvertakenRunDoesNotWriteAnOlderTimeOverANewerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	w.move(id, monday.Add(26*time.Hour))
	newest := monday.Add(28 * time.Hour)
	slow := *w.syncer
	slow.Graph = &stalling{fakeGraph: w.graph, meanwhile: func() {
		w.move(id, newest)
		w.sync()
	}}
	if _, err := slow.Sync(w.ctx, w.mailbox); !errors.Is(err, mailbox.ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", err)
	}
	if e := w.ours(id); !e.Start.Equal(newest) {
		t.Fatalf("the event is at %s, the booking at %s", e.Start, newest)
	}
}

// busybody is somebody, or some program, who writes to our event all the time.
type busybody struct{ *fakeGraph }

func (g busybody) Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	g.put(g.events[id])
	return g.fakeGraph.Update(ctx, user, id, o, etag)
}

func TestAnUpdateThatMeetsAnotherETagEachTimeIsPutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.sync()
	w.move(id, monday.Add(26*time.Hour))
	w.syncer.Graph = busybody{w.graph}
	w.graph.requests = 0
	var unavailable *calendar.UnavailableError
	if _, err := w.syncer.Sync(w.ctx, w.mailbox); !errors.As(err, &unavailable) || w.graph.requests > 8 {
		t.Fatalf("got %v after %d requests", err, w.graph.requests)
	}
	w.syncer.Graph = w.graph
	w.now = w.now.Add(10 * time.Minute)
	w.sync()
	if e := w.ours(id); !e.Start.Equal(monday.Add(26 * time.Hour)) {
		t.Fatal("the move was forgotten")
	}
}
