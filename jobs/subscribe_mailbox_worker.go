package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

type subscribeMailboxWorker struct {
	river.WorkerDefaults[jobargs.SubscribeMailbox]
	subscriber Subscriber
	now        func() time.Time
	timeout    time.Duration
}

func (w *subscribeMailboxWorker) Timeout(*river.Job[jobargs.SubscribeMailbox]) time.Duration {
	return w.timeout
}

func (w *subscribeMailboxWorker) NextRetry(job *river.Job[jobargs.SubscribeMailbox]) time.Time {
	return w.now().Add(retryIn(job.Attempt))
}

func (w *subscribeMailboxWorker) Work(ctx context.Context, job *river.Job[jobargs.SubscribeMailbox]) error {
	return outcome(ctx, w.subscriber.Ensure(ctx, job.Args.Mailbox))
}
