package graphsim

import (
	"encoding/json"
	"strings"
	"time"
)

// moment reads a dateTimeTimeZone. A missing zone is UTC; an offset inside dateTime wins over it.
func (a applier) moment(name string, raw json.RawMessage) (*moment, *apiError) {
	var in struct {
		DateTime string `json:"dateTime"`
		TimeZone string `json:"timeZone"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, errBody(name, err)
	}
	if in.TimeZone == "" {
		in.TimeZone = "UTC"
	}
	loc, fail := a.zones.find(in.TimeZone)
	if fail != nil {
		return nil, fail
	}
	t, offset, ok := parseDateTime(in.DateTime)
	if !ok {
		return nil, badRequest("ErrorInvalidRequest", "The value '%s' of property '%s' is not a valid date and time.", in.DateTime, name)
	}
	if !offset {
		t = atWall(t, loc)
	}
	return &moment{at: t.UTC(), zone: in.TimeZone, loc: loc}, nil
}

// parseDateTime reads ISO 8601 as Graph does: a date, or a date and time with or without fraction
// and offset. Without offset the answer is a wall clock, held as UTC.
func parseDateTime(s string) (t time.Time, offset, ok bool) {
	if strings.ContainsRune(s, ',') { // Go's own fraction sign beside the dot
		return t, false, false
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, false, inRange(t)
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true, inRange(t)
		}
	}
	return t, false, false
}

func inRange(t time.Time) bool {
	d := dayOf(t)
	return d >= earliestDay && d <= latestDay
}

// settleTimes puts the told times in place and holds all-day events to midnight (behaviour 13).
func (a applier) settleTimes(c *content, start, end *moment, wasAllDay bool) *apiError {
	reopened := c.allDay != wasAllDay
	if start == nil && end == nil && !reopened {
		return nil
	}
	settle := func(told *moment, old moment) moment {
		if told != nil {
			old = *told
		} else if wasAllDay {
			// Kept as a date; as an instant it is midnight in its zone.
			old.at = atWall(old.at, old.loc)
		}
		return old
	}
	s, e := settle(start, c.start), settle(end, c.end)
	if c.allDay {
		ws, we := wallOf(s.at, s.loc), wallOf(e.at, e.loc)
		for _, w := range []struct {
			name string
			wall time.Time
		}{{"Start", ws}, {"End", we}} {
			if !w.wall.Equal(dayOf(w.wall).midnight()) {
				return badRequest("ErrorInvalidRequest", "The Event.%s property for an all-day event needs to be set to midnight.", w.name)
			}
		}
		if s.loc.String() != e.loc.String() {
			return badRequest("ErrorInvalidRequest", "The Event.Start and Event.End properties for an all-day event need to be in the same time zone.")
		}
		if !we.After(ws) {
			return badRequest("ErrorInvalidRequest", "The duration of an event marked as all-day must be at least 24 hours.")
		}
		s.at, e.at = ws, we
	} else if e.at.Before(s.at) {
		return badRequest("ErrorPropertyValidationFailure", "At least one property failed validation: the end of the event is before its start.")
	}
	c.start, c.end = s, e
	return nil
}

// settleRecurrence moves a series to its first occurrence and refuses empty and overlapping ones.
func (a applier) settleRecurrence(c *content, told bool) *apiError {
	r := c.recurrence
	if r == nil {
		return nil
	}
	if r.zone == "" {
		r.zone = c.start.zone
	}
	loc, fail := a.zones.find(r.zone)
	if fail != nil {
		return fail
	}
	if !c.allDay {
		// The range's zone is the one the series lives in, also when an edit tells its times in another.
		c.start.loc, c.start.zone = loc, r.zone
	}
	e := event{content: *c}
	if !told {
		// The pattern stays; a series that was moved to another day begins there.
		r.first = e.startDay()
	}
	first, ok := r.firstOccurrence()
	if !ok {
		return badRequest("ErrorRecurrenceHasNoOccurrence", "The specified recurrence has no occurrence.")
	}
	r.first = first
	c.start, c.end = e.spanOn(first)
	second, hasSecond := day(0), false
	r.days(first+maxExpansion, func(d day) bool {
		second, hasSecond = d, d > first
		return !hasSecond
	})
	e.content = *c
	if hasSecond {
		if next, _ := e.spanOn(second); c.end.at.After(next.at) {
			return badRequest("ErrorOccurrenceTimeSpanTooBig", "The duration of an occurrence must be shorter than how frequently it occurs.")
		}
	}
	return nil
}
