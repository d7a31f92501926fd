package planner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// at reads Danish wall clock; "2006-01-02 15:04+01:00" names the instant on nights when the clock shows it twice.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	if strings.Contains(s, "+") {
		v, err := time.Parse("2006-01-02 15:04Z07:00", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", s, Copenhagen())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func span(t testing.TB, from, to string) Span {
	t.Helper()
	return Span{at(t, from), at(t, to)}
}

// worker makes a calendar whose identifier and id both come from one letter.
func worker(letter byte, hours ...WorkingHours) Calendar {
	return Calendar{CaseWorker: uuid.UUID{15: letter}, Identifier: string(letter), Hours: hours}
}

func week(start, end int) []WorkingHours {
	var h []WorkingHours
	for d := 1; d <= 7; d++ {
		h = append(h, WorkingHours{d, start * 60, end * 60})
	}
	return h
}

// tell writes slots as "Mon 2 Jan 15:04 +0100 ab".
func tell(slots []Timeslot) []string {
	var lines []string
	for _, s := range slots {
		who := ""
		for _, c := range s.CaseWorkers {
			who += string(c[15])
		}
		if s.ContactTypes != nil {
			who += fmt.Sprint(" ", s.ContactTypes)
		}
		if s.Seats > 0 {
			who += fmt.Sprintf(" %d/%d", s.Free, s.Seats)
		}
		lines = append(lines, fmt.Sprintf("%s %s", s.Start.In(Copenhagen()).Format("Mon 2 Jan 15:04 -0700"), who))
	}
	return lines
}

