package mailbox

import (
	"context"
	"fmt"
	"hash/fnv"

	"kommunalplanner.example/sync/calendar"
)

// Bounds of one round. Graph can page for ever on mailboxes with heavy recurrence (graph.md §1.5,
// §12.14), so a round is given up when it passes them or when pages repeat.
const (
	maxPages       = 2000
	maxItems       = 200_000
	maxRepeatPages = 5
)

// reading is a round read to its end: of each item the last that was said.
type reading struct {
	events  map[calendar.EventID]calendar.Event
	removed map[calendar.EventID]bool
	link    calendar.Cursor
	// contradicted: an event was told both as there and as gone, in whatever order.
	contradicted bool
}

// take adds a page. Of two versions of an event the one that was changed last counts, of equals the later word.
func (r *reading) take(p calendar.Page) {
	for _, e := range p.Events {
		if old, twice := r.events[e.ID]; !twice || !e.Modified.Before(old.Modified) {
			r.events[e.ID] = e
		}
	}
	for _, id := range p.Removed {
		r.removed[id] = true
	}
}

// finish settles contradictions for the event: a full round tells what is there, and old tombstones with it
// (graph.md §1.2). After an incremental one the caller reads a full one.
func (r *reading) finish(link calendar.Cursor) {
	r.link = link
	for id := range r.removed {
		if _, there := r.events[id]; there {
			r.contradicted = true
			delete(r.removed, id)
		}
	}
}

// series tells whether anything of a recurring series is in it.
func (r reading) series() bool {
	for _, e := range r.events {
		if e.Kind != calendar.Single || e.SeriesID != "" {
			return true
		}
	}
	return false
}

// readRound reads pages from at to the end of the round.
func (s *Syncer) readRound(ctx context.Context, run Run, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (reading, error) {
	r := reading{events: map[calendar.EventID]calendar.Event{}, removed: map[calendar.EventID]bool{}}
	var last uint64
	items, repeats := 0, 0
	for page := 1; ; page++ {
		p, err := s.Graph.Changes(ctx, run.User, at, w, own)
		if err != nil {
			return reading{}, fmt.Errorf("read page %d of mailbox %d: %w", page, run.Mailbox, err)
		}
		r.take(p)
		if p.Final {
			r.finish(p.Next)
			return r, nil
		}
		items += len(p.Events) + len(p.Removed)
		if sum := pageSum(p); len(p.Events) > 0 && sum == last {
			repeats++
		} else {
			last, repeats = sum, 0
		}
		if page >= maxPages || items > maxItems || repeats >= maxRepeatPages {
			return reading{}, &calendar.UnavailableError{Code: codeEndless}
		}
		at = p.Next
	}
}

func pageSum(p calendar.Page) uint64 {
	h := fnv.New64a()
	for _, e := range p.Events {
		_, _ = h.Write([]byte(e.ID))
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(e.ETag))
		_, _ = h.Write([]byte{1})
	}
	return h.Sum64()
}
