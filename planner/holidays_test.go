package planner

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The days of these years as the almanac of the University of Copenhagen lists them.
func TestPublicHolidaysAreThoseOfTheAlmanac(t *testing.T) {
	for year, want := range map[int][]string{
		2023: {"2023-01-01", "2023-04-06", "2023-04-07", "2023-04-09", "2023-04-10", "2023-05-05", "2023-05-18", "2023-05-28", "2023-05-29", "2023-12-25", "2023-12-26"},
		2024: {"2024-01-01", "2024-03-28", "2024-03-29", "2024-03-31", "2024-04-01", "2024-05-09", "2024-05-19", "2024-05-20", "2024-12-25", "2024-12-26"},
		2026: {"2026-01-01", "2026-04-02", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-14", "2026-05-24", "2026-05-25", "2026-12-25", "2026-12-26"},
		2027: {"2027-01-01", "2027-03-25", "2027-03-26", "2027-03-28", "2027-03-29", "2027-05-06", "2027-05-16", "2027-05-17", "2027-12-25", "2027-12-26"},
		2038: {"2038-01-01", "2038-04-22", "2038-04-23", "2038-04-25", "2038-04-26", "2038-06-03", "2038-06-13", "2038-06-14", "2038-12-25", "2038-12-26"},
	} {
		var got []string
		for at := time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC); at.Year() == year; at = at.AddDate(0, 0, 1) {
			if d := DateOf(at); PublicHoliday(d) {
				got = append(got, d.String())
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d (-want +got):\n%s", year, d)
		}
	}
}

func TestClosingDaysAreChosenOneByOne(t *testing.T) {
	open := map[string]ClosingDays{
		"2026-05-01": {LabourDay: true}, "2026-06-05": {ConstitutionDay: true}, "2026-12-24": {ChristmasEve: true},
		"2026-12-31": {NewYearsEve: true}, "2026-12-25": {PublicHolidays: true}, "2026-09-09": {Local: []Date{{2026, 9, 9}}},
	}
	for day := range open {
		d, err := ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		for chosen, c := range open {
			if got := c.Closed(d); got != (chosen == day) {
				t.Errorf("%s with the choice that closes %s: closed = %v", day, chosen, got)
			}
		}
		if (ClosingDays{}).Closed(d) {
			t.Errorf("closed on %s without any choice", day)
		}
	}
}
