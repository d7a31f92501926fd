package externalbooking

import (
	"context"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// CreateBooking turns a reservation into a booking. The caller supplies the booking's id; a repeat with
// the same content gets the same receipt.
func (s *service) CreateBooking(ctx context.Context, r *booking.CreateBookingRequest) (*booking.CreateBookingResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Option, asked.Booking, asked.CaseWorker = &r.InterviewOptionID, &r.BookingIdentifier, text(r.CaseWorkerIdentifier)
	asked.Interval = planner.Span{Start: r.BookingStartTime.Time, End: r.BookingStartTime.Time}
	done, err := s.planner.CreateBooking(ctx, planner.CreateRequest{
		JobCenter: jc, CPR: cpr, BookingID: r.BookingIdentifier, Option: r.InterviewOptionID,
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

func receipt(r planner.Receipt) *booking.BookingReceiptType {
	return &booking.BookingReceiptType{BookingIdentifier: r.BookingID, EventDate: wire.At(r.At), MessageIdentifier: r.MessageID}
}
