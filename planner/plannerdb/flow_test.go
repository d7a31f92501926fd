package plannerdb_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestACitizenReservesBooksAndMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()

	offered, err := w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 1)})
	must(t, err)
	if len(offered) != 1 || !cmp.Equal(offered[0].InterviewOption, w.option, cmp.Comparer(func(a, b []uuid.UUID) bool { return slices.Equal(a, b) }),
		cmp.Comparer(func(a, b []int) bool { return slices.Equal(a, b) })) {
		t.Fatalf("offered %+v", offered)
	}
	if first, last := at(t, "2026-12-01 09:00"), at(t, "2026-12-31 15:00"); !offered[0].First.Equal(first) || !offered[0].Last.Equal(last) {
		t.Errorf("offered from %v to %v, want %v to %v", offered[0].First, offered[0].Last, first, last)
	}
	workers, err := w.CaseWorkers(ctx, center, citizen(t, 1), w.option.ID)
	must(t, err)
	if d := cmp.Diff([]planner.CaseWorker{w.anna, w.bo}, workers); d != "" {
		t.Errorf("case workers (-want +got):\n%s", d)
	}

	held, err := w.reserve(t, 1, "2026-12-08 10:00")
	must(t, err)
	if held.CaseWorker.ID != w.anna.ID || !held.Expires.Equal(at(t, "2026-12-01 07:10")) || held.ContactType != 1 ||
		!held.Span.End.Equal(at(t, "2026-12-08 11:00")) || !held.RebookingDeadline.Equal(at(t, "2026-12-07 10:00")) || held.CancellationDeadline != nil {
		t.Errorf("reservation %+v", held)
	}
	if got := w.free(t, 2, "2026-12-08 10:00"); !slices.Equal(got, []uuid.UUID{w.bo.ID}) {
		t.Errorf("others are offered %v while Anna's time is held", got)
	}
	if got := w.free(t, 1, "2026-12-08 10:00"); !slices.Equal(got, []uuid.UUID{w.anna.ID, w.bo.ID}) {
		t.Errorf("who holds the time is offered %v", got)
	}

	request, receipt, err := w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) { r.Reservation = &held.ID })
	must(t, err)
	booking, err := w.Booking(ctx, request.BookingID)
	must(t, err)
	want := planner.Booking{
		ID: request.BookingID, JobCenter: center, Option: &w.option.ID, CaseWorker: w.anna.ID, ContactType: 1, Title: "Jobsamtale",
		Span: planner.Span{Start: at(t, "2026-12-08 10:00").UTC(), End: at(t, "2026-12-08 11:00").UTC()}, Origin: planner.OriginSelf, Revision: 1,
	}
	if d := cmp.Diff(want, booking); d != "" {
		t.Errorf("booking (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]change{{request.BookingID, []uuid.UUID{w.anna.ID}}}, w.outbox.drain(), cmp.AllowUnexported(change{})); d != "" {
		t.Errorf("calendars were told (-want +got):\n%s", d)
	}
	if w.count(t, `select count(*) from held_time`) != 1 {
		t.Error("the reservation still stands beside the booking")
	}

	w.clock.advance(time.Minute)
	again, err := w.CreateBooking(ctx, request)
	must(t, err)
	if again != receipt {
		t.Errorf("a repeat got %+v, not %+v", again, receipt)
	}
	other := request
	other.Start = at(t, "2026-12-08 12:00")
	_, err = w.CreateBooking(ctx, other)
	refused(t, err, planner.CodeConflictingRepeat)
	stranger := request
	stranger.CPR = citizen(t, 2)
	_, err = w.CreateBooking(ctx, stranger)
	refused(t, err, planner.CodeConflictingRepeat)

	slots, err := w.RescheduleTimeslots(ctx, planner.RescheduleQuery{JobCenter: center, CPR: citizen(t, 1), Booking: request.BookingID,
		Interval: planner.Span{Start: at(t, "2026-12-08 09:30"), End: at(t, "2026-12-08 11:30")}})
	must(t, err)
	wantSlots := []planner.Timeslot{
		{Start: at(t, "2026-12-08 09:30").UTC(), CaseWorkers: []uuid.UUID{w.anna.ID, w.bo.ID}},
		{Start: at(t, "2026-12-08 10:00").UTC(), CaseWorkers: []uuid.UUID{w.bo.ID}},
		{Start: at(t, "2026-12-08 10:30").UTC(), CaseWorkers: []uuid.UUID{w.anna.ID, w.bo.ID}},
	}
	if d := cmp.Diff(wantSlots, slots.Slots); d != "" {
		t.Errorf("times to move to (-want +got):\n%s", d)
	}

	// Whose only time is the present one is not told either.
	slots, err = w.RescheduleTimeslots(ctx, planner.RescheduleQuery{JobCenter: center, CPR: citizen(t, 1), Booking: request.BookingID,
		Interval: planner.Span{Start: at(t, "2026-12-08 10:00"), End: at(t, "2026-12-08 11:00")}})
	must(t, err)
	if len(slots.Slots) != 1 || len(slots.CaseWorkers) != 1 || slots.CaseWorkers[0].ID != w.bo.ID {
		t.Errorf("times to move to with Bo alone: %+v", slots)
	}

	// To a time that overlaps the present one, with the same case worker.
	moving, err := w.reserve(t, 1, "2026-12-08 10:30", func(r *planner.ReserveRequest) { r.Option, r.Booking = nil, &request.BookingID })
	must(t, err)
	if moving.CaseWorker.ID != w.anna.ID {
		t.Errorf("the move is held with %s", moving.CaseWorker.Identifier)
	}
	if got := w.free(t, 2, "2026-12-08 11:00"); !slices.Equal(got, []uuid.UUID{w.bo.ID}) {
		t.Errorf("others are offered %v at a time held for a move", got)
	}
	_, err = w.reserve(t, 2, "2026-12-08 11:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	refused(t, err, planner.CodeTaken)
	w.noOverlap(t)
	move, moved, err := w.move(t, 1, request.BookingID, "2026-12-08 10:30", func(r *planner.RescheduleRequest) { r.Reservation = &moving.ID })
	must(t, err)
	w.clock.advance(time.Minute)
	againMoved, err := w.RescheduleBooking(ctx, move)
	must(t, err)
	if againMoved != moved || moved.MessageID == receipt.MessageID || moved.BookingID != request.BookingID {
		t.Errorf("receipts of the move: %+v, repeat %+v; of the booking %+v", moved, againMoved, receipt)
	}
	booking, err = w.Booking(ctx, request.BookingID)
	must(t, err)
	if !booking.Span.Start.Equal(at(t, "2026-12-08 10:30")) || booking.Revision != 2 {
		t.Errorf("after the move: %+v", booking)
	}
	if got := w.free(t, 2, "2026-12-08 09:30"); !slices.Contains(got, w.anna.ID) {
		t.Errorf("the old time is not free again: %v", got)
	}

	// To another case worker, without reservation.
	w.outbox.drain()
	_, _, err = w.move(t, 1, request.BookingID, "2026-12-08 10:30", func(r *planner.RescheduleRequest) { r.CaseWorkerIdentifier = w.bo.Identifier })
	must(t, err)
	told := w.outbox.drain()
	if len(told) != 1 || len(told[0].workers) != 2 || !slices.Contains(told[0].workers, w.anna.ID) || !slices.Contains(told[0].workers, w.bo.ID) {
		t.Errorf("calendars were told %v", told)
	}
	w.noOverlap(t)

	mine, err := w.CitizenBookings(ctx, citizen(t, 1), w.clock.Now())
	must(t, err)
	if len(mine) != 1 || mine[0].CaseWorker != w.bo.ID || mine[0].Revision != 3 {
		t.Errorf("the citizen's bookings: %+v", mine)
	}
	if got := w.count(t, `select count(*) from audit_entry where on_behalf_of = '5:101' and actor = 'dfdg' and action in ('reserve', 'create')`); got != 3 {
		t.Errorf("%d audit rows of reserving and creating, want 3", got)
	}
	if got := w.count(t, `select count(*) from audit_entry where action = 'move' and before->>'start' <> '' and after->>'caseWorker' <> ''`); got != 2 {
		t.Errorf("%d audit rows of moves, want 2", got)
	}
}

func TestAReservationIsTheCitizensUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }
	held, err := w.reserve(t, 1, "2026-12-08 10:00", anna)
	must(t, err)

	_, err = w.reserve(t, 2, "2026-12-08 10:30", anna)
	refused(t, err, planner.CodeTaken)
	_, _, err = w.create(t, 2, "2026-12-08 10:00", func(r *planner.CreateRequest) {
		r.Reservation, r.CaseWorkerIdentifier = &held.ID, w.anna.Identifier
	})
	refused(t, err, planner.CodeReservationGone)

	w.clock.advance(10 * time.Minute)
	if got := w.free(t, 2, "2026-12-08 10:00"); len(got) != 2 {
		t.Errorf("after expiry %d case workers are offered", len(got))
	}
	_, err = w.reserve(t, 2, "2026-12-08 10:30", anna)
	must(t, err)
	_, _, err = w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) {
		r.Reservation, r.CaseWorkerIdentifier = &held.ID, w.anna.Identifier
	})
	refused(t, err, planner.CodeReservationGone)
	// Bo is free still, and nobody was wished for.
	made, _, err := w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) { r.Reservation = &held.ID })
	must(t, err)
	if b, err := w.Booking(t.Context(), made.BookingID); err != nil || b.CaseWorker != w.bo.ID {
		t.Errorf("booked with %v, %v", b.CaseWorker, err)
	}
	w.noOverlap(t)
}

func TestANewReservationReplacesTheCitizensOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }
	old, err := w.reserve(t, 1, "2026-12-08 10:00", anna)
	must(t, err)
	_, err = w.reserve(t, 1, "2026-12-08 10:30", anna)
	must(t, err)
	_, err = w.reserve(t, 2, "2026-12-08 09:30", anna)
	must(t, err)
	_, _, err = w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) {
		r.Reservation, r.CaseWorkerIdentifier = &old.ID, w.anna.Identifier
	})
	refused(t, err, planner.CodeReservationGone)
	if n := w.count(t, `select count(*) from held_time`); n != 2 {
		t.Errorf("%d held times, want 2", n)
	}
}

func TestAPromisedTimeBecomesABookingThoughTheCalendarFilledMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	held, err := w.reserve(t, 1, "2026-12-01 09:00")
	must(t, err)
	w.block(t, held.CaseWorker.ID, "2026-12-01 09:00", "2026-12-01 09:30")
	w.clock.advance(5 * time.Minute) // now the notice of two hours has passed too
	_, _, err = w.create(t, 1, "2026-12-01 09:00", func(r *planner.CreateRequest) { r.Reservation = &held.ID })
	must(t, err)
}

func TestExpiredReservationsAreDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for who := range 3 {
		_, err := w.reserve(t, who, "2026-12-08 1"+string(rune('0'+who))+":00")
		must(t, err)
		w.clock.advance(4 * time.Minute)
	}
	n, err := w.ExpireReservations(t.Context())
	must(t, err)
	if left := w.count(t, `select count(*) from held_time`); n != 1 || left != 2 {
		t.Errorf("%d deleted, %d left; want 1 and 2", n, left)
	}
}

func TestARequestThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	other := uuid.New()
	made, _, err := w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	kss := uuid.New()
	w.exec(t, `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title, origin, overlapping, request_fingerprint, created_at, updated_at)
		select $1, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, $2, $3, contact_type, title, 'kss', true, '', created_at, updated_at from booking where id = $4`,
		kss, at(t, "2026-12-08 10:30"), at(t, "2026-12-08 11:30"), made.BookingID)
	w.exec(t, `insert into held_time (id, case_worker_id, during, exclusive, booking_id) values ($1, $2, tstzrange($3, $4), false, $5)`,
		uuid.New(), w.anna.ID, at(t, "2026-12-08 10:30"), at(t, "2026-12-08 11:30"), kss)
	w.block(t, w.bo.ID, "2026-12-09 10:00", "2026-12-09 11:00")
	if _, err := planner.ParseCPR("0000000000"); err != nil {
		t.Fatal(err)
	}
	nobody, _ := planner.ParseCPR("0000000000")
	three := 3
	retired := newWorker("carl", daily(8, 16))
	must(t, w.PutCaseWorker(ctx, retired))
	must(t, w.RetireCaseWorker(ctx, retired.ID))

	bo, anna := w.bo.Identifier, w.anna.Identifier
	reserves := map[string]struct {
		start  string
		change func(*planner.ReserveRequest)
		code   planner.Code
	}{
		"unknown citizen":           {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.CPR = nobody }, planner.CodeUnknownCPR},
		"unknown job centre":        {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.JobCenter = "99999" }, planner.CodeUnknownJobCenter},
		"unknown option":            {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.Option = &other }, planner.CodeUnknownOption},
		"no option":                 {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.Option = nil }, planner.CodeUnknownOption},
		"unknown case worker":       {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = "RID-x" }, planner.CodeUnknownCaseWorker},
		"retired case worker":       {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = retired.Identifier }, planner.CodeUnknownCaseWorker},
		"contact type not offered":  {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.ContactType = &three }, planner.CodeBadContactType},
		"over":                      {"2026-11-30 10:00", nil, planner.CodePast},
		"short notice":              {"2026-12-01 08:30", nil, planner.CodeTaken},
		"beyond the horizon":        {"2027-01-01 10:00", nil, planner.CodeTaken},
		"off the grid":              {"2026-12-09 10:10", nil, planner.CodeTaken},
		"outside hours":             {"2026-12-09 15:30", nil, planner.CodeTaken},
		"counsellor busy":           {"2026-12-09 09:30", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = bo }, planner.CodeTaken},
		"booked":                    {"2026-12-08 09:30", func(r *planner.ReserveRequest) { r.CPR = citizen(t, 2); r.CaseWorkerIdentifier = anna }, planner.CodeTaken},
		"held by the case system":   {"2026-12-08 11:00", func(r *planner.ReserveRequest) { r.CPR = citizen(t, 2); r.CaseWorkerIdentifier = anna }, planner.CodeTaken},
		"citizen meets another":     {"2026-12-08 10:30", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = bo }, planner.CodeTaken},
		"move of nothing":           {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.Option, r.Booking = nil, &other }, planner.CodeUnknownBooking},
		"move of another's":         {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.CPR, r.Option, r.Booking = citizen(t, 2), nil, &made.BookingID }, planner.CodeNotCitizensBooking},
		"move with another option":  {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.Option, r.Booking = &other, &made.BookingID }, planner.CodeUnknownOption},
		"move of the case system's": {"2026-12-09 10:00", func(r *planner.ReserveRequest) { r.Option, r.Booking = nil, &kss }, planner.CodeNotRebookable},
	}
	for name, tt := range reserves {
		t.Run("reserve/"+name, func(t *testing.T) {
			_, err := w.reserve(t, 1, tt.start, func(r *planner.ReserveRequest) {
				if tt.change != nil {
					tt.change(r)
				}
			})
			refused(t, err, tt.code)
		})
	}
	creates := map[string]struct {
		start  string
		change func(*planner.CreateRequest)
		code   planner.Code
	}{
		"no identifier":            {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.BookingID = uuid.Nil }, planner.CodeUnknownBooking},
		"unknown citizen":          {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.CPR = nobody }, planner.CodeUnknownCPR},
		"unknown job centre":       {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.JobCenter = "99999" }, planner.CodeUnknownJobCenter},
		"unknown option":           {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.Option = other }, planner.CodeUnknownOption},
		"unknown case worker":      {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = "RID-x" }, planner.CodeUnknownCaseWorker},
		"contact type not offered": {"2026-12-09 10:00", func(r *planner.CreateRequest) { r.ContactType = &three }, planner.CodeBadContactType},
		"over":                     {"2026-11-30 10:00", func(r *planner.CreateRequest) { r.Reservation = &other }, planner.CodePast},
		"never offered":            {"2026-12-09 10:10", nil, planner.CodeTaken},
		"unknown reservation":      {"2026-12-09 10:10", func(r *planner.CreateRequest) { r.Reservation = &other }, planner.CodeReservationGone},
		"citizen meets another":    {"2026-12-08 10:30", func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = bo }, planner.CodeTaken},
	}
	for name, tt := range creates {
		t.Run("create/"+name, func(t *testing.T) {
			_, _, err := w.create(t, 1, tt.start, func(r *planner.CreateRequest) {
				if tt.change != nil {
					tt.change(r)
				}
			})
			refused(t, err, tt.code)
		})
	}
	moves := map[string]struct {
		who     int
		booking uuid.UUID
		start   string
		change  func(*planner.RescheduleRequest)
		code    planner.Code
	}{
		"unknown":             {1, other, "2026-12-09 10:00", nil, planner.CodeUnknownBooking},
		"another's":           {2, made.BookingID, "2026-12-09 10:00", nil, planner.CodeNotCitizensBooking},
		"other job centre":    {1, made.BookingID, "2026-12-09 10:00", func(r *planner.RescheduleRequest) { r.JobCenter = "99999" }, planner.CodeUnknownJobCenter},
		"the case system's":   {1, kss, "2026-12-09 10:00", nil, planner.CodeNotRebookable},
		"into the past":       {1, made.BookingID, "2026-11-30 10:00", nil, planner.CodePast},
		"over another of own": {1, made.BookingID, "2026-12-08 11:00", nil, planner.CodeTaken},
		"unknown case worker": {1, made.BookingID, "2026-12-09 10:00", func(r *planner.RescheduleRequest) { r.CaseWorkerIdentifier = "RID-x" }, planner.CodeUnknownCaseWorker},
		"gone reservation":    {1, made.BookingID, "2026-12-09 10:10", func(r *planner.RescheduleRequest) { r.Reservation = &other }, planner.CodeReservationGone},
		"bad contact type":    {1, made.BookingID, "2026-12-09 10:00", func(r *planner.RescheduleRequest) { r.ContactType = &three }, planner.CodeBadContactType},
	}
	for name, tt := range moves {
		t.Run("move/"+name, func(t *testing.T) {
			_, _, err := w.move(t, tt.who, tt.booking, tt.start, func(r *planner.RescheduleRequest) {
				if tt.change != nil {
					tt.change(r)
				}
			})
			refused(t, err, tt.code)
		})
	}
	backwards := planner.Span{Start: at(t, "2026-12-09 10:00"), End: at(t, "2026-12-08 10:00")}
	_, err = w.Timeslots(ctx, planner.TimeslotQuery{JobCenter: center, CPR: citizen(t, 1), Option: w.option.ID, Interval: backwards})
	refused(t, err, planner.CodeBadInterval)
	_, err = w.RescheduleTimeslots(ctx, planner.RescheduleQuery{JobCenter: center, CPR: citizen(t, 1), Booking: made.BookingID, Interval: backwards})
	refused(t, err, planner.CodeBadInterval)
	over := planner.Span{Start: w.clock.Now().AddDate(0, 0, -7), End: w.clock.Now()}
	_, err = w.Timeslots(ctx, planner.TimeslotQuery{JobCenter: center, CPR: citizen(t, 1), Option: w.option.ID, Interval: over})
	refused(t, err, planner.CodePast)
	_, err = w.RescheduleTimeslots(ctx, planner.RescheduleQuery{JobCenter: center, CPR: citizen(t, 1), Booking: made.BookingID, Interval: over})
	refused(t, err, planner.CodePast)
	ahead := planner.Span{Start: w.clock.Now(), End: w.clock.Now().AddDate(0, 0, 7)}
	_, err = w.Timeslots(ctx, planner.TimeslotQuery{JobCenter: center, CPR: nobody, Option: w.option.ID, Interval: ahead, CaseWorkerIdentifier: "RID-x"})
	refused(t, err, planner.CodeUnknownCaseWorker)
	_, err = w.InterviewOptions(ctx, "99999", planner.Citizen{})
	refused(t, err, planner.CodeUnknownJobCenter)
	_, err = w.Booking(ctx, other)
	refused(t, err, planner.CodeUnknownBooking)

	// After the deadline, only the repeat of what was done before it.
	move, receipt, err := w.move(t, 1, made.BookingID, "2026-12-09 10:00")
	must(t, err)
	w.clock.advance(8 * 24 * time.Hour)
	again, err := w.RescheduleBooking(ctx, move)
	must(t, err)
	if again != receipt {
		t.Errorf("a repeat after the deadline got %+v, not %+v", again, receipt)
	}
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-10 10:00")
	refused(t, err, planner.CodeNotRebookable)
}

func TestNothingIsKeptWhenTheOutboxFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reserved, err := w.reserve(t, 2, "2026-12-08 11:00")
	must(t, err)
	left := w.count(t, `select (select count(*) from booking) + (select count(*) from held_time where booking_id is not null) + (select count(*) from audit_entry)`)
	w.outbox.fail = errors.New("no room")
	if _, _, err := w.create(t, 1, "2026-12-08 10:00"); err == nil {
		t.Error("a free time was booked")
	}
	if _, _, err := w.create(t, 2, "2026-12-08 11:00", func(r *planner.CreateRequest) { r.Reservation = &reserved.ID }); err == nil {
		t.Error("a reservation became a booking")
	}
	if n := w.count(t, `select (select count(*) from booking) + (select count(*) from held_time where booking_id is not null) + (select count(*) from audit_entry)`); n != left {
		t.Errorf("%d rows, not %d", n, left)
	}
	w.outbox.fail = nil
	if _, _, err := w.create(t, 2, "2026-12-08 11:00", func(r *planner.CreateRequest) { r.Reservation = &reserved.ID }); err != nil {
		t.Errorf("the reservation is lost: %v", err)
	}
}

func TestOnlyCaseWorkersWhoseCalendarIsKnownAreOffered(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		state string
		asOf  bool
		known bool
	}{
		"read whole": {"active", true, true}, "plan held": {"held", true, true}, "never read": {"new", false, false},
		"active, not read": {"active", false, false}, "denied": {"denied", true, false}, "missing": {"missing", true, false}, "paused": {"paused", true, false},
	}
	w := newWorld(t)
	ctx := t.Context()
	for name, tt := range tests {
		w.exec(t, `delete from mailbox`)
		w.exec(t, `insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at, as_of)
			values ($1, 'u', 'anna@kommune.example', $2, $3, $3, $3, case when $4 then $3::timestamptz end)`, w.anna.ID, tt.state, w.clock.Now(), tt.asOf)
		if got := slices.Contains(w.free(t, 1, "2026-12-08 10:00"), w.anna.ID); got != tt.known {
			t.Errorf("%s: offered %v, want %v", name, got, tt.known)
		}
		workers, err := w.CaseWorkers(ctx, center, citizen(t, 1), w.option.ID)
		must(t, err)
		if got := len(workers) == 2; got != tt.known {
			t.Errorf("%s: %d case workers listed", name, len(workers))
		}
		_, err = w.reserve(t, 1, "2026-12-08 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
		refused(t, err, map[bool]planner.Code{true: "", false: planner.CodeTaken}[tt.known])
		w.exec(t, `delete from held_time`)
		must(t, w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID}))
		offered, err := w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 1)})
		must(t, err)
		if got := !offered[0].First.IsZero(); got != tt.known || offered[0].Last.IsZero() == tt.known {
			t.Errorf("%s: option offered from %v to %v", name, offered[0].First, offered[0].Last)
		}
		must(t, w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID, w.bo.ID}))
	}
}

