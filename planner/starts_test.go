package planner

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestStartsAreThoseOfACaseWorkerWhoIsAlwaysFree compares with Slots, both nights on which the clocks change included.
func TestStartsAreThoseOfACaseWorkerWhoIsAlwaysFree(t *testing.T) {
	t.Parallel()
	always := Calendar{CaseWorker: uuid.New()}
	for d := 1; d <= 7; d++ {
		always.Hours = append(always.Hours, WorkingHours{Weekday: d, EndMinute: 1440})
	}
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), time.Date(2026, 6, 3, 10, 0, 0, 0, time.UTC),
		}).Draw(t, "near")
		moment := func(name string, hours int) time.Time {
			return near.Add(time.Duration(rapid.IntRange(-hours*3600, hours*3600).Draw(t, name)) * time.Second)
		}
		s := Search{
			Now:      moment("now", 30),
			Interval: Span{Start: moment("from", 60), End: moment("to", 60)},
			Option: InterviewOption{
				Duration:    time.Duration(rapid.IntRange(5, 720).Draw(t, "duration")) * time.Minute,
				SlotStep:    time.Duration(rapid.SampledFrom([]int{5, 7, 30, 45, 60, 720}).Draw(t, "step")) * time.Minute,
				Notice:      time.Duration(rapid.IntRange(-60, 3000).Draw(t, "notice")) * time.Minute,
				HorizonDays: rapid.IntRange(0, 3).Draw(t, "horizon"),
			},
			Calendars: []Calendar{always},
		}
		first, last, some := s.Starts()
		slots := s.Slots()
		if some != (len(slots) > 0) {
			t.Fatalf("some is %v, and there are %d times", some, len(slots))
		}
		if some && (!first.Equal(slots[0].Start) || !last.Equal(slots[len(slots)-1].Start)) {
			t.Fatalf("from %s to %s, want from %s to %s", first, last, slots[0].Start, slots[len(slots)-1].Start)
		}
	})
}

func TestQuestionsWithTheSameStartsHaveTheSameAnswer(t *testing.T) {
	t.Parallel()
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		s := anySearch(t)
		first, last, some := s.Starts()
		if !some {
			return
		}
		other := s
		other.Interval = Span{first, last.Add(s.Option.Duration)}
		other.Now = s.Now.Add(time.Duration(rapid.IntRange(-40*60, 40*60).Draw(t, "minutes later")) * time.Minute)
		if a, b, _ := other.Starts(); !a.Equal(first) || !b.Equal(last) {
			other.Now = s.Now
		}
		compared++
		if d := cmp.Diff(s.Slots(), other.Slots()); d != "" {
			t.Fatal(d)
		}
	})
	if compared == 0 {
		t.Error("nothing was compared")
	}
}
