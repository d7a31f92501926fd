package plannerdb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// ruled changes the option's rules.
func (w *world) ruled(t testing.TB, change func(*planner.InterviewOption)) {
	t.Helper()
	change(&w.option)
	must(t, w.PutInterviewOption(t.Context(), center, w.option, []uuid.UUID{w.anna.ID, w.bo.ID}))
}

// slots tells what is offered on a day, in words: time, initials, contact types if not all, seats.
func (w *world) slots(t testing.TB, who int, from, to string) []string {
	t.Helper()
	found, err := w.Timeslots(t.Context(), planner.TimeslotQuery{
		JobCenter: center, CPR: citizen(t, who), Option: w.option.ID, Interval: planner.Span{Start: at(t, from), End: at(t, to)},
	})
	must(t, err)
	names := map[uuid.UUID]string{w.anna.ID: "A", w.bo.ID: "B"}
	var told []string
	for _, s := range found.Slots {
		line := s.Start.In(planner.Copenhagen()).Format("2/1 15:04 ")
		for _, c := range s.CaseWorkers {
			line += names[c]
		}
		if s.ContactTypes != nil {
			line += fmt.Sprint(" ", s.ContactTypes)
		}
		if s.Seats > 0 {
			line += fmt.Sprintf(" %d/%d", s.Free, s.Seats)
		}
		told = append(told, line)
	}
	return told
}

func (w *world) offers(t testing.TB, who int, from, to string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, w.slots(t, who, from, to)); d != "" {
		t.Errorf("offered from %s to %s (-want +got):\n%s", from, to, d)
	}
}

func TestNobodyIsOfferedWhenTheJobCentreIsClosedOrTheCaseWorkerIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.SetCenterRules(ctx, center, planner.CenterRules{Closing: planner.ClosingDays{
		PublicHolidays: true, ChristmasEve: true, Local: []planner.Date{{Year: 2026, Month: 12, Day: 23}},
	}}))
	must(t, w.SetCaseWorkerRules(ctx, w.anna.ID, planner.CaseWorkerRules{Exceptions: []planner.DateHours{
		{Date: planner.Date{Year: 2026, Month: 12, Day: 22}},
		{Date: planner.Date{Year: 2026, Month: 12, Day: 27}, StartMinute: 17 * 60, EndMinute: 18 * 60},
	}}))
	w.ruled(t, func(o *planner.InterviewOption) { o.SlotStep = 8*time.Hour + 30*time.Minute })
	w.offers(t, 1, "2026-12-21 00:00", "2026-12-29 00:00", "21/12 08:30 AB", "22/12 08:30 B", "27/12 08:30 B", "27/12 17:00 A", "28/12 08:30 AB")
	_, err := w.reserve(t, 1, "2026-12-24 08:30")
	refused(t, err, planner.CodeTaken)
	_, _, err = w.create(t, 1, "2026-12-25 08:30")
	refused(t, err, planner.CodeTaken)
	options, err := w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 1)})
	must(t, err)
	if got := options[0].Last; !got.Equal(at(t, "2026-12-31 08:30")) {
		t.Errorf("last time = %v", got)
	}
	must(t, w.SetCenterRules(ctx, center, planner.CenterRules{}))
	must(t, w.SetCaseWorkerRules(ctx, w.anna.ID, planner.CaseWorkerRules{}))
	w.offers(t, 1, "2026-12-22 00:00", "2026-12-26 00:00", "22/12 08:30 AB", "23/12 08:30 AB", "24/12 08:30 AB", "25/12 08:30 AB")
	refused(t, w.SetCenterRules(ctx, "99999", planner.CenterRules{}), planner.CodeUnknownJobCenter)
	refused(t, w.SetCaseWorkerRules(ctx, uuid.New(), planner.CaseWorkerRules{}), planner.CodeUnknownCaseWorker)
}

