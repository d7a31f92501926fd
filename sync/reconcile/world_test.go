package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// content is the owned part of an appointment, in either calendar.
type content struct{ time, text string }

func (c content) version() Version {
	if c == (content{}) {
		return ""
	}
	return Version(c.time + "/" + c.text)
}

// event is one in Outlook. The note stands for all that is the counsellor's: body, categories,
// reminders. The etag changes with every write and sometimes by itself.
type event struct {
	content
	stamp, note string
	etag        int
}

// link is what is stored about a booking's event, a busy block's base, or a replaced event.
type link struct {
	event    string
	base     content
	restores int
	flagged  bool
	sent     bool
}

// world is the two calendars and what is remembered between rounds, in memory. It carries decisions
// out the way package mailbox must, and counts what a test wants to know.
type world struct {
	rules    Rules
	outlook  map[string]event   // by event id; graph
	bookings map[string]content // by booking; cancelled ones are gone
	blocks   map[string]content // by event id
	links    map[string]*link   // by booking
	retired  map[string]bool    // by event id
	ours     map[string]bool    // event ids we ever made
	made     int                // events made so far
	// refuse tells whether the next write to Outlook fails, and whether only after it took effect.
	refuse   func() (fail, afterEffect bool)
	foreign  int // writes to events that we did not make
	writes   int // writes to Outlook
	cancels  int
	reported map[string]bool
}

func newWorld(r Rules) *world {
	return &world{
		rules: r, outlook: map[string]event{}, bookings: map[string]content{}, blocks: map[string]content{},
		links: map[string]*link{}, retired: map[string]bool{}, ours: map[string]bool{}, reported: map[string]bool{},
		refuse: func() (bool, bool) { return false, false },
	}
}

// put writes an event to Outlook; false when the answer was an error, whatever took effect.
func (w *world) put(id string, change func(event) event) bool {
	fail, after := w.refuse()
	if fail && !after {
		return false
	}
	if !w.ours[id] {
		w.foreign++
	}
	w.writes++
	e := change(w.outlook[id])
	e.etag++
	w.outlook[id] = e
	return !fail
}

