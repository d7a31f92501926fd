package summons

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

var monday = time.Date(2026, 12, 7, 0, 0, 0, 0, planner.Copenhagen())

// at is an instant so many days and hours after the Monday.
func at(day int, hour float64) time.Time {
	return monday.AddDate(0, 0, day).Add(time.Duration(hour * float64(time.Hour)))
}

func calendar(n int) planner.Calendar {
	c := planner.Calendar{CaseWorker: uuid.UUID{15: byte(n + 1)}, Identifier: fmt.Sprintf("worker-%03d", n)}
	for d := 1; d <= 5; d++ {
		c.Hours = append(c.Hours, planner.WorkingHours{Weekday: d, StartMinute: 9 * 60, EndMinute: 15 * 60})
	}
	return c
}

// request is of n case workers who are free from nine to three for a week, for meetings of an hour.
func request(n, citizens int) Request {
	r := Request{
		Search: planner.Search{
			Option: planner.InterviewOption{
				ID: uuid.UUID{1}, ContactTypes: []int{1, 8}, Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 30,
			},
			Interval: planner.Span{Start: at(0, 0), End: at(5, 0)}, Now: at(-1, 12),
		},
		Citizens: make([]Citizen, citizens),
	}
	for i := range n {
		r.Search.Calendars = append(r.Search.Calendars, calendar(i))
	}
	return r
}

// loads counts placements by case worker, all case workers included.
func loads(r Request, placed []Placement) map[uuid.UUID]int {
	n := map[uuid.UUID]int{}
	for _, c := range r.Search.Calendars {
		n[c.CaseWorker] = 0
	}
	for _, p := range placed {
		if p.Reason == Placed {
			n[p.CaseWorker]++
		}
	}
	return n
}

func spread(n map[uuid.UUID]int) int {
	low, high := -1, 0
	for _, v := range n {
		if low < 0 || v < low {
			low = v
		}
		high = max(high, v)
	}
	return high - low
}

// TestAPlanBreaksNoRuleAndLeavesNobodyWithoutAnAnswer gives random calendars to random lists. Each placement is judged by
// planner.Search.Obstacles among all others of the plan, which is another way to count than the one that made the plan.
func TestAPlanBreaksNoRuleAndLeavesNobodyWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := request(rapid.IntRange(1, 5).Draw(t, "case workers"), rapid.IntRange(0, 60).Draw(t, "citizens"))
		s := &r.Search
		hours := rapid.IntRange(0, 5*24-1)
		s.Option.Rules = planner.OptionRules{
			BufferBefore: rapid.SampledFrom([]time.Duration{0, 0, 15 * time.Minute}).Draw(t, "before"),
			BufferAfter:  rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Minute}).Draw(t, "after"),
			MaxPerDay:    rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "most of the option"),
			Seats:        rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "seats"),
			RoomFor:      rapid.SampledFrom([][]int{nil, nil, {1}, {1, 8}}).Draw(t, "rooms for"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "rooms") {
			s.Rooms = append(s.Rooms, planner.Room{ID: uuid.New()})
		}
		r.SpreadOverDays = rapid.Bool().Draw(t, "spread")
		plain := true
		for i := range s.Calendars {
			c := &s.Calendars[i]
			c.MaxPerDay = rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "most")
			for _, h := range rapid.SliceOfN(hours, 0, 5).Draw(t, "busy") {
				c.Busy = append(c.Busy, planner.Span{Start: at(0, float64(h)), End: at(0, float64(h)+1)})
			}
			for _, h := range rapid.SliceOfN(hours, 0, 3).Draw(t, "held") {
				c.Held = append(c.Held, planner.Span{Start: at(0, float64(h)), End: at(0, float64(h)+1)})
			}
		}
		for i := range r.Citizens {
			c := &r.Citizens[i]
			if rapid.IntRange(0, 9).Draw(t, "wishes") == 0 {
				c.Wished, plain = s.Calendars[rapid.IntRange(0, len(s.Calendars)-1).Draw(t, "whom")].CaseWorker, false
			}
			for _, h := range rapid.SliceOfN(hours, 0, 2).Draw(t, "own") {
				c.Own, plain = append(c.Own, planner.Span{Start: at(0, float64(h)), End: at(0, float64(h)+2)}), false
			}
		}

		placed := Plan(r)
		if again := Plan(r); !slices.Equal(placed, again) {
			t.Fatal("the same request has two plans")
		}
		if len(placed) != len(r.Citizens) {
			t.Fatalf("%d placements of %d citizens", len(placed), len(r.Citizens))
		}
		after := whole(r, placed, -1)
		if after.Now.IsZero() {
			t.Fatal("a meeting has no room")
		}
		room := true // whether everybody has a free time left
		for i := range after.Calendars {
			one := after
			one.Calendars = after.Calendars[i : i+1]
			room = room && len(one.Slots()) > 0
		}
		for i, p := range placed {
			c := r.Citizens[i]
			if p.Reason != Placed {
				one := after
				one.Citizen = c.Own
				if c.Wished != uuid.Nil {
					one.Calendars = slices.DeleteFunc(slices.Clone(after.Calendars), func(k planner.Calendar) bool { return k.CaseWorker != c.Wished })
				}
				if slots := one.Slots(); len(slots) > 0 {
					t.Fatalf("citizen %d is not placed (%s), and %v is free", i, p.Reason, slots[0].Start)
				}
				continue
			}
			if c.Wished != uuid.Nil && p.CaseWorker != c.Wished {
				t.Fatalf("citizen %d wished another case worker", i)
			}
			others := whole(r, placed, i)
			others.Citizen, others.Option.Rules.RoomFor = c.Own, nil
			k := slices.IndexFunc(others.Calendars, func(k planner.Calendar) bool { return k.CaseWorker == p.CaseWorker })
			if o := others.Obstacles(others.Calendars[k], p.Start); len(o) > 0 {
				t.Fatalf("citizen %d at %v: %v", i, p.Start, o)
			}
		}
		if n := loads(r, placed); plain && room && s.Option.Rules.Seats == 0 && spread(n) > 1 {
			t.Fatalf("spread %v though all have room", n)
		}
	})
}

