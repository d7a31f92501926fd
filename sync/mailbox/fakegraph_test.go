package mailbox_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// fakeGraph is one mailbox in memory with the feed's habits that matter here: frozen windows, tombstones
// for strangers, echoes of own writes, etags that change by themselves, transaction ids. What Graph does on
// the wire is graphsim's business.
type fakeGraph struct {
	events map[calendar.EventID]*fakeEvent
	log    []calendar.EventID // every change, in order
	serial int
	tx     map[string]calendar.EventID

	requests, writes int
	moves            int // of the mailbox; a cursor from before one is of no use
	// fail, when set, may fail the n-th call of an operation before or after it took effect.
	fail func(op string) (before, after error)
	// phantom adds tombstones for ids nobody knows.
	phantom bool
	pageLen int
	// adopted tells whether the sync took a copy for the original, as it may once in a moved mailbox.
	adopted func(calendar.EventID) bool
}

type fakeEvent struct {
	calendar.Event
	subject, body string
	ours          bool
	stamp         string
	copyOf        calendar.EventID
	touched       bool // a foreign event that somebody but the counsellor wrote to
}

func newFakeGraph() *fakeGraph {
	return &fakeGraph{events: map[calendar.EventID]*fakeEvent{}, tx: map[string]calendar.EventID{}, pageLen: 3, adopted: func(calendar.EventID) bool { return false }}
}

func (g *fakeGraph) faults(op string) (before, after error) {
	g.requests++
	if g.fail == nil {
		return nil, nil
	}
	return g.fail(op)
}

// put stores an event as the counsellor or Exchange would, with a new etag.
func (g *fakeGraph) put(e *fakeEvent) {
	g.serial++
	e.ETag = "etag-" + strconv.Itoa(g.serial)
	if e.ID == "" {
		e.ID = calendar.EventID("event-" + strconv.Itoa(g.serial))
	}
	g.events[e.ID] = e
	g.log = append(g.log, e.ID)
}

func (g *fakeGraph) drop(id calendar.EventID) {
	delete(g.events, id)
	g.log = append(g.log, id)
}

func (g *fakeGraph) Changes(_ context.Context, _ string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	if err, _ := g.faults("changes"); err != nil {
		return calendar.Page{}, err
	}
	// A cursor is "moves|from|to|skip|start|end" over the log; from -1 means everything.
	from, to, skip := -1, len(g.log), 0
	if at != "" {
		var start, end int64
		var moves int
		if _, err := fmt.Sscanf(string(at), "%d|%d|%d|%d|%d|%d", &moves, &from, &to, &skip, &start, &end); err != nil || moves != g.moves {
			return calendar.Page{}, calendar.ErrResync
		}
		if to < 0 {
			to = len(g.log)
		}
		w = calendar.Window{Start: time.Unix(start, 0), End: time.Unix(end, 0)}
	}
	var ids []calendar.EventID
	if from < 0 {
		for id := range g.events {
			ids = append(ids, id)
		}
		slices.Sort(ids)
	} else {
		ids = slices.Clone(g.log[from:to])
	}
	cursor := func(from, to, skip int) calendar.Cursor {
		return calendar.Cursor(fmt.Sprintf("%d|%d|%d|%d|%d|%d", g.moves, from, to, skip, w.Start.Unix(), w.End.Unix()))
	}
	var p calendar.Page
	rest := ids[min(skip, len(ids)):]
	more := len(rest) > g.pageLen
	if more {
		rest = rest[:g.pageLen]
	}
	for _, id := range rest {
		e, ok := g.events[id]
		switch {
		case ok && e.Start.Before(w.End) && w.Start.Before(e.End):
			p.Events = append(p.Events, g.show(e, own(id)))
		case from >= 0:
			p.Removed = append(p.Removed, id)
		}
	}
	if g.phantom {
		p.Removed = append(p.Removed, "event-of-nobody")
	}
	if more {
		p.Next = cursor(from, to, skip+g.pageLen)
		return p, nil
	}
	p.Final = true
	p.Next = cursor(to, -1, 0)
	return p, nil
}

