package planner

import (
	"cmp"
	"slices"
	"time"
)

// sweep is a search made ready: the grid of starts that the rules of the option allow, against
// which one case worker after the other is laid.
type sweep struct {
	option   *InterviewOption
	days     []day
	grid     []int64 // starts, ascending
	dayEnd   []int32 // of each day, the index into grid after its last start
	duration int64
	citizen  []Span

	// varied says that not all case workers can be met alike, so that runs carry variants.
	varied bool
	// contacts has a bit for each of the option's contact types, roomy one for each that needs a room.
	contacts, roomy uint64
	// roomFree says of each start in grid whether a room is free for the meeting; nil when none is needed.
	roomFree []bool

	hours, taken []stretch // reused from one case worker to the next
}

// run is a row of neighbouring starts of one day, grid[from:to], at which a case worker can be met alike.
type run struct {
	day, from, to int32
	variant
}

// variant is how a case worker can be met: the possible contact types, a bit for each of the option's, and the free seats.
type variant struct {
	contacts uint64
	free     int32
}

// bounds gives the first and last microsecond at which a meeting may start by interval, notice and horizon.
func (s *Search) bounds() (first, last int64, some bool) {
	offered := s.Option.Offered(s.Now)
	starts := Span{later(s.Interval.Start, offered.Start), earlier(s.Interval.End, offered.End)}
	// A negative notice opens no past.
	starts.Start = later(starts.Start, s.Now)
	if starts.Empty() || s.Option.Duration <= 0 || s.Option.SlotStep <= 0 {
		return 0, 0, false
	}
	first = ceilMicro(starts.Start)
	last = min(ceilMicro(offered.End)-1, floorMicro(s.Interval.End)-s.Option.Duration.Microseconds())
	return first, last, first <= last
}

// Starts gives the first and the last start that lie on the grid and within what interval, notice and horizon allow, whoever is
// free then; false when there is none. Of two questions that differ in Interval and Now only, those with the same Starts have the same answer.
func (s Search) Starts() (first, last time.Time, some bool) {
	from, to, some := s.bounds()
	if !some {
		return first, last, false
	}
	step := s.Option.SlotStep.Microseconds()
	found := int64(-1)
	for at := midnight(time.UnixMicro(from), 0); found < 0; at = midnight(at, 1) {
		if at.UnixMicro() > to {
			return first, last, false
		}
		for _, p := range dayAt(at, midnight(at, 1)).parts {
			face := (max(p.from, p.from+from-p.at) + step - 1) / step * step
			if face < p.to {
				found = p.at + face - p.from
				break
			}
		}
	}
	if found > to {
		return first, last, false
	}
	first = time.UnixMicro(found)
	// From here on there is one, the first if no other.
	for at := midnight(time.UnixMicro(to), 0); ; at = midnight(at, -1) {
		for _, p := range slices.Backward(dayAt(at, midnight(at, 1)).parts) {
			face := min(p.to-1, p.from+to-p.at) / step * step
			if p.at <= to && face >= p.from {
				return first.UTC(), time.UnixMicro(p.at + face - p.from).UTC(), true
			}
		}
	}
}

func newSweep(s Search) *sweep {
	first, last, some := s.bounds()
	if !some {
		return &sweep{}
	}
	w := &sweep{option: &s.Option, duration: s.Option.Duration.Microseconds(), citizen: s.Citizen}
	// One day more, for a meeting that passes midnight.
	w.days = s.Closing.days(Span{time.UnixMicro(first), time.UnixMicro(last + w.duration)})
	step := s.Option.SlotStep.Microseconds()
	for _, d := range w.days {
		for _, p := range d.parts {
			for face := (p.from + step - 1) / step * step; face < p.to; face += step {
				if at := p.at + face - p.from; first <= at && at <= last {
					w.grid = append(w.grid, at)
				}
			}
		}
		w.dayEnd = append(w.dayEnd, int32(len(w.grid)))
	}
	w.contacts, w.roomy = s.Option.contactBits()
	if w.roomy != 0 {
		w.findRooms(s.Rooms)
	}
	w.varied = w.roomFree != nil || s.Option.Rules.Group() ||
		slices.ContainsFunc(s.Calendars, func(c Calendar) bool { return len(c.Contacts) > 0 })
	return w
}

