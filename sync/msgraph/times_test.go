package msgraph

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kommunalplanner.example/sync/calendar"
)

func TestASpanIsReadAsInstants(t *testing.T) {
	m := func(s string) *moment {
		clock, zone, _ := strings.Cut(s, " ")
		return &moment{clock, zone}
	}
	cases := []struct {
		name, start, end string
		allDay           bool
		want             string
	}{
		{"UTC", "2026-12-01T08:00:00.0000000 UTC", "2026-12-01T09:00:00.0000000 UTC", false, "2026-12-01T08:00:00Z 2026-12-01T09:00:00Z"},
		{"winter, Danish", "2026-12-01T08:00:00 Romance Standard Time", "2026-12-01T09:00:00 Romance Standard Time", false, "2026-12-01T07:00:00Z 2026-12-01T08:00:00Z"},
		{"summer, Danish", "2026-07-01T08:00:00 Romance Standard Time", "2026-07-01T09:00:00 Romance Standard Time", false, "2026-07-01T06:00:00Z 2026-07-01T07:00:00Z"},
		{"zones of start and end differ", "2026-07-01T08:00:00 Eastern Standard Time", "2026-07-01T15:00:00 Europe/Copenhagen", false, "2026-07-01T12:00:00Z 2026-07-01T13:00:00Z"},
		{"a zone's name in other case", "2026-07-01T08:00:00 ROMANCE STANDARD TIME", "2026-07-01T09:00:00 romance standard time", false, "2026-07-01T06:00:00Z 2026-07-01T07:00:00Z"},
		{"zones that say nothing", "2026-07-01T08:00:00 tzone://Microsoft/Custom", "2026-07-01T09:00:00 Customized Time Zone", false, "2026-07-01T06:00:00Z 2026-07-01T07:00:00Z"},
		{"Exchange's own UTC", "2026-07-01T08:00:00 tzone://Microsoft/Utc", "2026-07-01T09:00:00 Utc", false, "2026-07-01T08:00:00Z 2026-07-01T09:00:00Z"},
		{"no zone", "2026-07-01T08:00:00", "2026-07-01T09:00:00", false, "2026-07-01T06:00:00Z 2026-07-01T07:00:00Z"},
		{"the machine's zone is not meant", "2026-07-01T08:00:00 Local", "2026-07-01T09:00:00 Local", false, "2026-07-01T06:00:00Z 2026-07-01T07:00:00Z"},
		{"an offset", "2026-07-01T08:00:00Z Romance Standard Time", "2026-07-01T11:00:00.5+01:00 UTC", false, "2026-07-01T08:00:00Z 2026-07-01T10:00:00.5Z"},
		{"the hour that comes twice, longest reading", "2026-10-25T02:15:00 Romance Standard Time", "2026-10-25T02:45:00 Romance Standard Time", false, "2026-10-25T00:15:00Z 2026-10-25T01:45:00Z"},
		{"an end in the hour that comes twice", "2026-10-25T01:30:00 Romance Standard Time", "2026-10-25T02:30:00 Romance Standard Time", false, "2026-10-24T23:30:00Z 2026-10-25T01:30:00Z"},
		{"the hour that does not come", "2026-03-29T02:30:00 Romance Standard Time", "2026-03-29T03:30:00 Romance Standard Time", false, "2026-03-29T01:30:00Z 2026-03-29T01:30:00Z"},
		{"the end before the start", "2026-12-01T09:00:00 UTC", "2026-12-01T08:00:00 UTC", false, "2026-12-01T09:00:00Z 2026-12-01T09:00:00Z"},
		{"the dates that mean none", "0001-01-01T00:00:00 UTC", "9999-12-31T23:59:59.9999999 UTC", false, "1970-01-01T00:00:00Z 2200-01-01T00:00:00Z"},

		{"a whole day", "2026-12-01T00:00:00.0000000 UTC", "2026-12-02T00:00:00.0000000 UTC", true, "2026-11-30T23:00:00Z 2026-12-01T23:00:00Z"},
		{"a whole day in summer", "2026-07-01T00:00:00 UTC", "2026-07-02T00:00:00 UTC", true, "2026-06-30T22:00:00Z 2026-07-01T22:00:00Z"},
		{"a whole day of 25 hours", "2026-10-25T00:00:00 UTC", "2026-10-26T00:00:00 UTC", true, "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z"},
		{"a whole day, told in another zone", "2026-12-01T00:00:00 Pacific Standard Time", "2026-12-02T00:00:00 Pacific Standard Time", true, "2026-11-30T23:00:00Z 2026-12-01T23:00:00Z"},
		{"a whole day, told as Danish midnight in UTC", "2026-11-30T23:00:00 UTC", "2026-12-01T23:00:00 UTC", true, "2026-11-30T23:00:00Z 2026-12-01T23:00:00Z"},
		{"a whole day, dates only", "2026-12-01 UTC", "2026-12-02 UTC", true, "2026-11-30T23:00:00Z 2026-12-01T23:00:00Z"},
		{"a whole day without end", "2026-12-01T00:00:00 UTC", "0001-01-01T00:00:00 UTC", true, "2026-11-30T23:00:00Z 2026-12-01T23:00:00Z"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			from, to, err := span(m(tc.start), m(tc.end), tc.allDay)
			if err != nil {
				t.Fatal(err)
			}
			if got := from.Format(time.RFC3339Nano) + " " + to.Format(time.RFC3339Nano); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// TestWhatIsWrittenReadsBackAsTheSameInstants over a year and more, both nights of changed clocks
// in it.
func TestWhatIsWrittenReadsBackAsTheSameInstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		night := rapid.SampledFrom([]time.Time{
			time.Date(2026, time.October, 24, 20, 0, 0, 0, time.UTC), time.Date(2027, time.March, 27, 20, 0, 0, 0, time.UTC),
			time.Date(2026, time.December, 31, 12, 0, 0, 0, time.UTC), time.Date(2027, time.July, 1, 0, 0, 0, 0, time.UTC),
		}).Draw(t, "near")
		start := night.Add(time.Duration(rapid.IntRange(0, 12*60).Draw(t, "minute")) * time.Minute)
		end := start.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "length")) * time.Minute)
		s, e := moments(start, end)
		if *s.GetTimeZone() != *e.GetTimeZone() {
			t.Fatalf("zones %s and %s", *s.GetTimeZone(), *e.GetTimeZone())
		}
		from, to, err := span(&moment{*s.GetDateTime(), *s.GetTimeZone()}, &moment{*e.GetDateTime(), *e.GetTimeZone()}, false)
		if err != nil {
			t.Fatal(err)
		}
		if !from.Equal(start) || !to.Equal(end) {
			t.Fatalf("%s – %s was written as %s – %s %s and reads %s – %s", start, end, *s.GetDateTime(), *e.GetDateTime(), *s.GetTimeZone(), from, to)
		}
	})
}

