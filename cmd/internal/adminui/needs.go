package adminui

import (
	"context"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/sync/syncdb"
)

// Store is what the pages read and do; *syncdb.Store has it.
type Store interface {
	// Mailboxes lists all calendars.
	Mailboxes(ctx context.Context) ([]syncdb.MailboxRow, error)
	// Decisions lists the newest decisions of a calendar, newest first.
	Decisions(ctx context.Context, mailbox int64, most int) ([]syncdb.DecisionRow, error)
	// Flagged lists the calendar's events that wait for a person.
	Flagged(ctx context.Context, mailbox int64) ([]syncdb.FlaggedRow, error)
	// HeldPlan lists what the calendar's held plan is about; nothing when none is.
	HeldPlan(ctx context.Context, mailbox int64) ([]syncdb.HeldRow, error)
	// DecidePlan approves or rejects the held plan of that number; false when it is another one now.
	DecidePlan(ctx context.Context, mailbox int64, a syncdb.Action, number int, who string) (applied bool, err error)
	// Do carries any other action out, with an audit row that names who (planner.Staff.Actor); false when it does not apply.
	Do(ctx context.Context, mailbox int64, a syncdb.Action, who string) (applied bool, err error)
}

var _ Store = (*syncdb.Store)(nil)

// DFDG is what passes between DFDG and the planner, as far as a person has to do with it; *dfdgdb.Store has it. Whatever changes or
// tells something is given who asks (planner.Staff.Actor), and writes the audit trail.
type DFDG interface {
	PollerEntries(ctx context.Context) ([]dfdgdb.PollerEntry, error)
	// Hurry makes a job centre's queue due now.
	Hurry(ctx context.Context, jobCenter planner.JobCenterCode) error
	InboxForPerson(ctx context.Context, most int) ([]dfdgdb.InboxEntry, error)
	MessageText(ctx context.Context, message uuid.UUID, who string) ([]byte, error)
	SettleMessage(ctx context.Context, message uuid.UUID, who string) error
	AuditRetry(ctx context.Context, message uuid.UUID, who string) error
	PendingReports(ctx context.Context, most int) ([]dfdgdb.ReportEntry, error)
	RefusedReports(ctx context.Context, most int) ([]dfdgdb.ReportEntry, error)
	RetryReport(ctx context.Context, id int64, who string) error
	SettleReport(ctx context.Context, id int64, who string) error
}

// Intake takes a waiting message up again; *dfdgqueue.Intake has it.
type Intake interface {
	Retry(ctx context.Context, message uuid.UUID) (dfdgqueue.Verdict, error)
}

var (
	_ DFDG   = (*dfdgdb.Store)(nil)
	_ Intake = (*dfdgqueue.Intake)(nil)
)