// snapshot tells what a read of Outlook told: seen names the events that were on the pages, nil for
// all of them to the end; removed are tombstones of events that are indeed gone.
func (w *world) snapshot(seen map[string]bool, removed map[string]bool) Snapshot {
	s := Snapshot{Complete: seen == nil, KnownBlocks: len(w.blocks)}
	told := func(id string) (event, bool) {
		e, ok := w.outlook[id]
		return e, ok && (seen == nil || seen[id])
	}
	isOf := map[string]bool{}
	for _, l := range w.links {
		isOf[l.event] = l.event != ""
	}
	names := map[string]bool{}
	for b := range w.bookings {
		names[b] = true
	}
	for b := range w.links {
		names[b] = true
	}
	for _, b := range sorted(names) {
		it := Item{ID: b, Owner: PlannerOwns, Local: w.bookings[b].version()}
		if l := w.links[b]; l != nil {
			it.Base, it.Restores, it.Flagged, it.Sent = l.base.version(), l.restores, l.flagged, l.sent
			if e, ok := told(l.event); ok {
				it.Remote = e.version()
				it.TimeMoved = e.time != l.base.time
			}
			it.Removed = removed[l.event]
		}
		s.Items = append(s.Items, it)
	}
	ids := map[string]bool{}
	for id := range w.outlook {
		ids[id] = true
	}
	for id := range w.blocks {
		ids[id] = true
	}
	for _, id := range sorted(ids) {
		e, there := told(id)
		_, known := w.links[e.stamp]
		switch {
		case isOf[id]:
		case w.retired[id]:
			s.Items = append(s.Items, Item{ID: id, Owner: Retired, Remote: e.version()})
		default:
			if there && e.stamp != "" && !known && w.bookings[e.stamp] == (content{}) {
				s.Items = append(s.Items, Item{ID: id, Owner: PlannerOwns, Remote: e.version()})
			}
			base := w.blocks[id].version()
			s.Items = append(s.Items, Item{ID: id, Owner: OutlookOwns, Base: base, Local: base, Remote: e.version(), Removed: removed[id]})
		}
	}
	return s
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// carryOut does what the plan says. Effects in the Planner always succeed, being one transaction.
func (w *world) carryOut(p Plan) {
	for _, d := range p.Decisions {
		switch d.Owner {
		case OutlookOwns:
			switch d.Verb {
			case CreateLocal, UpdateLocal:
				w.blocks[d.Item] = w.outlook[d.Item].content
			case DeleteLocal:
				delete(w.blocks, d.Item)
			}
		case Retired:
			if d.Verb == DeleteRemote {
				w.remove(d.Item)
			}
		case PlannerOwns:
			w.booking(d)
		}
	}
}

func (w *world) booking(d Decision) {
	l := w.links[d.Item]
	if l == nil && d.Verb == CreateRemote {
		l = &link{}
		w.links[d.Item] = l
	}
	switch d.Verb {
	case Report:
		w.reported[d.Item] = true
	case Remember:
		l.base, l.flagged, l.restores, l.sent = w.bookings[d.Item], false, d.Restores, false
	case Forget:
		delete(w.links, d.Item)
	case CreateRemote:
		if d.NewGeneration() {
			w.retired[l.event] = true
			*l = link{}
		}
		l.restores, l.flagged, l.sent = d.Restores, false, true
		if l.event == "" { // the transactionId: a retry names the event that may be there already
			w.made++
			l.event = fmt.Sprintf("ours-%d", w.made)
			w.ours[l.event] = true
		}
		if w.put(l.event, func(e event) event { return event{w.bookings[d.Item], d.Item, e.note, e.etag} }) {
			l.base, l.sent = w.bookings[d.Item], false
		}
	case UpdateRemote:
		if _, there := w.outlook[l.event]; !there {
			return // gone: the next read that is whole tells
		}
		if w.put(l.event, func(e event) event { e.content = w.bookings[d.Item]; return e }) {
			l.base, l.restores, l.flagged, l.sent = w.bookings[d.Item], d.Restores, false, false
		}
	case DeleteRemote:
		if w.remove(l.event) {
			delete(w.links, d.Item)
		}
	case AcceptMove:
		e := w.outlook[l.event]
		w.bookings[d.Item] = content{e.time, w.bookings[d.Item].text}
		l.base, l.restores, l.flagged = e.content, d.Restores, false
	case CancelLocal:
		w.cancels++
		delete(w.bookings, d.Item)
		delete(w.links, d.Item)
	case Flag:
		l.flagged = true
	}
}

func (w *world) remove(id string) bool {
	fail, after := w.refuse()
	if fail && !after {
		return false
	}
	if !w.ours[id] {
		w.foreign++
	}
	w.writes++
	delete(w.outlook, id)
	return !fail
}

// round reads, decides and does, and gives the decisions that were more than nothing.
func (w *world) round(seen, removed map[string]bool) ([]Decision, error) {
	p, err := Make(w.snapshot(seen, removed), w.rules)
	if err != nil {
		return nil, err
	}
	w.carryOut(p)
	return slices.DeleteFunc(p.Decisions, func(d Decision) bool { return d.Verb == Nothing }), nil
}

// String lists both calendars.
func (w *world) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(w.outlook)) {
		e := w.outlook[id]
		fmt.Fprintf(&b, "outlook %s %s%s\n", id, e.version(), with(" of ", e.stamp)+with(" note ", e.note))
	}
	for _, id := range slices.Sorted(maps.Keys(w.bookings)) {
		state := ""
		if l := w.links[id]; l != nil && l.flagged {
			state = " flagged"
		}
		fmt.Fprintf(&b, "planner %s %s%s\n", id, w.bookings[id].version(), state)
	}
	for _, id := range slices.Sorted(maps.Keys(w.blocks)) {
		fmt.Fprintf(&b, "block %s %s\n", id, w.blocks[id].version())
	}
	return b.String()
}

func with(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}

// database copies what the Planner stores; Outlook's own memory is not in it.
func (w *world) database() *world {
	c := newWorld(w.rules)
	maps.Copy(c.bookings, w.bookings)
	maps.Copy(c.blocks, w.blocks)
	maps.Copy(c.retired, w.retired)
	for b, l := range w.links {
		copied := *l
		c.links[b] = &copied
	}
	return c
}

// restore puts a copy of the database in place of today's.
func (w *world) restore(backup *world) {
	c := backup.database()
	w.bookings, w.blocks, w.retired, w.links = c.bookings, c.blocks, c.retired, c.links
}
