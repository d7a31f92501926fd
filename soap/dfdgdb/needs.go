package dfdgdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
)

// Sealer hides CPR numbers; it must be the planner's own, since both read the same rows.
type Sealer interface {
	Seal(planner.CPR) []byte
	Open([]byte) (planner.CPR, error)
	Hash(planner.CPR) []byte
}

// Calendars sees to it that calendars are told of a booking's change.
type Calendars interface {
	// BookingChangedTx is called once, last in the transaction, for each booking made, moved or cancelled, with all case
	// workers concerned, old and new, each once. The case workers' rows are locked; mailboxes are not yet.
	BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, caseWorkers []uuid.UUID) error
}
