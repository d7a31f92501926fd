package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// lockKey is the advisory lock of all migrations of this product: "kplanner" in ASCII.
const lockKey int64 = 0x6b706c616e6e6572

const (
	// lockPoll is how often a waiting start asks for the lock again.
	lockPoll = 50 * time.Millisecond
	// tableLockTimeout bounds how long a step queues for a table, since everybody else queues behind it.
	tableLockTimeout = "5s"
	// tableLockTries is how often a step that waited in vain is tried again.
	tableLockTries = 6
	// lockNotAvailable is Postgres' code for a lock_timeout that ran out.
	lockNotAvailable = "55P03"
)

// Up brings the schema forward to what this binary needs: first River's tables,
// then ours. It is meant for every start of every process: it holds one session
// advisory lock while it works, waits (until ctx ends) when another process
// holds it, and does nothing when there is nothing to do. A schema newer than
// this binary is left alone.
//
// The work happens on a connection of its own with the pool's settings, so the
// pool's size and its statement timeout do not matter.
func Up(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return withLock(ctx, pool, log, func(one *pgxpool.Pool) error {
		for try := 1; ; try++ {
			err := up(ctx, one, log)
			var pg *pgconn.PgError
			if err == nil || !errors.As(err, &pg) || pg.Code != lockNotAvailable || try == tableLockTries {
				return err
			}
			log.WarnContext(ctx, "a migration waited in vain for a table lock and is tried again", "try", try)
		}
	})
}

func up(ctx context.Context, one *pgxpool.Pool, log *slog.Logger) error {
	river, err := newRiver(one)
	if err != nil {
		return err
	}
	done, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return fmt.Errorf("migrating River's tables: %w", err)
	}
	for _, v := range done.Versions {
		log.InfoContext(ctx, "migration applied", "set", SetRiver, "version", v.Version, "name", v.Name, "took", v.Duration)
	}
	return withGoose(one, func(p *goose.Provider) error {
		done, err := p.Up(ctx)
		if err != nil {
			return fmt.Errorf("migrating our tables: %w", err)
		}
		for _, r := range done {
			log.InfoContext(ctx, "migration applied", "set", SetPlanner, "version", r.Source.Version, "name", r.Source.Path, "took", r.Duration)
		}
		return nil
	})
}

// errLockLost ends a run whose connection broke: its lock went with it.
var errLockLost = errors.New("the connection that held the migration lock was lost")

// withLock calls work with a pool of exactly one connection, whose session holds
// the advisory lock. Everything runs on that connection; a second one is never
// opened, so nothing can go on after the lock is lost.
func withLock(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, work func(one *pgxpool.Pool) error) error {
	cfg := pool.Config()
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = 1, 0, 0
	cfg.MaxConnLifetime, cfg.MaxConnIdleTime = 24*time.Hour, 24*time.Hour
	cfg.PrepareConn, cfg.AfterRelease = nil, nil // neither may drop the one connection
	params := cfg.ConnConfig.RuntimeParams
	params["application_name"] = "kommunal-planner migrate"
	params["statement_timeout"] = "0"
	params["idle_in_transaction_session_timeout"] = "0"
	params["lock_timeout"] = tableLockTimeout
	var opened atomic.Bool
	before := cfg.BeforeConnect
	cfg.BeforeConnect = func(ctx context.Context, c *pgx.ConnConfig) error {
		if opened.Load() {
			return errLockLost
		}
		if before != nil {
			return before(ctx, c)
		}
		return nil
	}
	after := cfg.AfterConnect
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		opened.Store(true)
		return nil
	}
	one, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("opening the migration connection: %w", err)
	}
	defer one.Close() // ends the session, and with it the lock
	if err := lock(ctx, one, log); err != nil {
		return fmt.Errorf("waiting for the migration lock: %w", err)
	}
	return work(one)
}

// lock asks again and again instead of waiting inside pg_advisory_lock: a waiting
// statement holds a snapshot, and a "create index concurrently" of the process
// that holds the lock would wait for that snapshot for ever.
func lock(ctx context.Context, one *pgxpool.Pool, log *slog.Logger) error {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for told := false; ; told = true {
		var got bool
		if err := one.QueryRow(ctx, "select pg_try_advisory_lock($1)", lockKey).Scan(&got); err != nil || got {
			return err
		}
		if !told {
			log.InfoContext(ctx, "another process migrates the database; waiting for it")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func newRiver(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("reading River's migrations: %w", err)
	}
	return m, nil
}

// withGoose calls work with a provider over the embedded files. No locker of
// goose's: withLock has the one lock that covers River's steps as well.
func withGoose(pool *pgxpool.Pool, work func(*goose.Provider) error) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("reading our migrations: %w", err)
	}
	return work(p)
}
