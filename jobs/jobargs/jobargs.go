// Package jobargs is the queue's vocabulary: the kinds of job and their arguments. Arguments are
// ids only, never personal data, since the queue's pages show them. Kinds and JSON names are
// stored in rows that outlive a release: add, never rename.
package jobargs

// Job is one job to be done; its kind names the worker.
type Job interface{ Kind() string }

// SyncMailbox brings one mailbox in step, both ways. At most one waits or runs per mailbox; the
// mailbox's generation counter makes sure that no wake-up is lost (see package jobs).
type SyncMailbox struct {
	Mailbox int64 `json:"mailbox" river:"unique"`
	// Urgency orders the queue; it is not stored. A more urgent insert pulls a waiting job forward.
	Urgency Urgency `json:"-"`
}

// Urgency says why a mailbox is to be run.
type Urgency int

// The urgencies. A counsellor's change must not wait behind the first readings of a thousand calendars, and
// the writing of a booking not behind anything.
const (
	Notice       Urgency = iota // Outlook changed, or a person asks
	Booking                     // a booking is to be written
	Sweep                       // nothing known to have changed
	FirstReading                // a calendar that nobody is offered in yet
)

// Kind implements Job.
func (SyncMailbox) Kind() string { return "sync_mailbox" }

// SubscribeMailbox makes sure that the mailbox has exactly one live notification subscription.
type SubscribeMailbox struct {
	Mailbox int64 `json:"mailbox" river:"unique"`
}

// Kind implements Job.
func (SubscribeMailbox) Kind() string { return "subscribe_mailbox" }

// AuditSubscriptions compares all subscriptions with what Graph has.
type AuditSubscriptions struct{}

// Kind implements Job.
func (AuditSubscriptions) Kind() string { return "audit_subscriptions" }

// Tick looks up what is due (sweeps, renewals, nightly rounds, expired reservations) and starts it.
type Tick struct{}

// Kind implements Job.
func (Tick) Kind() string { return "tick" }

// Retain lets go of one kind of data that is past its time.
type Retain struct {
	Data string `json:"data" river:"unique"`
}

// Kind implements Job.
func (Retain) Kind() string { return "retain" }

// Reseal seals anew what an older key has sealed.
type Reseal struct{}

// Kind implements Job.
func (Reseal) Kind() string { return "reseal" }

// PollDFDG fetches what waits in DFDG's queue for one job centre.
type PollDFDG struct {
	JobCenter string `json:"job_center" river:"unique"`
}

// Kind implements Job.
func (PollDFDG) Kind() string { return "poll_dfdg" }

// ReportDFDG tells DFDG's register what was booked, moved or cancelled here.
type ReportDFDG struct{}

// Kind implements Job.
func (ReportDFDG) Kind() string { return "report_dfdg" }

// CarryOutSummons books the citizens of a mass summons that is approved.
type CarryOutSummons struct {
	Batch string `json:"batch" river:"unique"`
}

// Kind implements Job.
func (CarryOutSummons) Kind() string { return "carry_out_summons" }
