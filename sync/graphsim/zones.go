package graphsim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the simulator must know its zones on any machine
)

// windowsZones maps the names that Outlook uses to IANA names. Source: Unicode CLDR,
// windowsZones.xml, territory "001"; the zones of Europe and a few that tests like to use.
var windowsZones = map[string]string{
	"utc":                            "Etc/UTC",
	"gmt standard time":              "Europe/London",
	"greenwich standard time":        "Atlantic/Reykjavik",
	"w. europe standard time":        "Europe/Berlin",
	"central europe standard time":   "Europe/Budapest",
	"romance standard time":          "Europe/Paris",
	"central european standard time": "Europe/Warsaw",
	"gtb standard time":              "Europe/Bucharest",
	"fle standard time":              "Europe/Kiev",
	"e. europe standard time":        "Europe/Chisinau",
	"russian standard time":          "Europe/Moscow",
	"turkey standard time":           "Europe/Istanbul",
	"greenland standard time":        "America/Nuuk",
	"azores standard time":           "Atlantic/Azores",
	"eastern standard time":          "America/New_York",
	"central standard time":          "America/Chicago",
	"mountain standard time":         "America/Denver",
	"pacific standard time":          "America/Los_Angeles",
	"india standard time":            "Asia/Kolkata",
	"china standard time":            "Asia/Shanghai",
	"tokyo standard time":            "Asia/Tokyo",
	"aus eastern standard time":      "Australia/Sydney",
	"new zealand standard time":      "Pacific/Auckland",
	"tzone://microsoft/utc":          "Etc/UTC",
}

// zones remembers loaded zones; time.LoadLocation parses its file on each call.
type zones struct {
	mu    sync.Mutex
	known map[string]*time.Location
}

// find takes Windows and IANA names. Others are refused, as Graph does.
func (z *zones) find(name string) (*time.Location, *apiError) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if loc, ok := z.known[name]; ok {
		return loc, nil
	}
	iana, ok := windowsZones[strings.ToLower(name)]
	if !ok {
		iana = name
	}
	// LoadLocation takes "" for UTC and "Local" for the machine's zone; Graph knows neither.
	if iana != "" && iana != "Local" {
		if loc, err := time.LoadLocation(iana); err == nil {
			if z.known == nil {
				z.known = map[string]*time.Location{}
			}
			z.known[name] = loc
			return loc, nil
		}
	}
	return nil, &apiError{status: http.StatusBadRequest, code: "TimeZoneNotSupportedException",
		message: fmt.Sprintf("The following TimeZone value is not supported: %s.", name)}
}

// atWall finds the instant of a wall clock time. The repeated hour of autumn is read as standard
// time, as .NET does, on which Exchange stands; a time that spring skips moves on by the gap.
// time.Date would leave the choice open.
func atWall(wall time.Time, loc *time.Location) time.Time {
	y, mo, d := wall.Date()
	h, mi, s := wall.Clock()
	t := time.Date(y, mo, d, h, mi, s, wall.Nanosecond(), loc)
	naive := time.Date(y, mo, d, h, mi, s, wall.Nanosecond(), time.UTC)
	_, before := t.Add(-3 * time.Hour).Zone()
	_, after := t.Add(3 * time.Hour).Zone()
	if before == after {
		return t.UTC()
	}
	asAfter := naive.Add(-time.Duration(after) * time.Second)
	if wallOf(asAfter, loc).Equal(naive) {
		return asAfter // valid under the later offset: only that, or the second of two
	}
	return naive.Add(-time.Duration(before) * time.Second)
}

// wallOf returns what a clock on the wall shows, as a time in UTC.
func wallOf(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	return time.Date(y, mo, d, h, mi, s, t.Nanosecond(), time.UTC)
}

// A day is counted from 1 January 1970 of the calendar, without any zone.
type day int32

func dayOf(wall time.Time) day {
	y, m, d := wall.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) midnight() time.Time   { return time.Unix(int64(d)*86400, 0).UTC() }
func (d day) String() string        { return d.midnight().Format(time.DateOnly) }
func (d day) weekday() time.Weekday { return d.midnight().Weekday() }

func parseDay(s string) (day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return dayOf(t), nil
}
