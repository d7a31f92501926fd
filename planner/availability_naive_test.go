package planner

import (
	"fmt"
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
		type offer struct {
			c        Calendar
			contacts []int
			free     int
		}
		var offers []offer
		for _, c := range s.Calendars {
			if contacts, free, ok := naiveOffer(s, c, start, length); ok {
				offers = append(offers, offer{c, contacts, free})
			}
		}
		held := func(c Calendar, same func(a, b time.Time) bool) (n int) {
			return naiveCount(c.Held, c.Groups, func(at time.Time) bool { return same(at, start) })
		}
		sameDay := func(a, b time.Time) bool { return dayOf(a) == dayOf(b) }
		sameWeek := func(a, b time.Time) bool {
			ya, wa := a.In(Copenhagen()).ISOWeek()
			yb, wb := b.In(Copenhagen()).ISOWeek()
			return ya == yb && wa == wb
		}
		sort.Slice(offers, func(i, j int) bool {
			a, b := offers[i].c, offers[j].c
			if p := a.CaseWorker == s.Prefer; p != (b.CaseWorker == s.Prefer) {
				return p
			}
			if held(a, sameDay) != held(b, sameDay) {
				return held(a, sameDay) < held(b, sameDay)
			}
			if s.SpreadByWeek && held(a, sameWeek) != held(b, sameWeek) {
				return held(a, sameWeek) < held(b, sameWeek)
			}
			return a.Identifier < b.Identifier
		})
		first := len(slots)
		for _, o := range offers {
			slot := Timeslot{Start: start}
			if len(o.contacts) < len(s.Option.ContactTypes) {
				slot.ContactTypes = o.contacts
			}
			if s.Option.Rules.Seats > 1 {
				slot.Seats, slot.Free = s.Option.Rules.Seats, o.free
			}
			known := false
			for i := first; i < len(slots); i++ {
				if slots[i].Free == slot.Free && cmp.Equal(slots[i].ContactTypes, slot.ContactTypes) {
					slots[i].CaseWorkers = append(slots[i].CaseWorkers, o.c.CaseWorker)
					known = true
				}
			}
			if !known {
				slot.CaseWorkers = []uuid.UUID{o.c.CaseWorker}
				slots = append(slots, slot)
			}
		}
	}
	return slots
}

// naiveOffer tells how one case worker can be met at a start.
func naiveOffer(s Search, c Calendar, start time.Time, length int) (contacts []int, free int, ok bool) {
	meeting := make([]time.Time, length)
	for m := range meeting {
		meeting[m] = start.Add(time.Duration(m) * time.Minute)
	}
	rules := s.Option.Rules
	for _, g := range c.Groups {
		if !g.Start.Equal(start) || rules.Seats < 2 {
			continue
		}
		for _, minute := range meeting {
			if naiveTaken(s.Citizen, minute) {
				return nil, 0, false
			}
		}
		for _, contact := range s.Option.ContactTypes {
			if contact == g.ContactType {
				return []int{contact}, rules.Seats - g.Taken, g.Taken < rules.Seats
			}
		}
		return nil, 0, false
	}
	for _, minute := range meeting {
		if !naiveWorks(s, c, minute) || naiveTaken(s.Citizen, minute) {
			return nil, 0, false
		}
	}
	var groups []Span
	for _, g := range c.Groups {
		groups = append(groups, g.Held)
	}
	for minute := start.Add(-rules.BufferBefore); minute.Before(start.Add(s.Option.Duration + rules.BufferAfter)); minute = minute.Add(time.Minute) {
		if naiveTaken(c.Busy, minute) || naiveTaken(c.Held, minute) || naiveTaken(groups, minute) {
			return nil, 0, false
		}
	}
	sameDay := func(at time.Time) bool {
		return at.In(Copenhagen()).Format(time.DateOnly) == start.In(Copenhagen()).Format(time.DateOnly)
	}
	if c.MaxPerDay > 0 && naiveCount(c.Held, c.Groups, sameDay) >= c.MaxPerDay ||
		rules.MaxPerDay > 0 && naiveCount(c.Own, c.Groups, sameDay) >= rules.MaxPerDay {
		return nil, 0, false
	}
	room := false
	for _, r := range s.Rooms {
		empty := true
		for _, minute := range meeting {
			empty = empty && !naiveTaken(r.Held, minute)
		}
		room = room || empty
	}
	weekday := int(start.In(Copenhagen()).Weekday())
	for _, contact := range s.Option.ContactTypes {
		ruled, allowed, needsRoom := false, false, false
		for _, r := range c.Contacts {
			if r.Weekday == 0 || r.Weekday%7 == weekday {
				ruled = true
				allowed = allowed || r.ContactType == contact
			}
		}
		for _, r := range rules.RoomFor {
			needsRoom = needsRoom || r == contact
		}
		if (allowed || !ruled) && (room || !needsRoom) {
			contacts = append(contacts, contact)
		}
	}
	return contacts, rules.Seats, len(contacts) > 0 || len(s.Option.ContactTypes) == 0
}

