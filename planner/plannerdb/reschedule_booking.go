package plannerdb

import (
	"bytes"
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// RescheduleBooking moves a booking: it frees the old time and takes the new one in one transaction. A repeat of the
// last move gets its receipt, also after the deadline; so does a move to where the booking already is.
func (s *Store) RescheduleBooking(ctx context.Context, r planner.RescheduleRequest) (planner.Receipt, error) {
	if r.CPR.Unknown() {
		return planner.Receipt{}, refuse(planner.CodeUnknownCPR, "")
	}
	return s.reschedule(ctx, relocation{RescheduleRequest: r, hash: s.seal.Hash(r.CPR)})
}

// relocation is a booking to be moved: by the citizen whose hash it is, or, when staff is set, by them.
type relocation struct {
	planner.RescheduleRequest
	hash  []byte
	staff *planner.MoveRequest
}

func (s *Store) reschedule(ctx context.Context, r relocation) (planner.Receipt, error) {
	var made planner.Receipt
	var l looks
	err := s.change(ctx, "move booking "+r.BookingID.String(), func() error {
		return s.looking(ctx, &l, func() (err error) {
			made, err = s.tryReschedule(ctx, r, &l)
			return err
		})
	})
	return made, err
}

func (s *Store) tryReschedule(ctx context.Context, r relocation, l *looks) (planner.Receipt, error) {
	now, start := s.now(), r.Start.UTC()
	day := around(start)
	f := facts{jc: r.JobCenter, hash: r.hash}
	content := fingerprint("move", r.JobCenter, f.hash, r.BookingID, start.UnixMicro(), r.CaseWorkerIdentifier, r.ContactType != nil, orZero(r.ContactType))
	calendars := calendarsOf(day, now, f.hash)
	calendars.Moving, calendars.Identifier = &r.BookingID, r.CaseWorkerIdentifier
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCitizen(ctx, citizenLock(f.hash))
	f.queueBooking(ctx, b, q, r.BookingID)
	f.queueOption(ctx, b, q, nil, &r.BookingID)
	f.queueReservation(ctx, b, q)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: f.hash, FromAt: day.Start, ToAt: day.End, Moving: &r.BookingID})
	if r.Reservation == nil {
		f.queueCalendars(ctx, b, q, calendars)
	}
	tx, err := s.begin(ctx, b)
	if err != nil {
		return planner.Receipt{}, err
	}
	defer rollback(ctx, tx)

	booking, err := f.owned()
	if err != nil {
		return planner.Receipt{}, err
	}
	if booking.Status != cancelled && bytes.Equal(booking.RequestFingerprint, content) {
		return receipt(booking.ID, booking.Revision, booking.UpdatedAt), nil
	}
	booking, option, err := r.movable(&f, now)
	if err != nil {
		return planner.Receipt{}, err
	}
	preset := kept(option, int(booking.ContactType))
	reserved, promised := f.promised(option.ID, &r.BookingID, start, r.CaseWorkerIdentifier, now)
	if promised {
		preset = int(orZero(reserved.ContactType))
	}
	contact, err := contactType(option, r.ContactType, preset)
	if err != nil {
		return planner.Receipt{}, err
	}
	span := planner.Span{Start: start, End: start.Add(option.Duration)}
	if booking.StartsAt.Equal(span.Start) && booking.EndsAt.Equal(span.End) && int(booking.ContactType) == contact &&
		(r.CaseWorkerIdentifier == "" || r.CaseWorkerIdentifier == booking.CaseWorkerIdentifier) &&
		(!promised || reserved.CaseWorkerID == booking.CaseWorkerID) {
		return receipt(booking.ID, booking.Revision, booking.UpdatedAt), nil
	}
	promised = promised && f.keeps(option, contact)
	worker := reserved.CaseWorkerID
	if promised {
		span.End = reserved.EndsAt
		err = f.stillGood(span, now)
	} else {
		if r.Reservation != nil {
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
		worker, contact, err = s.withoutPromise(&f, l, option, start, now, unpromised{r.CaseWorkerIdentifier, booking.CaseWorkerID, r.ContactType, contact, r.Reservation != nil})
		if r.staff != nil {
			err = f.breakable(err, option, start, now)
		}
	}
	if err != nil {
		return planner.Receipt{}, err
	}

	var given, moved int64
	h := hold{
		id: uuid.New(), option: option, worker: worker, span: span, contact: contact, booking: &booking.ID, moving: &booking.ID, promised: promised,
	}
	b, q = newBatch()
	_ = q.LockCaseWorkers(ctx, f.lockOf(worker, booking.CaseWorkerID))
	_ = q.DeleteReservationOfCitizen(ctx, f.hash)
	pgbatch.Affected(b, &given)
	_ = q.DeleteHeldTimeOfBooking(ctx, &booking.ID)
	h.queue(ctx, b, q, &f, now)
	_ = q.MoveBooking(ctx, dbsqlc.MoveBookingParams{
		ID: booking.ID, Revision: booking.Revision, CaseWorkerID: worker, StartsAt: span.Start, EndsAt: span.End,
		ContactType: int32(contact), RequestFingerprint: content, At: now,
	})
	pgbatch.Affected(b, &moved)
	entry{
		at: now, actor: r.actor(), action: actionMove, caller: r.Caller, jc: r.JobCenter, worker: worker, booking: &booking.ID, hash: f.hash,
		reason: r.reason(promised), before: meetingOf(booking),
		after: &meeting{Start: span.Start, End: span.End, CaseWorker: worker, ContactType: contact},
	}.queue(ctx, q)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return planner.Receipt{}, err
	}
	// A promise that another process, by its own clock, took for expired is none.
	if !h.done(&f) || moved == 0 || promised && given == 0 {
		return planner.Receipt{}, errLost
	}
	if err := s.tell(ctx, tx, booking.ID, worker, booking.CaseWorkerID); err != nil {
		return planner.Receipt{}, err
	}
	if err := tx.Commit(ctx); err != nil {
		return planner.Receipt{}, err
	}
	s.log.InfoContext(ctx, "booking moved", "booking", booking.ID, "caseWorker", worker, "from", booking.StartsAt.UTC(), "to", span.Start, "reserved", promised)
	return receipt(booking.ID, booking.Revision+1, now), nil
}
