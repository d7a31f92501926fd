package jobs

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

type carryOutSummonsWorker struct {
	river.WorkerDefaults[jobargs.CarryOutSummons]
	summonses Summonses
	now       func() time.Time
	timeout   time.Duration
}

func (w *carryOutSummonsWorker) Timeout(*river.Job[jobargs.CarryOutSummons]) time.Duration {
	return w.timeout
}

func (w *carryOutSummonsWorker) NextRetry(job *river.Job[jobargs.CarryOutSummons]) time.Time {
	return w.now().Add(retryIn(job.Attempt))
}

// Work carries a batch out for a turn, and comes back for the rest.
func (w *carryOutSummonsWorker) Work(ctx context.Context, job *river.Job[jobargs.CarryOutSummons]) error {
	batch, err := uuid.Parse(job.Args.Batch)
	if err != nil {
		return river.JobCancel(err)
	}
	more, err := w.summonses.CarryOut(ctx, batch)
	if err == nil && more {
		return river.JobSnooze(0)
	}
	return outcome(ctx, err)
}
