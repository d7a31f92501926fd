package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pglaunch"
	"kommunalplanner.example/sync/syncdb"
)

// open gives a pool on the database of the environment, and what closes it. A private cluster that the
// service runs is joined; else it is started for as long.
func open(ctx context.Context, lookup func(string) (string, bool), log *slog.Logger) (*pgxpool.Pool, func(), error) {
	e := env{lookup: lookup}
	o := pglaunch.Options{URL: e.text("DATABASE_URL", ""), StateDir: e.text("PLANNER_STATE_DIR", ""), Log: log}
	if err := errors.Join(e.wrong...); err != nil {
		// Without the URL a database of our own would be started, and the command done to that one.
		return nil, nil, fmt.Errorf("settings: %w", err)
	}
	db, err := pglaunch.Start(ctx, o)
	if err != nil {
		return nil, nil, fmt.Errorf("get a database: %w", err)
	}
	pool, err := migrations.OpenPool(ctx, db.URL)
	if err != nil {
		_ = db.Stop()
		return nil, nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, func() { pool.Close(); _ = db.Stop() }, nil
}

// openWithOutbox is open, and the queue's outbox for stores that put jobs into it.
func openWithOutbox(ctx context.Context, lookup func(string) (string, bool)) (*pgxpool.Pool, *jobs.Outbox, func(), error) {
	log := slog.New(slog.DiscardHandler)
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return nil, nil, nil, err
	}
	out, err := jobs.NewOutbox(pool, log)
	if err != nil {
		done()
		return nil, nil, nil, err
	}
	return pool, out, done, nil
}

// Migrate brings the database to this version's schema, or with statusOnly prints the steps.
func Migrate(ctx context.Context, lookup func(string) (string, bool), out io.Writer, statusOnly bool) error {
	log := slog.New(slog.DiscardHandler)
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return err
	}
	defer done()
	if !statusOnly {
		if err := migrations.Up(ctx, pool, log); err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
	}
	steps, err := migrations.Status(ctx, pool)
	if err != nil {
		return fmt.Errorf("read which steps are applied: %w", err)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, s := range steps {
		state := "pending"
		if !s.Pending() {
			state = s.Applied.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", s.Set, s.Version, s.Name, state)
	}
	return w.Flush()
}

// OpenSync gives the sync's store for commands that act on calendars, and what closes it.
func OpenSync(ctx context.Context, lookup func(string) (string, bool)) (*syncdb.Store, func(), error) {
	pool, out, done, err := openWithOutbox(ctx, lookup)
	if err != nil {
		return nil, nil, err
	}
	return syncdb.New(pool, out, time.Now, slog.New(slog.DiscardHandler)), done, nil
}
