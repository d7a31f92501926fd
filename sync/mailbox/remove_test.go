package mailbox_test

import (
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
)

// An event whose creation got no answer is found again only to be deleted, when its booking was cancelled meanwhile.
// It must be known as replaced by then: somebody may restore it from Deleted Items (graph.md §12.6).
func TestAnEventThatWasFoundOnlyToBeDeletedGoesAgainWhenItComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	id := w.book(monday.Add(24*time.Hour), time.Hour)
	w.graph.fail = func(op string) (before, after error) {
		if op == "create" {
			return nil, &calendar.UnavailableError{Code: "cut"}
		}
		return nil, nil
	}
	_, _ = w.syncer.Sync(w.ctx, w.mailbox)
	w.graph.fail = nil
	event := w.ours(id)
	w.cancel(id)
	w.sync()
	w.graph.put(event) // restored
	w.sync()
	if n := len(w.graph.live(id.String())); n != 0 {
		t.Fatalf("%d events of a cancelled booking", n)
	}
	if w.blocks() != 0 {
		t.Fatal("it blocks as somebody's")
	}
}
