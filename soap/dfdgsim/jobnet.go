package dfdgsim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/dfdg"
)

// Errand is what a citizen wants on Jobnet.
type Errand struct {
	JobCenter string `json:"jobCenter"`
	CPR       string `json:"cpr"`
	// Booking is the meeting to be moved; a new one is booked when it is not given.
	Booking *uuid.UUID `json:"booking,omitempty"`
	// Option is the kind of meeting; the first one offered if not given.
	Option *uuid.UUID `json:"option,omitempty"`
	// Nth of the offered times is taken, counted from 0; the last one if there are fewer.
	Nth int `json:"nth"`
	// CaseWorkerIdentifier is wished; anybody if empty.
	CaseWorkerIdentifier string `json:"caseWorkerIdentifier,omitempty"`
	// From and To are the days looked at; from now for 60 days if zero.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// ContactGroup is the citizen's; 1 if 0.
	ContactGroup int32 `json:"contactGroup,omitempty"`
}

// Booked is what came of an errand.
type Booked struct {
	Booking              uuid.UUID `json:"booking"`
	Option               uuid.UUID `json:"option"`
	Start                time.Time `json:"start"`
	End                  time.Time `json:"end"`
	CaseWorkerIdentifier string    `json:"caseWorkerIdentifier"`
	Offered              int       `json:"offered"` // times offered
	Receipt              uuid.UUID `json:"receipt"`
}

// ErrNothingOffered says that the planner has no option, or no time, for the citizen.
var ErrNothingOffered = errors.New("nothing is offered to the citizen")

// Jobnet walks a citizen through a booking or a move: options, times, details (which reserve the time), create
// or reschedule; DFDG checks the details by its own rules in between, and registers the booking
// itself when the planner has answered (which is why a planner must not report self-bookings).
func (s *Server) Jobnet(ctx context.Context, errand Errand) (Booked, error) {
	s.mu.Lock()
	planner := s.planner
	s.mu.Unlock()
	if planner == nil {
		return Booked{}, errors.New("no planner is set")
	}
	if errand.From.IsZero() {
		errand.From = s.cfg.Now()
	}
	if errand.To.IsZero() {
		errand.To = errand.From.AddDate(0, 0, 60)
	}
	if errand.ContactGroup == 0 {
		errand.ContactGroup = 1
	}
	cpr, jobCenter := booking.PersonCivilRegistrationIdentifierType(errand.CPR), booking.JobCenterCodeType(errand.JobCenter)
	var wished *booking.CaseWorkerIdentifierType
	if errand.CaseWorkerIdentifier != "" {
		id := booking.CaseWorkerIdentifierType(errand.CaseWorkerIdentifier)
		wished = &id
	}
	out := Booked{}
	var times *booking.TimeslotsResponseType
	var err error
	if errand.Booking != nil {
		out.Booking = *errand.Booking
		times, err = planner.GetRescheduleTimeslots(ctx, &booking.GetRescheduleTimeslotsRequest{
			PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCenter, BookingIdentifier: *errand.Booking,
			BookingOptionIntervalStartTime: wire.At(errand.From), BookingOptionIntervalEndTime: wire.At(errand.To), CaseWorkerIdentifier: wished,
		})
	} else {
		if out.Option, err = s.choose(ctx, planner, errand); err != nil {
			return out, err
		}
		s.mu.Lock()
		out.Booking = s.newID()
		s.mu.Unlock()
		times, err = planner.GetSelfbookTimeslots(ctx, &booking.GetSelfbookTimeslotsRequest{
			PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCenter, InterviewOptionID: out.Option,
			BookingOptionIntervalStartTime: wire.At(errand.From), BookingOptionIntervalEndTime: wire.At(errand.To), CaseWorkerIdentifier: wished,
		})
	}
	if err != nil {
		return out, err
	}
	if times.BookingTimeslotCollection == nil || len(times.BookingTimeslotCollection.BookingTimeslot) == 0 {
		return out, ErrNothingOffered
	}
	slots := times.BookingTimeslotCollection.BookingTimeslot
	out.Offered = len(slots)
	slot := slots[min(errand.Nth, len(slots)-1)]
	contact := slot.InterviewContactTypeIdentifierCollection.InterviewContactTypeIdentifier[0]

	ask := &booking.GetBookingDetailsRequest{
		PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCenter, BookingStartTime: slot.StartTime,
		CaseWorkerIdentifier: wished, InterviewContactTypeIdentifier: &contact, BookingIdentifier: errand.Booking,
	}
	if errand.Booking == nil {
		ask.InterviewOptionID = &out.Option
	}
	reserved, err := planner.GetBookingDetails(ctx, ask)
	if err != nil {
		return out, err
	}
	s.mu.Lock()
	refused := s.check(out.Booking, errand.CPR, &reserved.BookingDetails)
	s.mu.Unlock()
	if refused != nil {
		return out, fmt.Errorf("DFDG refuses the planner's details: %d %s", refused.code, refused.text)
	}
	worker := reserved.BookingDetails.Supervisor.CaseWorkerIdentifier
	var receipt *booking.BookingReceiptType
	if errand.Booking != nil {
		receipt, err = planner.RescheduleBooking(ctx, &booking.RescheduleBookingRequest{
			PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCenter, BookingIdentifier: out.Booking,
			ReservedTimeslotIdentifier: reserved.ReservedTimeslotIdentifier, BookingStartTime: slot.StartTime,
			CaseWorkerIdentifier: &worker, InterviewContactTypeIdentifier: &contact,
		})
	} else {
		receipt, err = planner.CreateBooking(ctx, &booking.CreateBookingRequest{
			PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCenter, BookingIdentifier: out.Booking, InterviewOptionID: out.Option,
			ReservedTimeslotIdentifier: reserved.ReservedTimeslotIdentifier, BookingStartTime: slot.StartTime,
			CaseWorkerIdentifier: &worker, InterviewContactTypeIdentifier: &contact,
		})
	}
	if err != nil {
		return out, err
	}
	if receipt.BookingIdentifier != out.Booking {
		return out, errors.New("the planner's receipt is for another booking")
	}
	out.Receipt, out.CaseWorkerIdentifier = receipt.MessageIdentifier, string(worker)
	out.Start, out.End = reserved.BookingDetails.BookingStartTime.Time, reserved.BookingDetails.BookingEndTime.Time
	s.registerSelfBooking(errand, out, reserved.BookingDetails)
	return out, nil
}

