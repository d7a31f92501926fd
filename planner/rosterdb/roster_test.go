package rosterdb_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

func TestWhatIsSetIsReadBackWholeAndAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, since := w.audit(t, 0)

	c, err := w.Center(t.Context(), center)
	must(t, err)
	c.Value.PublicHolidays, c.Value.StaleAfterMinutes, c.Value.OutlookMove = true, 90, "accept"
	c.Value.ClosingDays = []roster.ClosingDay{{Date: "2026-12-24", Note: "Juleaften"}, {Date: "2026-12-23"}}
	must(t, w.PutCenter(t.Context(), c.Value, c.Version, "admin:kim"))
	again, err := w.Center(t.Context(), center)
	must(t, err)
	c.Value.ClosingDays[0], c.Value.ClosingDays[1] = c.Value.ClosingDays[1], c.Value.ClosingDays[0]
	if d := cmp.Diff(c.Value, again.Value); d != "" {
		t.Error(d)
	}

	team := roster.Team{ID: uuid.New(), JobCenter: center, Name: "Nord"}
	must(t, w.PutTeam(t.Context(), team, 0, "admin:kim"))
	anna := roster.Worker{
		ID: uuid.New(), JobCenter: center, Identifier: "RID-9", GivenName: "Anna", MiddleName: "B", Surname: "Skov", Email: "anna@kommune.dk", Phone: "+4511223344",
		Hours: roster.Week{{Weekday: 1, StartMinute: 480, EndMinute: 720}, {Weekday: 1, StartMinute: 750, EndMinute: 900}},
		Exceptions: roster.Days{
			{Date: planner.Date{Year: 2026, Month: 12, Day: 24}}, {Date: planner.Date{Year: 2026, Month: 12, Day: 28}, StartMinute: 540, EndMinute: 600},
		},
		Contacts: []planner.ContactRule{{Weekday: 0, ContactType: 3}, {Weekday: 2, ContactType: 1}}, MaxPerDay: 5, Competences: []string{"engelsk", "sygedagpenge"},
		Teams: []uuid.UUID{team.ID}, Active: true,
	}
	_, err = w.PutWorker(t.Context(), anna, 0, "admin:kim")
	must(t, err)
	got, err := w.Worker(t.Context(), anna.ID)
	must(t, err)
	if d := cmp.Diff(anna, got.Worker); d != "" || got.Version != 1 {
		t.Error(got.Version, d)
	}
	stored, err := w.Team(t.Context(), team.ID)
	must(t, err)
	if d := cmp.Diff([]uuid.UUID{anna.ID}, stored.Value.Members); d != "" || stored.Version != 2 {
		t.Errorf("the team's page shows the new member, version %d: %s", stored.Version, d)
	}

	room := roster.Room{ID: uuid.New(), JobCenter: center, Name: "Lokale 1", Active: true}
	must(t, w.PutRoom(t.Context(), room, 0, "admin:kim"))
	room.Active = false
	must(t, w.PutRoom(t.Context(), room, 1, "admin:kim"))
	rooms, err := w.Rooms(t.Context(), center)
	must(t, err)
	if d := cmp.Diff([]rosterdb.Versioned[roster.Room]{{Value: room, Version: 2}}, rooms); d != "" {
		t.Error(d)
	}

	o := w.option(t, "Samtale", anna.ID)
	minutes := 1440
	o.Value.RebookingMinutes, o.Value.Teams, o.Value.Seats, o.Value.RoomFor = &minutes, []uuid.UUID{team.ID}, 4, []int{1}
	o.Value.Competences, o.Value.ContactGroups, o.Value.PersonGroupProjects = []string{"engelsk"}, []int{2}, []uuid.UUID{{7}}
	o.Value.StreetName, o.Value.StreetBuilding, o.Value.PostCode, o.Value.District = "Gade", "1", "1550", "København V"
	must(t, w.PutOption(t.Context(), o.Value, 1, "admin:kim"))
	read, err := w.Option(t.Context(), o.Value.ID)
	must(t, err)
	if d := cmp.Diff(o.Value, read.Value, cmpopts.EquateEmpty()); d != "" || read.Version != 2 {
		t.Error(read.Version, d)
	}

	trail, last := w.audit(t, since)
	var actions []string
	for _, e := range trail {
		kind := "made"
		if e.Before != "" {
			kind = "changed"
		}
		actions = append(actions, strings.TrimPrefix(e.Action, "roster:")+" "+kind)
		if e.Actor != "admin:kim" || e.After == "" || e.Before == e.After {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"job-center changed", "team made", "case-worker made", "room made", "room changed", "option made", "option changed"}
	if d := cmp.Diff(want, actions); d != "" {
		t.Error(d)
	}
	// What changes nothing leaves no trace.
	must(t, w.PutOption(t.Context(), read.Value, read.Version, "admin:kim"))
	_, err = w.PutWorker(t.Context(), got.Worker, got.Version, "admin:kim")
	must(t, err)
	must(t, w.PutCenter(t.Context(), again.Value, again.Version, "admin:kim"))
	must(t, w.PutTeam(t.Context(), stored.Value, stored.Version, "admin:kim"))
	if trail, _ := w.audit(t, last); len(trail) > 0 {
		t.Errorf("%+v", trail)
	}
}

func TestTheSecondOfTwoEditorsIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.worker(t, "anna")
	o := w.option(t, "Samtale", anna.ID)
	team := roster.Team{ID: uuid.New(), JobCenter: center, Name: "Nord"}
	must(t, w.PutTeam(t.Context(), team, 0, "admin:kim"))
	template := roster.Template{ID: uuid.New(), JobCenter: center, Name: "Jobsamtale", Spec: o.Value.Spec}
	must(t, w.PutTemplate(t.Context(), template, 0, "admin:kim"))
	c, err := w.Center(t.Context(), center)
	must(t, err)
	room := roster.Room{ID: uuid.New(), JobCenter: center, Name: "Lokale 1", Active: true}
	must(t, w.PutRoom(t.Context(), room, 0, "admin:kim"))
	for name, save := range map[string]func(text string) error{
		"case worker": func(text string) error {
			anna.Surname = text
			_, err := w.PutWorker(t.Context(), anna.Worker, anna.Version, "admin:kim")
			return err
		},
		"option": func(text string) error {
			o.Value.Title = text
			return w.PutOption(t.Context(), o.Value, 1, "admin:kim")
		},
		"team": func(text string) error { team.Name = text; return w.PutTeam(t.Context(), team, 1, "admin:kim") },
		"room": func(text string) error { room.Name = text; return w.PutRoom(t.Context(), room, 1, "admin:kim") },
		"template": func(text string) error {
			template.Name = text
			return w.PutTemplate(t.Context(), template, 1, "admin:kim")
		},
		"job centre": func(text string) error { c.Value.Name = text; return w.PutCenter(t.Context(), c.Value, 1, "admin:kim") },
	} {
		must(t, save("Første"))
		if err := save("Anden"); !errors.Is(err, rosterdb.ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Also who writes by the planner's own store counts.
	must(t, w.planner.PutCaseWorker(t.Context(), planner.CaseWorker{ID: anna.ID, JobCenter: center, Identifier: "RID-anna", GivenName: "Anna", Surname: "Ny", Email: anna.Email}))
	if _, err := w.PutWorker(t.Context(), anna.Worker, anna.Version+1, "admin:kim"); !errors.Is(err, rosterdb.ErrStale) {
		t.Error(err)
	}
	if err := w.PutRoom(t.Context(), roster.Room{ID: uuid.New(), JobCenter: center, Name: "Væk"}, 3, "admin:kim"); !errors.Is(err, rosterdb.ErrUnknown) {
		t.Error(err)
	}
}

func TestWhatOthersHaveOrNobodyKnowsIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bo := w.worker(t, "anna"), w.worker(t, "bo")
	put := func(change func(*roster.Worker)) error {
		other := bo.Worker
		change(&other)
		_, err := w.PutWorker(t.Context(), other, bo.Version, "admin:kim")
		return err
	}
	faulty(t, put(func(o *roster.Worker) { o.Email = strings.ToUpper(anna.Email) }), "email taken")
	faulty(t, put(func(o *roster.Worker) { o.Identifier = anna.Identifier }), "identifier taken")
	faulty(t, put(func(o *roster.Worker) { o.JobCenter = "10200" }), "jobCenter fixed")
	_, err := w.PutWorker(t.Context(), roster.Worker{ID: uuid.New(), JobCenter: "10200", Identifier: "x", GivenName: "C", Surname: "D", Email: "c@d.dk", Active: true}, 0, "admin:kim")
	faulty(t, err, "jobCenter unknown")

	o := w.option(t, "Samtale", anna.ID)
	o.Value.Teams = []uuid.UUID{uuid.New()}
	faulty(t, w.PutOption(t.Context(), o.Value, 1, "admin:kim"), "teams unknown")
	o.Value.Teams, o.Value.CaseWorkers = nil, []uuid.UUID{anna.ID, uuid.New()}
	faulty(t, w.PutOption(t.Context(), o.Value, 1, "admin:kim"), "caseWorkers unknown")

	must(t, w.planner.PutCodeLists(t.Context(), []planner.ListedCode{{List: planner.ListInterviewType, Code: 7, Name: "Jobsamtale"}, {List: planner.ListInterviewForm, Code: 9, Name: "x"}}))
	o.Value.CaseWorkers = []uuid.UUID{anna.ID}
	o.Value.Title = "Ny titel"
	must(t, w.PutOption(t.Context(), o.Value, 1, "admin:kim")) // its form 2 is no longer listed, and may stay
	o.Value.InterviewType, o.Value.InterviewForm = 8, 3
	faulty(t, w.PutOption(t.Context(), o.Value, 2, "admin:kim"), "interviewType not-listed (8); interviewForm not-listed (3)")
	names, err := w.CodeNames(t.Context())
	must(t, err)
	if names[planner.ListInterviewType][0].Name != "Jobsamtale" {
		t.Error(names)
	}
}

