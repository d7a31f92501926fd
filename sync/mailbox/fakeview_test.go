package mailbox_test

import (
	"context"
	"slices"
	"strconv"

	"kommunalplanner.example/sync/calendar"
)

// CalendarView pages by number, as Graph does: what is deleted meanwhile shifts the rest.
func (g *fakeGraph) CalendarView(_ context.Context, _ string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	if err, _ := g.faults("view"); err != nil {
		return calendar.Page{}, err
	}
	var ids []calendar.EventID
	for id, e := range g.events {
		if e.Start.Before(w.End) && w.Start.Before(e.End) && e.Kind != calendar.Master {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	skip, _ := strconv.Atoi(string(at))
	rest := ids[min(skip, len(ids)):]
	p := calendar.Page{Final: len(rest) <= g.pageLen}
	if !p.Final {
		rest, p.Next = rest[:g.pageLen], calendar.Cursor(strconv.Itoa(skip+g.pageLen))
	}
	for _, id := range rest {
		p.Events = append(p.Events, g.show(g.events[id], own(id)))
	}
	return p, nil
}
