package externalbooking

import (
	"context"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire/booking"
)

// GetSelfbookCaseWorkers tells with whom a citizen may book a kind of meeting.
func (s *service) GetSelfbookCaseWorkers(ctx context.Context, r *booking.GetSelfbookCaseWorkersRequest) (*booking.GetSelfbookCaseWorkersResponse, error) {
	jc, cpr, err := who(ctx, r.JobCenterCode, r.PersonCivilRegistrationIdentifier)
	if err != nil {
		return nil, err
	}
	asked := &soap.CallFrom(ctx).Asked
	asked.Option = &r.InterviewOptionID
	workers, err := s.planner.CaseWorkers(ctx, jc, cpr, r.InterviewOptionID)
	if err != nil {
		return nil, err
	}
	soap.CallFrom(ctx).Offered = len(workers)
	toBook, _ := caseWorkers(workers)
	return &booking.GetSelfbookCaseWorkersResponse{CaseWorkerToBookCollection: toBook}, nil
}
