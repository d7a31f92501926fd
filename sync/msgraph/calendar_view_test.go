package msgraph

import (
	"fmt"
	"testing"
	"time"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

// plain reads the whole window by plain pages.
func (s *simulated) plain(own func(calendar.EventID) bool) (events map[calendar.EventID]calendar.Event, pages int) {
	s.t.Helper()
	events = map[calendar.EventID]calendar.Event{}
	var at calendar.Cursor
	for {
		p, err := s.CalendarView(s.t.Context(), s.user, at, simWindow, own)
		if err != nil {
			s.t.Fatal(err)
		}
		pages++
		for _, e := range p.Events {
			events[e.ID] = e
		}
		if p.Final {
			return events, pages
		}
		at = p.Next
	}
}

// graph.md §1.5: what is left when the feed does not end.
func TestPlainPagesTellWhatTheFeedWouldWhileItDoesNotEnd(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	o := s.outlook()
	ours := s.create(draft, "tx")
	if _, err := o.Create(graphEvent("a", "2026-12-02T09:00:00", "2026-12-02T10:00:00")); err != nil {
		t.Fatal(err)
	}
	series := graphEvent("standup", "2026-12-07T09:00:00", "2026-12-07T09:15:00")
	series["showAs"] = "oof"
	series["recurrence"] = map[string]any{
		"pattern": map[string]any{"type": "daily", "interval": 1},
		"range":   map[string]any{"type": "numbered", "startDate": "2026-12-07", "numberOfOccurrences": 5},
	}
	master, err := o.Create(series)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DeleteOccurrence(master, time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	isOurs := func(id calendar.EventID) bool { return id == ours.ID }
	feed, _, _, _ := s.round("", isOurs)
	s.fault(graphsim.Fault{Kind: graphsim.FaultDeltaEndless})
	view, pages := s.plain(isOurs)
	if pages != 1 || len(view) != 6 {
		t.Fatalf("%d events on %d pages, want 6 on one", len(view), pages)
	}
	for id, e := range view {
		f, told := feed[id]
		if !told || !f.Start.Equal(e.Start) || !f.End.Equal(e.End) || f.Kind != e.Kind || f.SeriesID != e.SeriesID {
			t.Errorf("view %+v, feed %+v", e, f)
		}
		if e.Kind == calendar.Occurrence && e.ShowAs != calendar.OutOfOffice {
			t.Errorf("an occurrence does not say by itself how it is shown: %+v", e)
		}
	}
	if e := view[ours.ID]; e.Owned == nil || e.Owned.Subject != winter.Subject {
		t.Errorf("ours: %+v %+v", e, e.Owned)
	}
}

func TestPlainPagesAreFollowedToTheEnd(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	o := s.outlook()
	for i := range 1003 {
		at := time.Date(2026, 12, 1, 0, i, 0, 0, time.UTC).Format("2006-01-02T15:04:05")
		if _, err := o.Create(graphEvent(fmt.Sprint(i), at, at)); err != nil {
			t.Fatal(err)
		}
	}
	if view, pages := s.plain(nil); len(view) != 1003 || pages != 2 {
		t.Fatalf("%d events on %d pages", len(view), pages)
	}
}
