package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

type retainWorker struct {
	river.WorkerDefaults[jobargs.Retain]
	retention Retention
	timeout   time.Duration
}

func (w *retainWorker) Timeout(*river.Job[jobargs.Retain]) time.Duration { return w.timeout }

func (w *retainWorker) Work(ctx context.Context, job *river.Job[jobargs.Retain]) error {
	_, err := w.retention.Retain(ctx, job.Args.Data, "clock")
	return outcome(ctx, err)
}