func (g *fakeGraph) show(e *fakeEvent, own bool) calendar.Event {
	out := e.Event
	if own {
		out.Owned = &calendar.Owned{Start: e.Start, End: e.End, ShowAs: e.ShowAs, Subject: e.subject}
	}
	return out
}

func (g *fakeGraph) Event(_ context.Context, _ string, id calendar.EventID, own bool) (calendar.Event, error) {
	if err, _ := g.faults("get"); err != nil {
		return calendar.Event{}, err
	}
	e, ok := g.events[id]
	if !ok {
		return calendar.Event{}, calendar.ErrGone
	}
	return g.show(e, own), nil
}

func (g *fakeGraph) FindStamped(_ context.Context, _, stamp string) ([]calendar.Event, error) {
	if err, _ := g.faults("find"); err != nil {
		return nil, err
	}
	var found []calendar.Event
	for _, e := range g.events {
		if strings.EqualFold(e.stamp, stamp) {
			found = append(found, g.show(e, false))
		}
	}
	return found, nil
}

// moveMailbox gives every event another id, as a migration does. The feed starts anew: old links are of no use.
func (g *fakeGraph) moveMailbox(lose func(*fakeEvent) bool) {
	all := g.events
	g.events, g.log, g.tx = map[calendar.EventID]*fakeEvent{}, nil, map[string]calendar.EventID{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		e := all[id]
		if lose != nil && lose(e) {
			continue
		}
		e.ID = ""
		g.put(e)
	}
	g.moves++
}

func (g *fakeGraph) Create(_ context.Context, _ string, d calendar.Draft, tx string) (calendar.Written, error) {
	before, after := g.faults("create")
	if before != nil {
		return calendar.Written{}, before
	}
	if id, seen := g.tx[tx]; seen {
		if e, ok := g.events[id]; ok {
			return calendar.Written{ID: id, ETag: e.ETag}, after
		}
		return calendar.Written{ID: id, ETag: "old"}, after
	}
	e := &fakeEvent{Event: calendar.Event{Kind: calendar.Single, Start: d.Start, End: d.End, ShowAs: d.ShowAs}, subject: d.Subject, body: d.Body, ours: true, stamp: d.Stamp}
	g.put(e)
	g.writes++
	g.tx[tx] = e.ID
	return calendar.Written{ID: e.ID, ETag: e.ETag}, after
}

func (g *fakeGraph) Update(_ context.Context, _ string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	before, after := g.faults("update")
	if before != nil {
		return calendar.Written{}, before
	}
	e, ok := g.events[id]
	if !ok {
		return calendar.Written{}, calendar.ErrGone
	}
	if etag != "" && etag != e.ETag {
		return calendar.Written{}, calendar.ErrConflict
	}
	if !e.ours {
		e.touched = true
	}
	e.Start, e.End, e.ShowAs, e.subject = o.Start, o.End, o.ShowAs, o.Subject
	g.put(e)
	g.writes++
	return calendar.Written{ID: id, ETag: e.ETag}, after
}

func (g *fakeGraph) Delete(_ context.Context, _ string, id calendar.EventID) error {
	before, after := g.faults("delete")
	if before != nil {
		return before
	}
	e, ok := g.events[id]
	if !ok {
		return calendar.ErrGone
	}
	if !e.ours || e.copyOf != "" && !g.adopted(id) {
		panic("the sync deleted an event that it did not make: " + string(id))
	}
	g.drop(id)
	g.writes++
	return after
}

// live are the events that carry the stamp and are no copies.
func (g *fakeGraph) live(stamp string) []*fakeEvent {
	var out []*fakeEvent
	for _, e := range g.events {
		if strings.EqualFold(e.stamp, stamp) && e.copyOf == "" {
			out = append(out, e)
		}
	}
	return out
}
