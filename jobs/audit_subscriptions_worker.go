package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

type auditSubscriptionsWorker struct {
	river.WorkerDefaults[jobargs.AuditSubscriptions]
	subscriber Subscriber
	timeout    time.Duration
}

func (w *auditSubscriptionsWorker) Timeout(*river.Job[jobargs.AuditSubscriptions]) time.Duration {
	return w.timeout
}

func (w *auditSubscriptionsWorker) Work(ctx context.Context, _ *river.Job[jobargs.AuditSubscriptions]) error {
	return outcome(ctx, w.subscriber.Audit(ctx))
}
