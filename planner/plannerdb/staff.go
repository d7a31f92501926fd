package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// MoveBooking moves a booking on behalf of the job centre, along the path of RescheduleBooking but for the citizen's deadlines. The rules
// on time may be broken as in Summon. Refused are meetings that are cancelled, begun, or of the case system, where they are to be
// moved (CodeNotRebookable).
func (s *Store) MoveBooking(ctx context.Context, r planner.MoveRequest) (planner.Receipt, error) {
	if err := checkWhy(r.Staff, r.Why); err != nil {
		return planner.Receipt{}, err
	}
	if err := r.Override.Check(); err != nil {
		return planner.Receipt{}, err
	}
	// Whose booking it is never changes, so that it may be read before the lock.
	found, err := dbsqlc.New(s.pool).BookingByID(ctx, r.BookingID)
	if err != nil {
		return planner.Receipt{}, fmt.Errorf("read booking %s: %w", r.BookingID, err)
	}
	if len(found) == 0 {
		return planner.Receipt{}, refuse(planner.CodeUnknownBooking, "")
	}
	return s.reschedule(ctx, relocation{staff: &r, hash: found[0].CitizenHash, RescheduleRequest: planner.RescheduleRequest{
		JobCenter: r.JobCenter, BookingID: r.BookingID, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier, ContactType: r.ContactType,
		Caller: callerOf(r.Staff),
	}})
}

// CancelBooking calls a booking off on behalf of the job centre. One that is cancelled stays so. Refused are meetings that have
// begun (CodePast) and those of the case system (CodeNotRebookable).
func (s *Store) CancelBooking(ctx context.Context, r planner.CancelRequest) error {
	if err := checkWhy(r.Staff, r.Why); err != nil {
		return err
	}
	return s.change(ctx, "cancel booking "+r.BookingID.String(), func() error {
		return s.onBooking(ctx, r.JobCenter, r.BookingID, planner.Span{}, s.cancel(r.Staff.Actor(), callerOf(r.Staff), r.Why))
	})
}

// checkWhy wants a name and a reason from whoever changes a citizen's meeting.
func checkWhy(by planner.Staff, why string) error {
	if by.Login == "" || why == "" {
		return refuse(planner.CodeBadText, "no reason, or no name")
	}
	return planner.CheckNote(why)
}

func (r relocation) actor() string {
	if r.staff == nil {
		return actorDFDG
	}
	return r.staff.Staff.Actor()
}

func (r relocation) reason(promised bool) string {
	if r.staff == nil {
		return reasonOf(promised)
	}
	return reasonWith(r.staff.Why, r.staff.Override)
}

func (r relocation) override() planner.Override {
	if r.staff == nil {
		return planner.Override{}
	}
	return r.staff.Override
}

// movable is the booking and its option, less the rules that are broken, when who asks may move it now.
func (r relocation) movable(f *facts, now time.Time) (dbsqlc.BookingByIDRow, planner.InterviewOption, error) {
	if r.staff == nil {
		return f.movable(now)
	}
	booking, err := f.owned()
	if err != nil {
		return booking, planner.InterviewOption{}, err
	}
	if err := toBooking(booking).StaffMovable(now); err != nil {
		return booking, planner.InterviewOption{}, err
	}
	if len(f.option) == 0 {
		return booking, planner.InterviewOption{}, refuse(planner.CodeNotRebookable, "without interview option")
	}
	return booking, toOption(f.option[0]).Without(r.staff.Override), nil
}

// onBooking locks a booking's citizen and case worker and reads what a decision about it needs. Asked on behalf of a job
// centre, it knows only that one's bookings.
func (s *Store) onBooking(ctx context.Context, jc planner.JobCenterCode, id uuid.UUID, to planner.Span, decide func(context.Context, pgx.Tx, *facts, time.Time) error) error {
	// Whose booking it is never changes, so that it may be read before the lock.
	found, err := dbsqlc.New(s.pool).BookingByID(ctx, id)
	if err != nil {
		return err
	}
	if len(found) == 0 || jc != "" && found[0].JobCenterCode != string(jc) {
		return refuse(planner.CodeUnknownBooking, "")
	}
	f := facts{hash: found[0].CitizenHash}
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCitizen(ctx, citizenLock(f.hash))
	_ = q.LockCaseWorkers(ctx, f.lockOf(found[0].CaseWorkerID, found[0].CaseWorkerID))
	f.queueBooking(ctx, b, q, id)
	f.queueOption(ctx, b, q, nil, &id)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: f.hash, FromAt: to.Start, ToAt: to.End, Moving: &id})
	tx, err := s.begin(ctx, b)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	if f.booking[0].CaseWorkerID != found[0].CaseWorkerID {
		return errLost // moved between the two reads: another case worker must be locked
	}
	if err := decide(ctx, tx, &f, s.now()); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// cancel decides a cancellation by somebody of the job centre. One that is cancelled stays so.
func (s *Store) cancel(actor string, from planner.Caller, reason string) func(context.Context, pgx.Tx, *facts, time.Time) error {
	return func(ctx context.Context, tx pgx.Tx, f *facts, now time.Time) error {
		return s.tryCancel(ctx, tx, f, now, actor, from, reason)
	}
}

func (s *Store) tryCancel(ctx context.Context, tx pgx.Tx, f *facts, now time.Time, actor string, from planner.Caller, reason string) error {
	row := f.booking[0]
	booking := toBooking(row)
	switch {
	case booking.Cancelled:
		return nil
	case booking.Origin == planner.OriginKSS:
		return refuse(planner.CodeNotRebookable, "made by the case system")
	case !now.Before(booking.Span.Start):
		return refuse(planner.CodePast, "begun")
	}
	var done int64
	b, q := newBatch()
	_ = q.DeleteHeldTimeOfBooking(ctx, &row.ID)
	_ = q.CancelBooking(ctx, dbsqlc.CancelBookingParams{ID: row.ID, Revision: row.Revision, RequestFingerprint: fingerprint("cancel", row.ID, row.Revision), At: now})
	pgbatch.Affected(b, &done)
	entry{
		at: now, actor: actor, action: actionCancel, caller: from, jc: booking.JobCenter, worker: row.CaseWorkerID, booking: &row.ID, hash: f.hash,
		reason: reason, before: meetingOf(row),
	}.queue(ctx, q)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return err
	}
	if done == 0 {
		return errLost
	}
	if err := s.tell(ctx, tx, row.ID, row.CaseWorkerID); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "booking cancelled", "booking", row.ID, "by", actor, "caseWorker", row.CaseWorkerID, "start", booking.Span.Start)
	return nil
}