func TestBuffersStayWithTheMeetingUntilItIsMovedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ruled(t, func(o *planner.InterviewOption) {
		o.Rules.BufferBefore, o.Rules.BufferAfter = 30*time.Minute, 15*time.Minute
	})
	by := func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }
	held, err := w.reserve(t, 1, "2026-12-02 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	made, _, err := w.create(t, 1, "2026-12-02 10:00", by, func(r *planner.CreateRequest) { r.Reservation = &held.ID })
	must(t, err)
	b, err := w.Booking(t.Context(), made.BookingID)
	must(t, err)
	if want := (planner.Span{Start: at(t, "2026-12-02 10:00"), End: at(t, "2026-12-02 11:00")}); !b.Span.Start.Equal(want.Start) || !b.Span.End.Equal(want.End) {
		t.Errorf("booked %v, want the meeting without buffers, %v", b.Span, want)
	}
	for start, code := range map[string]planner.Code{
		"2026-12-02 08:30": planner.CodeTaken, // its buffer after, and the other's before
		"2026-12-02 11:30": planner.CodeTaken, "2026-12-02 08:00": "", "2026-12-02 12:00": "",
	} {
		_, _, err := w.create(t, 2, start, by)
		refused(t, err, code)
	}
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-02 14:30", func(r *planner.RescheduleRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	w.offers(t, 3, "2026-12-02 09:30", "2026-12-02 11:00", "2/12 09:30 B", "2/12 10:00 BA")
	if n := w.count(t, `select count(*) from held_time h join booking b on b.id = h.booking_id
		where lower(h.during) = b.starts_at - interval '30 minutes' and upper(h.during) = b.ends_at + interval '15 minutes'`); n != 3 {
		t.Errorf("%d of 3 bookings are held with their buffers", n)
	}
}

func TestNoCaseWorkerHasMoreMeetingsADayThanAllowedHoweverManyRace(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(w *world){
		"of all kinds": func(w *world) {
			for _, c := range []uuid.UUID{w.anna.ID, w.bo.ID} {
				must(t, w.SetCaseWorkerRules(t.Context(), c, planner.CaseWorkerRules{MaxPerDay: 2}))
			}
		},
		"of the option": func(w *world) { w.ruled(t, func(o *planner.InterviewOption) { o.Rules.MaxPerDay = 2 }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			limit(w)
			errs := make([]error, 12)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					start := at(t, "2026-12-02 09:00").Add(time.Duration(i%6) * time.Hour)
					if i%2 == 0 {
						_, errs[i] = w.Reserve(context.Background(), planner.ReserveRequest{JobCenter: center, CPR: citizen(t, i), Option: &w.option.ID, Start: start})
					} else {
						_, errs[i] = w.CreateBooking(context.Background(), planner.CreateRequest{JobCenter: center, CPR: citizen(t, i), BookingID: uuid.New(), Option: w.option.ID, Start: start})
					}
				})
			}
			all.Wait()
			ok := 0
			for _, err := range errs {
				if err == nil {
					ok++
				} else {
					refused(t, err, planner.CodeTaken)
				}
			}
			if n := w.count(t, `select max(n) from (select count(*) n from held_time group by case_worker_id) t`); ok != 4 || n != 2 {
				t.Errorf("%d went through, at most %d with one case worker; want 4 and 2", ok, n)
			}
			w.offers(t, 99, "2026-12-02 00:00", "2026-12-03 00:00")
		})
	}
}

func TestOnlyPossibleContactTypesAreOfferedAndReserved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.SetCaseWorkerRules(t.Context(), w.anna.ID, planner.CaseWorkerRules{Contacts: []planner.ContactRule{{Weekday: 3, ContactType: 8}}}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 A [8]", "2/12 10:00 B")
	w.offers(t, 1, "2026-12-03 10:00", "2026-12-03 11:00", "3/12 10:00 AB")
	wish := func(contact int, worker string) func(*planner.ReserveRequest) {
		return func(r *planner.ReserveRequest) { r.ContactType, r.CaseWorkerIdentifier = &contact, worker }
	}
	got, err := w.reserve(t, 1, "2026-12-02 10:00", wish(1, ""))
	must(t, err)
	if got.CaseWorker.ID != w.bo.ID || got.ContactType != 1 {
		t.Errorf("in person with %s by %d", got.CaseWorker.GivenName, got.ContactType)
	}
	_, err = w.reserve(t, 1, "2026-12-02 10:00", wish(1, w.anna.Identifier))
	refused(t, err, planner.CodeBadContactType)
	got, err = w.reserve(t, 1, "2026-12-02 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	if got.ContactType != 8 {
		t.Errorf("contact type %d where only 8 is possible", got.ContactType)
	}
	// What is confirmed in another contact type than reserved is looked at anew.
	one := 1
	_, _, err = w.create(t, 1, "2026-12-02 10:00", func(r *planner.CreateRequest) {
		r.Reservation, r.ContactType, r.CaseWorkerIdentifier = &got.ID, &one, w.anna.Identifier
	})
	refused(t, err, planner.CodeBadContactType)
	_, _, err = w.create(t, 1, "2026-12-02 10:00", func(r *planner.CreateRequest) { r.Reservation = &got.ID })
	must(t, err)
}

