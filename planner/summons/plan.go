package summons

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Citizen is one to be placed.
type Citizen struct {
	// Wished is the case worker to be met; uuid.Nil for any.
	Wished uuid.UUID
	// Own is the citizen's meetings.
	Own []planner.Span
}

// Request is what a plan is made of.
type Request struct {
	// Search holds the option, the interval, and the calendars of the case workers chosen. Its Citizen and Prefer are not used.
	Search   planner.Search
	Citizens []Citizen
	// ContactType is the one that all meetings are to have; nil takes the first possible of the option's.
	ContactType *int
	// Given is how many meetings case workers were given of the same list before.
	Given map[uuid.UUID]int
	// SpreadOverDays fills the interval evenly instead of from its beginning.
	SpreadOverDays bool
}

// Reason says why a citizen could not be placed.
type Reason string

// Reasons. The empty one means placed.
const (
	Placed Reason = ""
	// NoTimes: the case workers (or the wished one) have no free time in the interval.
	NoTimes Reason = "no-times"
	// UsedUp: they had, but others of the list have been given all of it.
	UsedUp Reason = "used-up"
	// OwnMeetings: the times left all overlap meetings of the citizen.
	OwnMeetings Reason = "own-meetings"
)

// Placement is where one citizen of the request is placed, or why not.
type Placement struct {
	Reason      Reason
	CaseWorker  uuid.UUID
	Start       time.Time
	ContactType int
	// Turn is when the plan made this choice, from 0. Rooms last for all only when they are taken in this order.
	Turn int
}

// Plan places the citizens; the result has one placement for each, in their order. See the package's comment for the rules.
func Plan(r Request) []Placement {
	p := newPlan(r)
	placements := make([]Placement, len(r.Citizens))
	for turn, i := range p.order() {
		placements[i] = p.place(r.Citizens[i])
		placements[i].Turn = turn
	}
	return placements
}

// plan is the state of one run: calendars and rooms with what has been given away.
type plan struct {
	Request
	calendars []planner.Calendar
	rooms     []planner.Room
	times     [][]time.Time // of each calendar, those not yet found taken, in order
	had       []bool        // whether there were any
	load      []int         // meetings of the plan
	before    []int         // meetings in the interval before it
	byDay     []map[planner.Date]int
	days      map[planner.Date]int
}

func newPlan(r Request) *plan {
	n := len(r.Search.Calendars)
	p := &plan{
		Request: r, calendars: slices.Clone(r.Search.Calendars), rooms: slices.Clone(r.Search.Rooms), times: make([][]time.Time, n), had: make([]bool, n),
		load: make([]int, n), before: make([]int, n), byDay: make([]map[planner.Date]int, n), days: map[planner.Date]int{},
	}
	p.Search.Citizen, p.Search.Prefer = nil, uuid.Nil
	for i := range p.calendars {
		c := &p.calendars[i]
		c.Held, c.Own, c.Groups = slices.Clone(c.Held), slices.Clone(c.Own), slices.Clone(c.Groups)
		p.load[i] = r.Given[c.CaseWorker]
		p.byDay[i] = map[planner.Date]int{}
		one := p.Search
		one.Calendars = p.calendars[i : i+1]
		for _, s := range one.Slots() {
			if len(p.times[i]) == 0 || !p.times[i][len(p.times[i])-1].Equal(s.Start) {
				p.times[i] = append(p.times[i], s.Start)
			}
		}
		p.had[i] = len(p.times[i]) > 0
		for _, h := range c.Held {
			if h.Overlaps(p.Search.Interval) {
				p.before[i]++
			}
		}
	}
	return p
}

// order is who is placed when: those who can be placed in fewest ways first.
func (p *plan) order() []int {
	order := make([]int, len(p.Citizens))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		wishes := func(i int) int {
			if p.Citizens[i].Wished != uuid.Nil {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(wishes(a), wishes(b)), cmp.Compare(len(p.Citizens[b].Own), len(p.Citizens[a].Own)))
	})
	return order
}

// place gives a citizen the best time there is.
func (p *plan) place(c Citizen) Placement {
	workers := p.workers(c.Wished)
	if p.Search.Option.Rules.Group() {
		if placed, ok := p.join(workers, c); ok {
			return placed
		}
	}
	had, left := false, false
	for _, w := range workers {
		had = had || p.had[w]
		for _, start := range p.inOrder(w) {
			if p.busy(c, start) {
				left = true
				continue
			}
			if contact, ok := p.fits(w, start); ok {
				return p.take(w, start, contact)
			}
			p.drop(w, start)
		}
	}
	switch {
	case left:
		return Placement{Reason: OwnMeetings}
	case had:
		return Placement{Reason: UsedUp}
	}
	return Placement{Reason: NoTimes}
}

