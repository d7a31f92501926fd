package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

func goodWorker() Worker {
	return Worker{
		ID: uuid.UUID{1}, JobCenter: "10100", Identifier: "RID-1", GivenName: "Anna", Surname: "A", Email: "anna@kommune.dk", Active: true,
		Hours: Week{{Weekday: 1, StartMinute: 480, EndMinute: 960}},
	}
}

func goodOption() Option {
	s := NewSpec()
	s.Title, s.InterviewType, s.InterviewForm, s.ContactTypes = "Jobsamtale", 7, 2, []int{3, 1}
	return Option{ID: uuid.UUID{2}, JobCenter: "10100", Spec: s, CaseWorkers: []uuid.UUID{{1}}, Active: true}
}

func TestEachFieldThatMayNotBeAsItIsIsNamed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("æ", 201)
	minus := -1
	worker := func(change func(*Worker)) func() Faults {
		return func() Faults { w := goodWorker(); change(&w); _, f := w.Checked(); return f }
	}
	option := func(change func(*Option)) func() Faults {
		return func() Faults { o := goodOption(); change(&o); _, f := o.Checked(); return f }
	}
	center := func(change func(*Center)) func() Faults {
		return func() Faults {
			c := NewCenter("10100")
			c.Name = "Jobcenter"
			change(&c)
			_, f := c.Checked()
			return f
		}
	}
	for name, c := range map[string]struct {
		faults func() Faults
		want   string
	}{
		"nothing":          {worker(func(*Worker) {}), ""},
		"no identifier":    {worker(func(w *Worker) { w.Identifier = " " }), "identifier missing"},
		"no names":         {worker(func(w *Worker) { w.GivenName, w.Surname = "", "" }), "givenName missing; surname missing"},
		"long surname":     {worker(func(w *Worker) { w.Surname = strings.Repeat("ø", 41) }), "surname too-long (40)"},
		"longest surname":  {worker(func(w *Worker) { w.Surname = strings.Repeat("ø", 40) }), ""},
		"no mail address":  {worker(func(w *Worker) { w.Email = "" }), "email missing"},
		"odd mail address": {worker(func(w *Worker) { w.Email = "anna" }), "email bad-form"},
		"spaced phone":     {worker(func(w *Worker) { w.Phone = "+45 11 22 33 44" }), ""},
		"odd phone":        {worker(func(w *Worker) { w.Phone = "lokal 12" }), "phone bad-form"},
		"hours overlap": {worker(func(w *Worker) {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: 1, StartMinute: 400, EndMinute: 481})
		}), "hours overlap (man)"},
		"hours touch": {worker(func(w *Worker) {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: 1, StartMinute: 960, EndMinute: 1000})
		}), ""},
		"backwards":           {worker(func(w *Worker) { w.Hours[0].EndMinute = 480 }), "hours backwards (man)"},
		"no such weekday":     {worker(func(w *Worker) { w.Hours[0].Weekday = 8 }), "hours bad-form"},
		"date long ago":       {worker(func(w *Worker) { w.Exceptions = Days{{Date: planner.Date{Year: 26, Month: 12, Day: 24}}} }), "exceptions bad-form (0026-12-24)"},
		"no such job centre":  {worker(func(w *Worker) { w.JobCenter = "1010" }), "jobCenter bad-form (1010)"},
		"contact weekday":     {worker(func(w *Worker) { w.Contacts = []planner.ContactRule{{Weekday: 8}} }), "contacts bad-range (0-7)"},
		"a good option":       {option(func(*Option) {}), ""},
		"no title":            {option(func(o *Option) { o.Title = "" }), "title missing"},
		"long title":          {option(func(o *Option) { o.Title = long }), "title too-long (200)"},
		"no codes":            {option(func(o *Option) { o.InterviewType, o.InterviewForm, o.ContactTypes = 0, 0, nil }), "interviewType missing; interviewForm missing; contactTypes missing"},
		"a contact twice":     {option(func(o *Option) { o.ContactTypes = []int{1, 1} }), "contactTypes repeated"},
		"too short":           {option(func(o *Option) { o.DurationMinutes = 4 }), "durationMinutes bad-range (5-720)"},
		"far horizon":         {option(func(o *Option) { o.HorizonDays = 201 }), "horizonDays bad-range (1-200)"},
		"long buffer":         {option(func(o *Option) { o.BufferAfterMinutes = 121 }), "bufferAfterMinutes bad-range (0-120)"},
		"negative deadline":   {option(func(o *Option) { o.RebookingMinutes = &minus }), "rebookingDeadlineMinutes bad-range (0-288000)"},
		"room for no contact": {option(func(o *Option) { o.RoomFor = []int{9} }), "roomFor unknown"},
		"half an address":     {option(func(o *Option) { o.StreetName = "Rådhuspladsen" }), "district missing; streetBuilding bad-form; postCode bad-form"},
		"odd floor": {option(func(o *Option) {
			o.StreetName, o.StreetBuilding, o.PostCode, o.District, o.Floor = "Gade", "1A", "1550", "København V", "stuen"
		}), "floor bad-form"},
		"nobody holds it":        {option(func(o *Option) { o.CaseWorkers = nil }), "caseWorkers missing"},
		"nobody holds withdrawn": {option(func(o *Option) { o.CaseWorkers, o.Active = nil, false }), ""},
		"a good job centre":      {center(func(*Center) {}), ""},
		"long reservation":       {center(func(c *Center) { c.ReservationMinutes = 121 }), "reservationMinutes bad-range (1-120)"},
		"odd wish":               {center(func(c *Center) { c.OutlookMove = "ask" }), "outlookMove unknown (ask)"},
		"odd day":                {center(func(c *Center) { c.ClosingDays = []ClosingDay{{Date: "2026-02-30"}} }), "closingDays bad-form (2026-02-30)"},
		"a day twice":            {center(func(c *Center) { c.ClosingDays = []ClosingDay{{Date: "2026-02-03"}, {Date: "2026-02-03"}} }), "closingDays repeated (2026-02-03)"},
	} {
		if got := c.faults().Error(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func anySpec(t *rapid.T, label string) Spec {
	n := func(field string, most int) int { return rapid.IntRange(0, most).Draw(t, label+" "+field) }
	s := Spec{
		Title: fmt.Sprint("Titel ", n("title", 1)), InterviewType: n("type", 2), ContactTypes: []int{1, 2, 3}[:n("contacts", 3)],
		DurationMinutes: 30 + n("duration", 2), IsCompulsory: n("compulsory", 1) == 1, Floor: []string{"", "ST"}[n("floor", 1)],
		Competences: []string{"a", "b"}[:n("competences", 2)],
	}
	if m := n("deadline", 2); m > 0 {
		s.RebookingMinutes = &m
	}
	return s
}

func TestAVariantFollowsItsTemplateWhereItWasTheSame(t *testing.T) {
	t.Parallel()
	empty := cmpopts.EquateEmpty()
	rapid.Check(t, func(t *rapid.T) {
		old, changed, variant := anySpec(t, "old"), anySpec(t, "new"), anySpec(t, "variant")
		got := Follow(old, changed, variant)
		own := Differences(old, variant)
		for _, field := range Differences(variant, got) {
			if slices.Contains(own, field) {
				t.Fatalf("%s was the variant's own", field)
			}
		}
		for _, field := range Differences(changed, got) {
			if !slices.Contains(own, field) {
				t.Fatalf("%s did not follow", field)
			}
		}
		if d := cmp.Diff(changed, Follow(old, changed, old), empty); d != "" {
			t.Fatalf("one without differences is the new template: %s", d)
		}
	})
}

func TestAnOptionIsToldToTheRulesOfAvailabilityWhole(t *testing.T) {
	t.Parallel()
	o := goodOption()
	day := 1440
	o.RebookingMinutes, o.BufferAfterMinutes, o.Seats, o.RoomFor, o.Competences = &day, 10, 4, []int{1}, []string{"engelsk"}
	o.StreetName, o.StreetBuilding, o.PostCode, o.District = "Gade", "1", "1550", "København V"
	i := o.Interview()
	if *i.RebookingDeadline != 24*time.Hour || i.CancellationDeadline != nil || i.Duration != 45*time.Minute || i.Notice != 2*time.Hour ||
		i.Rules.BufferAfter != 10*time.Minute || i.Rules.Seats != 4 || !i.Rules.NeedsRoom(1) || i.Location.Address.PostCode != "1550" || i.Title != "Jobsamtale" {
		t.Errorf("%+v", i)
	}
}

func TestALeaverIsGoneAfterTheLastDay(t *testing.T) {
	t.Parallel()
	w := goodWorker()
	last := planner.Date{Year: 2026, Month: 12, Day: 31}
	w.LastDay = &last
	if w.Gone(last) || !w.Gone(planner.Date{Year: 2027, Month: 1, Day: 1}) {
		t.Error("the last day counts as a working day, the next does not")
	}
	w.Active = false
	if !w.Gone(last) {
		t.Error("one who is not active is gone")
	}
}
