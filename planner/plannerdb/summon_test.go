package plannerdb_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

var lone = planner.Staff{ID: uuid.UUID{15: 77}, Login: "Lone Indkalder"}

// summon asks for a meeting of the world's option on behalf of the job centre.
func (w *world) summon(t testing.TB, who int, start string, change ...func(*planner.SummonRequest)) (planner.SummonRequest, error) {
	t.Helper()
	r := planner.SummonRequest{JobCenter: center, CPR: citizen(t, who), BookingID: uuid.New(), Option: &w.option.ID, Start: at(t, start), Staff: lone}
	for _, c := range change {
		c(&r)
	}
	_, err := w.Summon(t.Context(), r)
	return r, err
}

func breaking(why string, rules ...planner.Reason) func(*planner.SummonRequest) {
	return func(r *planner.SummonRequest) { r.Override = planner.Override{Rules: rules, Why: why} }
}

// lastAudit reads the newest audit entry of a booking, and how many there are.
func (w *world) lastAudit(t testing.TB, booking uuid.UUID) (actor, action, reason string, n int) {
	t.Helper()
	must(t, w.pool.QueryRow(t.Context(), `select actor, action, reason, (select count(*) from audit_entry where booking_id = $1)
		from audit_entry where booking_id = $1 order by id desc limit 1`, booking).Scan(&actor, &action, &reason, &n))
	return actor, action, reason, n
}

func TestASummonerBooksAnyInTheFairOrderOrWhomTheyWish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.summon(t, 1, "2026-12-08 10:00")
	must(t, err)
	b, err := w.Booking(t.Context(), first.BookingID)
	must(t, err)
	if b.CaseWorker != w.anna.ID || b.Origin != planner.OriginPlanner || b.ContactType != 1 || b.Title != "Jobsamtale" {
		t.Errorf("booked %+v", b)
	}
	if told := w.outbox.drain(); len(told) != 1 || told[0].booking != first.BookingID {
		t.Errorf("calendars told of %v", told)
	}
	if actor, action, reason, n := w.lastAudit(t, first.BookingID); actor != "staff:Lone Indkalder" || action != "create" || reason != "free time" || n != 1 {
		t.Errorf("audited %s %s %q, %d rows", actor, action, reason, n)
	}

	second, err := w.summon(t, 2, "2026-12-08 13:00")
	must(t, err)
	if b, err = w.Booking(t.Context(), second.BookingID); err != nil || b.CaseWorker != w.bo.ID {
		t.Errorf("the second went to %v, not to the one with fewest meetings that day (%v)", b.CaseWorker, err)
	}
	third, err := w.summon(t, 3, "2026-12-08 14:00", func(r *planner.SummonRequest) { r.CaseWorkerIdentifier = w.bo.Identifier })
	must(t, err)
	if b, err = w.Booking(t.Context(), third.BookingID); err != nil || b.CaseWorker != w.bo.ID {
		t.Errorf("not the wished case worker (%v)", err)
	}

	receipt, err := w.Summon(t.Context(), first)
	must(t, err)
	if receipt.BookingID != first.BookingID || w.count(t, `select count(*) from booking`) != 3 || w.count(t, `select count(*) from audit_entry`) != 3 {
		t.Error("a repeat booked again")
	}
	first.Start = first.Start.Add(time.Hour)
	_, err = w.Summon(t.Context(), first)
	refused(t, err, planner.CodeConflictingRepeat)
}

