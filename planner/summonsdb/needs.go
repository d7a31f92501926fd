package summonsdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// Planner books, and tells what a plan is made of; *plannerdb.Store has it.
type Planner interface {
	Planning(ctx context.Context, ask plannerdb.PlanningQuery) (plannerdb.Planning, error)
	Summon(ctx context.Context, r planner.SummonRequest) (planner.Receipt, error)
}

// Outbox inserts jobs.
type Outbox interface {
	AddTx(ctx context.Context, tx pgx.Tx, job jobargs.Job) error
}