// workers are the calendars that may take a citizen, in the order in which they should.
func (p *plan) workers(wished uuid.UUID) []int {
	var in []int
	for i, c := range p.calendars {
		if wished == uuid.Nil || c.CaseWorker == wished {
			in = append(in, i)
		}
	}
	slices.SortFunc(in, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.load[a], p.load[b]), cmp.Compare(p.before[a], p.before[b]),
			cmp.Compare(p.calendars[a].Identifier, p.calendars[b].Identifier), cmp.Compare(a, b))
	})
	return in
}

// inOrder is a calendar's times in the order in which they should be given. It is a copy, since times are dropped on the way.
func (p *plan) inOrder(w int) []time.Time {
	times := slices.Clone(p.times[w])
	if p.SpreadOverDays {
		slices.SortStableFunc(times, func(a, b time.Time) int {
			da, db := planner.DateOf(a), planner.DateOf(b)
			return cmp.Or(cmp.Compare(p.byDay[w][da], p.byDay[w][db]), cmp.Compare(p.days[da], p.days[db]), a.Compare(b))
		})
	}
	return times
}

// join takes a seat in the earliest group meeting that has begun to fill.
func (p *plan) join(workers []int, c Citizen) (Placement, bool) {
	best, seat := -1, planner.GroupMeeting{}
	for _, w := range workers {
		for _, g := range p.calendars[w].Groups {
			earlier := best < 0 || g.Start.Before(seat.Start)
			if earlier && g.Taken < p.Search.Option.Rules.Seats && slices.ContainsFunc(p.times[w], g.Start.Equal) && !p.busy(c, g.Start) {
				best, seat = w, g
			}
		}
	}
	if best < 0 {
		return Placement{}, false
	}
	contact, ok := p.fits(best, seat.Start)
	if !ok {
		return Placement{}, false
	}
	return p.take(best, seat.Start, contact), true
}

func (p *plan) busy(c Citizen, start time.Time) bool {
	return slices.ContainsFunc(c.Own, planner.Span{Start: start, End: start.Add(p.Search.Option.Duration)}.Overlaps)
}

// fits asks whether a calendar has a start still free, and in which contact type.
func (p *plan) fits(w int, start time.Time) (contact int, ok bool) {
	s := p.Search
	s.Calendars, s.Rooms = p.calendars[w:w+1], p.rooms
	s.Interval = planner.Span{Start: start, End: start.Add(s.Option.Duration)}
	for _, slot := range s.Slots() {
		possible := slot.ContactTypes
		if possible == nil {
			possible = s.Option.ContactTypes
		}
		switch {
		case p.ContactType == nil && len(possible) > 0:
			return possible[0], true
		case p.ContactType != nil && slices.Contains(possible, *p.ContactType):
			return *p.ContactType, true
		}
	}
	return 0, false
}

func (p *plan) drop(w int, start time.Time) {
	p.times[w] = slices.DeleteFunc(p.times[w], start.Equal)
}

// take gives a start away.
func (p *plan) take(w int, start time.Time, contact int) Placement {
	c, o := &p.calendars[w], &p.Search.Option
	meeting := planner.Span{Start: start, End: start.Add(o.Duration)}
	held := planner.Span{Start: start.Add(-o.Rules.BufferBefore), End: meeting.End.Add(o.Rules.BufferAfter)}
	placed := Placement{CaseWorker: c.CaseWorker, Start: start, ContactType: contact}
	if o.Rules.Group() {
		if i := slices.IndexFunc(c.Groups, func(g planner.GroupMeeting) bool { return g.Start.Equal(start) }); i >= 0 {
			c.Groups[i].Taken++
			return placed // the meeting takes place already: no more of anybody's time, and no other room
		}
		c.Groups = append(c.Groups, planner.GroupMeeting{Start: start, Held: held, Taken: 1, ContactType: contact})
	} else {
		c.Held, c.Own = append(c.Held, held), append(c.Own, meeting)
		p.drop(w, start)
	}
	p.load[w]++
	day := planner.DateOf(start)
	p.byDay[w][day]++
	p.days[day]++
	if o.Rules.NeedsRoom(contact) {
		for i := range p.rooms {
			if !slices.ContainsFunc(p.rooms[i].Held, meeting.Overlaps) {
				p.rooms[i].Held = append(slices.Clone(p.rooms[i].Held), meeting)
				break
			}
		}
	}
	return placed
}
