package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"kommunalplanner.example/jobs/jobargs"
)

// sweepRetry is when a sweep that was started is started again if its run never got to say when the next
// one is due.
const sweepRetry = 5 * time.Minute

// tickWorker starts what is due. What is due stands in our own tables, because River's periodic jobs live
// in the memory of the elected leader and begin anew with it (runner.go starts the ticks).
type tickWorker struct {
	river.WorkerDefaults[jobargs.Tick]
	upkeep   Upkeep
	now      func() time.Time
	log      *slog.Logger
	freeDead func(context.Context) (int64, error)
}

func (w *tickWorker) Work(ctx context.Context, _ *river.Job[jobargs.Tick]) error {
	now := w.now()
	if _, err := w.freeDead(ctx); err != nil {
		return err
	}
	swept, subscribed, err := w.upkeep.StartDue(ctx, now, sweepRetry)
	if err != nil {
		return fmt.Errorf("start what is due: %w", err)
	}
	if swept+subscribed > 0 {
		w.log.InfoContext(ctx, "started what was due", "sweeps", swept, "subscriptions", subscribed)
	}
	if err := w.upkeep.Prune(ctx, now); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}