func TestOptionsAreShownByTheirSearchRulesWithFirstAndLastTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	put := func(last byte, title string, workers []uuid.UUID, change func(*planner.InterviewOption)) {
		o := w.option
		o.ID[15], o.Title = last, title
		change(&o)
		must(t, w.PutInterviewOption(ctx, center, o, workers))
	}
	put(1, "A for gruppe 3", []uuid.UUID{w.bo.ID}, func(o *planner.InterviewOption) { o.Search.ContactGroups = []int{3} })
	put(2, "B halvt år frem", []uuid.UUID{w.anna.ID}, func(o *planner.InterviewOption) { o.HorizonDays = 183 })
	put(3, "C uden vejleder", nil, func(*planner.InterviewOption) {})
	w.block(t, w.anna.ID, "2026-12-01 00:00", "2027-02-15 12:00") // beyond the first two stretches
	w.block(t, w.anna.ID, "2027-05-01 00:00", "2027-09-01 00:00") // and the last one

	offered, err := w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 1), ContactGroup: 2})
	must(t, err)
	type line struct{ Title, First, Last string }
	show := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.In(planner.Copenhagen()).Format("2006-01-02 15:04")
	}
	var got []line
	for _, o := range offered {
		got = append(got, line{o.Title, show(o.First), show(o.Last)})
	}
	want := []line{
		{"B halvt år frem", "2027-02-15 12:00", "2027-04-30 15:00"},
		{"C uden vejleder", "", ""},
		{"Jobsamtale", "2026-12-01 09:00", "2026-12-31 15:00"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("options (-want +got):\n%s", d)
	}
	must(t, w.WithdrawInterviewOption(ctx, w.option.ID))
	offered, err = w.InterviewOptions(ctx, center, planner.Citizen{CPR: citizen(t, 1), ContactGroup: 3})
	must(t, err)
	if len(offered) != 3 || offered[0].Title != "A for gruppe 3" || offered[2].Title != "C uden vejleder" {
		t.Errorf("options of contact group 3: %+v", offered)
	}
}