func TestTheLastRoomGoesToOneAndIsFreeAgainAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.ruled(t, func(o *planner.InterviewOption) { o.Rules.RoomFor = []int{1} })
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB [8]")
	room := uuid.New()
	must(t, w.PutRoom(ctx, center, room, "Lokale 1"))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB")
	one := 1
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, errs[i] = w.Reserve(context.Background(), planner.ReserveRequest{
				JobCenter: center, CPR: citizen(t, i), Option: &w.option.ID, Start: at(t, "2026-12-02 10:00"), ContactType: &one,
				CaseWorkerIdentifier: []string{w.anna.Identifier, w.bo.Identifier}[i%2],
			})
		})
	}
	all.Wait()
	won := -1
	for i, err := range errs {
		if err == nil {
			if won >= 0 {
				t.Error("the room was given twice")
			}
			won = i
			continue
		}
		var refusal *planner.Error
		if !errors.As(err, &refusal) || refusal.Code != planner.CodeTaken && refusal.Code != planner.CodeBadContactType {
			t.Error(err)
		}
	}
	if won < 0 {
		t.Fatal("nobody got the room")
	}
	if got := w.slots(t, 50, "2026-12-02 10:00", "2026-12-02 11:00"); len(got) != 1 || got[0][len(got[0])-3:] != "[8]" {
		t.Errorf("while the room is in use: %v", got)
	}
	// The citizen's own room is no hindrance to the citizen; confirming keeps it, moving frees it.
	held := uuid.New()
	made, _, err := w.create(t, won, "2026-12-02 10:00", func(r *planner.CreateRequest) { r.Reservation = &held })
	must(t, err)
	if n := w.count(t, `select count(*) from room_hold r join held_time h on h.id = r.held_time_id where h.booking_id = $1`, made.BookingID); n != 1 {
		t.Errorf("the booking has %d rooms", n)
	}
	reservation, err := w.reserve(t, won, "2026-12-02 10:30", func(r *planner.ReserveRequest) { r.Option, r.Booking = nil, &made.BookingID })
	must(t, err)
	if reservation.ContactType != 1 {
		t.Errorf("moved by half an hour, the meeting is held by %d: its own room was in its way", reservation.ContactType)
	}
	_, _, err = w.move(t, won, made.BookingID, "2026-12-02 10:30", func(r *planner.RescheduleRequest) { r.Reservation = &reservation.ID })
	must(t, err)
	must(t, w.MoveFromOutlook(ctx, made.BookingID, planner.Span{Start: at(t, "2026-12-02 13:00"), End: at(t, "2026-12-02 14:00")}))
	w.offers(t, 50, "2026-12-02 13:00", "2026-12-02 14:00", "2/12 13:00 "+map[bool]string{true: "A", false: "B"}[w.count(t, `select count(*) from held_time where case_worker_id = $1`, w.bo.ID) == 1]+" [8]")
	must(t, w.CancelFromOutlook(ctx, made.BookingID))
	if n := w.count(t, `select count(*) from room_hold`); n != 0 {
		t.Errorf("%d rooms in use after all is cancelled", n)
	}
	// An expired reservation holds no room.
	_, err = w.reserve(t, 3, "2026-12-02 10:00")
	must(t, err)
	w.clock.advance(time.Hour)
	_, err = w.reserve(t, 4, "2026-12-02 10:00", func(r *planner.ReserveRequest) { r.ContactType = &one })
	must(t, err)
	must(t, w.CloseRoom(ctx, room))
	w.offers(t, 50, "2026-12-03 10:00", "2026-12-03 11:00", "3/12 10:00 AB [8]")
}