func TestALeaverIsOfferedUntilTheLastDayAndTheirLaterMeetingsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bo := w.worker(t, "anna"), w.worker(t, "bo")
	o := w.option(t, "Samtale", anna.ID, bo.ID)
	for n, start := range []string{"2026-12-02 10:00", "2026-12-04 15:00", "2026-12-05 08:00", "2026-12-08 10:00"} {
		must(t, w.book(t, n, o.Value.ID, anna.Identifier, start))
	}
	last := planner.Date{Year: 2026, Month: 12, Day: 4}
	anna.LastDay = &last
	toMove, err := w.PutWorker(t.Context(), anna.Worker, anna.Version, "admin:kim")
	must(t, err)
	starts := func(list []rosterdb.Meeting) (s []string) {
		for _, m := range list {
			s = append(s, m.CaseWorkerName+" "+m.Span.Start.In(planner.Copenhagen()).Format("2/1 15:04"))
		}
		return s
	}
	if d := cmp.Diff([]string{"anna Vejleder 5/12 08:00", "anna Vejleder 8/12 10:00"}, starts(toMove)); d != "" {
		t.Error(d)
	}
	// Offered on the last day, and no longer.
	must(t, w.book(t, 7, o.Value.ID, anna.Identifier, "2026-12-04 10:00"))
	if err := w.book(t, 8, o.Value.ID, anna.Identifier, "2026-12-05 10:00"); !errors.Is(err, &planner.Error{Code: planner.CodeTaken}) {
		t.Errorf("booked after the last day: %v", err)
	}
	if n, err := w.EndDue(t.Context(), at(t, "2026-12-04 23:59")); n != 0 || err != nil {
		t.Error(n, err)
	}
	w.set(t, "2026-12-05 00:00")
	_, since := w.audit(t, 0)
	if n, err := w.EndDue(t.Context(), w.clock()); n != 1 || err != nil {
		t.Error(n, err)
	}
	if n, err := w.EndDue(t.Context(), w.clock()); n != 0 || err != nil {
		t.Error(n, err)
	}
	trail, _ := w.audit(t, since)
	if len(trail) != 1 || trail[0].Actor != "system" || trail[0].Reason != "the last day has passed" {
		t.Errorf("%+v", trail)
	}
	if got := w.read(t, "anna"); got.Active {
		t.Error("still active")
	}
	list, err := w.ToMove(t.Context(), center)
	must(t, err)
	if d := cmp.Diff([]string{"anna Vejleder 5/12 08:00", "anna Vejleder 8/12 10:00"}, starts(list)); d != "" {
		t.Error(d)
	}
	// Nothing was cancelled, and history stays.
	var booked int
	must(t, w.pool.QueryRow(t.Context(), `select count(*) from booking where case_worker_id = $1 and status = 'booked'`, anna.ID).Scan(&booked))
	if booked != 5 {
		t.Errorf("%d meetings", booked)
	}
	// Who comes back is offered again.
	back := w.read(t, "anna")
	back.Active, back.LastDay = true, nil
	toMove, err = w.PutWorker(t.Context(), back.Worker, back.Version, "admin:kim")
	must(t, err)
	if len(toMove) != 0 {
		t.Error(toMove)
	}
	must(t, w.book(t, 9, o.Value.ID, anna.Identifier, "2026-12-07 10:00"))
	// Out at once.
	back = w.read(t, "anna")
	back.Active = false
	toMove, err = w.PutWorker(t.Context(), back.Worker, back.Version, "admin:kim")
	must(t, err)
	if back = w.read(t, "anna"); len(toMove) != 3 || back.LastDay.String() != "2026-12-05" {
		t.Error(toMove, back.LastDay)
	}
	if err := w.book(t, 10, o.Value.ID, anna.Identifier, "2026-12-07 12:00"); err == nil {
		t.Error("booked with one who is out")
	}
}

