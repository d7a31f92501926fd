package externalbooking

import (
	"context"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire/booking"
)

// GetRescheduleTimeslots tells to when a citizen may move a booking.
func (s *service) GetRescheduleTimeslots(ctx context.Context, r *booking.GetRescheduleTimeslotsRequest) (*booking.GetRescheduleTimeslotsResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	interval, err := span(r.BookingOptionIntervalStartTime, r.BookingOptionIntervalEndTime)
	if err != nil {
		return nil, err
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Booking, asked.Interval, asked.CaseWorker = &r.BookingIdentifier, interval, text(r.CaseWorkerIdentifier)
	found, err := s.planner.RescheduleTimeslots(ctx, planner.RescheduleQuery{
		JobCenter: jc, CPR: cpr, Booking: r.BookingIdentifier, Interval: interval,
		CaseWorkerIdentifier: text(r.CaseWorkerIdentifier),
	})
	if err != nil {
		return nil, err
	}
	return timeslots(ctx, found)
}