// contactBits gives a bit for each of the option's contact types, and for each of those that need a room. More than 64 would
// be more than the contract's code list has.
func (o *InterviewOption) contactBits() (all, roomy uint64) {
	for i, c := range o.ContactTypes {
		all |= 1 << i
		if o.Rules.NeedsRoom(c) {
			roomy |= 1 << i
		}
	}
	return all, roomy
}

// findRooms lays the rooms' time on the grid.
func (w *sweep) findRooms(rooms []Room) {
	w.roomFree = make([]bool, len(w.grid))
	var used []stretch
	for _, r := range rooms {
		used = joined(take(used[:0], r.Held, 0, 0))
		u := 0
		for g, at := range w.grid {
			for u < len(used) && used[u].end <= at {
				u++
			}
			w.roomFree[g] = w.roomFree[g] || u == len(used) || at+w.duration <= used[u].start
		}
	}
}

// possible gives the contact types that the case worker's own rules allow on a weekday.
func (o *InterviewOption) possible(c *Calendar, weekday int) (mask uint64) {
	ruled := false
	for _, r := range c.Contacts {
		if r.Weekday != 0 && r.Weekday != weekday {
			continue
		}
		ruled = true
		if i := slices.Index(o.ContactTypes, r.ContactType); i >= 0 {
			mask |= 1 << i
		}
	}
	if !ruled {
		mask, _ = o.contactBits()
	}
	return mask
}

// runs gives the starts at which a case worker can be booked, in order.
func (w *sweep) runs(c *Calendar) []run {
	if len(w.grid) == 0 {
		return nil
	}
	free := w.free(c)
	if limit := w.option.Rules.MaxPerDay; limit > 0 || c.MaxPerDay > 0 {
		free = w.withinLimits(free, c)
	}
	if w.varied {
		free = w.inVariants(free, c)
	}
	return free
}

// free gives the starts at which a case worker is free: one pass over hours, taken time and grid together.
func (w *sweep) free(c *Calendar) []run {
	w.hours = c.stretches(w.days, w.hours)
	before, after := w.option.Rules.BufferBefore.Microseconds(), w.option.Rules.BufferAfter.Microseconds()
	// A meeting whose buffer overlaps what is taken is one that itself overlaps it, had it been longer by the buffer.
	w.taken = take(take(take(w.taken[:0], c.Busy, after, before), c.Held, after, before), w.citizen, 0, 0)
	for _, m := range c.Groups {
		w.taken = append(w.taken, stretch{floorMicro(m.Held.Start) - after, ceilMicro(m.Held.End) + before})
	}
	w.taken = joined(w.taken)
	found := make([]run, 0, len(w.hours)+8)
	t, g, d := 0, int32(0), int32(0)
	for _, h := range w.hours {
		from := h.start
		for from < h.end {
			for t < len(w.taken) && w.taken[t].end <= from {
				t++
			}
			to := h.end
			if t < len(w.taken) {
				to = min(to, w.taken[t].start)
			}
			if to-from >= w.duration {
				for int(g) < len(w.grid) && w.grid[g] < from {
					g++
				}
				for int(g) < len(w.grid) && w.grid[g] <= to-w.duration {
					for w.dayEnd[d] <= g {
						d++
					}
					r := run{day: d, from: g, to: g}
					for r.to < w.dayEnd[d] && w.grid[r.to] <= to-w.duration {
						r.to++
					}
					found, g = append(found, r), r.to
				}
			}
			if to == h.end {
				break
			}
			from = w.taken[t].end
		}
	}
	return found
}