func TestDanishClockTimeIsWrittenExceptInTheHourThatComesTwice(t *testing.T) {
	for _, tc := range []struct{ start, zone, clock string }{
		{"2026-12-01T08:00:00Z", calendar.GraphZone, "2026-12-01T09:00:00"},
		{"2026-07-01T08:00:00Z", calendar.GraphZone, "2026-07-01T10:00:00"},
		{"2026-10-24T22:59:00Z", calendar.GraphZone, "2026-10-25T00:59:00"}, // ends 01:29
		{"2026-10-24T23:30:00Z", "UTC", "2026-10-24T23:30:00"},              // ends 02:00, for the first time
		{"2026-10-25T00:30:00Z", "UTC", "2026-10-25T00:30:00"},
		{"2026-10-25T01:59:00Z", "UTC", "2026-10-25T01:59:00"},
		{"2026-10-25T02:00:00Z", calendar.GraphZone, "2026-10-25T03:00:00"},
		{"2027-03-28T00:45:00Z", calendar.GraphZone, "2027-03-28T01:45:00"},
	} {
		start, err := time.Parse(time.RFC3339, tc.start)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := moments(start, start.Add(30*time.Minute))
		if *m.GetTimeZone() != tc.zone || *m.GetDateTime() != tc.clock {
			t.Errorf("%s: written as %s %s, want %s %s", tc.start, *m.GetDateTime(), *m.GetTimeZone(), tc.clock, tc.zone)
		}
	}
}

func TestEveryWindowsZoneIsKnown(t *testing.T) {
	for name, iana := range windowsZones {
		if name != strings.ToLower(name) {
			t.Errorf("%q is not in lower case", name)
		}
		loc, err := time.LoadLocation(iana)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		for _, at := range []time.Time{testNow, testNow.AddDate(0, 6, 0)} {
			if got := zone(strings.ToUpper(name)); !faceOf(at.In(got)).Equal(faceOf(at.In(loc))) {
				t.Errorf("%q is read as %s, want %s", name, got, loc)
			}
		}
	}
	if len(windowsZones) < 140 {
		t.Errorf("the table has %d zones", len(windowsZones))
	}
}

// FuzzSpan: no date and no zone brings the reader down, or out of its bounds.
func FuzzSpan(f *testing.F) {
	f.Add("2026-12-01T08:00:00.0000000", "UTC", "2026-12-01T09:00:00.0000000", "Romance Standard Time", false)
	f.Add("0001-01-01T00:00:00", "", "9999-12-31T23:59:59.9999999", "tzone://Microsoft/Custom", true)
	f.Add("2026-10-25T02:30:00", "W. Europe Standard Time", "2026-10-25T02:30:00+14:00", "../../etc/passwd", false)
	f.Add("2026-02-29T25:61:00", "Pacific/Apia", "2011-12-30T00:00:00", "Pacific/Apia", true)
	f.Fuzz(func(t *testing.T, start, startZone, end, endZone string, allDay bool) {
		from, to, err := span(&moment{start, startZone}, &moment{end, endZone}, allDay)
		if err != nil {
			return
		}
		slack := 48 * time.Hour // zones, and the day added to an empty whole day
		if to.Before(from) || from.Before(earliest.Add(-slack)) || to.After(latest.Add(slack)) {
			t.Errorf("%s to %s", from, to)
		}
		if from.Location() != time.UTC || to.Location() != time.UTC {
			t.Errorf("zones %s and %s", from.Location(), to.Location())
		}
		if allDay && to.Sub(from) < 23*time.Hour {
			t.Errorf("a whole day of %s", to.Sub(from))
		}
	})
}
