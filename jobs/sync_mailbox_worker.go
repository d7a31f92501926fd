package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"kommunalplanner.example/jobs/jobargs"
)

// A job goes round until no wake-up is newer than what it saw, but leaves after so much, so that one busy
// mailbox does not hold a worker for ever.
const (
	mostRounds  = 20
	longestTurn = 30 * time.Second
)

type syncMailboxWorker struct {
	river.WorkerDefaults[jobargs.SyncMailbox]
	mailboxes   Mailboxes
	generations Generations
	now         func() time.Time
	timeout     time.Duration
}

func (w *syncMailboxWorker) Timeout(*river.Job[jobargs.SyncMailbox]) time.Duration { return w.timeout }

func (w *syncMailboxWorker) NextRetry(job *river.Job[jobargs.SyncMailbox]) time.Time {
	return w.now().Add(retryIn(job.Attempt))
}

func (w *syncMailboxWorker) Work(ctx context.Context, job *river.Job[jobargs.SyncMailbox]) error {
	began := w.now()
	for round := 1; ; round++ {
		res, err := w.mailboxes.Sync(ctx, job.Args.Mailbox)
		if err != nil {
			return outcome(ctx, err)
		}
		closed, err := w.generations.CloseGeneration(ctx, job.Args.Mailbox, res.Generation, func(ctx context.Context, tx pgx.Tx) error {
			_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
			return err
		})
		if err != nil || closed {
			return err
		}
		if round >= mostRounds || w.now().Sub(began) > longestTurn {
			return river.JobSnooze(0)
		}
	}
}
