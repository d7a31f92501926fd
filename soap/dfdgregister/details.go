package dfdgregister

import (
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/bookingform"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// Defaults are the codes of a meeting that has no interview option.
type Defaults struct{ InterviewType, InterviewForm int }

// details says of a booking what every summons must carry (BEK 442/2023 § 20), so that DFDG's rules hold for it
// whatever our rows hold: texts are cut to the contract's lengths, numbers and addresses that it has no form for are left out, a
// deadline stands if and only if the thing is possible (8125, 8126, 8127).
func details(r Report, defaults Defaults) booking.BookingDetailsType {
	o := planner.InterviewOption{InterviewType: defaults.InterviewType, InterviewForm: defaults.InterviewForm}
	if r.Option != nil {
		o = *r.Option
	}
	w := r.CaseWorker
	d := booking.BookingDetailsType{
		InterviewTypeIdentifier:        bookingform.Code(o.InterviewType),
		InterviewFormTypeIdentifier:    bookingform.Code(o.InterviewForm),
		InterviewContactTypeIdentifier: bookingform.Code(r.ContactType),
		BookingStartTime:               wire.At(r.Span.Start),
		BookingEndTime:                 wire.At(r.Span.End),
		MeetingTitle:                   bookingform.Required[booking.MeetingTitleType](r.Title, bookingform.MaxTitle, "Møde"),
		MeetingDescription:             bookingform.Optional[booking.MeetingDescriptionType](o.Description, bookingform.MaxDescription),
		Supervisor:                     bookingform.Supervisor(w),
		InterviewLocationDetail:        bookingform.Location(o.Location),
		TelephoneNumberIdentifier:      bookingform.Telephone(o.Phone, w.Phone),
		EmailAddressIdentifier:         bookingform.Email(o.Email, w.Email),
	}
	rebooking, cancellation := o.Deadlines(r.Span.Start)
	d.RebookingPossible, d.RebookingDeadline = deadline(rebooking)
	d.CancellationPossible, d.CancellationDeadline = deadline(cancellation)
	return d
}

func deadline(t *time.Time) (bool, *wire.DateTime) {
	if t == nil {
		return false, nil
	}
	at := wire.At(*t)
	return true, &at
}
