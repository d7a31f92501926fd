package dfdgdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
)

// Options of a Store.
type Options struct {
	// Sealer hides CPR numbers, Vault whole messages; both required.
	Sealer Sealer
	Vault  *Vault
	// Calendars are told of bookings that messages change, last in the transaction; nil tells nobody.
	Calendars Calendars
	// Wake is called in the transaction that adds a report, to start a worker that sends it; nil leaves that to the tick.
	Wake func(ctx context.Context, tx pgx.Tx) error
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	Log *slog.Logger
}

// Store is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	o    Options
}

var (
	_ dfdgqueue.Inbox     = (*Store)(nil)
	_ dfdgqueue.Pollers   = (*Store)(nil)
	_ dfdgqueue.Notices   = (*Store)(nil)
	_ dfdgqueue.Sequences = (*Store)(nil)
	_ dfdgregister.Outbox = (*Store)(nil)
	_ Calendars           = (*Store)(nil)
)

// New makes a store on a migrated database. The caller closes the pool. It panics without Sealer or Vault.
func New(pool *pgxpool.Pool, o Options) *Store {
	if o.Sealer == nil || o.Vault == nil {
		panic("dfdgdb: Options.Sealer and Vault are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{pool, o}
}

// now is the instant of one decision, in Postgres' precision so that it reads back equal.
func (s *Store) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

func (s *Store) read() *dbsqlc.Queries { return dbsqlc.New(s.pool) }

// tries is how often a transaction that lost against another is tried again.
const tries = 5

// tx runs f in one transaction, again when another transaction was in its way.
func (s *Store) tx(ctx context.Context, f func(pgx.Tx, *dbsqlc.Queries) error) error {
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(tx, dbsqlc.New(tx)) })
		var pg *pgconn.PgError
		again := errors.Is(err, errLost) || errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001" || pg.Code == "23P01")
		if !again || try == tries {
			return err
		}
	}
}

// errLost says that another transaction changed what was just read; the same again will see it.
var errLost = errors.New("overtaken by another transaction")

// unstorable recognises errors that the same message would always meet: broken data and broken rules.
func unstorable(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code == "23514" || pg.Code == "23502") {
		rule := pg.ConstraintName
		if rule == "" {
			rule = "rule " + pg.Code
		}
		return &dfdgqueue.Unstorable{Rule: rule}
	}
	return err
}

func one[T any](rows []T, err error) (T, bool, error) {
	var zero T
	if err != nil || len(rows) == 0 {
		return zero, false, err
	}
	return rows[0], true, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// overtaken turns "no row was ours" into the error for it.
func overtaken(rows int64, err error, doing string) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case rows == 0:
		return fmt.Errorf("%s: %w", doing, dfdgqueue.ErrOvertaken)
	}
	return nil
}