func TestChangesOfHoursAndOptionsLeaveMeetingsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.worker(t, "anna")
	o := w.option(t, "Samtale", anna.ID)
	must(t, w.book(t, 1, o.Value.ID, "", "2026-12-02 10:00"))
	state := func() (s string) {
		must(t, w.pool.QueryRow(t.Context(), `select concat(to_jsonb(b), (select jsonb_agg(h order by h.id) from held_time h)) from booking b`).Scan(&s))
		return s
	}
	before := state()
	anna.Hours = nil
	_, err := w.PutWorker(t.Context(), anna.Worker, anna.Version, "admin:kim")
	must(t, err)
	o.Value.Title, o.Value.DurationMinutes, o.Value.Active = "Andet", 30, false
	must(t, w.PutOption(t.Context(), o.Value, o.Version, "admin:kim"))
	if d := cmp.Diff(before, state()); d != "" {
		t.Error(d)
	}
}

func TestAPreviewCountsTimesAndKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.worker(t, "anna")
	o := w.option(t, "Samtale", anna.ID)
	_, since := w.audit(t, 0)
	count := func(want int, change func(*roster.Option)) {
		t.Helper()
		changed := o.Value
		change(&changed)
		if n, err := w.Preview(t.Context(), changed, o.Version); n != want || err != nil {
			t.Errorf("%d times, %v, want %d", n, err, want)
		}
	}
	// From 9 o'clock today (notice of two hours), eight whole hours a day: 7 + 27 × 8 until four weeks from now.
	count(7+27*8, func(*roster.Option) {})
	count(27*8, func(o *roster.Option) { o.NoticeMinutes = 24 * 60 })
	count(0, func(o *roster.Option) { o.Active = false })
	count(0, func(o *roster.Option) { o.Competences = []string{"tegnsprog"} })
	if _, err := w.Preview(t.Context(), o.Value, o.Version+1); !errors.Is(err, rosterdb.ErrStale) {
		t.Error(err)
	}
	if trail, _ := w.audit(t, since); len(trail) > 0 {
		t.Errorf("%+v", trail)
	}
	if again, err := w.Option(t.Context(), o.Value.ID); err != nil || again.Version != o.Version {
		t.Error(again.Version, err)
	}
}

