package planner

import (
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// naiveSlots is a second Slots that shares nothing with the first: it walks through every minute
// and looks at a Danish clock. Everything must lie on whole minutes.
func naiveSlots(s Search) []Timeslot {
	var slots []Timeslot
	step, length := int(s.Option.SlotStep/time.Minute), int(s.Option.Duration/time.Minute)
	dayOf := func(t time.Time) string { return t.In(Copenhagen()).Format(time.DateOnly) }
	lastDay := s.Now.In(Copenhagen()).AddDate(0, 0, s.Option.HorizonDays).Format(time.DateOnly)
	for start := s.Interval.Start.Truncate(time.Minute); start.Before(s.Interval.End); start = start.Add(time.Minute) {
		local := start.In(Copenhagen())
		if (local.Hour()*60+local.Minute())%step != 0 || start.Before(s.Now.Add(s.Option.Notice)) || start.Before(s.Now) ||
			dayOf(start) > lastDay || start.Before(s.Interval.Start) || start.Add(s.Option.Duration).After(s.Interval.End) {
			continue
		}
		var free []Calendar
		for _, c := range s.Calendars {
			ok := true
			for m := range length {
				ok = ok && naiveFree(s, c, start.Add(time.Duration(m)*time.Minute))
			}
			if ok {
				free = append(free, c)
			}
		}
		if len(free) == 0 {
			continue
		}
		held := func(c Calendar) (n int) {
			for _, h := range c.Held {
				if dayOf(h.Start) == dayOf(start) {
					n++
				}
			}
			return n
		}
		sort.Slice(free, func(i, j int) bool {
			if p := free[i].CaseWorker == s.Prefer; p != (free[j].CaseWorker == s.Prefer) {
				return p
			}
			if held(free[i]) != held(free[j]) {
				return held(free[i]) < held(free[j])
			}
			return free[i].Identifier < free[j].Identifier
		})
		slot := Timeslot{Start: start}
		for _, c := range free {
			slot.CaseWorkers = append(slot.CaseWorkers, c.CaseWorker)
		}
		slots = append(slots, slot)
	}
	return slots
}

func naiveFree(s Search, c Calendar, minute time.Time) bool {
	local := minute.In(Copenhagen())
	weekday, face := int(local.Weekday()), local.Hour()*60+local.Minute()
	if weekday == 0 {
		weekday = 7
	}
	working := false
	for _, h := range c.Hours {
		working = working || h.Weekday == weekday && h.StartMinute <= face && face < h.EndMinute
	}
	taken := func(list []Span) bool {
		for _, b := range list {
			if !minute.Before(b.Start) && minute.Before(b.End) {
				return true
			}
		}
		return false
	}
	return working && !taken(c.Busy) && !taken(c.Held) && !taken(s.Citizen)
}

// anySearch draws a search around an ordinary day or one of the nights when the clocks change.
func anySearch(t *rapid.T) Search {
	around := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 10, 25, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 12, 31, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 6, 17, 0, 0, 0, 0, Copenhagen()),
	}).Draw(t, "around")
	instant := func(label string) time.Time {
		return around.Add(time.Duration(rapid.IntRange(-30*60, 54*60).Draw(t, label)) * time.Minute)
	}
	spans := func(label string, most int) []Span {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
			from := around.Add(time.Duration(rapid.IntRange(-30*60, 54*60).Draw(t, "from")) * time.Minute)
			return Span{from, from.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute)}
		}), 0, most).Draw(t, label)
	}
	s := Search{
		Option: InterviewOption{
			Duration: time.Duration(rapid.SampledFrom([]int{5, 15, 30, 45, 60, 90, 720}).Draw(t, "duration")) * time.Minute,
			SlotStep: time.Duration(rapid.SampledFrom([]int{5, 7, 15, 30, 50, 60, 420}).Draw(t, "step")) * time.Minute,
			Notice:   time.Duration(rapid.IntRange(0, 600).Draw(t, "notice")) * time.Minute, HorizonDays: rapid.IntRange(0, 3).Draw(t, "horizon"),
		},
		Now:      instant("now"),
		Interval: Span{instant("interval start"), instant("interval end")},
		Citizen:  spans("citizen", 2),
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "case workers") {
		c := worker(byte('a' + i))
		c.Hours = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) WorkingHours {
			start := rapid.IntRange(0, 1439).Draw(t, "start")
			if rapid.Bool().Draw(t, "at midnight") {
				start = 0
			}
			end := rapid.IntRange(start+1, 1440).Draw(t, "end")
			if rapid.Bool().Draw(t, "to midnight") {
				end = 1440
			}
			return WorkingHours{rapid.IntRange(1, 7).Draw(t, "weekday"), start, end}
		}), 0, 14).Draw(t, "hours")
		c.Busy, c.Held = spans("busy", 6), spans("held", 4)
		s.Calendars = append(s.Calendars, c)
	}
	if len(s.Calendars) > 0 && rapid.Bool().Draw(t, "prefer") {
		s.Prefer = s.Calendars[len(s.Calendars)-1].CaseWorker
	}
	return s
}

