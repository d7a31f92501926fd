package world

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// Jobnet is a citizen on Jobnet, whose clicks reach the Planner as DFDG's SOAP calls.
type Jobnet struct {
	CPR    string
	caller *dfdgsim.Caller
}

// NewJobnet is the citizen with that number; client carries the certificate where one is needed.
func NewJobnet(url, cpr string, client *http.Client) *Jobnet {
	return &Jobnet{CPR: cpr, caller: dfdgsim.NewCaller(dfdgsim.CallerConfig{URL: url, HTTP: client, CitizenName: "Prøve Borger"})}
}

// Slot is a time that may be booked, and with whom.
type Slot struct {
	Start       time.Time
	CaseWorkers []string // identifiers
}

// FaultNumber is STAR's number of a refusal, 0 if err is none.
func FaultNumber(err error) int {
	var f *dfdgsim.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return 0
}

func (j *Jobnet) cpr() booking.PersonCivilRegistrationIdentifierType {
	return booking.PersonCivilRegistrationIdentifierType(j.CPR)
}

// Options lists the titles and ids of the meetings the citizen may book.
func (j *Jobnet) Options(ctx context.Context, contactGroup int) (map[string]uuid.UUID, error) {
	a, err := j.caller.GetSelfbookInterviewOptions(ctx, &booking.GetSelfbookInterviewOptionsRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode),
		ContactGroupTypeIdentifier: booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(contactGroup)},
	})
	if err != nil {
		return nil, fmt.Errorf("ask for options: %w", err)
	}
	out := map[string]uuid.UUID{}
	if a.InterviewOptionCollection != nil {
		for _, o := range a.InterviewOptionCollection.InterviewOption {
			title := o.InterviewOptionID.String()
			if o.MeetingTitle != nil {
				title = string(*o.MeetingTitle)
			}
			out[title] = o.InterviewOptionID
		}
	}
	return out, nil
}

// CaseWorkers lists the identifiers of those who hold the meeting.
func (j *Jobnet) CaseWorkers(ctx context.Context, option uuid.UUID) ([]string, error) {
	a, err := j.caller.GetSelfbookCaseWorkers(ctx, &booking.GetSelfbookCaseWorkersRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), InterviewOptionID: option,
	})
	if err != nil {
		return nil, fmt.Errorf("ask for case workers: %w", err)
	}
	var out []string
	if a.CaseWorkerToBookCollection != nil {
		for _, c := range a.CaseWorkerToBookCollection.CaseWorkerToBook {
			out = append(out, string(c.Supervisor.CaseWorkerIdentifier))
		}
	}
	return out, nil
}

func wish(caseWorker string) *booking.CaseWorkerIdentifierType {
	if caseWorker == "" {
		return nil
	}
	id := booking.CaseWorkerIdentifierType(caseWorker)
	return &id
}

// Times lists the times of an option in [from, to), with whoever is wished, or anybody.
func (j *Jobnet) Times(ctx context.Context, option uuid.UUID, from, to time.Time, caseWorker string) ([]Slot, error) {
	a, err := j.caller.GetSelfbookTimeslots(ctx, &booking.GetSelfbookTimeslotsRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), InterviewOptionID: option,
		BookingOptionIntervalStartTime: wire.At(from), BookingOptionIntervalEndTime: wire.At(to), CaseWorkerIdentifier: wish(caseWorker),
	})
	if err != nil {
		return nil, fmt.Errorf("ask for times: %w", err)
	}
	return slots(a), nil
}

// RescheduleTimes lists the times to which a booking may be moved.
func (j *Jobnet) RescheduleTimes(ctx context.Context, id uuid.UUID, from, to time.Time) ([]Slot, error) {
	a, err := j.caller.GetRescheduleTimeslots(ctx, &booking.GetRescheduleTimeslotsRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), BookingIdentifier: id,
		BookingOptionIntervalStartTime: wire.At(from), BookingOptionIntervalEndTime: wire.At(to),
	})
	if err != nil {
		return nil, fmt.Errorf("ask for times to move to: %w", err)
	}
	return slots(a), nil
}

func slots(a *booking.TimeslotsResponseType) []Slot {
	names := map[int32]string{}
	if a.CaseWorkerToBookCollection != nil {
		for _, c := range a.CaseWorkerToBookCollection.CaseWorkerToBook {
			names[c.CaseWorkerID] = string(c.Supervisor.CaseWorkerIdentifier)
		}
	}
	var out []Slot
	if a.BookingTimeslotCollection != nil {
		for _, t := range a.BookingTimeslotCollection.BookingTimeslot {
			s := Slot{Start: t.StartTime.Time}
			for _, id := range t.CaseWorkerIDCollection.CaseWorkerID {
				s.CaseWorkers = append(s.CaseWorkers, names[id])
			}
			out = append(out, s)
		}
	}
	return out
}

// Reserve holds a time: of an option, or for moving a booking (then option is the zero id).
func (j *Jobnet) Reserve(ctx context.Context, option, moves uuid.UUID, start time.Time, caseWorker string) (reserved uuid.UUID, with string, err error) {
	r := &booking.GetBookingDetailsRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), BookingStartTime: wire.At(start), CaseWorkerIdentifier: wish(caseWorker),
	}
	if option != uuid.Nil {
		r.InterviewOptionID = &option
	}
	if moves != uuid.Nil {
		r.BookingIdentifier = &moves
	}
	a, err := j.caller.GetBookingDetails(ctx, r)
	if err != nil {
		return uuid.Nil, "", fmt.Errorf("reserve: %w", err)
	}
	if a.ReservedTimeslotIdentifier == nil {
		return uuid.Nil, "", errors.New("reserve: the answer names no reserved time")
	}
	return *a.ReservedTimeslotIdentifier, string(a.BookingDetails.Supervisor.CaseWorkerIdentifier), nil
}

// Book makes a booking of a reserved time (or of a free one, with the zero id).
func (j *Jobnet) Book(ctx context.Context, id, option, reserved uuid.UUID, start time.Time, caseWorker string) error {
	r := &booking.CreateBookingRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), BookingIdentifier: id, InterviewOptionID: option,
		BookingStartTime: wire.At(start), CaseWorkerIdentifier: wish(caseWorker),
	}
	if reserved != uuid.Nil {
		r.ReservedTimeslotIdentifier = &reserved
	}
	a, err := j.caller.CreateBooking(ctx, r)
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	if a.BookingIdentifier != id {
		return fmt.Errorf("book: the receipt is for %s, not %s", a.BookingIdentifier, id)
	}
	return nil
}

// Rebook moves a booking to a reserved time.
func (j *Jobnet) Rebook(ctx context.Context, id, reserved uuid.UUID, start time.Time, caseWorker string) error {
	r := &booking.RescheduleBookingRequest{
		PersonCivilRegistrationIdentifier: j.cpr(), JobCenterCode: booking.JobCenterCodeType(JobCenterCode), BookingIdentifier: id,
		BookingStartTime: wire.At(start), CaseWorkerIdentifier: wish(caseWorker),
	}
	if reserved != uuid.Nil {
		r.ReservedTimeslotIdentifier = &reserved
	}
	if _, err := j.caller.RescheduleBooking(ctx, r); err != nil {
		return fmt.Errorf("rebook: %w", err)
	}
	return nil
}
