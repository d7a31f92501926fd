package externalbooking

import (
	"context"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Planner is what the calls need. A refusal by rule is a *planner.Error.
type Planner interface {
	InterviewOptions(ctx context.Context, jc planner.JobCenterCode, c planner.Citizen) ([]planner.OfferedOption, error)
	CaseWorkers(ctx context.Context, jc planner.JobCenterCode, cpr planner.CPR, option uuid.UUID) ([]planner.CaseWorker, error)
	Timeslots(ctx context.Context, q planner.TimeslotQuery) (planner.Timeslots, error)
	RescheduleTimeslots(ctx context.Context, q planner.RescheduleQuery) (planner.Timeslots, error)
	Reserve(ctx context.Context, r planner.ReserveRequest) (planner.Reservation, error)
	CreateBooking(ctx context.Context, r planner.CreateRequest) (planner.Receipt, error)
	RescheduleBooking(ctx context.Context, r planner.RescheduleRequest) (planner.Receipt, error)
}
