package planner_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestAForecastCountsStartsAndWhatFitsInByDanishISOWeek(t *testing.T) {
	t.Parallel()
	anna, bo := uuid.UUID{1}, uuid.UUID{2}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, planner.Copenhagen())
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	option := planner.InterviewOption{Duration: time.Hour, Rules: planner.OptionRules{BufferAfter: 15 * time.Minute}}
	slots := []planner.Timeslot{
		{Start: at("2026-12-30 09:00"), CaseWorkers: []uuid.UUID{anna, bo}}, // week 53
		{Start: at("2026-12-30 09:30"), CaseWorkers: []uuid.UUID{anna}},     // overlaps hers
		{Start: at("2026-12-30 10:00"), CaseWorkers: []uuid.UUID{anna}},     // within the buffer
		{Start: at("2026-12-30 10:15"), CaseWorkers: []uuid.UUID{anna}},
		{Start: at("2027-01-03 23:30"), CaseWorkers: []uuid.UUID{bo}},                    // Sunday, still week 53
		{Start: at("2027-01-11 00:00"), CaseWorkers: []uuid.UUID{bo}, Seats: 9, Free: 7}, // Monday, 23:00 on Sunday in UTC
		{Start: at("2027-01-18 10:00"), CaseWorkers: []uuid.UUID{anna, bo}},              // after the last week asked about
	}
	got := planner.Forecast(option, slots, at("2026-12-29 12:00"), 3)
	want := []planner.WeekTimes{{Year: 2026, Week: 53, Starts: 5, Capacity: 4}, {Year: 2027, Week: 1}, {Year: 2027, Week: 2, Starts: 1, Capacity: 7}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
