package externalbooking

import (
	"context"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/bookingform"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// GetBookingDetails holds a time for a citizen and tells what the summons will say. DFDG stores the
// answer, so that every rule of BookingService.CreateBooking must hold for it: a deadline stands if and
// only if the thing is possible (8125, 8126, 8127).
func (s *service) GetBookingDetails(ctx context.Context, r *booking.GetBookingDetailsRequest) (*booking.GetBookingDetailsResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	if r.InterviewOptionID == nil && r.BookingIdentifier == nil {
		f := *soap.FaultInvalid
		f.Text = "Meddelelsen er ikke gyldig: GetBookingDetailsRequest skal have InterviewOptionID eller BookingIdentifier."
		return nil, &f
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Option, asked.Booking, asked.CaseWorker = r.InterviewOptionID, r.BookingIdentifier, text(r.CaseWorkerIdentifier)
	asked.Interval = planner.Span{Start: r.BookingStartTime.Time, End: r.BookingStartTime.Time}
	held, err := s.planner.Reserve(ctx, planner.ReserveRequest{
		JobCenter: jc, CPR: cpr, Option: r.InterviewOptionID, Booking: r.BookingIdentifier,
		Start:                r.BookingStartTime.Time,
		CaseWorkerIdentifier: text(r.CaseWorkerIdentifier),
		ContactType:          optionalCode(r.InterviewContactTypeIdentifier),
		Caller:               caller(ctx),
	})
	if err != nil {
		return nil, err
	}
	soap.CallFrom(ctx).Offered = 1
	return &booking.GetBookingDetailsResponse{
		ReservedTimeslotIdentifier: &held.ID,
		BookingDetails:             bookingDetails(held),
	}, nil
}

func bookingDetails(held planner.Reservation) booking.BookingDetailsType {
	o, w := held.Option, held.CaseWorker
	d := booking.BookingDetailsType{
		InterviewTypeIdentifier:        bookingform.Code(o.InterviewType),
		InterviewFormTypeIdentifier:    bookingform.Code(o.InterviewForm),
		InterviewContactTypeIdentifier: bookingform.Code(held.ContactType),
		BookingStartTime:               wire.At(held.Span.Start),
		BookingEndTime:                 wire.At(held.Span.End),
		MeetingTitle:                   bookingform.Required[booking.MeetingTitleType](o.Title, bookingform.MaxTitle, "Møde"),
		MeetingDescription:             bookingform.Optional[booking.MeetingDescriptionType](o.Description, bookingform.MaxDescription),
		Supervisor:                     bookingform.Supervisor(w),
		InterviewLocationDetail:        bookingform.Location(o.Location),
		// The option's own number and address, else the case worker's: what the citizen shall use.
		TelephoneNumberIdentifier: bookingform.Telephone(o.Phone, w.Phone),
		EmailAddressIdentifier:    bookingform.Email(o.Email, w.Email),
		RebookingPossible:         held.RebookingDeadline != nil,
		CancellationPossible:      held.CancellationDeadline != nil,
	}
	d.GroupMeetingIdentifier = held.Group
	if held.RebookingDeadline != nil {
		d.RebookingDeadline = at(*held.RebookingDeadline)
	}
	if held.CancellationDeadline != nil {
		d.CancellationDeadline = at(*held.CancellationDeadline)
	}
	return d
}
