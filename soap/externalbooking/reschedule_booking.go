package externalbooking

import (
	"context"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire/booking"
)

// RescheduleBooking moves a booking to another time.
func (s *service) RescheduleBooking(ctx context.Context, r *booking.RescheduleBookingRequest) (*booking.RescheduleBookingResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Booking, asked.CaseWorker = &r.BookingIdentifier, text(r.CaseWorkerIdentifier)
	asked.Interval = planner.Span{Start: r.BookingStartTime.Time, End: r.BookingStartTime.Time}
	done, err := s.planner.RescheduleBooking(ctx, planner.RescheduleRequest{
		JobCenter: jc, CPR: cpr, BookingID: r.BookingIdentifier,
		Reservation:          r.ReservedTimeslotIdentifier,
		Start:                r.BookingStartTime.Time,
		CaseWorkerIdentifier: text(r.CaseWorkerIdentifier),
		ContactType:          optionalCode(r.InterviewContactTypeIdentifier),
		Caller:               caller(ctx),
	})
	if err != nil {
		return nil, err
	}
	return receipt(done), nil
}
