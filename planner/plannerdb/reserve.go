package plannerdb

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// Reserve holds a time for the citizen for as long as the job centre says, in place of any
// reservation the citizen had. Reserving the same time again holds it anew, under a new id.
func (s *Store) Reserve(ctx context.Context, r planner.ReserveRequest) (planner.Reservation, error) {
	switch {
	case r.CPR.Unknown():
		return planner.Reservation{}, refuse(planner.CodeUnknownCPR, "")
	case r.Option == nil && r.Booking == nil:
		return planner.Reservation{}, refuse(planner.CodeUnknownOption, "neither option nor booking given")
	}
	var made planner.Reservation
	var l looks
	err := s.change(ctx, "reserve a time", func() error {
		return s.looking(ctx, &l, func() (err error) {
			made, err = s.tryReserve(ctx, r, &l)
			return err
		})
	})
	return made, err
}

func (s *Store) tryReserve(ctx context.Context, r planner.ReserveRequest, l *looks) (planner.Reservation, error) {
	now, start := s.now(), r.Start.UTC()
	day := around(start)
	f := facts{jc: r.JobCenter, hash: s.seal.Hash(r.CPR)}
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCitizen(ctx, citizenLock(f.hash))
	lookUp := r.Option
	if r.Booking != nil {
		lookUp = nil
		f.queueBooking(ctx, b, q, *r.Booking)
	}
	f.queueOption(ctx, b, q, lookUp, r.Booking)
	f.queueReservation(ctx, b, q)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: f.hash, FromAt: day.Start, ToAt: day.End, Moving: r.Booking})
	calendars := calendarsOf(day, now, f.hash)
	calendars.Option, calendars.Moving, calendars.Identifier = lookUp, r.Booking, r.CaseWorkerIdentifier
	f.queueCalendars(ctx, b, q, calendars)
	tx, err := s.begin(ctx, b)
	if err != nil {
		return planner.Reservation{}, err
	}
	defer rollback(ctx, tx)

	option, preset, prefer, err := f.meetingToReserve(r, now)
	if err != nil {
		return planner.Reservation{}, err
	}
	contact, err := contactType(option, r.ContactType, preset)
	if err != nil {
		return planner.Reservation{}, err
	}
	if err := f.wished(r.CaseWorkerIdentifier); err != nil {
		return planner.Reservation{}, err
	}
	if err := f.readRules(ctx, tx); err != nil {
		return planner.Reservation{}, err
	}
	chosen, err := f.choose(option, start, now, prefer, r.ContactType, contact, l)
	if err != nil {
		return planner.Reservation{}, err
	}
	worker, contact := chosen.worker, chosen.contact
	if err := s.need(l, &f, option, worker.ID, start); err != nil {
		return planner.Reservation{}, err
	}

	made := planner.Reservation{
		ID: uuid.New(), Expires: now.Add(time.Duration(f.center[0].ReservationMinutes) * time.Minute), Option: option,
		CaseWorker: toCaseWorker(r.JobCenter, worker), Span: planner.Span{Start: start, End: start.Add(option.Duration)}, ContactType: contact,
	}
	made.RebookingDeadline, made.CancellationDeadline = option.Deadlines(start)
	h := hold{id: made.ID, option: option, worker: worker.ID, span: made.Span, contact: contact, moving: r.Booking, expires: &made.Expires}
	made.Group = h.group()
	b, q = newBatch()
	_ = q.LockCaseWorkers(ctx, f.lockOf(worker.ID, worker.ID))
	_ = q.DeleteReservationOfCitizen(ctx, f.hash)
	h.queue(ctx, b, q, &f, now)
	entry{
		at: now, actor: actorDFDG, action: actionReserve, caller: r.Caller, jc: r.JobCenter, worker: worker.ID, booking: r.Booking, hash: f.hash,
		before: f.reserved(), after: &meeting{Start: made.Span.Start, End: made.Span.End, CaseWorker: worker.ID, ContactType: contact, Expires: &made.Expires},
	}.queue(ctx, q)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return planner.Reservation{}, err
	}
	if !h.done(&f) {
		return planner.Reservation{}, errLost
	}
	if err := tx.Commit(ctx); err != nil {
		return planner.Reservation{}, err
	}
	s.log.InfoContext(ctx, "time reserved", "reservation", made.ID, "caseWorker", worker.ID, "start", made.Span.Start, "expires", made.Expires)
	return made, nil
}

// reserved is the reservation that the citizen has, live or not; nil: none.
func (f *facts) reserved() *meeting {
	if len(f.reservation) == 0 {
		return nil
	}
	r := f.reservation[0]
	return &meeting{Start: r.StartsAt.UTC(), End: r.EndsAt.UTC(), CaseWorker: r.CaseWorkerID, ContactType: int(orZero(r.ContactType)), Expires: r.ExpiresAt}
}

// meetingToReserve says what kind of meeting is asked for, its contact type when none is asked for, and who comes first.
func (f *facts) meetingToReserve(r planner.ReserveRequest, now time.Time) (option planner.InterviewOption, preset int, prefer uuid.UUID, err error) {
	if r.Booking == nil {
		if option, err = f.newOption(); err != nil {
			return option, 0, uuid.Nil, err
		}
		return option, option.ContactTypes[0], uuid.Nil, nil
	}
	booking, option, err := f.movable(now)
	if err != nil {
		return option, 0, uuid.Nil, err
	}
	if r.Option != nil && *r.Option != option.ID {
		return option, 0, uuid.Nil, refuse(planner.CodeUnknownOption, "not the booking's")
	}
	return option, kept(option, int(booking.ContactType)), booking.CaseWorkerID, nil
}

// kept is the contact type of a meeting that is moved without asking for one: its own, if the option still has it.
func kept(option planner.InterviewOption, own int) int {
	if slices.Contains(option.ContactTypes, own) {
		return own
	}
	return option.ContactTypes[0]
}

// ExpireReservations frees the times of reservations that have run out and says how many. An
// expired reservation holds nothing back even before that; this only keeps the table small.
func (s *Store) ExpireReservations(ctx context.Context) (int, error) {
	n, err := dbsqlc.New(s.pool).ExpireReservations(ctx, s.now())
	if err != nil {
		return 0, err
	}
	if n > 0 {
		s.log.InfoContext(ctx, "reservations expired", "count", n)
	}
	return int(n), nil
}
