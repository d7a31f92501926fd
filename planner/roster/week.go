package roster

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kommunalplanner.example/planner"
)

// Week is a case worker's weekly hours. Its text is like "man-tor 8:30-12, 12:30-15; fre 9-13"; a break is a gap between two
// stretches.
type Week []planner.WorkingHours

var weekdays = [...]string{"", "man", "tir", "ons", "tor", "fre", "lør", "søn"}

// HoursError is a part of a text of hours that cannot be read, or hours that cannot be.
type HoursError struct {
	Code Code
	Part string
}

func (e *HoursError) Error() string { return fmt.Sprintf("hours %q: %s", e.Part, e.Code) }

var dash = regexp.MustCompile(`\s*[-–—]\s*`)

// ParseWeek reads the text of a week. Days are named in Danish, short or whole, alone, in lists ("man, ons") and as spans
// ("man-tor"); times are "8", "8:30" or "8.30", up to 24. The order does not matter. Hours of one day may touch, not overlap.
func ParseWeek(text string) (Week, error) {
	var week Week
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		var days []int
		times := 0
		for _, word := range strings.FieldsFunc(dash.ReplaceAllString(strings.ToLower(part), "-"), func(r rune) bool {
			return r == ',' || r == '+' || r == ' ' || r == '\t' || r == '\r'
		}) {
			switch named, ok := parseDays(strings.TrimSuffix(word, ":")); {
			case word == "og":
			case ok && times == 0:
				days = append(days, named...)
			case ok || len(days) == 0:
				return nil, &HoursError{BadForm, part}
			default:
				from, to, err := ParseStretch(word)
				if err != nil {
					return nil, &HoursError{err.(*HoursError).Code, part}
				}
				times++
				for _, d := range days {
					week = append(week, planner.WorkingHours{Weekday: d, StartMinute: from, EndMinute: to})
				}
			}
		}
		if times == 0 {
			return nil, &HoursError{BadForm, part}
		}
	}
	week = week.sorted()
	for i := 1; i < len(week); i++ {
		if a, b := week[i-1], week[i]; a.Weekday == b.Weekday && b.StartMinute < a.EndMinute {
			return nil, &HoursError{Overlap, weekdays[b.Weekday]}
		}
	}
	return week, nil
}

// parseDays reads "man", "mandag" or "man-tor".
func parseDays(word string) ([]int, bool) {
	from, to, span := strings.Cut(word, "-")
	a, ok := parseDay(from)
	if !ok {
		return nil, false
	}
	if !span {
		return []int{a}, true
	}
	b, ok := parseDay(to)
	if !ok || b < a {
		return nil, false
	}
	var days []int
	for d := a; d <= b; d++ {
		days = append(days, d)
	}
	return days, true
}

func parseDay(name string) (int, bool) {
	name = strings.NewReplacer("oe", "ø").Replace(strings.TrimSuffix(strings.TrimSuffix(name, "."), "dag"))
	for d := 1; d < len(weekdays); d++ {
		if name == weekdays[d] || name == weekdays[d]+"s" { // tirsdag, torsdag
			return d, true
		}
	}
	return 0, false
}

// ParseStretch reads "8:30-12" as minutes since midnight.
func ParseStretch(text string) (from, to int, err error) {
	a, b, ok := strings.Cut(dash.ReplaceAllString(strings.TrimSpace(text), "-"), "-")
	from, okFrom := parseMinute(a)
	to, okTo := parseMinute(b)
	switch {
	case !ok || !okFrom || !okTo:
		return 0, 0, &HoursError{BadForm, text}
	case to <= from:
		return 0, 0, &HoursError{Backwards, text}
	}
	return from, to, nil
}

var clockFace = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]([0-9]{2}))?$`)

func parseMinute(text string) (int, bool) {
	m := clockFace.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2]) // "" is 0
	if at := hour*60 + minute; minute < 60 && at <= 24*60 {
		return at, true
	}
	return 0, false
}

func (w Week) sorted() Week {
	w = slices.Clone(w)
	slices.SortFunc(w, func(a, b planner.WorkingHours) int {
		return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(a.StartMinute, b.StartMinute))
	})
	return w
}

// OnDay is the hours of one weekday as text, "8:30-12, 12:30-15".
func (w Week) OnDay(weekday int) string {
	var parts []string
	for _, h := range w.sorted() {
		if h.Weekday == weekday {
			parts = append(parts, stretchText(h.StartMinute, h.EndMinute))
		}
	}
	return strings.Join(parts, ", ")
}

// String is the text that ParseWeek reads; days that follow one another with the same hours are a span.
func (w Week) String() string {
	var parts []string
	for d := 1; d <= 7; {
		hours, last := w.OnDay(d), d
		for last < 7 && w.OnDay(last+1) == hours {
			last++
		}
		name := weekdays[d]
		if last > d {
			name += "-" + weekdays[last]
		}
		if hours != "" {
			parts = append(parts, name+" "+hours)
		}
		d = last + 1
	}
	return strings.Join(parts, "; ")
}

func stretchText(from, to int) string { return minuteText(from) + "-" + minuteText(to) }

func minuteText(m int) string {
	if m%60 == 0 {
		return strconv.Itoa(m / 60)
	}
	return fmt.Sprintf("%d:%02d", m/60, m%60)
}

// MarshalText writes String.
func (w Week) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what ParseWeek does.
func (w *Week) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWeek(string(text))
	return err
}
