package externalbooking

import (
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/bookingform"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

func at(t time.Time) *wire.DateTime {
	w := wire.At(t)
	return &w
}

func contactTypes(codes []int) booking.InterviewContactTypeIdentifierCollectionType {
	var c booking.InterviewContactTypeIdentifierCollectionType
	for _, n := range codes {
		c.InterviewContactTypeIdentifier = append(c.InterviewContactTypeIdentifier, bookingform.Code(n))
	}
	return c
}

// caseWorkers numbers the case workers from 1, for this one answer.
func caseWorkers(all []planner.CaseWorker) (*booking.CaseWorkerToBookCollectionType, map[uuid.UUID]int32) {
	c := &booking.CaseWorkerToBookCollectionType{CaseWorkerToBook: make([]booking.CaseWorkerToBookType, len(all))}
	number := make(map[uuid.UUID]int32, len(all))
	for i, w := range all {
		number[w.ID] = int32(i + 1)
		c.CaseWorkerToBook[i] = booking.CaseWorkerToBookType{CaseWorkerID: int32(i + 1), Supervisor: bookingform.Supervisor(w)}
	}
	return c, number
}