func TestVariantsFollowTheirTemplateAndKeepWhatIsTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.worker(t, "anna")
	template := roster.Template{ID: uuid.New(), JobCenter: center, Name: "Jobsamtale", Spec: w.option(t, "Samtale", anna.ID).Value.Spec}
	must(t, w.PutTemplate(t.Context(), template, 0, "admin:kim"))
	variant := roster.Option{ID: uuid.New(), JobCenter: center, Spec: template.Spec, CaseWorkers: []uuid.UUID{anna.ID}, Template: &template.ID, Active: true}
	variant.Title = "Samtale på engelsk"
	must(t, w.PutOption(t.Context(), variant, 0, "admin:kim"))
	_, since := w.audit(t, 0)
	template.Spec.Title, template.Spec.DurationMinutes = "Jobsamtale 2027", 30
	must(t, w.PutTemplate(t.Context(), template, 1, "admin:kim"))
	got, err := w.Option(t.Context(), variant.ID)
	must(t, err)
	if got.Value.Title != "Samtale på engelsk" || got.Value.DurationMinutes != 30 || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	if trail, _ := w.audit(t, since); len(trail) != 2 || trail[1].Reason != "follows its template" {
		t.Errorf("%+v", trail)
	}
	if d := cmp.Diff([]string{"title"}, roster.Differences(template.Spec, got.Value.Spec)); d != "" {
		t.Error(d)
	}
	list, err := w.Templates(t.Context(), center)
	must(t, err)
	if len(list) != 1 || list[0].Variants != 1 {
		t.Errorf("%+v", list)
	}
	must(t, w.DeleteTemplate(t.Context(), template.ID, 2, "admin:kim"))
	if got, err = w.Option(t.Context(), variant.ID); err != nil || got.Value.Template != nil || !got.Value.Active {
		t.Errorf("%+v %v", got, err)
	}
}

func TestManyEditorsAtOnceNeitherDeadlockNorOverwrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bo := w.worker(t, "anna"), w.worker(t, "bo")
	o := w.option(t, "Samtale", anna.ID, bo.ID)
	var all sync.WaitGroup
	saved := make(chan string, 200)
	for n := range 10 {
		all.Go(func() {
			team := roster.Team{ID: uuid.New(), JobCenter: center, Name: uuid.NewString(), Members: []uuid.UUID{bo.ID, anna.ID}}
			if err := w.PutTeam(t.Context(), team, 0, "admin:kim"); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			changed := o.Value
			changed.Title = uuid.NewString()
			switch err := w.PutOption(t.Context(), changed, o.Version, "admin:kim"); {
			case err == nil:
				saved <- changed.Title
			case !errors.Is(err, rosterdb.ErrStale):
				t.Error(err)
			}
		})
		all.Go(func() { _ = w.book(t, n, o.Value.ID, "", "2026-12-03 10:00") })
	}
	all.Wait()
	close(saved)
	got, err := w.Option(t.Context(), o.Value.ID)
	must(t, err)
	if len(saved) != 1 || got.Value.Title != <-saved {
		t.Errorf("%d saved, title %q", len(saved), got.Value.Title)
	}
	if again := w.read(t, "bo"); len(again.Teams) != 10 || again.Version != bo.Version+10 {
		t.Error(len(again.Teams), again.Version)
	}
}

func TestAnOptionMadeForOneMeetingIsNotTheRostersToChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.worker(t, "anna")
	o := w.option(t, "Samtale", anna.ID)
	o.Value.Active = false
	must(t, w.PutOption(t.Context(), o.Value, o.Version, "admin:kim"))
	_, err := w.pool.Exec(t.Context(), `insert into own_option (interview_option_id, booking_id) values ($1, $2)`, o.Value.ID, uuid.New())
	must(t, err)
	rows, err := roster.ReadOptions([]byte(`[{"title": "Samtale", "interviewType": 7, "interviewForm": 2, "contactTypes": [1], "caseWorkers": ["RID-anna"]}]`))
	must(t, err)
	steps, err := w.ImportOptions(t.Context(), rows, center, "admin:kim", "", true)
	must(t, err)
	if len(steps) != 1 || steps[0].Verb != roster.Make || steps[0].After.ID == o.Value.ID {
		t.Errorf("%+v", steps)
	}
	list, err := w.Options(t.Context(), center)
	must(t, err)
	if len(list) != 1 || list[0].Value.ID != steps[0].After.ID {
		t.Errorf("%+v", list)
	}
	if _, err := w.Option(t.Context(), o.Value.ID); !errors.Is(err, rosterdb.ErrUnknown) {
		t.Error(err)
	}
}
