package syncdb

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
)

// Outbox puts a job into the queue within a transaction; it runs if and only if that commits.
type Outbox interface {
	AddTx(ctx context.Context, tx pgx.Tx, job jobargs.Job) error
}

// Store is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	jobs Outbox
	now  func() time.Time
	log  *slog.Logger
}

// New makes a store over a migrated database.
func New(pool *pgxpool.Pool, jobs Outbox, now func() time.Time, log *slog.Logger) *Store {
	return &Store{pool: pool, jobs: jobs, now: now, log: log}
}

func (s *Store) read() *dbsqlc.Queries { return dbsqlc.New(s.pool) }

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(pgx.Tx, *dbsqlc.Queries) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(tx, dbsqlc.New(tx)) })
}

// BookingChangedTx marks, in the transaction that makes, moves or cancels a booking, that the mailboxes of
// the case workers concerned have something to write, and wakes them. Case workers without a mailbox are
// passed over. It is planner/plannerdb's CalendarOutbox.
func (s *Store) BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, caseWorkers []uuid.UUID) error {
	b := &pgbatch.Batch{}
	s.queueMark(ctx, b, booking, caseWorkers)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return fmt.Errorf("mark mailboxes of booking %s: %w", booking, err)
	}
	return nil
}

// QueueBooked does the same in the batch that makes a booking, whoever's it will be; nothing if that did not make it.
func (s *Store) QueueBooked(ctx context.Context, b *pgbatch.Batch, booking uuid.UUID) {
	s.queueMark(ctx, b, booking, nil)
}

// queueMark is the two of them: nil case workers stand for the booking's own.
func (s *Store) queueMark(ctx context.Context, b *pgbatch.Batch, booking uuid.UUID, caseWorkers []uuid.UUID) {
	q := dbsqlc.New(b)
	_ = q.BookingMark(ctx, dbsqlc.BookingMarkParams{CaseWorkers: caseWorkers, BookingID: booking, At: s.now()})
	_ = q.WakeMarked(ctx, booking)
}

// CloseGeneration ends a run that took the wake-ups up to seen into account. If none came since, it calls
// complete in the same transaction, under the mailbox's row lock, and tells true; else the mailbox must run
// again. A mailbox that is gone is closed.
func (s *Store) CloseGeneration(ctx context.Context, mailbox, seen int64, complete func(context.Context, pgx.Tx) error) (closed bool, err error) {
	err = s.tx(ctx, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		wanted, err := q.CloseGeneration(ctx, mailbox)
		if err != nil {
			return fmt.Errorf("lock mailbox %d: %w", mailbox, err)
		}
		if err := q.SetSyncedGeneration(ctx, dbsqlc.SetSyncedGenerationParams{ID: mailbox, Generation: seen}); err != nil {
			return fmt.Errorf("store generation of mailbox %d: %w", mailbox, err)
		}
		if wanted != seen {
			return nil
		}
		closed = true
		return complete(ctx, tx)
	})
	if err != nil {
		return false, err
	}
	return closed, nil
}

func ptr[T any](v T) *T { return &v }

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// when is the instant, or null for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
