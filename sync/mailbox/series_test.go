package mailbox_test

import (
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
)

// Of a series that is deleted, or whose last occurrence is, Graph may send a tombstone for the master and none for
// the occurrences (graph.md §10.39). The master is no block, but the blocks that remember it are gone with it.
func TestADeletedSeriesFreesItsTimesWhenOnlyItsMasterIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pgtest.New(t))
	master := &fakeEvent{Event: calendar.Event{ID: "master", Kind: calendar.Master, Start: monday, End: monday.Add(time.Hour), ShowAs: calendar.Busy}}
	w.graph.put(master)
	for week := range 3 {
		start := monday.AddDate(0, 0, 7*week)
		w.graph.put(&fakeEvent{Event: calendar.Event{Kind: calendar.Occurrence, SeriesID: master.ID, Start: start, End: start.Add(time.Hour)}})
	}
	w.meeting(monday.Add(3*time.Hour), time.Hour, calendar.Busy)
	w.sync()
	if w.blocks() != 4 {
		t.Fatalf("%d blocks, want 4", w.blocks())
	}
	for id, e := range w.graph.events {
		if e.SeriesID == master.ID {
			delete(w.graph.events, id) // without a word in the feed
		}
	}
	w.graph.drop(master.ID)
	if res := w.sync(); !res.Full || w.blocks() != 1 {
		t.Fatalf("full %v, %d blocks; want a full round and 1", res.Full, w.blocks())
	}
}