func TestAWithdrawnOptionsMeetingsMayStillBeMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, _, err := w.create(t, 1, "2026-12-08 10:00")
	must(t, err)
	must(t, w.WithdrawInterviewOption(t.Context(), w.option.ID))
	_, _, err = w.create(t, 2, "2026-12-08 12:00")
	refused(t, err, planner.CodeUnknownOption)
	_, _, err = w.move(t, 1, made.BookingID, "2026-12-09 10:00")
	must(t, err)
}

func TestWithoutAWishMeetingsAreSpreadOverCaseWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for who, start := range []string{"2026-12-08 08:00", "2026-12-08 09:00", "2026-12-08 10:00", "2026-12-08 11:00"} {
		_, _, err := w.create(t, who, start)
		must(t, err)
	}
	if n := w.count(t, `select count(*) from booking where case_worker_id = $1`, w.anna.ID); n != 2 {
		t.Errorf("Anna has %d of four meetings", n)
	}
}

func TestALongAbsenceTakesEachOfItsDays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from, to string
		free     []string
		taken    []string
	}{
		"a week": {"2026-12-07 12:00", "2026-12-14 12:00", []string{"2026-12-07 11:00", "2026-12-14 12:00"},
			[]string{"2026-12-07 12:00", "2026-12-08 10:00", "2026-12-13 15:00", "2026-12-14 11:30"}},
		"a day to the minute": {"2026-12-08 10:00", "2026-12-09 10:00", []string{"2026-12-08 09:00", "2026-12-09 10:00"},
			[]string{"2026-12-08 09:30", "2026-12-08 10:00", "2026-12-09 09:30"}},
		"a minute more": {"2026-12-08 10:00", "2026-12-09 10:01", []string{"2026-12-08 09:00", "2026-12-09 10:30"},
			[]string{"2026-12-08 09:30", "2026-12-08 10:00", "2026-12-09 10:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.block(t, w.anna.ID, tt.from, tt.to)
			ask := func(start string, want planner.Code) {
				t.Helper()
				if got := slices.Contains(w.free(t, 1, start), w.anna.ID); got != (want == "") {
					t.Errorf("%s: offered %v", start, got)
				}
				_, err := w.reserve(t, 1, start, func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
				refused(t, err, want)
			}
			for _, start := range tt.taken {
				ask(start, planner.CodeTaken)
			}
			for _, start := range tt.free {
				ask(start, "")
			}
		})
	}
}

// TestAnAppointmentThatComesBetweenLookingAndTakingIsHeeded lets the counsellor's calendar fill when the request has already looked: the outbox
// of another booking of the same case worker runs while that case worker is locked.
func TestAnAppointmentThatComesBetweenLookingAndTakingIsHeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := make(chan error, 1)
	w.outbox.meanwhile = func() {
		w.outbox.meanwhile = nil
		go func() {
			_, err := w.CreateBooking(t.Context(), planner.CreateRequest{
				JobCenter: center, CPR: citizen(t, 2), BookingID: uuid.New(), Option: w.option.ID, Start: at(t, "2026-12-08 12:00"), CaseWorkerIdentifier: w.anna.Identifier,
			})
			second <- err
		}()
		// The second request has looked when it waits for the lock.
		for len(second) == 0 && w.count(t, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == 0 {
			if t.Context().Err() != nil {
				return
			}
		}
		w.block(t, w.anna.ID, "2026-12-08 12:00", "2026-12-08 13:00")
	}
	_, _, err := w.create(t, 1, "2026-12-08 10:00", func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	refused(t, <-second, planner.CodeTaken)
	if n := w.count(t, `select count(*) from booking`); n != 1 {
		t.Errorf("%d bookings", n)
	}
}
