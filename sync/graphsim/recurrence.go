package graphsim

import (
	"slices"
	"time"
)

// recurrence is a patternedRecurrence, checked and canonical. Days are calendar days in the
// series' own time zone, which is what keeps a series at nine o'clock through summer time.
type recurrence struct {
	kind       string // daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly
	interval   int
	month      int
	dayOfMonth int
	weekdays   []time.Weekday
	firstDay   time.Weekday
	index      string // first, second, third, fourth, last

	rangeKind string // endDate, noEnd, numbered
	first     day
	last      day // of endDate
	count     int // of numbered
	zone      string
}

// maxExpansion bounds the steps of one expansion: 150 years of days. It ends the search in patterns
// that name no day, such as 31 February.
const maxExpansion = 150 * 366

// days calls yield with the days of the series in order, from its first on, until yield is false,
// the range ends, or a day lies beyond until.
func (r *recurrence) days(until day, yield func(day) bool) {
	n, steps := 0, 0
	emit := func(d day) bool {
		if d < r.first {
			return true
		}
		if d > until || r.rangeKind == "endDate" && d > r.last {
			return false
		}
		n++
		return yield(d) && !(r.rangeKind == "numbered" && n >= r.count)
	}
	switch r.kind {
	case "daily":
		for d := r.first; emit(d); d += day(r.interval) {
			if steps++; steps > maxExpansion {
				return
			}
		}
	case "weekly":
		week := r.first - day((int(r.first.weekday())-int(r.firstDay)+7)%7)
		for ; steps < maxExpansion; week += day(7 * r.interval) {
			for offset := range day(7) {
				steps++
				if d := week + offset; slices.Contains(r.weekdays, d.weekday()) && !emit(d) {
					return
				}
			}
		}
	default:
		y, m, _ := r.first.midnight().Date()
		step := r.interval
		if r.kind == "absoluteYearly" || r.kind == "relativeYearly" {
			m, step = time.Month(r.month), 12*r.interval
		}
		for month := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC); steps < maxExpansion/28; month = month.AddDate(0, step, 0) {
			steps++
			if dayOf(month) > until {
				return
			}
			if !emit(r.dayIn(month)) {
				return
			}
		}
	}
}

// dayIn is the one day of the series in the month that begins with month. A day of the month beyond
// its end is the last, as in Outlook.
func (r *recurrence) dayIn(month time.Time) day {
	begin := dayOf(month)
	length := int(dayOf(month.AddDate(0, 1, 0)) - begin)
	if r.kind == "absoluteMonthly" || r.kind == "absoluteYearly" {
		return begin + day(min(r.dayOfMonth, length)-1)
	}
	var matches []day
	for i := range length {
		if d := begin + day(i); slices.Contains(r.weekdays, d.weekday()) {
			matches = append(matches, d)
		}
	}
	n := map[string]int{"first": 0, "second": 1, "third": 2, "fourth": 3}[r.index]
	if r.index == "last" || n >= len(matches) {
		n = len(matches) - 1
	}
	return matches[n]
}

// between lists the days of the series in [from, to], both included.
func (r *recurrence) between(from, to day) []day {
	var out []day
	r.days(to, func(d day) bool {
		if d >= from {
			out = append(out, d)
		}
		return true
	})
	return out
}

// has reports whether the pattern names d.
func (r *recurrence) has(d day) bool {
	found := false
	r.days(d, func(x day) bool {
		found = x == d
		return true
	})
	return found
}

// around finds the days of the pattern next to d.
func (r *recurrence) around(d day) (before, after day, hasBefore, hasAfter bool) {
	r.days(d+maxExpansion, func(x day) bool {
		switch {
		case x < d:
			before, hasBefore = x, true
		case x > d:
			after, hasAfter = x, true
			return false
		}
		return true
	})
	return before, after, hasBefore, hasAfter
}

// firstOccurrence is where the series really begins; Exchange moves the master there.
func (r *recurrence) firstOccurrence() (d day, ok bool) {
	r.days(r.first+maxExpansion, func(x day) bool {
		d, ok = x, true
		return false
	})
	return d, ok
}
