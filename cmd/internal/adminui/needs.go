package adminui

import (
	"context"

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
	// Do carries an action out, with an audit row that names who; false when it does not apply.
	Do(ctx context.Context, mailbox int64, a syncdb.Action, who string) (applied bool, err error)
}

var _ Store = (*syncdb.Store)(nil)