func TestASummonerBreaksOnlySoftRulesAndSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	one := 1
	w.option.Rules = planner.OptionRules{BufferBefore: 30 * time.Minute, MaxPerDay: one}
	must(t, w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID}))
	must(t, w.SetCenterRules(ctx, center, planner.CenterRules{Closing: planner.ClosingDays{Local: []planner.Date{{Year: 2026, Month: 12, Day: 24}}}}))
	w.block(t, w.anna.ID, "2026-12-10 10:00", "2026-12-10 11:00")

	cases := []struct {
		name, start string
		code        planner.Code
		rules       []planner.Reason // that are named, and with which it works if they are all soft
	}{
		{"sooner than the notice", "2026-12-01 08:30", planner.CodeBreaksRules, []planner.Reason{planner.ReasonNotice}},
		{"later than offered", "2027-02-01 10:00", planner.CodeBreaksRules, []planner.Reason{planner.ReasonHorizon}},
		{"off the grid", "2026-12-09 10:10", planner.CodeBreaksRules, []planner.Reason{planner.ReasonGrid}},
		{"too close to an appointment", "2026-12-10 11:00", planner.CodeBreaksRules, []planner.Reason{planner.ReasonBuffer}},
		{"over the limit of the day and off the grid", "2026-12-09 13:10", planner.CodeBreaksRules, []planner.Reason{planner.ReasonGrid, planner.ReasonOptionLimit}},
		{"over an appointment", "2026-12-10 10:30", planner.CodeTaken, nil},
		{"over another meeting", "2026-12-09 10:30", planner.CodeTaken, nil},
		{"on a closing day", "2026-12-24 10:00", planner.CodeTaken, nil},
		{"outside hours", "2026-12-11 20:00", planner.CodeTaken, nil},
		{"in the past", "2026-12-01 06:00", planner.CodePast, nil},
	}
	for i, c := range cases {
		_, err := w.summon(t, 10+i, c.start)
		refused(t, err, c.code)
		if c.code != planner.CodeBreaksRules {
			every := []planner.Reason{planner.ReasonNotice, planner.ReasonHorizon, planner.ReasonGrid, planner.ReasonBuffer, planner.ReasonDayLimit, planner.ReasonOptionLimit}
			if _, err := w.summon(t, 10+i, c.start, breaking("det haster", every...)); err == nil {
				t.Errorf("%s: booked all the same", c.name)
			}
			continue
		}
		if got := err.(*planner.Error).Reasons; !slices.Equal(got, c.rules) {
			t.Errorf("%s: %v in the way, want %v", c.name, got, c.rules)
		}
		_, err = w.summon(t, 10+i, c.start, breaking("", c.rules...))
		refused(t, err, planner.CodeBadOverride)
		made, err := w.summon(t, 10+i, c.start, breaking("det haster", c.rules...))
		must(t, err)
		if _, _, reason, n := w.lastAudit(t, made.BookingID); n != 1 || !strings.HasSuffix(reason, ": det haster") || !strings.Contains(reason, string(c.rules[0])) {
			t.Errorf("%s: audited %q, %d rows", c.name, reason, n)
		}
	}

	_, err := w.summon(t, 50, "2026-12-10 10:30", breaking("jeg vil", planner.ReasonBusy))
	refused(t, err, planner.CodeBadOverride)
	_, err = w.summon(t, 50, "2026-12-14 10:10", breaking("for 010190-1234", planner.ReasonGrid))
	refused(t, err, planner.CodeBadText)
}

func TestALimitOfTheDayIsBrokenForOneCaseWorkerOnPurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.SetCaseWorkerRules(t.Context(), w.anna.ID, planner.CaseWorkerRules{MaxPerDay: 1}))
	must(t, w.SetCaseWorkerRules(t.Context(), w.bo.ID, planner.CaseWorkerRules{MaxPerDay: 1}))
	for who, wished := range []string{w.anna.Identifier, w.bo.Identifier} {
		_, err := w.summon(t, who+1, "2026-12-08 10:00", func(r *planner.SummonRequest) { r.CaseWorkerIdentifier = wished })
		must(t, err)
	}
	_, err := w.summon(t, 3, "2026-12-08 13:00")
	refused(t, err, planner.CodeBreaksRules)
	if got := err.(*planner.Error).Reasons; !slices.Equal(got, []planner.Reason{planner.ReasonDayLimit}) {
		t.Errorf("in the way: %v", got)
	}
	_, err = w.summon(t, 3, "2026-12-08 13:00", breaking("sygefravær i teamet", planner.ReasonDayLimit))
	must(t, err)
}

func TestACitizensOtherMeetingIsNeverOverlapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.summon(t, 1, "2026-12-08 10:00")
	must(t, err)
	_, err = w.summon(t, 1, "2026-12-08 10:30", func(r *planner.SummonRequest) { r.CaseWorkerIdentifier = w.bo.Identifier })
	refused(t, err, planner.CodeTaken)
}

