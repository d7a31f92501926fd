package plannerdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// newBatch makes a batch and what queues queries on it.
func newBatch() (*pgbatch.Batch, *dbsqlc.Queries) {
	b := &pgbatch.Batch{}
	return b, dbsqlc.New(b)
}

// begin runs a batch that begins with BeginTx and gives the transaction, which the caller must end.
func (s *Store) begin(ctx context.Context, b *pgbatch.Batch) (pgx.Tx, error) {
	results := s.pool.SendBatch(ctx, &b.Batch)
	tx := results.Tx()
	if err := results.Close(); err != nil {
		rollback(ctx, tx)
		return nil, err
	}
	return tx, nil
}

// rollback ends a transaction that is of no use any more. Its error is of none either: pgx then closes the connection.
func rollback(ctx context.Context, tx pgx.Tx) { _ = tx.Rollback(context.WithoutCancel(ctx)) }

var oneSnapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// whole runs a batch that begins with BeginTx and is a whole transaction.
func (s *Store) whole(ctx context.Context, b *pgbatch.Batch) error {
	tx, err := s.begin(ctx, b)
	if err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// read runs a batch that begins with BeginTx and reads facts, and what their rules ask for in the same snapshot.
func (s *Store) read(ctx context.Context, b *pgbatch.Batch, f *facts) error {
	tx, err := s.begin(ctx, b)
	if err != nil {
		return err
	}
	if err := f.readRules(ctx, tx); err != nil {
		rollback(ctx, tx)
		return err
	}
	return tx.Commit(ctx)
}

// errLost says that what a change decided on is no longer so, and it must look again.
var errLost = errors.New("the time was taken meanwhile")

// ErrContention is returned when a change lost against others many times in a row; trying again later may help.
var ErrContention = errors.New("too many others were changing the same calendar")

// attempts bounds how often a change is tried. Each loss means that another request won.
const attempts = 64

// change runs attempt until it succeeds, is refused, or fails for a reason that trying again does not mend.
// Deadlocks and serialization failures do not occur by design; if they do, trying again mends them.
func (s *Store) change(ctx context.Context, doing string, attempt func() error) error {
	for range attempts {
		err := attempt()
		var refusal *planner.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refusal):
			return refusal
		case errors.Is(err, errLost) || mendable(err):
			if !errors.Is(err, errLost) {
				// Never seen under the locks of doc.go: whoever reads this has found a way round them.
				s.log.WarnContext(ctx, "transaction ended for the sake of another, trying again", "doing", doing, "error", err)
			}
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("%s: %w", doing, err)
			}
		default:
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, ErrContention)
}

// mendable tells whether Postgres ended the transaction for the sake of another: serialization
// failure, deadlock, exclusion constraint.
func mendable(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40001", "40P01", "23P01":
		return true
	}
	return false
}
