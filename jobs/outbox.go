package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"kommunalplanner.example/jobs/jobargs"
)

// Outbox inserts jobs and works none. It is safe for concurrent use.
type Outbox struct{ client *river.Client[pgx.Tx] }

// NewOutbox makes an outbox over a migrated database.
func NewOutbox(pool *pgxpool.Pool, log *slog.Logger) (*Outbox, error) {
	// River tells workers of an insert at most once per cooldown and queue, and drops the other tidings: at the
	// default of 100 ms a notice that follows another waits for the workers' next poll (measured: p99 of a
	// second from notice to answer).
	c, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: log, FetchCooldown: river.FetchCooldownMin})
	if err != nil {
		return nil, fmt.Errorf("make the queue's outbox: %w", err)
	}
	return &Outbox{c}, nil
}

// AddTx inserts a job that runs if and only if tx commits. One that waits or runs already is as good, once it is as
// urgent. On
// error the caller must roll tx back (River ≥ 0.49 uses no savepoint).
func (o *Outbox) AddTx(ctx context.Context, tx pgx.Tx, job jobargs.Job) error {
	opts := optsOf(job)
	res, err := o.client.InsertTx(ctx, tx, job, &opts)
	if err != nil {
		return fmt.Errorf("insert job %s: %w", job.Kind(), err)
	}
	if res.UniqueSkippedAsDuplicate {
		return pullForward(ctx, tx, res.Job, job, opts.Priority)
	}
	return nil
}

// Add inserts a job in a transaction of its own.
func (o *Outbox) Add(ctx context.Context, job jobargs.Job) error {
	opts := optsOf(job)
	if _, err := o.client.Insert(ctx, job, &opts); err != nil {
		return fmt.Errorf("insert job %s: %w", job.Kind(), err)
	}
	return nil
}

// River gives the client to those who show the queue (River UI).
func (o *Outbox) River() *river.Client[pgx.Tx] { return o.client }