func TestAMeetingWithoutOptionIsLikeAnyOtherButOfferedToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	own := &planner.InterviewOption{
		InterviewType: 12, InterviewForm: 2, ContactTypes: []int{1}, Duration: 45 * time.Minute, Title: "Rundbordssamtale",
		Location: planner.Location{Description: "Lokale 3"},
	}
	ask := func(r *planner.SummonRequest) {
		r.Option, r.Own, r.CaseWorkerIdentifier = nil, own, w.anna.Identifier
		yes := true
		r.FundParticipates = &yes
	}
	made, err := w.summon(t, 1, "2026-12-08 10:00", ask)
	must(t, err)
	if _, err := w.Summon(ctx, made); err != nil {
		t.Errorf("a repeat: %v", err)
	}
	b, err := w.Booking(ctx, made.BookingID)
	must(t, err)
	if b.CaseWorker != w.anna.ID || b.Title != "Rundbordssamtale" || b.Span.End.Sub(b.Span.Start) != 45*time.Minute || b.Option == nil {
		t.Errorf("booked %+v", b)
	}
	offered, err := w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 2)})
	must(t, err)
	if len(offered) != 1 {
		t.Errorf("citizens are offered %d options", len(offered))
	}
	if n := w.count(t, `select count(*) from booking where fund_participates`); n != 1 {
		t.Errorf("the fund takes part in %d meetings", n)
	}
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-09 10:00")
	refused(t, err, planner.CodeNotRebookable)
	_, err = w.MoveBooking(ctx, planner.MoveRequest{JobCenter: center, BookingID: made.BookingID, Start: at(t, "2026-12-08 10:30"), Staff: lone, Why: "lokalet er optaget"})
	must(t, err)

	_, err = w.summon(t, 3, "2026-12-08 10:30", ask)
	refused(t, err, planner.CodeTaken)
	_, err = w.summon(t, 3, "2026-12-08 14:00", ask, func(r *planner.SummonRequest) { r.CaseWorkerIdentifier = "nobody" })
	refused(t, err, planner.CodeUnknownCaseWorker)
	if n := w.count(t, `select count(*) from own_option`); n != 1 {
		t.Errorf("%d options of their own, of which refused ones left some", n)
	}
}

// booked makes a booking of an origin and tells its id. It is of citizen 1, at ten on 8 December with Anna.
func (w *world) booked(t *testing.T, origin planner.Origin) uuid.UUID {
	t.Helper()
	r, err := w.summon(t, 1, "2026-12-08 10:00", func(r *planner.SummonRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	w.exec(t, `update booking set origin = $1 where id = $2`, string(origin), r.BookingID)
	return r.BookingID
}

func TestOriginDecidesWhatMayBeDoneWithAMeeting(t *testing.T) {
	t.Parallel()
	const inTime, tooLate, begun = "2026-12-07 09:00", "2026-12-08 09:00", "2026-12-08 10:00"
	cases := []struct {
		origin                            planner.Origin
		now                               string
		byCitizen, byStaff, cancelByStaff planner.Code // the refusal
	}{
		{planner.OriginSelf, inTime, "", "", ""},
		{planner.OriginSelf, tooLate, planner.CodeNotRebookable, "", ""},
		{planner.OriginPlanner, inTime, "", "", ""},
		{planner.OriginPlanner, tooLate, planner.CodeNotRebookable, "", ""},
		{planner.OriginPlanner, begun, planner.CodeNotRebookable, planner.CodeNotRebookable, planner.CodePast},
		{planner.OriginKSS, inTime, planner.CodeNotRebookable, planner.CodeNotRebookable, planner.CodeNotRebookable},
		{planner.OriginKSS, tooLate, planner.CodeNotRebookable, planner.CodeNotRebookable, planner.CodeNotRebookable},
	}
	for _, c := range cases {
		t.Run(string(c.origin)+" "+c.now, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.booked(t, c.origin)
			w.clock.at = at(t, c.now)
			_, _, err := w.move(t, 1, id, "2026-12-10 10:00")
			refused(t, err, c.byCitizen)
			_, err = w.MoveBooking(t.Context(), planner.MoveRequest{JobCenter: center, BookingID: id, Start: at(t, "2026-12-10 13:00"), Staff: lone, Why: "efter aftale"})
			refused(t, err, c.byStaff)
			err = w.CancelBooking(t.Context(), planner.CancelRequest{JobCenter: center, BookingID: id, Staff: lone, Why: "efter aftale"})
			refused(t, err, c.cancelByStaff)
		})
	}
}

func TestStaffMoveAndCancelWithAReasonThatIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	id := w.booked(t, planner.OriginPlanner)
	w.outbox.drain()
	move := planner.MoveRequest{JobCenter: center, BookingID: id, Start: at(t, "2026-12-09 10:00"), CaseWorkerIdentifier: w.bo.Identifier, Staff: lone}
	_, err := w.MoveBooking(ctx, move)
	refused(t, err, planner.CodeBadText)
	move.Why = "vejlederen er syg"
	_, err = w.MoveBooking(ctx, move)
	must(t, err)
	if told := w.outbox.drain(); len(told) != 1 || len(told[0].workers) != 2 {
		t.Errorf("told %v, want both case workers", told)
	}
	if actor, action, reason, n := w.lastAudit(t, id); actor != "staff:Lone Indkalder" || action != "move" || reason != "vejlederen er syg" || n != 2 {
		t.Errorf("audited %s %s %q, %d rows", actor, action, reason, n)
	}
	move.Start = at(t, "2026-12-09 10:10")
	_, err = w.MoveBooking(ctx, move)
	refused(t, err, planner.CodeBreaksRules)
	move.Override = planner.Override{Rules: []planner.Reason{planner.ReasonGrid}, Why: "efter aftale"}
	_, err = w.MoveBooking(ctx, move)
	must(t, err)
	move.JobCenter = "99999"
	_, err = w.MoveBooking(ctx, move)
	refused(t, err, planner.CodeUnknownJobCenter)

	cancel := planner.CancelRequest{JobCenter: "99999", BookingID: id, Staff: lone, Why: "borgeren er fraflyttet"}
	refused(t, w.CancelBooking(ctx, cancel), planner.CodeUnknownBooking)
	cancel.JobCenter = center
	must(t, w.CancelBooking(ctx, cancel))
	must(t, w.CancelBooking(ctx, cancel))
	if actor, action, reason, n := w.lastAudit(t, id); actor != "staff:Lone Indkalder" || action != "cancel" || reason != "borgeren er fraflyttet" || n != 4 {
		t.Errorf("audited %s %s %q, %d rows", actor, action, reason, n)
	}
	if free := w.free(t, 2, "2026-12-09 10:00"); len(free) != 2 {
		t.Errorf("%d are free where the meeting was", len(free))
	}
}

