package plannerdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// MoveFromOutlook takes a counsellor's edit of our event as a rebooking, with the same case worker. The counsellor
// may pick any time that is to come, outside working hours and over own appointments too: it is their calendar. Not
// allowed is what would hurt others: a time already handed out (CodeTaken), another meeting of the citizen
// (CodeTaken), another length that passes midnight (CodeBadInterval), the past (CodePast), and meetings
// that are over, cancelled or owned by the case system (CodeNotRebookable). A move to where the booking is changes nothing.
func (s *Store) MoveFromOutlook(ctx context.Context, booking uuid.UUID, to planner.Span) error {
	to = planner.Span{Start: to.Start.UTC().Truncate(time.Microsecond), End: to.End.UTC().Truncate(time.Microsecond)}
	if to.Empty() {
		return refuse(planner.CodeBadInterval, "")
	}
	return s.change(ctx, "move booking "+booking.String()+" as in Outlook", func() error {
		return s.onBooking(ctx, "", booking, to, func(ctx context.Context, tx pgx.Tx, f *facts, now time.Time) error {
			return s.moveAsInOutlook(ctx, tx, f, to, now)
		})
	})
}

// CancelFromOutlook takes a counsellor's deletion of our event as a cancellation. Refused are meetings that have begun
// (CodePast: clearing out an old calendar cancels nothing) and those of the case system (CodeNotRebookable). One
// that is already cancelled stays so.
func (s *Store) CancelFromOutlook(ctx context.Context, booking uuid.UUID) error {
	return s.change(ctx, "cancel booking "+booking.String()+" as in Outlook", func() error {
		return s.onBooking(ctx, "", booking, planner.Span{}, s.cancel(actorOutlook, outlookCaller, "deleted in Outlook"))
	})
}

func (s *Store) moveAsInOutlook(ctx context.Context, tx pgx.Tx, f *facts, to planner.Span, now time.Time) error {
	row := f.booking[0]
	booking := toBooking(row)
	switch {
	case booking.Span.Start.Equal(to.Start) && booking.Span.End.Equal(to.End) && !booking.Cancelled:
		return nil
	case booking.Cancelled:
		return refuse(planner.CodeNotRebookable, "cancelled")
	case booking.Origin == planner.OriginKSS:
		return refuse(planner.CodeNotRebookable, "made by the case system")
	case !now.Before(booking.Span.Start):
		return refuse(planner.CodeNotRebookable, "begun")
	case !now.Before(to.Start):
		return refuse(planner.CodePast, "")
	case to.End.Sub(to.Start) != booking.Span.End.Sub(booking.Span.Start) && !planner.WholeDays(planner.Span{Start: to.Start, End: to.Start.Add(1)}).Contains(to):
		return refuse(planner.CodeBadInterval, "another length that passes midnight")
	case f.meets(to):
		return refuse(planner.CodeTaken, string(planner.ReasonCitizenBusy))
	}
	others, err := dbsqlc.New(tx).HeldTimesOverlapping(ctx, dbsqlc.HeldTimesOverlappingParams{
		CaseWorkerID: row.CaseWorkerID, FromAt: to.Start, ToAt: to.End, BookingID: row.ID, Now: now,
	})
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return refuse(planner.CodeTaken, string(planner.ReasonHeld))
	}

	var held, moved int64
	id := uuid.New()
	b, q := newBatch()
	_ = q.DeleteHeldTimeOfBooking(ctx, &row.ID)
	_ = q.DeleteExpiredOverlapping(ctx, dbsqlc.DeleteExpiredOverlappingParams{CaseWorkerID: row.CaseWorkerID, FromAt: to.Start, ToAt: to.End, Now: now})
	_ = q.HoldForBooking(ctx, dbsqlc.HoldForBookingParams{
		ID: id, FromAt: to.Start, ToAt: to.End, BookingID: row.ID, CaseWorkerID: row.CaseWorkerID, Promised: true, Now: now,
	})
	pgbatch.Affected(b, &held)
	if len(f.option) > 0 && toOption(f.option[0]).Rules.NeedsRoom(int(row.ContactType)) {
		// Without a room if none is free: the counsellor knows where.
		_ = q.DeleteExpiredInRooms(ctx, dbsqlc.DeleteExpiredInRoomsParams{JobCenterCode: row.JobCenterCode, FromAt: to.Start, ToAt: to.End, Now: now})
		_ = q.HoldRoom(ctx, dbsqlc.HoldRoomParams{HeldTimeID: id, JobCenterCode: row.JobCenterCode, FromAt: to.Start, ToAt: to.End})
	}
	_ = q.MoveBooking(ctx, dbsqlc.MoveBookingParams{
		ID: row.ID, Revision: row.Revision, CaseWorkerID: row.CaseWorkerID, StartsAt: to.Start, EndsAt: to.End, ContactType: row.ContactType,
		RequestFingerprint: fingerprint("outlook move", row.ID, to.Start.UnixMicro(), to.End.UnixMicro()), At: now,
	})
	pgbatch.Affected(b, &moved)
	entry{
		at: now, actor: actorOutlook, action: actionMove, caller: outlookCaller, jc: booking.JobCenter, worker: row.CaseWorkerID, booking: &row.ID, hash: f.hash,
		reason: "moved in Outlook", before: meetingOf(row),
		after: &meeting{Start: to.Start, End: to.End, CaseWorker: row.CaseWorkerID, ContactType: int(row.ContactType)},
	}.queue(ctx, q)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return err
	}
	if held == 0 || moved == 0 {
		return errLost
	}
	if err := s.tell(ctx, tx, row.ID, row.CaseWorkerID); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "booking moved in Outlook", "booking", row.ID, "caseWorker", row.CaseWorkerID, "from", booking.Span.Start, "to", to.Start)
	return nil
}

// outlookCaller tells of changes that counsellors make in their own calendars.
var outlookCaller = planner.Caller{From: "outlook"}
