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
	queueDFDG         = "dfdg"
	queueSummons      = "summons"
	// Of its own, so that a process of the release before, which does not know the kind, leaves its jobs alone.
	queueRetention = "retention"
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
	switch job := job.(type) {
	case jobargs.SyncMailbox:
		return river.InsertOpts{Queue: queueMailbox, Priority: priorityOf(job.Urgency), MaxAttempts: 25, UniqueOpts: one}
	case jobargs.SubscribeMailbox:
		return river.InsertOpts{Queue: queueSubscription, Priority: 2, MaxAttempts: 25, UniqueOpts: one}
	case jobargs.AuditSubscriptions:
		return river.InsertOpts{Queue: queueSubscription, Priority: 3, MaxAttempts: 3, UniqueOpts: one}
	case jobargs.PollDFDG, jobargs.ReportDFDG:
		return river.InsertOpts{Queue: queueDFDG, Priority: 1, MaxAttempts: 25, UniqueOpts: one}
	case jobargs.CarryOutSummons:
		return river.InsertOpts{Queue: queueSummons, Priority: 1, MaxAttempts: 25, UniqueOpts: one}
	case jobargs.Retain, jobargs.Reseal:
		return river.InsertOpts{Queue: queueRetention, Priority: 4, MaxAttempts: 3, UniqueOpts: one}
	default:
		return river.InsertOpts{Queue: queueUpkeep, Priority: 1, MaxAttempts: 3, UniqueOpts: one}
	}
}

// priorityOf orders the mailbox queue: 1 comes first.
func priorityOf(u jobargs.Urgency) int {
	switch u {
	case jobargs.Booking:
		return 1
	case jobargs.Sweep:
		return 3
	case jobargs.FirstReading:
		return 4
	default:
		return 2
	}
}
