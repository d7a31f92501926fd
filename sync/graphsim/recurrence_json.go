package graphsim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

var weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

var (
	patternKinds = []string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}
	rangeKinds   = []string{"endDate", "noEnd", "numbered"}
	indexNames   = []string{"first", "second", "third", "fourth", "last"}
)

// canonical finds s among names whatever its case, and answers the spelling Graph sends.
func canonical(names []string, s string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, s) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

type recurrenceJSON struct {
	Pattern struct {
		Type           string   `json:"type"`
		Interval       int      `json:"interval"`
		Month          int      `json:"month"`
		DayOfMonth     int      `json:"dayOfMonth"`
		DaysOfWeek     []string `json:"daysOfWeek"`
		FirstDayOfWeek string   `json:"firstDayOfWeek"`
		Index          string   `json:"index"`
	} `json:"pattern"`
	Range struct {
		Type                string `json:"type"`
		StartDate           string `json:"startDate"`
		EndDate             string `json:"endDate"`
		RecurrenceTimeZone  string `json:"recurrenceTimeZone"`
		NumberOfOccurrences int    `json:"numberOfOccurrences"`
	} `json:"range"`
}

func errRecurrence(what string) *apiError {
	return badRequest("ErrorInvalidRequest", "The recurrence is not valid: %s.", what)
}

// parseRecurrence checks a patternedRecurrence. strictWeek is the switch of behaviour 30.
func parseRecurrence(raw json.RawMessage, strictWeek bool) (*recurrence, *apiError) {
	var in recurrenceJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, errBody("recurrence", err)
	}
	r := &recurrence{interval: in.Pattern.Interval, month: in.Pattern.Month, dayOfMonth: in.Pattern.DayOfMonth,
		index: "first", zone: in.Range.RecurrenceTimeZone, count: in.Range.NumberOfOccurrences}
	var ok bool
	if r.kind, ok = canonical(patternKinds, in.Pattern.Type); !ok {
		return nil, errRecurrence("pattern.type " + in.Pattern.Type)
	}
	if r.interval < 1 || r.interval > 999 {
		return nil, errRecurrence("pattern.interval")
	}
	for _, name := range in.Pattern.DaysOfWeek {
		n, ok := canonical(weekdayNames, name)
		if !ok {
			return nil, errRecurrence("pattern.daysOfWeek")
		}
		d := time.Weekday(slices.Index(weekdayNames, n))
		if !slices.Contains(r.weekdays, d) {
			r.weekdays = append(r.weekdays, d)
		}
	}
	if in.Pattern.FirstDayOfWeek != "" {
		n, ok := canonical(weekdayNames, in.Pattern.FirstDayOfWeek)
		if !ok {
			return nil, errRecurrence("pattern.firstDayOfWeek")
		}
		r.firstDay = time.Weekday(slices.Index(weekdayNames, n))
	} else if r.kind == "weekly" && strictWeek {
		return nil, errRecurrence("pattern.firstDayOfWeek is missing")
	}
	if in.Pattern.Index != "" {
		if r.index, ok = canonical(indexNames, in.Pattern.Index); !ok {
			return nil, errRecurrence("pattern.index")
		}
	}
	switch r.kind {
	case "weekly", "relativeMonthly", "relativeYearly":
		if len(r.weekdays) == 0 {
			return nil, errRecurrence("pattern.daysOfWeek is empty")
		}
	case "absoluteMonthly", "absoluteYearly":
		if r.dayOfMonth < 1 || r.dayOfMonth > 31 {
			return nil, errRecurrence("pattern.dayOfMonth")
		}
	}
	if strings.HasSuffix(r.kind, "Yearly") && (r.month < 1 || r.month > 12) {
		return nil, errRecurrence("pattern.month")
	}
	return r, r.parseRange(in)
}

func (r *recurrence) parseRange(in recurrenceJSON) *apiError {
	var ok bool
	if r.rangeKind, ok = canonical(rangeKinds, in.Range.Type); !ok {
		return errRecurrence("range.type " + in.Range.Type)
	}
	var err error
	if r.first, err = parseDay(in.Range.StartDate); err != nil || r.first < earliestDay || r.first > latestDay {
		return errRecurrence("range.startDate")
	}
	switch r.rangeKind {
	case "endDate":
		if r.last, err = parseDay(in.Range.EndDate); err != nil || r.last < r.first || r.last > latestDay {
			return errRecurrence("range.endDate")
		}
		r.count = 0
	case "numbered":
		if r.count < 1 || r.count > 999 {
			return errRecurrence("range.numberOfOccurrences")
		}
	default:
		r.count = 0
	}
	return nil
}

// The days that Exchange can hold.
var (
	earliestDay = dayOf(time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC))
	latestDay   = dayOf(time.Date(4500, 8, 31, 0, 0, 0, 0, time.UTC))
)

func (r *recurrence) object() object {
	names := make([]string, 0, len(r.weekdays))
	for _, d := range r.weekdays {
		names = append(names, weekdayNames[d])
	}
	pattern := object{{"type", r.kind}, {"interval", r.interval}, {"month", r.month}, {"dayOfMonth", r.dayOfMonth}}
	if len(names) > 0 {
		pattern = append(pattern, member{"daysOfWeek", names})
	}
	pattern = append(pattern, member{"firstDayOfWeek", weekdayNames[r.firstDay]}, member{"index", r.index})
	end := "0001-01-01" // behaviour 30
	if r.rangeKind == "endDate" {
		end = r.last.String()
	}
	return object{
		{"pattern", pattern},
		{"range", object{{"type", r.rangeKind}, {"startDate", r.first.String()}, {"endDate", end},
			{"recurrenceTimeZone", r.zone}, {"numberOfOccurrences", r.count}}},
	}
}