func naiveCount(held []Span, groups []GroupMeeting, counts func(time.Time) bool) (n int) {
	for _, h := range held {
		if counts(h.Start) {
			n++
		}
	}
	for _, g := range groups {
		if counts(g.Held.Start) {
			n++
		}
	}
	return n
}

func naiveTaken(list []Span, minute time.Time) bool {
	for _, b := range list {
		if !minute.Before(b.Start) && minute.Before(b.End) {
			return true
		}
	}
	return false
}

// naiveClosed knows the holy days of the days that searches are drawn around.
func naiveClosed(c ClosingDays, minute time.Time) bool {
	date := minute.In(Copenhagen()).Format(time.DateOnly)
	for _, d := range c.Local {
		if fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) == date {
			return true
		}
	}
	switch date {
	case "2027-01-01", "2026-05-14":
		return c.PublicHolidays
	case "2026-12-31":
		return c.NewYearsEve
	}
	return false
}

func naiveWorks(s Search, c Calendar, minute time.Time) bool {
	if naiveClosed(s.Closing, minute) {
		return false
	}
	local := minute.In(Copenhagen())
	if c.LastDay.Year > 0 && local.Format(time.DateOnly) > fmt.Sprintf("%04d-%02d-%02d", c.LastDay.Year, int(c.LastDay.Month), c.LastDay.Day) {
		return false
	}
	weekday, face := int(local.Weekday()), local.Hour()*60+local.Minute()
	if weekday == 0 {
		weekday = 7
	}
	excepted, working := false, false
	for _, e := range c.Exceptions {
		if e.Date.Midnight().Format(time.DateOnly) == local.Format(time.DateOnly) {
			excepted = true
			working = working || e.StartMinute <= face && face < e.EndMinute
		}
	}
	for _, h := range c.Hours {
		working = working || !excepted && h.Weekday == weekday && h.StartMinute <= face && face < h.EndMinute
	}
	return working
}

// anySearch draws a search around an ordinary day or one of the nights when the clocks change.
func anySearch(t *rapid.T) Search {
	around := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 10, 25, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 12, 31, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 6, 17, 0, 0, 0, 0, Copenhagen()),
		time.Date(2026, 5, 14, 0, 0, 0, 0, Copenhagen()), // Kristi himmelfartsdag
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
	ruled, wide := rapid.IntRange(0, 3).Draw(t, "ruled") > 0, rapid.IntRange(0, 3).Draw(t, "wide") > 2
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
	if wide { // or else few searches have any slot
		s.Interval = Span{around.Add(-30 * time.Hour), around.Add(54 * time.Hour)}
		s.Now, s.Option.HorizonDays = s.Interval.Start, 3
	}
	if ruled {
		anyRules(t, &s, around, spans)
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
		if wide {
			c.Hours = append(c.Hours, week(0, 24)...)
		}
		c.Busy, c.Held = spans("busy", 6), spans("held", 4)
		if ruled {
			anyRulesOf(t, s, &c, around)
		}
		s.Calendars = append(s.Calendars, c)
	}
	if len(s.Calendars) > 0 && rapid.Bool().Draw(t, "prefer") {
		s.Prefer = s.Calendars[len(s.Calendars)-1].CaseWorker
	}
	return s
}