func TestSlotsFollowTheRules(t *testing.T) {
	// Tuesday 1 December 2026, eight o'clock.
	hour := InterviewOption{Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 30}
	tests := map[string]struct {
		change func(*Search)
		want   []string
	}{
		"a day with a break": {func(s *Search) {
			s.Calendars = []Calendar{worker('a', WorkingHours{2, 9 * 60, 10*60 + 30}, WorkingHours{2, 11 * 60, 12 * 60})}
		}, []string{"Tue 1 Dec 09:00 +0100 a", "Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 11:00 +0100 a"}},
		"stretches that touch are one": {func(s *Search) {
			s.Calendars = []Calendar{worker('a', WorkingHours{2, 9*60 + 30, 10 * 60}, WorkingHours{2, 10 * 60, 10*60 + 30})}
		}, []string{"Tue 1 Dec 09:30 +0100 a"}},
		"starts lie on the clock's grid, not on the hours'": {func(s *Search) {
			s.Calendars = []Calendar{worker('a', WorkingHours{2, 9*60 + 10, 11 * 60})}
		}, []string{"Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 10:00 +0100 a"}},
		"notice to the minute": {func(s *Search) {
			s.Option.Notice = 90 * time.Minute
		}, []string{"Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 10:00 +0100 a"}},
		"a start that is now is offered, one that is over is not": {func(s *Search) {
			s.Now = at(t, "2026-12-01 09:30")
		}, []string{"Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 10:00 +0100 a"}},
		"horizon counts whole days": {func(s *Search) {
			s.Option.HorizonDays = 1
			s.Option.SlotStep = 2 * time.Hour
			s.Interval = span(t, "2026-12-01 00:00", "2027-12-01 00:00")
			s.Calendars = []Calendar{worker('a', week(9, 24)...)}
		}, []string{
			"Tue 1 Dec 10:00 +0100 a", "Tue 1 Dec 12:00 +0100 a", "Tue 1 Dec 14:00 +0100 a", "Tue 1 Dec 16:00 +0100 a",
			"Tue 1 Dec 18:00 +0100 a", "Tue 1 Dec 20:00 +0100 a", "Tue 1 Dec 22:00 +0100 a",
			"Wed 2 Dec 10:00 +0100 a", "Wed 2 Dec 12:00 +0100 a", "Wed 2 Dec 14:00 +0100 a", "Wed 2 Dec 16:00 +0100 a",
			"Wed 2 Dec 18:00 +0100 a", "Wed 2 Dec 20:00 +0100 a", "Wed 2 Dec 22:00 +0100 a",
		}},
		"the interval holds the whole meeting": {func(s *Search) {
			s.Interval = span(t, "2026-12-01 09:01", "2026-12-01 10:59")
		}, []string{"Tue 1 Dec 09:30 +0100 a"}},
		"blocks, held times and the citizen's meetings are half-open": {func(s *Search) {
			s.Calendars = []Calendar{worker('a', week(9, 15)...)}
			s.Calendars[0].Busy = []Span{span(t, "2026-12-01 13:00", "2026-12-01 14:00"), span(t, "2026-11-01 00:00", "2026-12-01 09:15")}
			s.Calendars[0].Held = []Span{span(t, "2026-12-01 10:30", "2026-12-01 11:00")}
			s.Citizen = []Span{span(t, "2026-12-01 12:30", "2026-12-01 12:45")}
		}, []string{"Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 11:00 +0100 a", "Tue 1 Dec 11:30 +0100 a", "Tue 1 Dec 14:00 +0100 a"}},
		"fewest held times that day first, then identifier": {func(s *Search) {
			s.Option.SlotStep = 12 * time.Hour
			s.Interval = span(t, "2026-12-01 00:00", "2026-12-03 00:00")
			s.Calendars = []Calendar{worker('c', week(8, 20)...), worker('a', week(8, 20)...), worker('b', week(8, 20)...)}
			s.Calendars[1].Held = []Span{span(t, "2026-12-02 08:00", "2026-12-02 08:10"), span(t, "2026-12-03 00:00", "2026-12-03 08:10")}
		}, []string{"Tue 1 Dec 12:00 +0100 abc", "Wed 2 Dec 12:00 +0100 bca"}},
		"the preferred one before all": {func(s *Search) {
			s.Option.SlotStep = 12 * time.Hour
			s.Interval = span(t, "2026-12-01 00:00", "2026-12-02 00:00")
			s.Calendars = []Calendar{worker('a', week(8, 20)...), worker('b', week(8, 20)...)}
			s.Calendars[1].Held = []Span{span(t, "2026-12-01 08:00", "2026-12-01 08:10")}
			s.Prefer = s.Calendars[1].CaseWorker
		}, []string{"Tue 1 Dec 12:00 +0100 ba"}},
		"a meeting may pass midnight when the hours do": {func(s *Search) {
			s.Interval = span(t, "2026-12-01 22:00", "2026-12-02 02:00")
			s.Calendars = []Calendar{worker('a', WorkingHours{2, 23 * 60, 1440}, WorkingHours{3, 0, 30})}
		}, []string{"Tue 1 Dec 23:00 +0100 a", "Tue 1 Dec 23:30 +0100 a"}},
		"the night when summer time begins lacks an hour": {func(s *Search) {
			s.Now = at(t, "2026-03-28 12:00")
			s.Interval = span(t, "2026-03-29 00:00", "2026-03-29 05:00")
			s.Calendars = []Calendar{worker('a', WorkingHours{7, 60, 4 * 60})}
		}, []string{"Sun 29 Mar 01:00 +0100 a", "Sun 29 Mar 01:30 +0100 a", "Sun 29 Mar 03:00 +0200 a"}},
		"the night when summer time ends has an hour twice": {func(s *Search) {
			s.Now = at(t, "2026-10-24 12:00")
			s.Interval = span(t, "2026-10-25 00:00", "2026-10-25 05:00")
			s.Calendars = []Calendar{worker('a', WorkingHours{7, 60, 3*60 + 30})}
		}, []string{"Sun 25 Oct 01:00 +0200 a", "Sun 25 Oct 01:30 +0200 a", "Sun 25 Oct 02:00 +0200 a", "Sun 25 Oct 02:30 +0200 a",
			"Sun 25 Oct 02:00 +0100 a", "Sun 25 Oct 02:30 +0100 a"}},
		"wall clock hours are the same on both sides of a change": {func(s *Search) {
			s.Now = at(t, "2026-10-23 12:00")
			s.Interval = span(t, "2026-10-24 00:00", "2026-10-27 00:00")
			s.Calendars = []Calendar{worker('a', week(9, 10)...)}
		}, []string{"Sat 24 Oct 09:00 +0200 a", "Sun 25 Oct 09:00 +0100 a", "Mon 26 Oct 09:00 +0100 a"}},
		"other hours on one date, and off on another": {func(s *Search) {
			s.Interval = span(t, "2026-12-01 00:00", "2026-12-04 00:00")
			s.Calendars[0].Exceptions = []DateHours{{Date{2026, 12, 1}, 13 * 60, 14 * 60}, {Date{2026, 12, 1}, 15 * 60, 16 * 60}, {Date{2026, 12, 2}, 0, 0}}
		}, []string{"Tue 1 Dec 13:00 +0100 a", "Tue 1 Dec 15:00 +0100 a", "Thu 3 Dec 09:00 +0100 a", "Thu 3 Dec 09:30 +0100 a", "Thu 3 Dec 10:00 +0100 a"}},
		"nobody on closed days": {func(s *Search) {
			s.Now, s.Option.SlotStep = at(t, "2026-12-23 08:00"), 10*time.Hour
			s.Interval = span(t, "2026-12-23 00:00", "2027-01-03 00:00")
			s.Closing = ClosingDays{PublicHolidays: true, ChristmasEve: true, Local: []Date{{2026, 12, 30}}}
		}, []string{"Wed 23 Dec 10:00 +0100 a", "Sun 27 Dec 10:00 +0100 a", "Mon 28 Dec 10:00 +0100 a", "Tue 29 Dec 10:00 +0100 a",
			"Thu 31 Dec 10:00 +0100 a", "Sat 2 Jan 10:00 +0100 a"}},
		"buffers keep off what takes time, outside hours too, but not the citizen's meetings": {func(s *Search) {
			s.Option.Rules.BufferBefore, s.Option.Rules.BufferAfter = 15*time.Minute, 30*time.Minute
			s.Calendars = []Calendar{worker('a', week(9, 13)...)}
			s.Calendars[0].Held = []Span{span(t, "2026-12-01 08:00", "2026-12-01 09:15")}
			s.Calendars[0].Busy = []Span{span(t, "2026-12-01 13:15", "2026-12-01 14:00")}
			s.Citizen = []Span{span(t, "2026-12-01 11:30", "2026-12-01 12:00")}
		}, []string{"Tue 1 Dec 09:30 +0100 a", "Tue 1 Dec 10:00 +0100 a", "Tue 1 Dec 10:30 +0100 a"}},
		"no more a day than there may be, of all and of the option": {func(s *Search) {
			s.Option.SlotStep, s.Option.Rules.MaxPerDay = 10*time.Hour, 1
			s.Interval = span(t, "2026-12-01 00:00", "2026-12-05 00:00")
			c := &s.Calendars[0]
			c.MaxPerDay = 2
			c.Held = []Span{span(t, "2026-12-02 13:00", "2026-12-02 14:00"), span(t, "2026-12-03 13:00", "2026-12-03 14:00"),
				span(t, "2026-12-04 13:00", "2026-12-04 14:00"), span(t, "2026-12-04 14:00", "2026-12-04 15:00")}
			c.Own = c.Held[1:2]
		}, []string{"Tue 1 Dec 10:00 +0100 a", "Wed 2 Dec 10:00 +0100 a"}},
		"those who can be met in other ways come apart": {func(s *Search) {
			s.Option.SlotStep, s.Option.ContactTypes = 10*time.Hour, []int{1, 2, 8}
			s.Calendars = []Calendar{worker('a', week(9, 11)...), worker('b', week(9, 11)...), worker('c', week(9, 11)...), worker('d', week(9, 11)...)}
			s.Calendars[0].Contacts = []ContactRule{{0, 8}, {2, 2}}
			s.Calendars[1].Contacts = []ContactRule{{3, 8}}
			s.Calendars[2].Contacts = []ContactRule{{2, 2}, {2, 8}}
			s.Calendars[3].Contacts = []ContactRule{{2, 99}}
		}, []string{"Tue 1 Dec 10:00 +0100 ac [2 8]", "Tue 1 Dec 10:00 +0100 b"}},
		"without a room only what needs none": {func(s *Search) {
			s.Option.ContactTypes, s.Option.Rules.RoomFor = []int{1, 2}, []int{1}
			s.Rooms = []Room{{Held: []Span{span(t, "2026-12-01 09:00", "2026-12-01 10:30")}}, {Held: []Span{span(t, "2026-12-01 09:30", "2026-12-01 09:31")}}}
		}, []string{"Tue 1 Dec 09:00 +0100 a [2]", "Tue 1 Dec 09:30 +0100 a [2]", "Tue 1 Dec 10:00 +0100 a"}},
		"seats left are offered though the case worker has the meeting": {func(s *Search) {
			s.Option.ContactTypes, s.Option.Rules.Seats = []int{1, 2}, 3
			s.Calendars = []Calendar{worker('a', week(9, 11)...), worker('b', week(9, 11)...)}
			s.Calendars[0].Groups = []GroupMeeting{{at(t, "2026-12-01 09:30"), span(t, "2026-12-01 09:30", "2026-12-01 10:30"), 2, 2}}
			s.Calendars[1].Groups = []GroupMeeting{{at(t, "2026-12-01 09:00"), span(t, "2026-12-01 09:00", "2026-12-01 10:00"), 3, 1}}
			s.Citizen = []Span{span(t, "2026-12-01 10:30", "2026-12-01 10:40")}
		}, []string{"Tue 1 Dec 09:30 +0100 a [2] 1/3"}},
		"fewest held times that week, of those with equally many that day": {func(s *Search) {
			s.Option.SlotStep, s.SpreadByWeek = 12*time.Hour, true
			s.Calendars = []Calendar{worker('a', week(8, 20)...), worker('b', week(8, 20)...), worker('c', week(8, 20)...)}
			s.Calendars[0].Held = []Span{span(t, "2026-11-30 08:00", "2026-11-30 09:00"), span(t, "2026-12-06 23:00", "2026-12-06 23:30")}
			s.Calendars[1].Held = []Span{span(t, "2026-12-01 08:00", "2026-12-01 09:00")}
			s.Calendars[2].Held = []Span{span(t, "2026-11-29 08:00", "2026-11-29 09:00"), span(t, "2026-12-07 00:00", "2026-12-07 09:00"), span(t, "2026-12-04 08:00", "2026-12-04 09:00")}
		}, []string{"Tue 1 Dec 12:00 +0100 cab"}},
		"no calendars, no slots": {func(s *Search) { s.Calendars = nil }, nil},
		"an interval that ends before it starts": {func(s *Search) {
			s.Interval = span(t, "2026-12-02 00:00", "2026-12-01 00:00")
		}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := Search{
				Option: hour, Now: at(t, "2026-12-01 08:00"),
				Interval:  span(t, "2026-12-01 00:00", "2026-12-02 00:00"),
				Calendars: []Calendar{worker('a', week(9, 11)...)},
			}
			tt.change(&s)
			got := s.Slots()
			if d := cmp.Diff(tt.want, tell(got)); d != "" {
				t.Errorf("slots (-want +got):\n%s", d)
			}
			first, last := s.Ends()
			if len(got) == 0 {
				if !first.IsZero() || !last.IsZero() {
					t.Errorf("Ends() = %v, %v without slots", first, last)
				}
			} else if !first.Equal(got[0].Start) || !last.Equal(got[len(got)-1].Start) {
				t.Errorf("Ends() = %v, %v; slots say %v, %v", first, last, got[0].Start, got[len(got)-1].Start)
			}
		})
	}
}

