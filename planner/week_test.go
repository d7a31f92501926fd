package planner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

func weekAt(day string, clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, planner.Copenhagen())
	if err != nil {
		panic(err)
	}
	return t
}

func weekSpan(day, from, to string) planner.Span {
	return planner.Span{Start: weekAt(day, from), End: weekAt(day, to)}
}

// drawn is the stretches of a day in one line each.
func drawn(w planner.Week, day string) string {
	var b strings.Builder
	start := weekAt(day, "00:00")
	for _, s := range w.Stretches(planner.Span{Start: start, End: start.AddDate(0, 0, 1)}) {
		fmt.Fprintf(&b, "%s-%s %s", s.Start.In(planner.Copenhagen()).Format("15.04"), s.End.In(planner.Copenhagen()).Format("15.04"), s.Occupancy)
		for _, m := range s.Meetings {
			b.WriteString(" " + m.Title)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestADayShowsEachUseOfTimeOnceTheNearestToACitizenFirst(t *testing.T) {
	t.Parallel()
	const tuesday = "2026-11-24"
	w := planner.Week{
		CaseWorker: planner.CaseWorker{Hours: []planner.WorkingHours{{Weekday: 2, StartMinute: 8 * 60, EndMinute: 16 * 60}}},
		Busy:       []planner.Span{weekSpan(tuesday, "09:00", "10:00"), weekSpan(tuesday, "15:30", "17:00")},
		Private:    []planner.Span{weekSpan(tuesday, "09:45", "10:15")},
		Reserved:   []planner.Span{weekSpan(tuesday, "11:00", "11:30")},
		Held:       []planner.Span{weekSpan(tuesday, "11:00", "11:30"), weekSpan(tuesday, "12:50", "13:40")},
		Meetings: []planner.WeekMeeting{
			{Span: weekSpan(tuesday, "13:00", "13:30"), BookingID: uuid.UUID{1}, Title: "A"},
			{Span: weekSpan(tuesday, "13:15", "14:00"), BookingID: uuid.UUID{2}, Title: "B", Overlapping: true},
		},
	}
	want := `00.00-08.00 outside
08.00-09.00 free
09.00-09.45 busy
09.45-10.15 private
10.15-11.00 free
11.00-11.30 reserved
11.30-12.50 free
12.50-13.00 buffer
13.00-13.15 meeting A
13.15-13.30 meeting A B
13.30-14.00 meeting B
14.00-15.30 free
15.30-17.00 busy
17.00-00.00 outside
`
	if d := cmp.Diff(want, drawn(w, tuesday)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	w.Withheld = planner.ReasonStale
	if got := drawn(w, tuesday); strings.Contains(got, "free") || !strings.Contains(got, "08.00-09.00 withheld") || !strings.Contains(got, "09.00-09.45 busy") {
		t.Errorf("withheld:\n%s", got)
	}
	w.Closing.Local = []planner.Date{{Year: 2026, Month: 11, Day: 24}}
	if got := drawn(w, tuesday); strings.Contains(got, "withheld") || !strings.Contains(got, "00.00-09.00 closed") || !strings.Contains(got, "meeting A B") {
		t.Errorf("closed:\n%s", got)
	}
}

func TestWeeksAndDaysAreAsLongAsTheClocksMakeThem(t *testing.T) {
	t.Parallel()
	for at, hours := range map[string][7]float64{
		"2026-11-24 12:00": {24, 24, 24, 24, 24, 24, 24}, "2026-10-25 02:30": {24, 24, 24, 24, 24, 24, 25}, "2026-03-29 23:59": {24, 24, 24, 24, 24, 24, 23},
	} {
		week := planner.WeekOf(weekAt(at[:10], at[11:]))
		days := planner.DanishDays(week)
		var got [7]float64
		for i, d := range days {
			got[i] = d.End.Sub(d.Start).Hours()
		}
		if len(days) != 7 || got != hours || week.Start.In(planner.Copenhagen()).Weekday() != time.Monday {
			t.Errorf("%s: %v, %v", at, week, got)
		}
	}
	// The hour that is repeated is working time twice.
	night := planner.Week{CaseWorker: planner.CaseWorker{Hours: []planner.WorkingHours{{Weekday: 7, StartMinute: 120, EndMinute: 180}}}}
	for _, s := range night.Stretches(planner.Span{Start: weekAt("2026-10-25", "00:00"), End: weekAt("2026-10-26", "00:00")}) {
		if s.Occupancy == planner.OccupancyFree && s.End.Sub(s.Start) != 2*time.Hour {
			t.Errorf("the repeated hour is free for %s", s.End.Sub(s.Start))
		}
	}
}

// Whatever is in a calendar, the stretches cover the week without gap or overlap, and none crosses a Danish midnight.
func TestStretchesCoverTheWeekOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		week := planner.WeekOf(time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC).AddDate(0, 0, 7*rapid.IntRange(-1, 1).Draw(r, "week")))
		spans := func(name string) (out []planner.Span) {
			for range rapid.IntRange(0, 4).Draw(r, name) {
				start := week.Start.Add(time.Duration(rapid.IntRange(-600, 11000).Draw(r, "start")) * time.Minute)
				out = append(out, planner.Span{Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 2000).Draw(r, "length")) * time.Minute)})
			}
			return out
		}
		w := planner.Week{Busy: spans("busy"), Private: spans("private"), Reserved: spans("reserved"), Held: spans("held")}
		for i, s := range spans("meetings") {
			w.Meetings = append(w.Meetings, planner.WeekMeeting{Span: s, BookingID: uuid.UUID{byte(i + 1)}})
		}
		for d := 1; d <= 7; d++ {
			w.CaseWorker.Hours = append(w.CaseWorker.Hours, planner.WorkingHours{Weekday: d, StartMinute: rapid.IntRange(0, 700).Draw(r, "from"), EndMinute: rapid.IntRange(701, 1440).Draw(r, "to")})
		}
		at := week.Start
		for _, s := range w.Stretches(week) {
			if !s.Start.Equal(at) || !s.End.After(s.Start) {
				r.Fatalf("%v after %v", s, at)
			}
			last := s.End.Add(-time.Microsecond)
			if planner.DateOf(s.Start) != planner.DateOf(last) {
				r.Fatalf("%v crosses midnight", s)
			}
			at = s.End
		}
		if !at.Equal(week.End) {
			r.Fatalf("ends at %v, not %v", at, week.End)
		}
	})
}