// whole is the search with all placements but one in the calendars, rooms taken in the plan's order. Its Now is zero when a room lacked.
func whole(r Request, placed []Placement, but int) planner.Search {
	s := r.Search
	s.Calendars, s.Rooms = slices.Clone(s.Calendars), slices.Clone(s.Rooms)
	for i := range s.Calendars {
		s.Calendars[i].Held = slices.Clone(s.Calendars[i].Held)
	}
	turns := make([]int, len(placed))
	for i, p := range placed {
		turns[p.Turn] = i
	}
	for _, i := range turns {
		p := placed[i]
		if p.Reason != Placed || i == but {
			continue
		}
		c := &s.Calendars[slices.IndexFunc(s.Calendars, func(k planner.Calendar) bool { return k.CaseWorker == p.CaseWorker })]
		meeting := planner.Span{Start: p.Start, End: p.Start.Add(s.Option.Duration)}
		held := planner.Span{Start: meeting.Start.Add(-s.Option.Rules.BufferBefore), End: meeting.End.Add(s.Option.Rules.BufferAfter)}
		first := true
		if s.Option.Rules.Group() {
			c.Groups = slices.Clone(c.Groups)
			if g := slices.IndexFunc(c.Groups, func(g planner.GroupMeeting) bool { return g.Start.Equal(p.Start) }); g >= 0 {
				c.Groups[g].Taken++
				first = false
			} else {
				c.Groups = append(c.Groups, planner.GroupMeeting{Start: p.Start, Held: held, Taken: 1, ContactType: p.ContactType})
			}
		} else {
			c.Held, c.Own = append(c.Held, held), append(slices.Clone(c.Own), meeting)
		}
		if s.Option.Rules.NeedsRoom(p.ContactType) && first {
			j := slices.IndexFunc(s.Rooms, func(m planner.Room) bool { return !slices.ContainsFunc(m.Held, meeting.Overlaps) })
			if j < 0 && but >= 0 {
				continue
			}
			if j < 0 {
				s.Now = time.Time{}
				continue
			}
			s.Rooms[j].Held = append(slices.Clone(s.Rooms[j].Held), meeting)
		}
	}
	return s
}

func TestAPlanFillsFromTheBeginningOrSpreadsOverDays(t *testing.T) {
	t.Parallel()
	days := func(r Request) map[int]int {
		n := map[int]int{}
		for _, p := range Plan(r) {
			n[p.Start.In(planner.Copenhagen()).Day()]++
		}
		return n
	}
	r := request(2, 10)
	if got := days(r); got[7] != 10 {
		t.Errorf("earliest: %v, want all on the 7th", got)
	}
	r.SpreadOverDays = true
	if got := days(r); got[7] != 2 || got[11] != 2 {
		t.Errorf("spread: %v, want two a day", got)
	}
}

func TestAGroupIsFilledBeforeTheNextBegins(t *testing.T) {
	t.Parallel()
	r := request(3, 7)
	r.Search.Option.Rules.Seats = 4
	n := map[string]int{}
	for _, p := range Plan(r) {
		n[fmt.Sprint(p.CaseWorker, p.Start)]++
	}
	if len(n) != 2 {
		t.Errorf("seven citizens meet in %d groups of four", len(n))
	}
}

func TestWhoCannotBePlacedIsToldWhy(t *testing.T) {
	t.Parallel()
	r := request(2, 4)
	day := planner.Span{Start: at(0, 0), End: at(1, 0)}
	r.Search.Interval = day
	r.Search.Option.Rules.MaxPerDay = 1
	r.Search.Calendars[1].Busy = []planner.Span{day}
	r.Citizens[0].Own = []planner.Span{day}
	r.Citizens[1].Wished = r.Search.Calendars[1].CaseWorker
	got := Plan(r)
	want := []Reason{OwnMeetings, NoTimes, Placed, UsedUp}
	for i, p := range got {
		if p.Reason != want[i] {
			t.Errorf("citizen %d: %q, want %q", i, p.Reason, want[i])
		}
	}
}

// BenchmarkPlan is the plan of the acceptance: a thousand citizens, fifty case workers, thirty days.
func BenchmarkPlan(b *testing.B) {
	r := request(50, 1000)
	r.Search.Interval.End = at(30, 0)
	r.Search.Option.HorizonDays = 40
	for b.Loop() {
		if p := Plan(r); spread(loads(r, p)) > 1 {
			b.Fatal("not fair")
		}
	}
}