func TestTheSweepAgreesWithAWalkThroughEveryMinute(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		s := anySearch(t)
		want, got := naiveSlots(s), s.Slots()
		found += len(want)
		if d := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); d != "" {
			t.Fatalf("slots (-naive +sweep):\n%s", d)
		}
		first, last := s.Ends()
		if len(want) == 0 && !(first.IsZero() && last.IsZero()) ||
			len(want) > 0 && !(first.Equal(want[0].Start) && last.Equal(want[len(want)-1].Start)) {
			t.Fatalf("Ends() = %v, %v; naive slots %v", first, last, want)
		}
		offered := map[time.Time]map[uuid.UUID]bool{}
		for _, slot := range want {
			offered[slot.Start.UTC()] = map[uuid.UUID]bool{}
			for _, c := range slot.CaseWorkers {
				offered[slot.Start.UTC()][c] = true
			}
		}
		for start := s.Interval.Start.Add(-time.Hour); start.Before(s.Interval.End.Add(time.Hour)); start = start.Add(5 * time.Minute) {
			for _, c := range s.Calendars {
				if why := s.WhyNot(c, start); (why == ReasonNone) != offered[start.UTC()][c.CaseWorker] {
					t.Fatalf("at %v WhyNot says %q, slots say %v", start, why, offered[start.UTC()][c.CaseWorker])
				}
			}
		}
	})
	if found == 0 {
		t.Error("no search had any slot: the comparison shows nothing")
	}
}

// team is fifty case workers with thirty days of ordinary appointments.
func team() Search {
	start := time.Date(2026, 10, 5, 0, 0, 0, 0, Copenhagen())
	s := Search{
		Option:   InterviewOption{Duration: 45 * time.Minute, SlotStep: 15 * time.Minute, Notice: 2 * time.Hour, HorizonDays: 183},
		Now:      start.Add(7 * time.Hour),
		Interval: Span{start, start.AddDate(0, 0, 30)},
	}
	for i := range 50 {
		c := Calendar{CaseWorker: uuid.UUID{14: 1, 15: byte(i)}, Identifier: string(rune('A' + i))}
		for d := 1; d <= 5; d++ {
			c.Hours = append(c.Hours, WorkingHours{d, 8 * 60, 12 * 60}, WorkingHours{d, 12*60 + 30, 16 * 60})
		}
		for d := range 30 {
			for k := range 4 {
				from := start.AddDate(0, 0, d).Add(time.Duration(8*60+k*120+(i*7+d*11)%60) * time.Minute)
				c.Busy = append(c.Busy, Span{from, from.Add(40 * time.Minute)})
			}
			from := start.AddDate(0, 0, d).Add(time.Duration(9*60+(i*5+d*3)%240) * time.Minute)
			c.Held = append(c.Held, Span{from, from.Add(45 * time.Minute)})
		}
		s.Calendars = append(s.Calendars, c)
	}
	return s
}

func BenchmarkAvailability(b *testing.B) {
	s := team()
	b.ReportMetric(float64(len(s.Slots())), "slots")
	b.Run("slots", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Slots()
		}
	})
	b.Run("ends", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Ends()
		}
	})
}
