package plannerdb

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// CreateBooking makes the citizen's reservation a booking, or books the time if it is free without one. A
// repeat with the same content gets the first one's receipt, also after the booking's time was over; other
// content under the same BookingIdentifier, or a repeat after a move or cancellation, is CodeConflictingRepeat.
func (s *Store) CreateBooking(ctx context.Context, r planner.CreateRequest) (planner.Receipt, error) {
	switch {
	case r.CPR.Unknown():
		return planner.Receipt{}, refuse(planner.CodeUnknownCPR, "")
	case r.BookingID == uuid.Nil:
		return planner.Receipt{}, refuse(planner.CodeUnknownBooking, "no identifier")
	}
	return s.create(ctx, order{CreateRequest: r})
}

func (s *Store) create(ctx context.Context, o order) (planner.Receipt, error) {
	var made planner.Receipt
	var l looks
	err := s.change(ctx, "create booking "+o.BookingID.String(), func() (err error) {
		if o.Reservation != nil {
			if made, err = s.bookReserved(ctx, o.CreateRequest); !errors.Is(err, errNotSimple) {
				return err
			}
		}
		return s.looking(ctx, &l, func() (err error) {
			made, err = s.tryCreate(ctx, o, &l)
			return err
		})
	})
	return made, err
}

// errNotSimple says that a booking cannot be made in the short way.
var errNotSimple = errors.New("not a live reservation for just this")

// bookReserved is the short way of tryCreate for the common case: the citizen confirms what is reserved.
func (s *Store) bookReserved(ctx context.Context, r planner.CreateRequest) (planner.Receipt, error) {
	now := s.now()
	hash := s.seal.Hash(r.CPR)
	p := dbsqlc.BookReservedParams{
		CitizenHash: hash, Now: now, StartsAt: r.Start.UTC(), Option: r.Option, JobCenterCode: string(r.JobCenter), Identifier: r.CaseWorkerIdentifier,
		BookingID: r.BookingID, CitizenSealed: s.seal.Seal(r.CPR), Origin: string(planner.OriginSelf), RequestFingerprint: contentOf(r, hash),
		Actor: actorDFDG, OnBehalfOf: onBehalfOf(r.Caller), CameFrom: r.Caller.From, Action: actionCreate, Reason: reasonOf(true),
	}
	if r.ContactType != nil {
		asked := int32(*r.ContactType)
		p.ContactType = &asked
	}
	var workers []uuid.UUID
	// The batch is a transaction of its own, whose outcome its statements decide: one round trip, the commit included.
	b, q := newBatch()
	_ = q.LockCitizen(ctx, citizenLock(hash))
	_ = q.LockCaseWorkerOfReservation(ctx, hash)
	_, _ = q.BookReserved(ctx, p)
	b.QueuedQueries[len(b.QueuedQueries)-1].Query(func(rows pgx.Rows) (err error) {
		workers, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if s.changes != nil {
		s.changes.QueueBooked(ctx, b, r.BookingID)
	}
	if err := pgbatch.Send(ctx, s.pool, b); err != nil {
		return planner.Receipt{}, err
	}
	if len(workers) == 0 {
		return planner.Receipt{}, errNotSimple
	}
	return s.receiptOf(ctx, r, workers[0], now, true), nil
}

// receiptOf answers for a new booking that is committed.
func (s *Store) receiptOf(ctx context.Context, r planner.CreateRequest, worker uuid.UUID, now time.Time, promised bool) planner.Receipt {
	s.log.InfoContext(ctx, "booking made", "booking", r.BookingID, "caseWorker", worker, "start", r.Start.UTC(), "reserved", promised)
	return receipt(r.BookingID, 1, now)
}

// contentOf is the fingerprint of what a request asks for; the reservation is no part of it.
func contentOf(r planner.CreateRequest, hash []byte) []byte {
	return fingerprint("create", r.JobCenter, hash, r.BookingID, r.Option, r.Start.UnixMicro(), r.CaseWorkerIdentifier, r.ContactType != nil, orZero(r.ContactType))
}

func (s *Store) tryCreate(ctx context.Context, r order, l *looks) (planner.Receipt, error) {
	now, start := s.now(), r.Start.UTC()
	day := around(start)
	f := facts{jc: r.JobCenter, hash: s.seal.Hash(r.CPR)}
	content := r.content(f.hash)
	calendars := calendarsOf(day, now, f.hash)
	calendars.Option, calendars.Identifier = &r.Option, r.CaseWorkerIdentifier
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCitizen(ctx, citizenLock(f.hash))
	r.queueOwnOption(ctx, q)
	f.queueBooking(ctx, b, q, r.BookingID)
	f.queueOption(ctx, b, q, &r.Option, nil)
	f.queueReservation(ctx, b, q)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: f.hash, FromAt: day.Start, ToAt: day.End})
	if r.Reservation == nil {
		f.queueCalendars(ctx, b, q, calendars)
	}
	tx, err := s.begin(ctx, b)
	if err != nil {
		return planner.Receipt{}, err
	}
	defer rollback(ctx, tx)

	if len(f.booking) > 0 {
		return repeated(f.booking[0], f.hash, content)
	}
	option, err := r.option(&f)
	if err != nil {
		return planner.Receipt{}, err
	}
	preset := option.ContactTypes[0]
	reserved, promised := f.promised(option.ID, nil, start, r.CaseWorkerIdentifier, now)
	if promised {
		preset = int(orZero(reserved.ContactType))
	}
	contact, err := contactType(option, r.ContactType, preset)
	if err != nil {
		return planner.Receipt{}, err
	}
	promised = promised && f.keeps(option, contact)
	span := planner.Span{Start: start, End: start.Add(option.Duration)}
	worker := reserved.CaseWorkerID
	if promised {
		span.End = reserved.EndsAt
		err = f.stillGood(span, now)
	} else {
		if len(f.calendars) == 0 && r.Reservation != nil {
			b, q = newBatch()
			f.queueCalendars(ctx, b, q, calendars)
			if err := pgbatch.Send(ctx, tx, b); err != nil {
				return planner.Receipt{}, err
			}
		}
		if err := f.readRules(ctx, tx); err != nil {
			return planner.Receipt{}, err
		}
		f.breaking(r.override())
		worker, contact, err = s.withoutPromise(&f, l, option, start, now, unpromised{r.CaseWorkerIdentifier, uuid.Nil, r.ContactType, contact, r.Reservation != nil})
		if r.staff != nil {
			err = f.breakable(err, option, start, now)
		}
	}
	if err != nil {
		return planner.Receipt{}, err
	}

	var held, inserted int64
	h := hold{id: uuid.New(), option: option, worker: worker, span: span, contact: contact, booking: &r.BookingID}
	b, q = newBatch()
	_ = q.LockCaseWorkers(ctx, f.lockOf(worker, worker))
	if !promised {
		_ = q.DeleteReservationOfCitizen(ctx, f.hash)
	}
	_ = q.InsertBooking(ctx, dbsqlc.InsertBookingParams{
		ID: r.BookingID, JobCenterCode: string(r.JobCenter), CitizenHash: f.hash, CitizenSealed: s.seal.Seal(r.CPR),
		InterviewOptionID: &option.ID, CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End, ContactType: int32(contact),
		Title: option.Title, Origin: r.origin(), RequestFingerprint: content, At: now,
	})
	pgbatch.Affected(b, &inserted)
	r.queueRest(ctx, q)
	if promised {
		_ = q.TurnReservationIntoBooking(ctx, dbsqlc.TurnReservationIntoBookingParams{ID: reserved.ID, BookingID: r.BookingID, Now: now})
		pgbatch.Affected(b, &held)
	} else {
		h.queue(ctx, b, q, &f, now)
	}
	entry{
		at: now, actor: r.actor(), action: actionCreate, caller: r.Caller, jc: r.JobCenter, worker: worker, booking: &r.BookingID, hash: f.hash,
		reason: reasonWith(reasonOf(promised), r.override()), after: &meeting{Start: span.Start, End: span.End, CaseWorker: worker, ContactType: contact},
	}.queue(ctx, q)
	citizens := r.actor() == actorDFDG
	if citizens && s.changes != nil {
		s.changes.QueueBooked(ctx, b, r.BookingID)
	}
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return planner.Receipt{}, err
	}
	if inserted == 0 || promised && held == 0 || !promised && !h.done(&f) {
		return planner.Receipt{}, errLost
	}
	if !citizens {
		if err := s.tell(ctx, tx, r.BookingID, worker); err != nil {
			return planner.Receipt{}, err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return planner.Receipt{}, err
	}
	return s.receiptOf(ctx, r.CreateRequest, worker, now, promised), nil
}