func TestAnExcuseIsOfTheTimeItWasGivenFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	id := w.booked(t, planner.OriginKSS) // whoever made the meeting
	w.outbox.drain()
	e := planner.Excuse{BookingID: id, ReceivedAt: at(t, "2026-12-01 06:55").UTC(), ReceivedBy: "Omstillingen", Reason: planner.ExcuseIllness, Note: "ringer igen"}
	must(t, w.Excuse(ctx, center, e, lone))
	got, found, err := w.ExcuseOf(ctx, id)
	if err != nil || !found || got != e {
		t.Errorf("read %+v (%v, %v), want %+v", got, found, err, e)
	}
	if actor, action, reason, _ := w.lastAudit(t, id); actor != "staff:Lone Indkalder" || action != "excuse" || reason != "illness" {
		t.Errorf("audited %s %s %q", actor, action, reason)
	}
	if told := w.outbox.drain(); len(told) != 0 {
		t.Errorf("calendars told of an excuse: %v", told)
	}
	e.Note = "cpr 0101901234"
	refused(t, w.Excuse(ctx, center, e, lone), planner.CodeBadText)
	e.Note, e.Reason = "", "hovedpine"
	refused(t, w.Excuse(ctx, center, e, lone), planner.CodeBadText)
	e.Reason = planner.ExcuseWork
	refused(t, w.Excuse(ctx, "99999", e, lone), planner.CodeUnknownBooking)

	w.exec(t, `update booking set origin = 'planner' where id = $1`, id)
	_, err = w.MoveBooking(ctx, planner.MoveRequest{JobCenter: center, BookingID: id, Start: at(t, "2026-12-09 10:00"), Staff: lone, Why: "afbud"})
	must(t, err)
	if _, found, err := w.ExcuseOf(ctx, id); err != nil || found {
		t.Errorf("the excuse holds for the new time (%v)", err)
	}
	must(t, w.CancelBooking(ctx, planner.CancelRequest{JobCenter: center, BookingID: id, Staff: lone, Why: "afbud"}))
	refused(t, w.Excuse(ctx, center, e, lone), planner.CodeNotRebookable)
}