// anyRules draws the rules that are the option's and the job centre's; each is there in about every second search.
func anyRules(t *rapid.T, s *Search, around time.Time, spans func(string, int) []Span) {
	half := func(label string) bool { return rapid.Bool().Draw(t, label) }
	s.Option.ContactTypes = []int{3, 1, 8}[:rapid.IntRange(1, 3).Draw(t, "contact types")]
	r := &s.Option.Rules
	if half("buffers") {
		r.BufferBefore = time.Duration(rapid.IntRange(0, 120).Draw(t, "before")) * time.Minute
		r.BufferAfter = time.Duration(rapid.IntRange(0, 120).Draw(t, "after")) * time.Minute
	}
	if half("option limit") {
		r.MaxPerDay = rapid.IntRange(1, 3).Draw(t, "largest number of the option")
	}
	if half("group") {
		r.Seats = rapid.IntRange(2, 5).Draw(t, "seats")
	}
	if half("rooms") {
		r.RoomFor = []int{3, 8}[:rapid.IntRange(1, 2).Draw(t, "room for")]
		for i := range rapid.IntRange(0, 2).Draw(t, "rooms") {
			s.Rooms = append(s.Rooms, Room{ID: uuid.UUID{0: 1, 15: byte(i)}, Held: spans("room held", 4)})
		}
	}
	s.SpreadByWeek = half("spread by week")
	s.Closing = ClosingDays{PublicHolidays: half("public holidays"), NewYearsEve: half("new year's eve")}
	if half("closed") {
		s.Closing.Local = []Date{DateOf(around.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "closed day")))}
	}
}

// anyRulesOf draws those that are a case worker's.
func anyRulesOf(t *rapid.T, s Search, c *Calendar, around time.Time) {
	if rapid.Bool().Draw(t, "exceptions") {
		c.Exceptions = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DateHours {
			e := DateHours{Date: DateOf(around.AddDate(0, 0, rapid.IntRange(-1, 2).Draw(t, "exception")))}
			if rapid.Bool().Draw(t, "works") {
				e.StartMinute = rapid.IntRange(0, 1439).Draw(t, "start")
				e.EndMinute = rapid.IntRange(e.StartMinute, 1440).Draw(t, "end")
			}
			return e
		}), 1, 4).Draw(t, "exceptions")
	}
	if rapid.Bool().Draw(t, "contact rules") {
		c.Contacts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ContactRule {
			return ContactRule{rapid.IntRange(0, 7).Draw(t, "weekday"), rapid.SampledFrom([]int{1, 3, 8, 9}).Draw(t, "contact")}
		}), 0, 5).Draw(t, "contacts")
	}
	if rapid.IntRange(0, 5).Draw(t, "leaves") == 0 {
		c.LastDay = DateOf(around.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "last day")))
	}
	if rapid.Bool().Draw(t, "day limit") {
		c.MaxPerDay = rapid.IntRange(1, 4).Draw(t, "largest number")
	}
	if len(c.Held) > 0 {
		c.Own = c.Held[:rapid.IntRange(0, len(c.Held)).Draw(t, "own")]
	}
	if !s.Option.Rules.Group() {
		return
	}
	seen := map[time.Time]bool{}
	for range rapid.IntRange(1, 3).Draw(t, "groups") {
		at := around.Add(time.Duration(rapid.IntRange(-20*60, 40*60).Draw(t, "group")) * time.Minute)
		if rapid.IntRange(0, 3).Draw(t, "odd") > 0 {
			step := int(s.Option.SlotStep / time.Minute)
			local := at.In(Copenhagen())
			at = at.Add(-time.Duration((local.Hour()*60+local.Minute())%step) * time.Minute)
		}
		if !seen[at] {
			seen[at] = true
			c.Groups = append(c.Groups, GroupMeeting{
				Start: at, Held: Span{at.Add(-s.Option.Rules.BufferBefore), at.Add(s.Option.Duration + s.Option.Rules.BufferAfter)},
				Taken: rapid.IntRange(1, 2).Draw(t, "taken"), ContactType: rapid.SampledFrom([]int{3, 1, 9}).Draw(t, "how"),
			})
		}
	}
}

func TestTheSweepAgreesWithAWalkThroughEveryMinute(t *testing.T) {
	found, varied, joined := 0, 0, 0
	agree := func(t *rapid.T) {
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
			varied += len(slot.ContactTypes)
			if slot.Free > 0 && slot.Free < slot.Seats {
				joined++
			}
			if offered[slot.Start.UTC()] == nil {
				offered[slot.Start.UTC()] = map[uuid.UUID]bool{}
			}
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
	}
	// Few searches draw a group that somebody can join, and a hundred may draw none.
	for range 10 {
		rapid.Check(t, agree)
		if found > 0 && varied > 0 && joined > 0 {
			break
		}
	}
	if found == 0 || varied == 0 || joined == 0 {
		t.Errorf("%d slots, %d with some contact types only, %d groups joined: the comparison shows nothing", found, varied, joined)
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
