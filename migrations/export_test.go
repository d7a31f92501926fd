package migrations

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

// Down takes everything away again. Only tests do that: a running installation
// goes back to the old program, not to the old schema.
func Down(ctx context.Context, pool *pgxpool.Pool) error {
	return withLock(ctx, pool, slog.New(slog.DiscardHandler), func(one *pgxpool.Pool) error {
		err := withGoose(one, func(p *goose.Provider) error {
			_, err := p.DownTo(ctx, 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("our migrations: %w", err)
		}
		river, err := newRiver(one)
		if err != nil {
			return err
		}
		_, err = river.Migrate(ctx, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1})
		return err
	})
}

// WithLock is withLock, telling nobody.
func WithLock(ctx context.Context, pool *pgxpool.Pool, work func(one *pgxpool.Pool) error) error {
	return withLock(ctx, pool, slog.New(slog.DiscardHandler), work)
}
