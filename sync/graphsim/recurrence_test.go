package graphsim

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// member decides about one day by the definition of the pattern, without walking there.
func (r *recurrence) member(d day) bool {
	if d < r.first || r.rangeKind == "endDate" && d > r.last {
		return false
	}
	t, f := d.midnight(), r.first.midnight()
	months := (t.Year()-f.Year())*12 + int(t.Month()-f.Month())
	length := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	monthly := months%r.interval == 0
	yearly := t.Month() == time.Month(r.month) && (t.Year()-f.Year())%r.interval == 0
	nth := func() bool {
		if !slices.Contains(r.weekdays, d.weekday()) {
			return false
		}
		before, after := 0, 0
		for n := 1; n <= length; n++ {
			x := d - day(t.Day()) + day(n)
			if slices.Contains(r.weekdays, x.weekday()) {
				if x < d {
					before++
				} else if x > d {
					after++
				}
			}
		}
		return map[string]bool{"first": before == 0, "second": before == 1, "third": before == 2, "fourth": before == 3, "last": after == 0}[r.index]
	}
	switch r.kind {
	case "daily":
		return int(d-r.first)%r.interval == 0
	case "weekly":
		week := func(x day) int { return (int(x) - int(r.firstDay) + 4 + 7*1_000_000) / 7 } // 1 January 1970 was a Thursday
		return (week(d)-week(r.first))%r.interval == 0 && slices.Contains(r.weekdays, d.weekday())
	case "absoluteMonthly":
		return monthly && t.Day() == min(r.dayOfMonth, length)
	case "relativeMonthly":
		return monthly && nth()
	case "absoluteYearly":
		return yearly && t.Day() == min(r.dayOfMonth, length)
	}
	return yearly && nth()
}

func TestASeriesHasExactlyTheDaysOfItsPattern(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := &recurrence{
			kind:       rapid.SampledFrom(patternKinds).Draw(t, "kind"),
			interval:   rapid.IntRange(1, 5).Draw(t, "interval"),
			month:      rapid.IntRange(1, 12).Draw(t, "month"),
			dayOfMonth: rapid.IntRange(1, 31).Draw(t, "dayOfMonth"),
			weekdays:   rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, 6), func(n int) time.Weekday { return time.Weekday(n) }), 1, 7, rapid.ID).Draw(t, "weekdays"),
			firstDay:   time.Weekday(rapid.IntRange(0, 6).Draw(t, "firstDay")),
			index:      rapid.SampledFrom(indexNames).Draw(t, "index"),
			rangeKind:  rapid.SampledFrom(rangeKinds).Draw(t, "range"),
			first:      day(rapid.IntRange(20_000, 22_000).Draw(t, "first")),
		}
		r.last = r.first + day(rapid.IntRange(0, 900).Draw(t, "last"))
		r.count = rapid.IntRange(1, 30).Draw(t, "count")
		until := r.first + 2500
		var want []day
		for d := r.first; d <= until; d++ {
			if r.member(d) && !(r.rangeKind == "numbered" && len(want) == r.count) {
				want = append(want, d)
			}
		}
		if got := r.between(0, until); !slices.Equal(got, want) {
			t.Fatalf("%+v:\ngot  %v\nwant %v", r, got, want)
		}
		probe := r.first + day(rapid.IntRange(-10, 2400).Draw(t, "probe"))
		if r.has(probe) != slices.Contains(want, probe) {
			t.Fatalf("has %v", probe)
		}
		if d, ok := r.firstOccurrence(); len(want) > 0 && (!ok || d != want[0]) {
			t.Fatalf("first %v %v, want %v", d, ok, want[0])
		}
	})
}

func FuzzRecurrence(f *testing.F) {
	f.Add(`{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"},"range":{"type":"noEnd","startDate":"2027-01-11"}}`)
	f.Add(`{"pattern":{"type":"absoluteYearly","interval":3,"month":2,"dayOfMonth":30},"range":{"type":"numbered","startDate":"2027-01-11","numberOfOccurrences":9}}`)
	f.Add(`{"pattern":{"type":"relativeMonthly","interval":99,"daysOfWeek":["sunday","sunday"],"index":"last"},"range":{"type":"endDate","startDate":"1601-01-01","endDate":"4500-01-01"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, fail := parseRecurrence(json.RawMessage(text), false)
		if fail != nil {
			return
		}
		last, n := r.first-1, 0
		r.days(latestDay, func(d day) bool {
			if d <= last {
				t.Fatalf("%v after %v", d, last)
			}
			last = d
			n++
			return n < 2000
		})
		if r.rangeKind == "numbered" && n > r.count || r.rangeKind == "endDate" && last > r.last {
			t.Fatalf("%d occurrences until %v of %+v", n, last, r)
		}
		// What is told of a series reads back as the same series.
		if r.rangeKind != "noEnd" {
			again, fail := parseRecurrence(appendJSON(nil, r.object()), false)
			if fail != nil || again.first != r.first || again.kind != r.kind || again.count != r.count || again.last != r.last {
				t.Fatalf("%+v reads back as %+v, %v", r, again, fail)
			}
		}
	})
}

func TestAWallClockTimeIsReadAsExchangeReadsIt(t *testing.T) {
	t.Parallel()
	loc, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ wall, want string }{
		{"2026-10-25T01:59:59", "2026-10-24T23:59:59Z"},
		{"2026-10-25T02:00:00", "2026-10-25T01:00:00Z"}, // the second of two
		{"2026-10-25T02:59:59", "2026-10-25T01:59:59Z"},
		{"2026-10-25T03:00:00", "2026-10-25T02:00:00Z"},
		{"2026-03-29T01:59:59", "2026-03-29T00:59:59Z"},
		{"2026-03-29T02:00:00", "2026-03-29T01:00:00Z"}, // not on any clock
		{"2026-03-29T03:00:00", "2026-03-29T01:00:00Z"},
		{"2026-07-01T12:00:00", "2026-07-01T10:00:00Z"},
	} {
		wall, err := time.Parse("2006-01-02T15:04:05", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := atWall(wall, loc).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: got %s, want %s", c.wall, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0).UTC()
		back := atWall(wallOf(at, loc), loc)
		if diff := back.Sub(at); diff != 0 && diff != time.Hour {
			t.Fatalf("%v comes back as %v", at, back)
		}
	})
}

func TestEachWindowsZoneIsKnownToTheMachineAndInAnyCase(t *testing.T) {
	t.Parallel()
	z := &zones{}
	for name := range windowsZones {
		if _, fail := z.find(name); fail != nil {
			t.Errorf("%s: %v", name, fail)
		}
	}
	for _, name := range []string{"Romance Standard Time", "Europe/Copenhagen", "UTC"} {
		if _, fail := z.find(name); fail != nil {
			t.Errorf("%s: %v", name, fail)
		}
	}
	for _, name := range []string{"", "Local", "Mars Standard Time", "../../etc/passwd"} {
		if _, fail := z.find(name); fail == nil {
			t.Errorf("%q is known", name)
		}
	}
}
