package roster

import (
	"cmp"
	"slices"
	"strings"

	"kommunalplanner.example/planner"
)

// Days is a case worker's hours on single dates, in place of the weekly ones. Its text has a line per date: "2026-12-24 fri" or
// "2026-12-28 9-12, 13-15".
type Days []planner.DateHours

const off = "fri"

// ParseDays reads the text of days; lines end with a line break or a semicolon.
func ParseDays(text string) (Days, error) {
	var days Days
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		day, hours, _ := strings.Cut(line, " ")
		date, err := planner.ParseDate(strings.TrimSuffix(day, ":"))
		hours = strings.TrimSpace(hours)
		if err != nil || hours == "" {
			return nil, &HoursError{BadForm, line}
		}
		if slices.ContainsFunc(days, func(d planner.DateHours) bool { return d.Date == date }) {
			return nil, &HoursError{Repeated, line}
		}
		if strings.EqualFold(hours, off) {
			days = append(days, planner.DateHours{Date: date})
			continue
		}
		var ofDay Days
		for stretch := range strings.SplitSeq(hours, ",") {
			from, to, err := ParseStretch(stretch)
			if err != nil {
				return nil, &HoursError{err.(*HoursError).Code, line}
			}
			ofDay = append(ofDay, planner.DateHours{Date: date, StartMinute: from, EndMinute: to})
		}
		ofDay = ofDay.sorted()
		for i := 1; i < len(ofDay); i++ {
			if ofDay[i].StartMinute < ofDay[i-1].EndMinute {
				return nil, &HoursError{Overlap, line}
			}
		}
		days = append(days, ofDay...)
	}
	return days.sorted(), nil
}

func (d Days) sorted() Days {
	d = slices.Clone(d)
	slices.SortFunc(d, func(a, b planner.DateHours) int {
		return cmp.Or(a.Date.Midnight().Compare(b.Date.Midnight()), cmp.Compare(a.StartMinute, b.StartMinute))
	})
	return d
}

// String is the text that ParseDays reads.
func (d Days) String() string {
	var lines []string
	var last planner.Date
	for _, h := range d.sorted() {
		switch {
		case h.StartMinute == h.EndMinute:
			lines = append(lines, h.Date.String()+" "+off)
		case h.Date == last:
			lines[len(lines)-1] += ", " + stretchText(h.StartMinute, h.EndMinute)
		default:
			lines = append(lines, h.Date.String()+" "+stretchText(h.StartMinute, h.EndMinute))
		}
		last = h.Date
	}
	return strings.Join(lines, "\n")
}

// MarshalText writes String.
func (d Days) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDays does.
func (d *Days) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDays(string(text))
	return err
}