func TestWhyNotNamesTheFirstRuleBroken(t *testing.T) {
	s := Search{
		Option: InterviewOption{Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 1, Notice: time.Hour},
		Now:    at(t, "2026-12-01 08:00"), Interval: span(t, "2026-12-01 00:00", "2026-12-02 16:00"),
		Citizen: []Span{span(t, "2026-12-01 14:00", "2026-12-01 15:00")},
	}
	c := worker('a', week(9, 17)...)
	c.Held = []Span{span(t, "2026-12-01 10:00", "2026-12-01 11:00")}
	c.Busy = []Span{span(t, "2026-12-01 12:00", "2026-12-01 13:00")}
	for start, want := range map[string]Reason{
		"2026-12-01 07:30": ReasonPast,
		"2026-12-01 08:30": ReasonNotice,
		"2026-12-03 09:00": ReasonHorizon,
		"2026-12-02 15:30": ReasonInterval,
		"2026-12-01 09:15": ReasonGrid,
		"2026-12-01 16:30": ReasonHours,
		"2026-12-01 09:30": ReasonHeld,
		"2026-12-01 12:30": ReasonBusy,
		"2026-12-01 14:30": ReasonCitizenBusy,
		"2026-12-01 15:00": ReasonNone,
		"2026-12-01 09:00": ReasonNone,
	} {
		if got := s.WhyNot(c, at(t, start)); got != want {
			t.Errorf("%s: %q, want %q", start, got, want)
		}
	}
}

