package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// Booking reads one booking, cancelled or not.
func (s *Store) Booking(ctx context.Context, id uuid.UUID) (planner.Booking, error) {
	rows, err := dbsqlc.New(s.pool).BookingByID(ctx, id)
	if err != nil {
		return planner.Booking{}, fmt.Errorf("read booking %s: %w", id, err)
	}
	if len(rows) == 0 {
		return planner.Booking{}, refuse(planner.CodeUnknownBooking, "")
	}
	return toBooking(rows[0]), nil
}

// CitizenBookings lists, in order of time, the citizen's bookings that are not cancelled and end after from.
func (s *Store) CitizenBookings(ctx context.Context, cpr planner.CPR, from time.Time) ([]planner.Booking, error) {
	if cpr.Unknown() {
		return nil, refuse(planner.CodeUnknownCPR, "")
	}
	rows, err := dbsqlc.New(s.pool).CitizenBookings(ctx, dbsqlc.CitizenBookingsParams{CitizenHash: s.seal.Hash(cpr), FromAt: from})
	if err != nil {
		return nil, fmt.Errorf("list a citizen's bookings: %w", err)
	}
	var bookings []planner.Booking
	for _, r := range rows {
		bookings = append(bookings, planner.Booking{
			ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Option: r.InterviewOptionID, CaseWorker: r.CaseWorkerID,
			Span: planner.Span{Start: r.StartsAt.UTC(), End: r.EndsAt.UTC()}, ContactType: int(r.ContactType), Title: r.Title,
			Origin: planner.Origin(r.Origin), Cancelled: r.Status == cancelled, Overlaps: r.Overlapping, Revision: int(r.Revision),
		})
	}
	return bookings, nil
}
