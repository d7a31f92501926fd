package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

type resealWorker struct {
	river.WorkerDefaults[jobargs.Reseal]
	resealer Resealer
	timeout  time.Duration
}

// What was sealed anew stays so when the time is up: the next tick starts another run, which goes on.
func (w *resealWorker) Timeout(*river.Job[jobargs.Reseal]) time.Duration { return w.timeout }

func (w *resealWorker) Work(ctx context.Context, _ *river.Job[jobargs.Reseal]) error {
	return outcome(ctx, w.resealer.ResealAll(ctx))
}
