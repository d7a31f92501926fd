package plannerdb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestTheSeatsOfAGroupMeetingAreTakenOnceEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ruled(t, func(o *planner.InterviewOption) { o.Rules.Seats, o.Rules.RoomFor = 3, []int{1} })
	must(t, w.PutRoom(t.Context(), center, uuid.New(), "Mødesal"))
	w.offers(t, 1, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 AB 3/3")

	// Eleven citizens want three seats with Anna, some at once and some by way of a reservation.
	errs := make([]error, 11)
	reservations := make([]planner.Reservation, len(errs))
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			if i%2 == 0 {
				reservations[i], errs[i] = w.Reserve(context.Background(), planner.ReserveRequest{
					JobCenter: center, CPR: citizen(t, i), Option: &w.option.ID, Start: at(t, "2026-12-02 10:00"), CaseWorkerIdentifier: w.anna.Identifier,
				})
				return
			}
			_, errs[i] = w.CreateBooking(context.Background(), planner.CreateRequest{
				JobCenter: center, CPR: citizen(t, i), BookingID: uuid.New(), Option: w.option.ID, Start: at(t, "2026-12-02 10:00"), CaseWorkerIdentifier: w.anna.Identifier,
			})
		})
	}
	all.Wait()
	var won []int
	for i, err := range errs {
		if err == nil {
			won = append(won, i)
		} else {
			refused(t, err, planner.CodeTaken)
		}
	}
	if seats := w.count(t, `select count(distinct seat) from group_seat`); len(won) != 3 || seats != 3 {
		t.Fatalf("%d citizens got %d seats, want 3", len(won), seats)
	}
	if n := w.count(t, `select count(distinct room_id) from room_hold`); n != 1 {
		t.Errorf("the meeting is in %d rooms", n)
	}
	// Bo is free, but the only room is not.
	w.offers(t, 50, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 B [8] 3/3")
	for _, i := range won {
		if r := reservations[i]; r.ID != uuid.Nil {
			_, _, err := w.create(t, i, "2026-12-02 10:00", func(c *planner.CreateRequest) { c.Reservation = &r.ID })
			must(t, err)
		}
	}
	if n := w.count(t, `select count(*) from booking b join held_time h on h.booking_id = b.id join group_seat g on g.held_time_id = h.id where b.case_worker_id = $1`, w.anna.ID); n != 3 {
		t.Errorf("%d of 3 bookings have a seat", n)
	}
	var one uuid.UUID
	must(t, w.pool.QueryRow(t.Context(), `select id from booking limit 1`).Scan(&one))
	must(t, w.CancelFromOutlook(t.Context(), one))
	// The seat is free again, though Anna is busy with the meeting, and by now with something of her own as well.
	w.block(t, w.anna.ID, "2026-12-02 10:00", "2026-12-02 10:15")
	w.offers(t, 50, "2026-12-02 10:00", "2026-12-02 11:00", "2/12 10:00 B [8] 3/3", "2/12 10:00 A [1] 1/3")
	late, err := w.reserve(t, 50, "2026-12-02 10:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
	must(t, err)
	if late.Group == nil || late.ContactType != 1 {
		t.Errorf("reserved %+v", late)
	}
	for _, r := range reservations {
		if r.Group != nil && *r.Group != *late.Group {
			t.Errorf("one meeting has two identifiers, %s and %s", r.Group, late.Group)
		}
	}
}

func TestAGroupMeetingTakesItsTimeFromAllElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	single := w.option
	single.ID = uuid.New()
	must(t, w.PutInterviewOption(t.Context(), center, single, []uuid.UUID{w.anna.ID, w.bo.ID}))
	w.ruled(t, func(o *planner.InterviewOption) { o.Rules.Seats = 2 })
	by := func(r *planner.CreateRequest) { r.CaseWorkerIdentifier = w.anna.Identifier }
	first, _, err := w.create(t, 1, "2026-12-02 10:00", by)
	must(t, err)
	_, _, err = w.create(t, 2, "2026-12-02 10:30", by)
	refused(t, err, planner.CodeTaken) // another group meeting would overlap it
	_, _, err = w.create(t, 2, "2026-12-02 10:30", by, func(r *planner.CreateRequest) { r.Option = single.ID })
	refused(t, err, planner.CodeTaken)
	_, _, err = w.create(t, 1, "2026-12-02 10:00", by)
	refused(t, err, planner.CodeTaken) // no second seat for the same citizen
	_, _, err = w.create(t, 3, "2026-12-02 09:00", by, func(r *planner.CreateRequest) { r.Option = single.ID })
	must(t, err)

	// A seat moves like any meeting, and the last one out frees the time.
	_, _, err = w.move(t, 1, first.BookingID, "2026-12-02 10:30")
	must(t, err)
	w.offers(t, 9, "2026-12-02 10:00", "2026-12-02 11:30", "2/12 10:00 B 2/2", "2/12 10:30 B 2/2", "2/12 10:30 A [1] 1/2")
	w.clock.advance(time.Minute)
	to, err := w.reserve(t, 1, "2026-12-02 11:00", func(r *planner.ReserveRequest) { r.Option, r.Booking = nil, &first.BookingID })
	must(t, err)
	_, _, err = w.move(t, 1, first.BookingID, "2026-12-02 11:00", func(r *planner.RescheduleRequest) { r.Reservation = &to.ID })
	must(t, err)
	if n := w.count(t, `select count(*) from group_seat`); n != 1 {
		t.Errorf("%d seats taken", n)
	}
	// An expired reservation leaves its seat.
	for n := range 4 {
		_, err := w.reserve(t, 20+n, "2026-12-02 13:00", func(r *planner.ReserveRequest) { r.CaseWorkerIdentifier = w.anna.Identifier })
		refused(t, err, map[bool]planner.Code{false: "", true: planner.CodeTaken}[n >= 2])
	}
	w.clock.advance(time.Hour)
	for n := range 2 {
		_, _, err := w.create(t, 30+n, "2026-12-02 13:00", by)
		must(t, err)
	}
}
