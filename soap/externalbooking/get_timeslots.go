package externalbooking

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// GetSelfbookTimeslots tells when a citizen may book a kind of meeting.
func (s *service) GetSelfbookTimeslots(ctx context.Context, r *booking.GetSelfbookTimeslotsRequest) (*booking.GetSelfbookTimeslotsResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	interval, err := span(r.BookingOptionIntervalStartTime, r.BookingOptionIntervalEndTime)
	if err != nil {
		return nil, err
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Option, asked.Interval, asked.CaseWorker = &r.InterviewOptionID, interval, text(r.CaseWorkerIdentifier)
	found, err := s.planner.Timeslots(ctx, planner.TimeslotQuery{
		JobCenter: jc, CPR: cpr, Option: r.InterviewOptionID, Interval: interval,
		CaseWorkerIdentifier: text(r.CaseWorkerIdentifier),
	})
	if err != nil {
		return nil, err
	}
	return timeslots(ctx, found)
}

// told is what an answer of times says, and how the call tells of it.
type told struct {
	answer  *soap.Ready
	offered int
	days    []soap.Day
	hash    []byte
}

// timeslots is the answer of both operations that ask for times. One that others get too is written once.
func timeslots(ctx context.Context, found planner.Timeslots) (*booking.TimeslotsResponseType, error) {
	if len(found.Option.ContactTypes) == 0 {
		// Every time must tell how one meets; an option without is not offered either.
		return nil, &planner.Error{Code: planner.CodeUnknownOption, Detail: "option without contact type"}
	}
	call := soap.CallFrom(ctx)
	if found.Kept == nil || call.Encode == nil {
		answer, number := times(found)
		call.Offered, call.Days, call.OfferHash = len(found.Slots), perDay(found.Slots), offerHash(found, number)
		return answer, nil
	}
	t := found.Kept.Once(func() (any, int) {
		answer, number := times(found)
		t := &told{call.Encode(answer), len(found.Slots), perDay(found.Slots), offerHash(found, number)}
		return t, t.answer.Size() + 64*len(t.days)
	}).(*told)
	call.Ready, call.Offered, call.Days, call.OfferHash = t.answer, t.offered, t.days, t.hash
	return nil, nil
}

// times puts an answer into the contract's form, and gives the numbers that case workers have in it.
func times(found planner.Timeslots) (*booking.TimeslotsResponseType, map[uuid.UUID]int32) {
	workers, number := caseWorkers(found.CaseWorkers)
	slots := make([]booking.BookingTimeslotType, len(found.Slots))
	contact := contactTypes(found.Option.ContactTypes) // shared by most slots; nobody changes it
	total := 0
	for _, slot := range found.Slots {
		total += len(slot.CaseWorkers)
	}
	ids := make([]int32, 0, total) // all lists of numbers are cut from one piece of memory
	// Whether there is a deadline is the option's; only when it is, the start's.
	rebooking, cancellation := found.Option.Deadlines(time.Time{})
	for i, slot := range found.Slots {
		from := len(ids)
		for _, worker := range slot.CaseWorkers {
			ids = append(ids, number[worker])
		}
		slots[i] = booking.BookingTimeslotType{
			StartTime:                                wire.At(slot.Start),
			InterviewContactTypeIdentifierCollection: contact,
			RebookingPossible:                        rebooking != nil,
			CancellationPossible:                     cancellation != nil,
			CaseWorkerIDCollection:                   booking.CaseWorkerIDType{CaseWorkerID: ids[from:len(ids):len(ids)]},
		}
		if slot.ContactTypes != nil {
			slots[i].InterviewContactTypeIdentifierCollection = contactTypes(slot.ContactTypes)
		}
		if slot.Seats > 0 {
			seats, free := int32(slot.Seats), int32(slot.Free)
			slots[i].MaxNoOfSeats, slots[i].AvailableNoOfSeats = &seats, &free
		}
	}
	return &booking.TimeslotsResponseType{
		CaseWorkerToBookCollection: workers,
		BookingTimeslotCollection:  &booking.BookingTimeslotCollectionType{BookingTimeslot: slots},
	}, number
}

// perDay counts times, which are in order, by their day in Denmark.
func perDay(slots []planner.Timeslot) []soap.Day {
	var days []soap.Day
	var midnight time.Time // at which the last day ends
	for _, slot := range slots {
		if len(days) == 0 || !slot.Start.Before(midnight) {
			y, m, d := slot.Start.In(planner.Copenhagen()).Date()
			days = append(days, soap.Day{Date: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)})
			midnight = time.Date(y, m, d+1, 0, 0, 0, 0, planner.Copenhagen())
		}
		days[len(days)-1].Times++
	}
	return days
}

// offerHash is made of the case workers' identifiers, each closed by a zero byte, and for each time its start in Unix seconds
// (8 bytes, the most significant first) and the CaseWorkerIDs of the answer (4 bytes each). The answer itself is some
// twenty times as long, and hashing it would cost a sixth of the call.
func offerHash(found planner.Timeslots, number map[uuid.UUID]int32) []byte {
	b := make([]byte, 0, 64*len(found.CaseWorkers)+24*len(found.Slots))
	for _, w := range found.CaseWorkers {
		b = append(append(b, w.Identifier...), 0)
	}
	for _, slot := range found.Slots {
		b = binary.BigEndian.AppendUint64(b, uint64(slot.Start.Unix()))
		for _, w := range slot.CaseWorkers {
			b = binary.BigEndian.AppendUint32(b, uint32(number[w]))
		}
	}
	return soap.OfferHash(b)
}
