package plannerdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
)

// CalendarOutbox sees to it that calendars are told of a booking's change.
type CalendarOutbox interface {
	// BookingChangedTx is called once, last in the transaction, for each booking made, moved or
	// cancelled, with all case workers concerned, old and new, each once. The case workers' rows
	// are locked; mailboxes are not yet.
	BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, caseWorkers []uuid.UUID) error
	// QueueBooked is called in place of it for a booking that a citizen makes through DFDG, in the midst of the batch that makes
	// it. What it queues does nothing if the transaction has not written the booking; whose it became, the booking's row tells.
	QueueBooked(ctx context.Context, b *pgbatch.Batch, booking uuid.UUID)
}

// LiveCalendar looks into a case worker's calendar as it is at this moment.
type LiveCalendar interface {
	// BusyNow lists what takes time in a span, but for our own meetings. It ends within a budget of its own; not known means that
	// there was no answer in time, and what is stored must do. It is called with no transaction open.
	BusyNow(ctx context.Context, caseWorker uuid.UUID, within planner.Span) (busy []planner.Span, known bool)
}
