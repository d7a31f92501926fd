package graphsim

import (
	"maps"
	"slices"
	"time"
)

// event is one version of an item, and is never changed once it is committed: a write clones it.
// Old versions stay, for feeds that lag behind and for rounds that are under way.
type event struct {
	key      uint64
	folder   uint32 // counts moves between folders; part of the classic id
	calendar int    // number of the folder
	state    itemState
	change   uint64 // grows with each version; the changeKey
	uid      [16]byte
	created  time.Time
	modified time.Time
	txn      string // transactionId

	// organizer is who owns the meeting. Where it is not the mailbox, response is the owner's answer.
	organizer   person
	isOrganizer bool
	response    string
	responseAt  time.Time

	content

	// Of a series: what departs from the pattern, by the day the occurrence had at first.
	exceptions map[day]*exception
	cancelled  map[day]bool
}

type itemState int

const (
	live    itemState = iota
	trashed           // in Deleted Items
	purged            // gone for good
)

// exception is an occurrence that was edited.
type exception struct {
	content
	change   uint64
	created  time.Time
	modified time.Time
	// own names the properties that no longer follow the master.
	own map[string]bool
}

// content is what a client may write.
type content struct {
	subject     string
	html        string
	text        string // of html; made when it is written, for each reading shows its beginning
	importance  string
	sensitivity string
	showAs      string
	allDay      bool
	start, end  moment
	isCancelled bool
	reminderOn  bool
	reminder    int // minutes before the start
	responseReq bool
	newTimes    bool // allowNewTimeProposals
	hideOthers  bool // hideAttendees
	online      bool
	provider    string
	onlineURL   string
	categories  []string
	locations   []location
	attendees   []attendee
	recurrence  *recurrence
	props       map[string]string   // single-value extended properties by canonical id
	multiProps  map[string][]string // multi-value
	extensions  []extension
}

// moment is a point in time with the zone it was written in. Of an all-day event it is UTC midnight
// of the date: all-day events are dates, and Graph compares them with windows as such (behaviour 35).
type moment struct {
	at   time.Time
	zone string
	loc  *time.Location
}

type person struct{ name, address string }

type location struct {
	name  string
	kind  string
	email string
	uri   string
}

type attendee struct {
	person
	kind     string // required, optional, resource
	response string
	at       time.Time
}

func (e *event) clone() *event {
	c := *e
	c.exceptions = maps.Clone(e.exceptions)
	c.cancelled = maps.Clone(e.cancelled)
	c.content = e.content.clone()
	return &c
}

func (c content) clone() content {
	c.categories = slices.Clone(c.categories)
	c.locations = slices.Clone(c.locations)
	c.attendees = slices.Clone(c.attendees)
	c.props = maps.Clone(c.props)
	c.multiProps = maps.Clone(c.multiProps)
	c.extensions = slices.Clone(c.extensions)
	if c.recurrence != nil {
		r := *c.recurrence
		r.weekdays = slices.Clone(r.weekdays)
		c.recurrence = &r
	}
	return c
}

// intersects is Graph's overlap rule; an event of no length counts at its instant.
func (c *content) intersects(from, to time.Time) bool {
	return c.start.at.Before(to) && (c.end.at.After(from) || c.end.at.Equal(c.start.at) && !c.start.at.Before(from))
}

// seriesLoc is the zone a series keeps its wall clock in.
func (e *event) seriesLoc() *time.Location {
	if e.allDay {
		return time.UTC
	}
	return e.start.loc
}

// spanOn places the pattern's times on day d.
func (e *event) spanOn(d day) (start, end moment) {
	start, end = e.start, e.end
	if e.allDay {
		shift := d.midnight().Sub(e.start.at)
		start.at, end.at = e.start.at.Add(shift), e.end.at.Add(shift)
		return start, end
	}
	loc := e.seriesLoc()
	ws, we := wallOf(e.start.at, loc), wallOf(e.end.at, loc)
	shift := d.midnight().Sub(dayOf(ws).midnight())
	start.at, end.at = atWall(ws.Add(shift), loc), atWall(we.Add(shift), loc)
	return start, end
}

// firstDay is the day of the pattern's own start.
func (e *event) startDay() day { return dayOf(wallOf(e.start.at, e.seriesLoc())) }

// instance is what a calendar view shows: a single event, an occurrence or an exception.
type instance struct {
	ev *event
	d  day // noDay for a single event
	ex *exception
	content
}

func (i instance) kind() string {
	switch {
	case i.d == noDay && i.recurrence != nil:
		return "seriesMaster"
	case i.d == noDay:
		return "singleInstance"
	case i.ex != nil:
		return "exception"
	}
	return "occurrence"
}

// itself is the event as an item: a single event or a master.
func (e *event) itself() instance { return instance{ev: e, d: noDay, content: e.content} }

// occurrence returns the instance of day d; ok is false when the series has none, or no longer.
func (e *event) occurrence(d day) (instance, bool) {
	if e.recurrence == nil || e.cancelled[d] {
		return instance{}, false
	}
	if ex := e.exceptions[d]; ex != nil {
		return instance{ev: e, d: d, ex: ex, content: ex.content}, true
	}
	if !e.recurrence.has(d) {
		return instance{}, false
	}
	return e.plainOccurrence(d), true
}

func (e *event) plainOccurrence(d day) instance {
	i := instance{ev: e, d: d, content: e.content}
	i.start, i.end = e.spanOn(d)
	i.recurrence = nil
	i.props, i.multiProps, i.extensions = nil, nil, nil
	return i
}

// instances lists what lies in [from, to): itself, or the occurrences and exceptions of the series.
func (e *event) instances(from, to time.Time) []instance {
	if e.recurrence == nil {
		if e.intersects(from, to) {
			return []instance{e.itself()}
		}
		return nil
	}
	loc := e.seriesLoc()
	long := e.end.at.Sub(e.start.at)
	first, last := dayOf(wallOf(from.Add(-long), loc))-1, dayOf(wallOf(to, loc))+1
	var out []instance
	e.recurrence.days(last, func(d day) bool {
		if d < first || e.cancelled[d] || e.exceptions[d] != nil {
			return true
		}
		if i := e.plainOccurrence(d); i.intersects(from, to) {
			out = append(out, i)
		}
		return true
	})
	for _, d := range slices.Sorted(maps.Keys(e.exceptions)) {
		if i, ok := e.occurrence(d); ok && i.intersects(from, to) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b instance) int { return a.start.at.Compare(b.start.at) })
	return out
}
