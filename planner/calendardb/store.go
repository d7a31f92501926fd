package calendardb

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner/calendardb/dbsqlc"
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

// New makes a store over a migrated database. The caller closes the pool.
func New(pool *pgxpool.Pool, jobs Outbox, now func() time.Time, log *slog.Logger) *Store {
	return &Store{pool: pool, jobs: jobs, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }, log: log}
}

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(pgx.Tx, *dbsqlc.Queries) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(tx, dbsqlc.New(tx)) })
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
