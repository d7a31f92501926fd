package rosterdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
)

// Codes tells which codes of an option are not in STAR's lists of today.
type Codes interface {
	InvalidCodes(ctx context.Context, o planner.InterviewOption) ([]planner.ListedCode, error)
}

// Times counts, in a transaction, the starts that a citizen without meetings would be offered of an option in so many days from now.
type Times interface {
	CountTimesTx(ctx context.Context, tx pgx.Tx, option uuid.UUID, days int) (int, error)
}

// Mailboxes makes the calendar of a case worker known, in the transaction that makes the case worker.
type Mailboxes interface {
	AddMailboxTx(ctx context.Context, tx pgx.Tx, caseWorker uuid.UUID, graphUser, email string) (int64, error)
}
