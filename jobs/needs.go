package jobs

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
	"kommunalplanner.example/sync/mailbox"
)

// Mailboxes runs a mailbox once.
type Mailboxes interface {
	Sync(ctx context.Context, mailbox int64) (mailbox.Result, error)
}

// Generations ends a run; see package syncdb.
type Generations interface {
	CloseGeneration(ctx context.Context, mailbox, seen int64, complete func(context.Context, pgx.Tx) error) (closed bool, err error)
}

// Subscriber makes sure that a mailbox has one live subscription.
type Subscriber interface {
	Ensure(ctx context.Context, mailbox int64) error
	// Announce says, at the start of a process, where notices are wanted.
	Announce(ctx context.Context) error
	// Audit compares all subscriptions with what Graph has.
	Audit(ctx context.Context) error
}

// Upkeep is what a tick starts or does.
type Upkeep interface {
	// StartDue inserts the jobs that are due.
	StartDue(ctx context.Context, now time.Time, retry time.Duration) (swept, subscribed int, err error)
	// Prune forgets what is past its use.
	Prune(ctx context.Context, now time.Time) error
}

// Resealer seals anew what an older key has sealed.
type Resealer interface {
	ResealAll(ctx context.Context) error
}

// Retention lets go of what is past its time.
type Retention interface {
	// Retain looks through one kind of data; from says, for the audit trail, who asked.
	Retain(ctx context.Context, kind, from string) (int64, error)
}

// Queue takes in what DFDG's queue holds for a job centre.
type Queue interface {
	Poll(ctx context.Context, jobCenter planner.JobCenterCode) (dfdgqueue.Outcome, error)
}

// Register reports to DFDG what waits to be reported.
type Register interface {
	Report(ctx context.Context) (dfdgregister.Outcome, error)
}

// Summonses carries out mass summonses.
type Summonses interface {
	// CarryOut works for a turn; more tells that something is left to do.
	CarryOut(ctx context.Context, batch uuid.UUID) (more bool, err error)
}
