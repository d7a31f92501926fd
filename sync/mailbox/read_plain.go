package mailbox

import (
	"context"
	"fmt"

	"kommunalplanner.example/sync/calendar"
)

// readPlain reads the whole window by plain paging, which needs no sync state at Graph: what is left when the
// change feed of a mailbox is out of order (graph.md §1.5). Occurrences come full and masters not at all. What
// it gives is a full round without a link.
//
// Plain pages are counted off with $skip, so an appointment may slip through between two of them when
// another is deleted meanwhile. Absence would free its time, so what fills more than one page is read twice
// and counts as absent only if it was missing both times.
func (s *Syncer) readPlain(ctx context.Context, run Run, w calendar.Window, own func(calendar.EventID) bool) (reading, error) {
	r := reading{events: map[calendar.EventID]calendar.Event{}, removed: map[calendar.EventID]bool{}}
	pages, err := s.readPlainOnce(ctx, run, w, own, r)
	if err == nil && pages > 1 {
		_, err = s.readPlainOnce(ctx, run, w, own, r)
	}
	if err != nil {
		return reading{}, err
	}
	return r, nil
}

func (s *Syncer) readPlainOnce(ctx context.Context, run Run, w calendar.Window, own func(calendar.EventID) bool, r reading) (pages int, err error) {
	var at calendar.Cursor
	items := 0
	for page := 1; ; page++ {
		p, err := s.Graph.CalendarView(ctx, run.User, at, w, own)
		if err != nil {
			return page, fmt.Errorf("read plain page %d of mailbox %d: %w", page, run.Mailbox, err)
		}
		for _, e := range p.Events {
			r.events[e.ID] = e
		}
		if p.Final {
			return page, nil
		}
		if items += len(p.Events); page >= maxPages || items > maxItems {
			return page, &calendar.UnavailableError{Code: codeEndless}
		}
		at = p.Next
	}
}
