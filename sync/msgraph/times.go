package msgraph

import (
	"errors"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"kommunalplanner.example/sync/calendar"
)

// moment is Graph's dateTimeTimeZone: what a clock shows in a named zone. It has no offset, so in the
// hour that autumn repeats it means two instants, and in the one that spring skips none.
type moment struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

// Exchange knows 0001-01-01 and 9999-12-31 (graph.md §5). Instants are kept inside these, because
// days added beyond year 9999 can be written neither as JSON nor as RFC 3339.
var (
	earliest = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
)

var errNoDate = errors.New("not a date")

// Graph writes the first; the others cost nothing to understand. Parse takes fractions of any length.
var faceLayouts = []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04", time.DateOnly}

// face is what the clock shows, as if it hung in UTC, and the zone in which it hangs.
func (m *moment) face() (time.Time, *time.Location, error) {
	if m == nil {
		return time.Time{}, nil, errNoDate
	}
	for _, layout := range faceLayouts {
		t, err := time.Parse(layout, m.DateTime)
		if err != nil {
			continue
		}
		loc := zone(m.TimeZone)
		if layout == time.RFC3339 { // an offset says more than a zone's name
			loc = t.Location()
		}
		return clamp(faceOf(t)), loc, nil
	}
	return time.Time{}, nil, errNoDate
}

// faceOf is what a clock beside t shows, as a time in UTC.
func faceOf(t time.Time) time.Time {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	return time.Date(y, mo, d, h, mi, s, t.Nanosecond(), time.UTC)
}

func clamp(t time.Time) time.Time {
	if t.Before(earliest) {
		return earliest
	}
	if t.After(latest) {
		return latest
	}
	return t
}

// instants finds the first and the last instant at which a clock in loc shows face. They differ only
// in the hour that autumn repeats. A time that spring skips moves on by the gap, as Windows has it.
func instants(face time.Time, loc *time.Location) (first, last time.Time) {
	_, before := face.Add(-26 * time.Hour).In(loc).Zone()
	_, after := face.Add(26 * time.Hour).In(loc).Zone()
	first = face.Add(-time.Duration(before) * time.Second)
	if before == after {
		return first, first
	}
	last = face.Add(-time.Duration(after) * time.Second)
	firstFits, lastFits := faceOf(first.In(loc)).Equal(face), faceOf(last.In(loc)).Equal(face)
	switch {
	case !lastFits:
		last = first
	case !firstFits:
		first = last
	}
	return first, last
}

// span reads start and end of an event as half-open UTC. When a clock time means two instants, the
// longer reading is taken: an hour not offered is a nuisance, an hour promised twice is not. It does
// not arise while Graph heeds our wish for UTC. An end before the start counts as the start.
func span(start, end *moment, allDay bool) (from, to time.Time, err error) {
	startFace, startZone, err := start.face()
	if err != nil {
		return from, to, err
	}
	endFace, endZone, err := end.face()
	if err != nil {
		return from, to, err
	}
	if allDay {
		from, to = calendar.WholeDays(day(startFace, startZone), day(endFace, endZone))
		return from, to, nil
	}
	from, _ = instants(startFace, startZone)
	_, to = instants(endFace, endZone)
	if to.Before(from) {
		to = from
	}
	return from.UTC(), to.UTC(), nil
}

// day is a time that shows the date of an all-day event's edge. Graph tells those as midnight in
// whatever zone (graph.md §5); a clock that does not show midnight is an instant after all, and a
// Danish midnight most likely.
func day(face time.Time, loc *time.Location) time.Time {
	if face.Equal(face.Truncate(24 * time.Hour)) {
		return face
	}
	t, _ := instants(face, loc)
	return t.In(calendar.Copenhagen())
}

// moments tells a span to Graph: as Danish clock time, because Outlook then shows and moves it as
// such (and a series made of it by hand keeps its hour over daylight saving), but as UTC when either
// edge is in the hour that autumn repeats, which a zone's name cannot tell. Both edges are told in one
// zone, since Graph is particular about that in places.
func moments(start, end time.Time) (models.DateTimeTimeZoneable, models.DateTimeTimeZoneable) {
	loc, name := calendar.Copenhagen(), calendar.GraphZone
	if calendar.Ambiguous(start) || calendar.Ambiguous(end) {
		loc, name = time.UTC, "UTC"
	}
	tell := func(t time.Time) models.DateTimeTimeZoneable {
		m := models.NewDateTimeTimeZone()
		clock := t.In(loc).Format("2006-01-02T15:04:05")
		m.SetDateTime(&clock)
		m.SetTimeZone(&name)
		return m
	}
	return tell(start), tell(end)
}