// repeated answers a request whose BookingIdentifier is already used.
func repeated(booking dbsqlc.BookingByIDRow, hash, content []byte) (planner.Receipt, error) {
	switch {
	case !bytes.Equal(booking.CitizenHash, hash):
		return planner.Receipt{}, refuse(planner.CodeConflictingRepeat, "another citizen's booking")
	case booking.Status == cancelled:
		return planner.Receipt{}, refuse(planner.CodeConflictingRepeat, "the booking was cancelled")
	case !bytes.Equal(booking.RequestFingerprint, content):
		return planner.Receipt{}, refuse(planner.CodeConflictingRepeat, "other content, or moved since")
	}
	return receipt(booking.ID, booking.Revision, booking.UpdatedAt), nil
}

// stillGood refuses what not even a promise makes possible.
func (f *facts) stillGood(s planner.Span, now time.Time) error {
	switch {
	case s.Start.Before(now):
		return refuse(planner.CodePast, "")
	case f.meets(s):
		return refuse(planner.CodeTaken, string(planner.ReasonCitizenBusy))
	}
	return nil
}

// keeps tells whether the citizen's reservation may become a meeting in this contact type: another than was reserved may need a room,
// or not be possible with the case worker or in the group.
func (f *facts) keeps(option planner.InterviewOption, contact int) bool {
	r := f.reservation[0]
	return int(orZero(r.ContactType)) == contact || !option.Rules.Group() && len(option.Rules.RoomFor) == 0 && !r.ContactsRuled
}

// unpromised is what is asked of a meeting at a time that no reservation holds.
type unpromised struct {
	identifier string
	prefer     uuid.UUID
	asked      *int
	preset     int
	gaveOne    bool // the caller came with a reservation
}

// withoutPromise chooses case worker and contact type. Who came with a reservation is told that it is gone.
func (s *Store) withoutPromise(f *facts, l *looks, option planner.InterviewOption, start, now time.Time, u unpromised) (uuid.UUID, int, error) {
	if err := f.wished(u.identifier); err != nil {
		return uuid.Nil, 0, err
	}
	chosen, err := f.choose(option, start, now, u.prefer, u.asked, u.preset, l)
	var refusal *planner.Error
	if u.gaveOne && errors.As(err, &refusal) && refusal.Code == planner.CodeTaken {
		return uuid.Nil, 0, refuse(planner.CodeReservationGone, refusal.Detail)
	}
	if err != nil {
		return uuid.Nil, 0, err
	}
	return chosen.worker.ID, chosen.contact, s.need(l, f, option, chosen.worker.ID, start)
}

func reasonOf(promised bool) string {
	if promised {
		return "reservation"
	}
	return "free time"
}
