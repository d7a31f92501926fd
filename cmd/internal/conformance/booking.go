package conformance

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// journey is how far the citizen has come.
type journey struct {
	option   *booking.InterviewOptionType
	slot     *booking.BookingTimeslotType
	workers  []booking.CaseWorkerToBookType
	reserved *booking.GetBookingDetailsResponse
	booking  uuid.UUID
	receipt  *booking.BookingReceiptType
	moveTo   *booking.BookingTimeslotType
	moving   *booking.GetBookingDetailsResponse
}

const (
	noOption  = skip("Borgeren har intet samtaletilbud, se ovenfor.")
	noTime    = skip("Der er ingen ledig tid, se ovenfor.")
	noBooking = skip("Der er ingen booking, se ovenfor.")
	readOnly  = skip("Kørt uden at ændre noget (-read-only).")
)

func (k *kit) citizen() booking.PersonCivilRegistrationIdentifierType {
	return booking.PersonCivilRegistrationIdentifierType(k.CPR)
}

func (k *kit) center() booking.JobCenterCodeType { return booking.JobCenterCodeType(k.JobCenter) }

func (k *kit) from() wire.DateTime { return wire.At(k.Now().Truncate(time.Second)) }

func (k *kit) to() wire.DateTime { return wire.At(k.Now().Truncate(time.Second).AddDate(0, 0, k.Days)) }

func (k *kit) optionsRequest() *booking.GetSelfbookInterviewOptionsRequest {
	return &booking.GetSelfbookInterviewOptionsRequest{
		PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(),
		ContactGroupTypeIdentifier: booking.ContactGroupTypeIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(k.ContactGroup)},
	}
}

func (k *kit) timesRequest() *booking.GetSelfbookTimeslotsRequest {
	return &booking.GetSelfbookTimeslotsRequest{
		PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), InterviewOptionID: k.option.InterviewOptionID,
		BookingOptionIntervalStartTime: k.from(), BookingOptionIntervalEndTime: k.to(),
	}
}

func (k *kit) createRequest(id uuid.UUID, slot *booking.BookingTimeslotType, reservation *wire.GUID) *booking.CreateBookingRequest {
	worker := k.reserved.BookingDetails.Supervisor.CaseWorkerIdentifier
	return &booking.CreateBookingRequest{
		PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: id, InterviewOptionID: k.option.InterviewOptionID,
		ReservedTimeslotIdentifier: reservation, BookingStartTime: slot.StartTime, CaseWorkerIdentifier: &worker, InterviewContactTypeIdentifier: contactOf(slot),
	}
}

func contactOf(s *booking.BookingTimeslotType) *booking.InterviewContactTypeIdentifierType {
	return &s.InterviewContactTypeIdentifierCollection.InterviewContactTypeIdentifier[0]
}

