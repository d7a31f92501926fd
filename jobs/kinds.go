package jobs

import (
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"kommunalplanner.example/jobs/jobargs"
)

// The queues. Subscriptions have their own, since Graph calls back while one is made, and a mailbox queue
// that is full of first readings must not keep notices away.
const (
	queueMailbox      = "mailbox"
	queueSubscription = "subscription"
	queueUpkeep       = "upkeep"
)

// active are the states in which a second job of the same arguments is not wanted. Completed is not among
// them, or a mailbox could not be synced again until River's cleaner has been.
var active = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateScheduled, rivertype.JobStateRetryable,
}

// optsOf is the one table of kinds: queue, priority (1 first), attempts, uniqueness.
func optsOf(job jobargs.Job) river.InsertOpts {
	one := river.UniqueOpts{ByArgs: true, ByState: active}
	switch job.(type) {
	case jobargs.SyncMailbox:
		return river.InsertOpts{Queue: queueMailbox, Priority: 1, MaxAttempts: 25, UniqueOpts: one}
	case jobargs.SubscribeMailbox:
		return river.InsertOpts{Queue: queueSubscription, Priority: 2, MaxAttempts: 25, UniqueOpts: one}
	default:
		return river.InsertOpts{Queue: queueUpkeep, Priority: 1, MaxAttempts: 3, UniqueOpts: one}
	}
}