// withinLimits leaves out the days on which the case worker has as many meetings as there may be.
func (w *sweep) withinLimits(free []run, c *Calendar) []run {
	all, own := make([]int32, len(w.days)), make([]int32, len(w.days))
	w.count(all, c.Held, c.Groups)
	w.count(own, c.Own, c.Groups)
	reached := func(limit int, n int32) bool { return limit > 0 && int(n) >= limit }
	return slices.DeleteFunc(free, func(r run) bool {
		return reached(c.MaxPerDay, all[r.day]) || reached(w.option.Rules.MaxPerDay, own[r.day])
	})
}

// inVariants cuts runs where the ways to meet change, and adds the group meetings that have a free seat.
func (w *sweep) inVariants(free []run, c *Calendar) []run {
	seats := int32(0)
	if w.option.Rules.Group() {
		seats = int32(w.option.Rules.Seats)
	}
	var found []run
	for _, r := range free {
		own := w.option.possible(c, w.days[r.day].weekday)
		for r.from < r.to {
			cut := r
			cut.variant = variant{w.roomed(own, r.from), seats}
			for cut.to = r.from + 1; cut.to < r.to && w.roomed(own, cut.to) == cut.contacts; cut.to++ {
			}
			if cut.contacts != 0 || w.contacts == 0 {
				found = append(found, cut)
			}
			r.from = cut.to
		}
	}
	joins := false
	for _, m := range c.Groups {
		at := floorMicro(m.Start)
		g, on := slices.BinarySearch(w.grid, at)
		contact := slices.Index(w.option.ContactTypes, m.ContactType)
		if !on || m.Taken >= int(seats) || contact < 0 || overlapsAny(w.citizen, Span{m.Start, m.Start.Add(w.option.Duration)}) {
			continue
		}
		d, _ := slices.BinarySearch(w.dayEnd, int32(g)+1)
		found = append(found, run{int32(d), int32(g), int32(g) + 1, variant{1 << contact, seats - int32(m.Taken)}})
		joins = true
	}
	if joins {
		slices.SortFunc(found, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	}
	return found
}

// roomed leaves out of contact types those for which no room is free at a start.
func (w *sweep) roomed(contacts uint64, g int32) uint64 {
	if w.roomFree != nil && !w.roomFree[g] {
		return contacts &^ w.roomy
	}
	return contacts
}

// loads counts the held times that start on each day, and those that start in its week when that is asked for: the
// count of calendar i on day d is at i*len(days)+d.
func (w *sweep) loads(s Search) (byDay, byWeek []int32) {
	n := len(w.days)
	byDay = make([]int32, len(s.Calendars)*n)
	for i, c := range s.Calendars {
		w.count(byDay[i*n:(i+1)*n], c.Held, c.Groups)
	}
	if !s.SpreadByWeek {
		return byDay, nil
	}
	// Weeks reach beyond the days of the question.
	weeks := make([]Span, n)
	for d, at := range w.days {
		monday := midnight(time.UnixMicro(at.start), 1-at.weekday)
		weeks[d] = Span{monday, midnight(monday, 7)}
	}
	byWeek = make([]int32, len(byDay))
	for i, c := range s.Calendars {
		each(c.Held, c.Groups, func(start time.Time) {
			for d, week := range weeks {
				if !start.Before(week.Start) && start.Before(week.End) {
					byWeek[i*n+d]++
				}
			}
		})
	}
	return byDay, byWeek
}

// count adds to the days the times that start on them.
func (w *sweep) count(to []int32, held []Span, groups []GroupMeeting) {
	after := midnight(time.UnixMicro(w.days[len(w.days)-1].start), 1).UnixMicro()
	each(held, groups, func(start time.Time) {
		at := floorMicro(start)
		d, exact := slices.BinarySearchFunc(w.days, at, func(d day, at int64) int { return cmp.Compare(d.start, at) })
		if !exact {
			d--
		}
		if d >= 0 && at < after {
			to[d]++
		}
	})
}

func each(held []Span, groups []GroupMeeting, f func(start time.Time)) {
	for _, h := range held {
		f(h.Start)
	}
	for _, m := range groups {
		f(m.Held.Start)
	}
}