// bookings walks the citizen through all seven operations.
func (k *kit) bookings() {
	k.part = "ExternalBookingService"
	s := k.bookingService()
	k.check("GetSelfbookInterviewOptions", "Mindst ét samtaletilbud til prøveborgeren", func() (string, error) {
		var a booking.GetSelfbookInterviewOptionsResponse
		if err := k.do(s, "GetSelfbookInterviewOptions", k.optionsRequest(), &a); err != nil {
			return "", err
		}
		if a.InterviewOptionCollection == nil || len(a.InterviewOptionCollection.InterviewOption) == 0 {
			return "", wrong("Intet tilbud. Opret et, der gælder prøveborgeren, og prøv igen.")
		}
		options := a.InterviewOptionCollection.InterviewOption
		k.option = &options[0]
		return fmt.Sprintf("%d tilbud", len(options)), nil
	})
	k.check("GetSelfbookCaseWorkers", "Vejledere, hver med sin identifikation én gang", func() (string, error) {
		if k.option == nil {
			return "", noOption
		}
		var a booking.GetSelfbookCaseWorkersResponse
		err := k.do(s, "GetSelfbookCaseWorkers", &booking.GetSelfbookCaseWorkersRequest{PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), InterviewOptionID: k.option.InterviewOptionID}, &a)
		if err != nil {
			return "", err
		}
		if a.CaseWorkerToBookCollection == nil || len(a.CaseWorkerToBookCollection.CaseWorkerToBook) == 0 {
			return "", wrong("Ingen vejledere.")
		}
		seen := map[booking.CaseWorkerIdentifierType]bool{}
		for _, w := range a.CaseWorkerToBookCollection.CaseWorkerToBook {
			if seen[w.Supervisor.CaseWorkerIdentifier] {
				return "", wrong("En vejleder står der to gange.")
			}
			seen[w.Supervisor.CaseWorkerIdentifier] = true
		}
		return fmt.Sprintf("Antal vejledere: %d", len(seen)), nil
	})
	k.check("GetSelfbookTimeslots", "Tider i det spurgte tidsrum, med kendte vejledere og kontaktformer", func() (string, error) {
		if k.option == nil {
			return "", noOption
		}
		var a booking.GetSelfbookTimeslotsResponse
		if err := k.do(s, "GetSelfbookTimeslots", k.timesRequest(), &a); err != nil {
			return "", err
		}
		slots, err := k.times(&a)
		if err != nil {
			return "", err
		}
		// The last one: a test must not take what a citizen is likely to want.
		k.slot, k.workers = &slots[len(slots)-1], a.CaseWorkerToBookCollection.CaseWorkerToBook
		return fmt.Sprintf("Antal tider: %d", len(slots)), nil
	})
	k.check("GetBookingDetails reserverer", "Samme tid, en vejleder fra listen, frister kun hvor de gælder (8125–8127)", func() (string, error) {
		switch {
		case k.slot == nil:
			return "", noTime
		case k.ReadOnly:
			return "", readOnly
		}
		var a booking.GetBookingDetailsResponse
		err := k.do(s, "GetBookingDetails", &booking.GetBookingDetailsRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), InterviewOptionID: &k.option.InterviewOptionID,
			BookingStartTime: k.slot.StartTime, InterviewContactTypeIdentifier: contactOf(k.slot),
		}, &a)
		if err != nil {
			return "", err
		}
		if err := k.details(&a, k.slot); err != nil {
			return "", err
		}
		k.reserved = &a
		if a.ReservedTimeslotIdentifier == nil {
			return "Uden reservation (tilladt)", nil
		}
		return "Reserveret", nil
	})
	k.create(s)
	k.reschedule(s)
}

// times checks an answer with times.
func (k *kit) times(a *booking.TimeslotsResponseType) ([]booking.BookingTimeslotType, error) {
	if a.BookingTimeslotCollection == nil || len(a.BookingTimeslotCollection.BookingTimeslot) == 0 {
		return nil, wrong("Ingen ledige tider i de næste %d dage.", k.Days)
	}
	known := map[int32]bool{}
	if a.CaseWorkerToBookCollection != nil {
		for _, w := range a.CaseWorkerToBookCollection.CaseWorkerToBook {
			if known[w.CaseWorkerID] {
				return nil, wrong("CaseWorkerID %d står der to gange.", w.CaseWorkerID)
			}
			known[w.CaseWorkerID] = true
		}
	}
	for _, t := range a.BookingTimeslotCollection.BookingTimeslot {
		if t.StartTime.Before(k.from().Time) || t.StartTime.After(k.to().Time) {
			return nil, wrong("En tid ligger uden for det spurgte tidsrum.")
		}
		if len(t.InterviewContactTypeIdentifierCollection.InterviewContactTypeIdentifier) == 0 || len(t.CaseWorkerIDCollection.CaseWorkerID) == 0 {
			return nil, wrong("En tid er uden kontaktform eller vejleder.")
		}
		for _, id := range t.CaseWorkerIDCollection.CaseWorkerID {
			if !known[id] {
				return nil, wrong("CaseWorkerID %d er ikke i listen over vejledere.", id)
			}
		}
		if t.MaxNoOfSeats != nil && t.AvailableNoOfSeats != nil && (*t.AvailableNoOfSeats < 1 || *t.AvailableNoOfSeats > *t.MaxNoOfSeats) {
			return nil, wrong("En tid uden ledig plads, eller med flere ledige end der er.")
		}
	}
	return a.BookingTimeslotCollection.BookingTimeslot, nil
}

