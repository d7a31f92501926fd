package planner

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Slots gives the starts at which at least one case worker can be booked, in order of time, each with the
// case workers in the order in which they should be taken: the preferred one, then those with
// fewest held times that Danish day (and that week, where asked for), then by identifier.
//
// A start lies on the option's slot step, counted from Danish midnight, so that the starts of
// different case workers coincide whatever their hours. The whole meeting lies within the interval
// and within one stretch of working hours (stretches that touch count as one).
func (s Search) Slots() []Timeslot {
	w := newSweep(s)
	if len(w.grid) == 0 {
		return nil
	}
	free := make([][]run, len(s.Calendars))
	count := make([]int32, len(w.grid))
	total := 0
	for i := range s.Calendars {
		free[i] = w.runs(&s.Calendars[i])
		for _, r := range free[i] {
			total += int(r.to - r.from)
			for g := r.from; g < r.to; g++ {
				count[g]++
			}
		}
	}
	if total == 0 {
		return nil
	}

	// All lists of case workers are cut from one piece of memory, and how they can be met from another beside it.
	all := make([]uuid.UUID, 0, total)
	var how []variant
	if w.varied {
		how = make([]variant, total)
	}
	slots := make([]Timeslot, 0, len(w.grid))
	place := make([]int32, len(w.grid))
	at := make([]int32, 0, len(w.grid)) // of each slot, where its list begins
	for g, n := range count {
		if n == 0 {
			continue
		}
		place[g] = int32(len(slots))
		from := len(all)
		all = all[:from+int(n)]
		at = append(at, int32(from))
		slots = append(slots, Timeslot{Start: time.UnixMicro(w.grid[g]).UTC(), CaseWorkers: all[from : from : from+int(n)]})
	}

	byDay, byWeek := w.loads(s)
	order := make([]int, len(s.Calendars))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(s.Calendars[a].Identifier, s.Calendars[b].Identifier)
	})
	next := make([]int, len(s.Calendars)) // first run of each case worker not yet used
	today := make([]int, len(order))
	for d := range w.days {
		copy(today, order)
		slices.SortStableFunc(today, func(a, b int) int {
			c := cmp.Or(
				cmp.Compare(s.rank(a), s.rank(b)),
				cmp.Compare(byDay[a*len(w.days)+d], byDay[b*len(w.days)+d]))
			if c == 0 && byWeek != nil {
				c = cmp.Compare(byWeek[a*len(w.days)+d], byWeek[b*len(w.days)+d])
			}
			return c
		})
		for _, i := range today {
			for ; next[i] < len(free[i]) && int(free[i][next[i]].day) == d; next[i]++ {
				r := free[i][next[i]]
				for g := r.from; g < r.to; g++ {
					slot := &slots[place[g]]
					if w.varied {
						how[int(at[place[g]])+len(slot.CaseWorkers)] = r.variant
					}
					slot.CaseWorkers = append(slot.CaseWorkers, s.Calendars[i].CaseWorker)
				}
			}
		}
	}
	if !w.varied {
		return slots
	}
	return w.apart(slots, how)
}

// apart makes several of the slots whose case workers cannot all be met alike; how is the variants of all case workers in order.
func (w *sweep) apart(slots []Timeslot, how []variant) []Timeslot {
	found := make([]Timeslot, 0, len(slots))
	contacts := map[uint64][]int{}
	of := func(mask uint64) []int {
		if mask == w.contacts {
			return nil
		}
		c, ok := contacts[mask]
		if !ok {
			for i, contact := range w.option.ContactTypes {
				if mask&(1<<i) != 0 {
					c = append(c, contact)
				}
			}
			contacts[mask] = c
		}
		return c
	}
	var kinds []variant
	for _, slot := range slots {
		mine := how[:len(slot.CaseWorkers)]
		how = how[len(mine):]
		kinds = kinds[:0]
		for _, v := range mine {
			if !slices.Contains(kinds, v) {
				kinds = append(kinds, v)
			}
		}
		for _, v := range kinds {
			one := Timeslot{Start: slot.Start, CaseWorkers: slot.CaseWorkers, ContactTypes: of(v.contacts)}
			if w.option.Rules.Group() {
				one.Seats, one.Free = w.option.Rules.Seats, int(v.free)
			}
			if len(kinds) > 1 {
				one.CaseWorkers = make([]uuid.UUID, 0, len(mine))
				for i, c := range slot.CaseWorkers {
					if mine[i] == v {
						one.CaseWorkers = append(one.CaseWorkers, c)
					}
				}
			}
			found = append(found, one)
		}
	}
	return found
}

func (s *Search) rank(calendar int) int {
	if s.Prefer != uuid.Nil && s.Calendars[calendar].CaseWorker == s.Prefer {
		return 0
	}
	return 1
}

// Ends gives the first and the last start that Slots would give, both zero when there is none.
// It costs a small part of Slots.
func (s Search) Ends() (first, last time.Time) {
	w := newSweep(s)
	from, to := int32(len(w.grid)), int32(-1)
	for i := range s.Calendars {
		if runs := w.runs(&s.Calendars[i]); len(runs) > 0 {
			from, to = min(from, runs[0].from), max(to, runs[len(runs)-1].to-1)
		}
	}
	if to < 0 {
		return time.Time{}, time.Time{}
	}
	return time.UnixMicro(w.grid[from]).UTC(), time.UnixMicro(w.grid[to]).UTC()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
