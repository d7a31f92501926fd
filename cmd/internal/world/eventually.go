package world

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Eventually looks every 5 ms until the condition holds. An error of it, or patience at an end, ends the waiting
// with an error that tells what was waited for.
func Eventually(ctx context.Context, patience time.Duration, what string, holds func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not within %s: %s", patience, what))
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := holds(ctx)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// InitialSync waits until every mailbox of the database was read once and has its subscription.
func InitialSync(ctx context.Context, pool *pgxpool.Pool, patience time.Duration) error {
	return Eventually(ctx, patience, "every mailbox read and subscribed", func(ctx context.Context) (bool, error) {
		var left int
		err := pool.QueryRow(ctx, "select count(*) from mailbox m where as_of is null or not exists (select 1 from subscription s where s.mailbox_id = m.id)").Scan(&left)
		return left == 0, err
	})
}