// details checks what DFDG would refuse (booking error codes).
func (k *kit) details(a *booking.GetBookingDetailsResponse, slot *booking.BookingTimeslotType) error {
	d := &a.BookingDetails
	among := false
	for _, w := range k.workers {
		among = among || w.Supervisor.CaseWorkerIdentifier == d.Supervisor.CaseWorkerIdentifier
	}
	switch {
	case !d.BookingStartTime.Equal(slot.StartTime.Time):
		return wrong("Svaret gælder en anden tid.")
	case !d.BookingEndTime.After(d.BookingStartTime.Time):
		return wrong("Mødet slutter, før det begynder (4792).")
	case !among:
		return wrong("Vejlederen er ikke blandt dem, der blev tilbudt.")
	case d.RebookingDeadline != nil && !d.RebookingPossible:
		return wrong("Frist for ombooking, selv om ombooking ikke er mulig (8125).")
	case d.RebookingDeadline == nil && d.RebookingPossible:
		return wrong("Frist for ombooking mangler (8126).")
	case d.CancellationDeadline != nil && !d.CancellationPossible:
		return wrong("Frist for aflysning, selv om aflysning ikke er mulig (8127).")
	}
	return nil
}

func (k *kit) create(s service) {
	book := func(id uuid.UUID, slot *booking.BookingTimeslotType, reservation *wire.GUID) (*booking.CreateBookingResponse, error) {
		var a booking.CreateBookingResponse
		return &a, k.do(s, "CreateBooking", k.createRequest(id, slot, reservation), &a)
	}
	ready := func() error {
		switch {
		case k.ReadOnly:
			return readOnly
		case k.reserved == nil:
			return noTime
		}
		return nil
	}
	k.check("CreateBooking af den reserverede tid", "Kvittering med samme BookingIdentifier", func() (string, error) {
		if err := ready(); err != nil {
			return "", err
		}
		a, err := book(k.journey.booking, k.slot, k.reserved.ReservedTimeslotIdentifier)
		if err != nil {
			return "", err
		}
		if a.BookingIdentifier != k.journey.booking {
			return "", wrong("Kvitteringen gælder en anden booking.")
		}
		k.receipt = a
		return "Booket", nil
	})
	booked := func() error {
		if k.ReadOnly {
			return readOnly
		}
		if k.receipt == nil {
			return noBooking
		}
		return nil
	}
	k.check("CreateBooking gentaget med samme indhold", "Samme svar; borgeren bookes ikke to gange", func() (string, error) {
		if err := booked(); err != nil {
			return "", err
		}
		a, err := book(k.journey.booking, k.slot, k.reserved.ReservedTimeslotIdentifier)
		if err != nil {
			return "", err
		}
		if a.BookingIdentifier != k.receipt.BookingIdentifier || a.MessageIdentifier != k.receipt.MessageIdentifier {
			return "", wrong("Kvitteringen er en anden end første gang.")
		}
		return "Samme kvittering", nil
	})
	k.check("CreateBooking med samme BookingIdentifier og andet indhold", "En fejl", func() (string, error) {
		if err := booked(); err != nil {
			return "", err
		}
		other := *k.slot
		other.StartTime = wire.At(k.slot.StartTime.Add(-time.Minute))
		_, err := book(k.journey.booking, &other, nil)
		return expectFault(err)
	})
	k.check("CreateBooking af en tid, der er taget", "Fejl 4770", func() (string, error) {
		if err := booked(); err != nil {
			return "", err
		}
		if k.slot.MaxNoOfSeats != nil && *k.slot.MaxNoOfSeats > 1 {
			return "", skip("Mødet har flere pladser.")
		}
		_, err := book(uuid.New(), k.slot, nil)
		return expectFault(err, 4770)
	})
}

