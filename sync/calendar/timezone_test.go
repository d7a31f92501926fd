package calendar

import (
	"testing"
	"time"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAllDayEventsCoverWholeDanishDays(t *testing.T) {
	for _, c := range []struct{ name, start, end, first, last string }{
		{"a winter day", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"a summer day", "2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z", "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"},
		{"the day of 23 hours", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"the day of 25 hours", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a week across the autumn change", "2026-10-19T00:00:00Z", "2026-10-26T00:00:00Z", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"dates told in another zone", "2026-12-01T00:00:00-08:00", "2026-12-02T00:00:00-08:00", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
		{"no end", "2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z", "2026-12-30T23:00:00Z", "2026-12-31T23:00:00Z"},
		{"an end before the start", "2026-12-31T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-30T23:00:00Z", "2026-12-31T23:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, last := WholeDays(utc(c.start), utc(c.end))
			if !first.Equal(utc(c.first)) || !last.Equal(utc(c.last)) {
				t.Errorf("got %s – %s, want %s – %s", first, last, c.first, c.last)
			}
			if first.Location() != time.UTC {
				t.Errorf("told in %s, want UTC", first.Location())
			}
		})
	}
}

func TestOnlyTheRepeatedHourOfOctoberIsAmbiguous(t *testing.T) {
	for at, want := range map[string]bool{
		"2026-10-24T23:59:59Z": false, // 01:59:59 summer time
		"2026-10-25T00:00:00Z": true,  // 02:00 summer time
		"2026-10-25T00:59:00Z": true,
		"2026-10-25T01:00:00Z": true, // 02:00 again
		"2026-10-25T01:59:59Z": true,
		"2026-10-25T02:00:00Z": false, // 03:00 winter time
		"2026-03-29T00:59:00Z": false, // the spring night skips an hour and repeats none
		"2026-03-29T01:00:00Z": false,
		"2026-12-01T12:00:00Z": false,
	} {
		if got := Ambiguous(utc(at)); got != want {
			t.Errorf("%s: ambiguous %t, want %t", at, got, want)
		}
	}
}

func TestEveryDayOfTenYearsHasAtMostOneAmbiguousNight(t *testing.T) {
	nights := 0
	for day := utc("2024-01-01T00:30:00Z"); day.Year() < 2034; day = day.AddDate(0, 0, 1) {
		if Ambiguous(day) {
			nights++
			if local := day.In(Copenhagen()); local.Weekday() != time.Sunday || local.Month() != time.October || local.Day() < 25 {
				t.Errorf("%s is not the last Sunday of October", local)
			}
		}
	}
	if nights != 10 {
		t.Errorf("%d ambiguous nights in ten years, want 10", nights)
	}
}