func TestACitizenMayMoveAMeetingUntilItsDeadline(t *testing.T) {
	day := 24 * time.Hour
	option := InterviewOption{RebookingDeadline: &day}
	booking := Booking{Span: span(t, "2026-12-10 10:00", "2026-12-10 11:00"), Origin: OriginSelf}
	with := func(change func(*Booking)) Booking { b := booking; change(&b); return b }
	tests := map[string]struct {
		booking Booking
		option  *InterviewOption
		now     string
		refused bool
	}{
		"before":              {booking, &option, "2026-12-01 10:00", false},
		"on the instant":      {booking, &option, "2026-12-09 10:00", false},
		"after":               {booking, &option, "2026-12-09 10:01", true},
		"by the case system":  {with(func(b *Booking) { b.Origin = OriginKSS }), &option, "2026-12-01 10:00", true},
		"by a summoner":       {with(func(b *Booking) { b.Origin = OriginPlanner }), &option, "2026-12-01 10:00", false},
		"cancelled":           {with(func(b *Booking) { b.Cancelled = true }), &option, "2026-12-01 10:00", true},
		"without option":      {booking, nil, "2026-12-01 10:00", true},
		"option forbids":      {booking, &InterviewOption{}, "2026-12-01 10:00", true},
		"begun, no deadline":  {booking, &InterviewOption{RebookingDeadline: new(time.Duration)}, "2026-12-10 10:00", true},
		"to the very minute":  {booking, &InterviewOption{RebookingDeadline: new(time.Duration)}, "2026-12-10 09:59", false},
		"long over, any rule": {booking, &option, "2027-12-10 09:59", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.booking.Rebookable(tt.option, at(t, tt.now))
			if (err != nil) != tt.refused {
				t.Fatalf("err = %v, want refusal %v", err, tt.refused)
			}
			if e, ok := err.(*Error); err != nil && (!ok || e.Code != CodeNotRebookable) {
				t.Errorf("err = %v, want code %s", err, CodeNotRebookable)
			}
		})
	}
}