func (k *kit) reschedule(s service) {
	k.check("GetRescheduleTimeslots", "Tider at flytte bookingen til", func() (string, error) {
		switch {
		case k.ReadOnly:
			return "", readOnly
		case k.receipt == nil:
			return "", noBooking
		case !k.reserved.BookingDetails.RebookingPossible:
			return "", skip("Tilbuddet kan ikke ombookes.")
		}
		var a booking.GetRescheduleTimeslotsResponse
		err := k.do(s, "GetRescheduleTimeslots", &booking.GetRescheduleTimeslotsRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: k.journey.booking,
			BookingOptionIntervalStartTime: k.from(), BookingOptionIntervalEndTime: k.to(),
		}, &a)
		if err != nil {
			return "", err
		}
		slots, err := k.times(&a)
		if err != nil {
			return "", err
		}
		// Another day if there is one; in any case none that the meeting's old time would get in the way of.
		length := k.reserved.BookingDetails.BookingEndTime.Sub(k.reserved.BookingDetails.BookingStartTime.Time)
		for _, least := range []time.Duration{24 * time.Hour, length} {
			for i := len(slots) - 1; i >= 0 && k.moveTo == nil; i-- {
				if slots[i].StartTime.Sub(k.slot.StartTime.Time).Abs() >= least {
					k.moveTo = &slots[i]
				}
			}
		}
		if k.moveTo == nil {
			return "", wrong("Kun tider, der overlapper den bookede.")
		}
		k.workers = a.CaseWorkerToBookCollection.CaseWorkerToBook
		return fmt.Sprintf("Antal tider: %d", len(slots)), nil
	})
	k.check("GetBookingDetails ved ombooking", "Den nye tid reserveres", func() (string, error) {
		if k.moveTo == nil {
			return "", skip("Der er ingen tid at flytte til, se ovenfor.")
		}
		var a booking.GetBookingDetailsResponse
		err := k.do(s, "GetBookingDetails", &booking.GetBookingDetailsRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: &k.journey.booking,
			BookingStartTime: k.moveTo.StartTime, InterviewContactTypeIdentifier: contactOf(k.moveTo),
		}, &a)
		if err != nil {
			return "", err
		}
		if err := k.details(&a, k.moveTo); err != nil {
			return "", err
		}
		k.moving = &a
		return "Reserveret", nil
	})
	moved := false
	k.check("RescheduleBooking", "Kvittering med samme BookingIdentifier", func() (string, error) {
		if k.moving == nil {
			return "", skip("Ingen ny tid er reserveret, se ovenfor.")
		}
		var a booking.RescheduleBookingResponse
		err := k.do(s, "RescheduleBooking", &booking.RescheduleBookingRequest{
			PersonCivilRegistrationIdentifier: k.citizen(), JobCenterCode: k.center(), BookingIdentifier: k.journey.booking,
			ReservedTimeslotIdentifier: k.moving.ReservedTimeslotIdentifier, BookingStartTime: k.moveTo.StartTime,
			CaseWorkerIdentifier: &k.moving.BookingDetails.Supervisor.CaseWorkerIdentifier, InterviewContactTypeIdentifier: contactOf(k.moveTo),
		}, &a)
		if err != nil {
			return "", err
		}
		if moved = a.BookingIdentifier == k.journey.booking; !moved {
			return "", wrong("Kvitteringen gælder en anden booking.")
		}
		return "Flyttet", nil
	})
	k.check("Den gamle tid efter ombooking", "Tilbydes igen", func() (string, error) {
		if !moved {
			return "", skip("Bookingen er ikke flyttet, se ovenfor.")
		}
		var a booking.GetSelfbookTimeslotsResponse
		if err := k.do(s, "GetSelfbookTimeslots", k.timesRequest(), &a); err != nil {
			return "", err
		}
		slots, err := k.times(&a)
		if err != nil {
			return "", err
		}
		for _, t := range slots {
			if t.StartTime.Equal(k.slot.StartTime.Time) {
				return "Tilbydes", nil
			}
		}
		return "", wrong("Tilbydes ikke.")
	})
}
