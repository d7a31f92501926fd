package roster

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

func TestWeeksAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"man-tor 8:30-12, 12:30-15; fre 9-13":        "man-tor 8:30-12, 12:30-15; fre 9-13",
		"Mandag - torsdag: 08.30 – 12.00,12.30-15":   "man-tor 8:30-12, 12:30-15",
		"fre 9-13\nman 8-16\n":                       "man 8-16; fre 9-13",
		"man, ons og fre 8-12":                       "man 8-12; ons 8-12; fre 8-12",
		"man 8-12; man 12-16":                        "man 8-12, 12-16",
		"lør 0-24; soen 10-11":                       "lør 0-24; søn 10-11",
		"tirsdag+onsdag 9-10":                        "tir-ons 9-10",
		"":                                           "",
		"man-fre 9-15; ":                             "man-fre 9-15",
		"man 12-16, 8-11:45; tir 12-16, 8.00-11.45;": "man-tir 8-11:45, 12-16",
	} {
		week, err := ParseWeek(text)
		if err != nil || week.String() != want {
			t.Errorf("%q: %q, %v, want %q", text, week, err, want)
		}
	}
	for text, want := range map[string]Code{
		"man": BadForm, "8-16": BadForm, "man 8": BadForm, "man 8-25": BadForm, "man 8-12:60": BadForm, "man 16-8": Backwards, "man 8-8": Backwards,
		"man 8-12; man-tir 11-13": Overlap, "tor-man 8-12": BadForm, "man 8-12 tir 8-12": BadForm, "kl 8-12": BadForm,
	} {
		_, err := ParseWeek(text)
		var wrong *HoursError
		if !errors.As(err, &wrong) || wrong.Code != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestDaysAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-12-28 9-12, 13-15\r\n2026-12-24: FRI": "2026-12-24 fri\n2026-12-28 9-12, 13-15",
		"2026-12-24 fri; 2026-12-25 0-24":           "2026-12-24 fri\n2026-12-25 0-24",
		"2026-12-28 13-15 , 9-12":                   "2026-12-28 9-12, 13-15",
	} {
		days, err := ParseDays(text)
		if err != nil || days.String() != want {
			t.Errorf("%q: %q, %v, want %q", text, days, err, want)
		}
	}
	for text, want := range map[string]Code{
		"24-12-2026 fri": BadForm, "2026-12-24": BadForm, "2026-02-30 fri": BadForm, "2026-12-24 12-9": Backwards,
		"2026-12-24 fri\n2026-12-24 9-10": Repeated, "2026-12-24 9-12, 11-13": Overlap, "2026-12-24 9": BadForm,
	} {
		_, err := ParseDays(text)
		var wrong *HoursError
		if !errors.As(err, &wrong) || wrong.Code != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// anyStretches draws stretches of one day that do not overlap, some of which touch.
func anyStretches(t *rapid.T) [][2]int {
	var found [][2]int
	at := 0
	for range rapid.IntRange(0, 4).Draw(t, "stretches") {
		from := at + rapid.IntRange(0, 200).Draw(t, "pause")
		to := from + rapid.IntRange(1, 300).Draw(t, "length")
		if to > 1440 {
			break
		}
		found, at = append(found, [2]int{from, to}), to
	}
	return found
}

func TestHoursReadBackFromTheirTextAreTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w Worker
		for d := 1; d <= 7; d++ {
			for _, h := range anyStretches(t) {
				w.Hours = append(w.Hours, planner.WorkingHours{Weekday: d, StartMinute: h[0], EndMinute: h[1]})
			}
		}
		for n := range rapid.IntRange(0, 3).Draw(t, "dates") {
			date := planner.DateOf(time.Date(2026, 12, 24+2*n, 12, 0, 0, 0, time.UTC))
			stretches := anyStretches(t)
			for _, h := range stretches {
				w.Exceptions = append(w.Exceptions, planner.DateHours{Date: date, StartMinute: h[0], EndMinute: h[1]})
			}
			if len(stretches) == 0 {
				w.Exceptions = append(w.Exceptions, planner.DateHours{Date: date})
			}
		}
		text, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		var back Worker
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w, back); d != "" {
			t.Fatalf("%s\n%s", text, d)
		}
	})
}

func FuzzHoursThatAreReadCanBeWrittenAndReadAgain(f *testing.F) {
	for _, seed := range []string{"man-tor 8:30-12, 12:30-15; fre 9-13", "2026-12-24 fri\n2026-12-28 9-12", "man, ons og fre 8-12", "man--tir 8-9", ";;", "lørdag 0-24"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if week, err := ParseWeek(text); err == nil {
			if again, err := ParseWeek(week.String()); err != nil || !cmp.Equal(week, again) {
				t.Errorf("%q: %v, %v", week, again, err)
			}
		}
		if days, err := ParseDays(text); err == nil {
			if again, err := ParseDays(days.String()); err != nil || !cmp.Equal(days, again) {
				t.Errorf("%q: %v, %v", days, again, err)
			}
		}
	})
}
