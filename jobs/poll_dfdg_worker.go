package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgqueue"
)

// mostTransfers bounds one job; a queue that is still full then goes on in the next.
const mostTransfers = 20

type pollDFDGWorker struct {
	river.WorkerDefaults[jobargs.PollDFDG]
	queue   Queue
	now     func() time.Time
	timeout time.Duration
}

func (w *pollDFDGWorker) Timeout(*river.Job[jobargs.PollDFDG]) time.Duration { return w.timeout }

func (w *pollDFDGWorker) NextRetry(job *river.Job[jobargs.PollDFDG]) time.Time {
	return w.now().Add(retryIn(job.Attempt))
}

// Work polls until nothing more waits. When to poll next stands in the database, where the tick looks.
func (w *pollDFDGWorker) Work(ctx context.Context, job *river.Job[jobargs.PollDFDG]) error {
	for range mostTransfers {
		out, err := w.queue.Poll(ctx, planner.JobCenterCode(job.Args.JobCenter))
		var trouble *dfdgqueue.Trouble
		if errors.As(err, &trouble) {
			return nil // stored with the queue, with when to try again; the tick looks there
		}
		if err != nil {
			return outcome(ctx, err)
		}
		if out.Busy || out.Next.After(w.now()) {
			return nil
		}
	}
	return nil
}