// choose gives the option wished, or the first one offered.
func (s *Server) choose(ctx context.Context, planner *Caller, errand Errand) (uuid.UUID, error) {
	options, err := planner.GetSelfbookInterviewOptions(ctx, &booking.GetSelfbookInterviewOptionsRequest{
		PersonCivilRegistrationIdentifier: booking.PersonCivilRegistrationIdentifierType(errand.CPR),
		JobCenterCode:                     booking.JobCenterCodeType(errand.JobCenter), ContactGroupTypeIdentifier: code(errand.ContactGroup),
	})
	if err != nil {
		return uuid.Nil, err
	}
	if options.InterviewOptionCollection != nil {
		for _, o := range options.InterviewOptionCollection.InterviewOption {
			if errand.Option == nil || *errand.Option == o.InterviewOptionID {
				return o.InterviewOptionID, nil
			}
		}
	}
	return uuid.Nil, ErrNothingOffered
}

func (s *Server) registerSelfBooking(errand Errand, b Booked, d booking.BookingDetailsType) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.register[b.Booking]
	if e == nil {
		e = &Entry{Booking: b.Booking, JobCenter: errand.JobCenter, CPR: errand.CPR, SelfBooked: true, System: dfdg.SystemJobnet, Creates: 1}
		s.register[b.Booking] = e
	} else {
		e.Updates++
	}
	e.Status, e.Details = dfdg.StatusBooked, d
	s.enqueue(e.JobCenter, s.message(e, dfdg.SystemJobnet, wire.RequestUserMetadata{
		UserFullName: "Borger", RequestUserTypeIdentifier: userCitizen, UserIdentifier: errand.CPR,
		OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: errand.JobCenter, RegistrationDateTime: wire.At(s.cfg.Now()),
	}))
}
