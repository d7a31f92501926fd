package pgbatch

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Batch is the DBTX that sqlc's generated Queries are made over. It is not safe for concurrent use.
type Batch struct{ pgx.Batch }

// Exec queues.
func (b *Batch) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	b.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// Query queues.
func (b *Batch) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	b.Queue(sql, args...)
	return noRows{}, nil
}

// QueryRow panics: a query annotated ":one" cannot wait for its row.
func (b *Batch) QueryRow(context.Context, string, ...any) pgx.Row {
	panic("pgbatch: queries that are queued must be :many or :exec")
}

func (b *Batch) last() *pgx.QueuedQuery { return b.QueuedQueries[len(b.QueuedQueries)-1] }

// Into keeps the rows of the query queued last. T's fields are the columns, in their order.
func Into[T any](b *Batch, dst *[]T) {
	b.last().Query(func(rows pgx.Rows) (err error) {
		*dst, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	})
}

// Affected keeps how many rows the query queued last has changed.
func Affected(b *Batch, dst *int64) {
	b.last().Exec(func(tag pgconn.CommandTag) error {
		*dst = tag.RowsAffected()
		return nil
	})
}

// Sender is a pool, a connection or a transaction.
type Sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Send runs the batch; results are where Into and Affected said when it returns. Outside a transaction the
// batch is one of its own.
func Send(ctx context.Context, to Sender, b *Batch) error { return to.SendBatch(ctx, &b.Batch).Close() }

// noRows is what a queued query gives at first.
type noRows struct{ pgx.Rows }

func (noRows) Close()     {}
func (noRows) Err() error { return nil }
func (noRows) Next() bool { return false }