func TestTeamsHoldMeetingsAsFarAsTheirCompetencesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.option.Rules.Competences = []string{"sygedagpenge"}
	must(t, w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID}))
	team := uuid.New()
	must(t, w.PutTeam(ctx, center, team, "Team Syd", []uuid.UUID{w.anna.ID, w.bo.ID}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00")
	must(t, w.SetCaseWorkerRules(ctx, w.bo.ID, planner.CaseWorkerRules{Competences: []string{"engelsk", "sygedagpenge"}}))
	must(t, w.SetOptionTeams(ctx, w.option.ID, []uuid.UUID{team, team}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 B")
	must(t, w.SetCaseWorkerRules(ctx, w.anna.ID, planner.CaseWorkerRules{Competences: []string{"sygedagpenge"}}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB")
	must(t, w.PutTeam(ctx, center, team, "Team Syd", nil))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 A")
	workers, err := w.CaseWorkers(ctx, center, citizen(t, 1), w.option.ID)
	must(t, err)
	if len(workers) != 1 || workers[0].ID != w.anna.ID {
		t.Errorf("case workers: %v", workers)
	}
}

func TestCaseWorkersWhoseCalendarIsStaleAreWithheldWhereTheJobCentreWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at, as_of) values ($1, 'a', 'a@kommune.example', 'active', $2, $2, $2, $2)`,
		w.anna.ID, w.clock.at.Add(-31*time.Minute))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB")
	must(t, w.SetCenterRules(t.Context(), center, planner.CenterRules{StaleAfter: 30 * time.Minute}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 B")
	_, err := w.reserve(t, 1, "2026-12-02 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	refused(t, err, planner.CodeTaken)
	must(t, w.SetCenterRules(t.Context(), center, planner.CenterRules{StaleAfter: 31 * time.Minute}))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB")
}

func TestMeetingsAreSpreadOverTheWeekWhereTheJobCentreWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n, start := range []string{"2026-12-03 09:00", "2026-12-04 09:00"} {
		_, _, err := w.create(t, n, start, func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
		must(t, err)
	}
	w.offers(t, 9, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB")
	must(t, w.SetCenterRules(t.Context(), center, planner.CenterRules{SpreadByWeek: true}))
	w.offers(t, 9, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 BA")
	w.offers(t, 9, "2026-12-09 10:00", "2026-12-09 11:00", "9/12 10:00 AB")
}

// glance is a live look that knows some calendars.
type glance struct {
	mu    sync.Mutex
	busy  map[uuid.UUID][]planner.Span
	asked []uuid.UUID
}

func (g *glance) BusyNow(_ context.Context, worker uuid.UUID, within planner.Span) ([]planner.Span, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, worker)
	busy, known := g.busy[worker]
	return busy, known
}

func TestALiveLookBeforeTakingTimeSeesWhatTheStoreDoesNotKnowYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	live := &glance{busy: map[uuid.UUID][]planner.Span{w.anna.ID: {{Start: at(t, "2026-12-02 10:30"), End: at(t, "2026-12-02 10:45")}}}}
	w.Store = plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t), Changes: w.outbox, Live: live})
	got, err := w.reserve(t, 1, "2026-12-02 10:00")
	must(t, err)
	if got.CaseWorker.ID != w.bo.ID {
		t.Errorf("reserved with %s, who is busy just now", got.CaseWorker.GivenName)
	}
	if d := cmp.Diff([]uuid.UUID{w.anna.ID, w.bo.ID}, live.asked); d != "" {
		t.Errorf("looked at (-want +got):\n%s", d)
	}
	// What is reserved is promised: no look at confirming.
	_, _, err = w.create(t, 1, "2026-12-02 10:00", func(r *planner.CreateRequest) { r.Reservation = &got.ID })
	must(t, err)
	if len(live.asked) != 2 {
		t.Errorf("looked %d times", len(live.asked))
	}
	_, _, err = w.create(t, 2, "2026-12-02 10:00")
	refused(t, err, planner.CodeTaken)
}
