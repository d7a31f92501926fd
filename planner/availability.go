package planner

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Slots gives the starts at which at least one case worker is free, in order of time, each with the
// free case workers in the order in which they should be taken: the preferred one, then those with
// fewest held times that Danish day, then by identifier.
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
	for i, c := range s.Calendars {
		free[i] = w.runs(c)
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

	// All lists of case workers are cut from one piece of memory.
	all := make([]uuid.UUID, 0, total)
	slots := make([]Timeslot, 0, len(w.grid))
	place := make([]int, len(w.grid))
	for g, n := range count {
		if n == 0 {
			continue
		}
		place[g] = len(slots)
		from := len(all)
		all = all[:from+int(n)]
		slots = append(slots, Timeslot{time.UnixMicro(w.grid[g]).UTC(), all[from : from : from+int(n)]})
	}

	held := w.heldPerDay(s.Calendars)
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
			return cmp.Or(
				cmp.Compare(s.rank(a), s.rank(b)),
				cmp.Compare(held[a*len(w.days)+d], held[b*len(w.days)+d]))
		})
		for _, i := range today {
			for ; next[i] < len(free[i]) && int(free[i][next[i]].day) == d; next[i]++ {
				for g := free[i][next[i]].from; g < free[i][next[i]].to; g++ {
					slot := &slots[place[g]]
					slot.CaseWorkers = append(slot.CaseWorkers, s.Calendars[i].CaseWorker)
				}
			}
		}
	}
	return slots
}

func (s Search) rank(calendar int) int {
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
	for _, c := range s.Calendars {
		if runs := w.runs(c); len(runs) > 0 {
			from, to = min(from, runs[0].from), max(to, runs[len(runs)-1].to-1)
		}
	}
	if to < 0 {
		return time.Time{}, time.Time{}
	}
	return time.UnixMicro(w.grid[from]).UTC(), time.UnixMicro(w.grid[to]).UTC()
}

// sweep is a search made ready: the grid of starts that the rules of the option allow, against
// which one case worker after the other is laid.
type sweep struct {
	days     []day
	grid     []int64 // starts, ascending
	dayEnd   []int32 // of each day, the index into grid after its last start
	duration int64
	citizen  []Span

	hours, taken []stretch // reused from one case worker to the next
}

// run is a row of neighbouring starts of one day: grid[from:to].
type run struct{ day, from, to int32 }

func newSweep(s Search) *sweep {
	offered := s.Option.Offered(s.Now)
	starts := Span{later(s.Interval.Start, offered.Start), earlier(s.Interval.End, offered.End)}
	// A negative notice opens no past.
	starts.Start = later(starts.Start, s.Now)
	if starts.Empty() || s.Option.Duration <= 0 || s.Option.SlotStep <= 0 {
		return &sweep{}
	}
	w := &sweep{duration: s.Option.Duration.Microseconds(), citizen: s.Citizen}
	first := ceilMicro(starts.Start)
	last := min(ceilMicro(offered.End)-1, floorMicro(s.Interval.End)-w.duration)
	if last < first {
		return &sweep{}
	}
	// One day more, for a meeting that passes midnight.
	w.days = days(Span{starts.Start, time.UnixMicro(last + w.duration)})
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
	return w
}

// runs gives the starts at which a case worker is free, in order: one pass over hours, taken time and grid together.
func (w *sweep) runs(c Calendar) []run {
	if len(w.grid) == 0 {
		return nil
	}
	w.hours = stretches(c.Hours, w.days, w.hours)
	w.taken = taken(w.taken, c.Busy, c.Held, w.citizen)
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
					r := run{d, g, g}
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

// heldPerDay counts the held times that start on each day: the count of calendar i on day d is at i*len(days)+d.
func (w *sweep) heldPerDay(calendars []Calendar) []int32 {
	counts := make([]int32, len(calendars)*len(w.days))
	for i, c := range calendars {
		for _, h := range c.Held {
			at := floorMicro(h.Start)
			d, exact := slices.BinarySearchFunc(w.days, at, func(d day, at int64) int { return cmp.Compare(d.start, at) })
			if !exact {
				d--
			}
			if d < 0 || (d == len(w.days)-1 && !time.UnixMicro(at).Before(midnight(time.UnixMicro(w.days[d].start), 1))) {
				continue
			}
			counts[i*len(w.days)+d]++
		}
	}
	return counts
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
