package planner

import (
	"cmp"
	"slices"
	"time"
)

// The sweep counts in microseconds since 1970, Postgres' precision. Ends of taken time are
// rounded outwards, so that rounding never makes time free.

type stretch struct{ start, end int64 }

func floorMicro(t time.Time) int64 { return t.UnixMicro() }

func ceilMicro(t time.Time) int64 {
	u := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		u++
	}
	return u
}

// day is a Danish day, cut where the clocks change: within a part, wall clock and instants run alike.
type day struct {
	start   int64
	date    Date
	weekday int // 1 is Monday
	closed  bool
	parts   []part
}

// part is a stretch of one day during which Danish clocks show from up to to, in microseconds since midnight.
// On the night when summer time ends, two parts show the same hour.
type part struct{ at, from, to int64 }

// days lists the Danish days that a span touches.
func (c ClosingDays) days(s Span) []day {
	if s.Empty() {
		return nil
	}
	var all []day
	for at := midnight(s.Start, 0); at.Before(s.End); at = midnight(at, 1) {
		d := dayAt(at, midnight(at, 1))
		d.closed = c.Closed(d.date)
		all = append(all, d)
	}
	return all
}

func dayAt(start, end time.Time) day {
	d := day{start: start.UnixMicro(), date: DateOf(start), weekday: (int(start.Weekday())+6)%7 + 1}
	_, before := start.Zone()
	for at := start; at.Before(end); {
		until := end
		if _, change := at.ZoneBounds(); !change.IsZero() && change.Before(end) {
			until = change.In(copenhagen)
		}
		// The clock face is the time passed since midnight plus what the clocks were put forward by.
		_, offset := at.Zone()
		from := at.UnixMicro() - d.start + int64(offset-before)*1e6
		d.parts = append(d.parts, part{at.UnixMicro(), from, from + until.UnixMicro() - at.UnixMicro()})
		at = until
	}
	return d
}

// stretches appends to buf[:0] the working hours of the days as instants, in order; those that touch are joined.
// An instant is working time if a Danish clock then shows a time within the hours of that day, so
// on the night when summer time ends the repeated hour counts twice.
func (c *Calendar) stretches(in []day, buf []stretch) []stretch {
	buf = buf[:0]
	sorted := slices.SortedFunc(slices.Values(c.Hours), func(a, b WorkingHours) int {
		return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(a.StartMinute, b.StartMinute))
	})
	var of [8][]WorkingHours
	for i := range sorted {
		if w := sorted[i].Weekday; 1 <= w && w <= 7 {
			of[w] = append(of[w], sorted[i])
		}
	}
	for _, d := range in {
		if d.closed || c.left(d.date) {
			continue
		}
		hours, excepted := c.excepted(d.date)
		if !excepted {
			hours = of[d.weekday]
		}
		for _, p := range d.parts {
			for _, h := range hours {
				from := max(p.from, int64(h.StartMinute)*60e6)
				to := min(p.to, int64(h.EndMinute)*60e6)
				if from < to {
					buf = join(buf, stretch{p.at + from - p.from, p.at + to - p.from})
				}
			}
		}
	}
	return buf
}

// left tells whether the case worker holds no meetings any more on the day.
func (c *Calendar) left(on Date) bool {
	return c.LastDay != (Date{}) && on.Midnight().After(c.LastDay.Midnight())
}

// excepted gives the hours of a date that has exceptions, by start.
func (c *Calendar) excepted(on Date) (hours []WorkingHours, found bool) {
	for _, e := range c.Exceptions {
		if e.Date == on {
			found = true
			hours = append(hours, WorkingHours{StartMinute: e.StartMinute, EndMinute: e.EndMinute})
		}
	}
	slices.SortFunc(hours, func(a, b WorkingHours) int { return cmp.Compare(a.StartMinute, b.StartMinute) })
	return hours, found
}

// join appends s, which starts no earlier than the last one, to sorted stretches that do not touch.
func join(all []stretch, s stretch) []stretch {
	if n := len(all); n > 0 && s.start <= all[n-1].end {
		all[n-1].end = max(all[n-1].end, s.end)
		return all
	}
	return append(all, s)
}

// take appends spans, each widened by so many microseconds.
func take(to []stretch, list []Span, before, after int64) []stretch {
	for _, s := range list {
		if !s.Empty() {
			to = append(to, stretch{floorMicro(s.Start) - before, ceilMicro(s.End) + after})
		}
	}
	return to
}

// joined sorts stretches and joins those that touch, in place.
func joined(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	found := all[:0]
	for _, s := range all {
		found = join(found, s)
	}
	return found
}