func TestDeadlinesAreInstantsBeforeTheMeeting(t *testing.T) {
	day := 24 * time.Hour
	start := at(t, "2026-10-26 09:00") // the day after summer time ended
	rebooking, cancellation := InterviewOption{RebookingDeadline: &day}.Deadlines(start)
	if want := at(t, "2026-10-25 09:00"); rebooking == nil || !rebooking.Equal(want) {
		t.Errorf("rebooking deadline %v, want %v", rebooking, want)
	}
	if cancellation != nil {
		t.Errorf("cancellation deadline %v, want none", cancellation)
	}
}

func TestWholeDaysWidensToDanishMidnights(t *testing.T) {
	for name, tt := range map[string][2]Span{
		"inside a day":     {span(t, "2026-10-25 09:00", "2026-10-25 10:00"), span(t, "2026-10-25 00:00", "2026-10-26 00:00")},
		"ends at midnight": {span(t, "2026-10-24 09:00", "2026-10-25 00:00"), span(t, "2026-10-24 00:00", "2026-10-25 00:00")},
		"over three days":  {span(t, "2026-03-28 23:00", "2026-03-30 00:01"), span(t, "2026-03-28 00:00", "2026-03-31 00:00")},
	} {
		if got := WholeDays(tt[0]); !got.Start.Equal(tt[1].Start) || !got.End.Equal(tt[1].End) {
			t.Errorf("%s: %v, want %v", name, got, tt[1])
		}
	}
}

func TestObstaclesNameEveryRuleBrokenAndTheTimeInTheWay(t *testing.T) {
	s := Search{
		Option: InterviewOption{Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 1, ContactTypes: []int{1, 2},
			Rules: OptionRules{BufferAfter: 30 * time.Minute, MaxPerDay: 1, RoomFor: []int{1}}},
		Now: at(t, "2026-12-01 08:00"), Interval: span(t, "2026-12-01 00:00", "2026-12-04 00:00"),
		Closing: ClosingDays{Local: []Date{{2026, 12, 2}}},
		Citizen: []Span{span(t, "2026-12-02 10:30", "2026-12-02 11:30")},
	}
	c := worker('a', week(9, 17)...)
	c.MaxPerDay = 2
	c.Held = []Span{span(t, "2026-12-02 10:45", "2026-12-02 11:45"), span(t, "2026-12-02 09:00", "2026-12-02 10:00")}
	c.Own = c.Held[:1]
	c.Busy = []Span{span(t, "2026-12-02 11:15", "2026-12-02 12:00"), span(t, "2026-12-02 09:30", "2026-12-02 10:20")}
	c.Contacts = []ContactRule{{3, 1}}
	want := []Obstacle{
		{Reason: ReasonGrid}, {Reason: ReasonClosed}, {ReasonHeld, c.Held[0]}, {ReasonBusy, c.Busy[1]}, {ReasonBuffer, c.Busy[0]},
		{ReasonCitizenBusy, s.Citizen[0]}, {Reason: ReasonDayLimit}, {Reason: ReasonOptionLimit}, {Reason: ReasonRoom},
	}
	if d := cmp.Diff(want, s.Obstacles(c, at(t, "2026-12-02 10:15"))); d != "" {
		t.Errorf("obstacles (-want +got):\n%s", d)
	}
	c.Exceptions = []DateHours{{Date: Date{2026, 12, 1}}}
	c.Contacts = []ContactRule{{2, 9}}
	if d := cmp.Diff([]Obstacle{{Reason: ReasonException}, {Reason: ReasonContact}}, s.Obstacles(c, at(t, "2026-12-01 10:00"))); d != "" {
		t.Errorf("obstacles on a day off (-want +got):\n%s", d)
	}
}
