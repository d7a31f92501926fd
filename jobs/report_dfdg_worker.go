package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/soap/dfdgregister"
)

type reportDFDGWorker struct {
	river.WorkerDefaults[jobargs.ReportDFDG]
	register Register
	now      func() time.Time
	timeout  time.Duration
}

func (w *reportDFDGWorker) Timeout(*river.Job[jobargs.ReportDFDG]) time.Duration { return w.timeout }

func (w *reportDFDGWorker) NextRetry(job *river.Job[jobargs.ReportDFDG]) time.Time {
	return w.now().Add(retryIn(job.Attempt))
}

// Work reports until nothing is due. When the rest is due stands with the reports, where the tick looks: a job that
// waited for them would keep the next booking's report waiting too, since there is one such job at a time.
func (w *reportDFDGWorker) Work(ctx context.Context, _ *river.Job[jobargs.ReportDFDG]) error {
	for {
		out, err := w.register.Report(ctx)
		var trouble *dfdgregister.Trouble
		if errors.As(err, &trouble) {
			return nil
		}
		if err != nil {
			return outcome(ctx, err)
		}
		if out.Next.IsZero() || out.Next.After(w.now()) {
			return nil
		}
	}
}
