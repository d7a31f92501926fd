package jobs

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed queries/running_owners.sql
var runningOwners string

//go:embed queries/free_jobs.sql
var freeJobs string

// presence frees the jobs of processes that died, without waiting for River's rescuer: that one knows only
// how long a job has been running, and must be patient.
//
// A living runner holds an advisory lock of its name on a connection of its own; Postgres lets go of it the
// moment the process or its connection is gone. A running job whose owner's lock can be had has nobody to
// work it. Should only the connection have died, the job runs twice for a while; the mailbox's epoch stops
// the older run at its next write.
type presence struct {
	pool *pgxpool.Pool
	log  *slog.Logger
	name string
	conn *pgxpool.Conn
}

// presenceClass is the first key of the advisory locks, so that they meet no others.
const presenceClass = 0x706c616e // "plan"

// arrive takes the lock of this runner's name.
func (p *presence) arrive(ctx context.Context) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("get a connection to be present on: %w", err)
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1, hashtext($2))", presenceClass, p.name); err != nil {
		conn.Release()
		return fmt.Errorf("take the lock of %s: %w", p.name, err)
	}
	p.conn = conn
	return nil
}

// leave gives the lock up.
func (p *presence) leave() {
	if p.conn == nil {
		return
	}
	// The connection is closed rather than returned, and the lock with it.
	conn := p.conn.Hijack()
	p.conn = nil
	_ = conn.Close(context.Background())
}

// freeDead frees the jobs of all runners that are gone, and tells how many.
func (p *presence) freeDead(ctx context.Context) (freed int64, err error) {
	rows, err := p.pool.Query(ctx, runningOwners)
	if err != nil {
		return 0, fmt.Errorf("read who works: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("read who works: %w", err)
	}
	for _, owner := range owners {
		if owner == p.name {
			continue
		}
		err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
			var gone bool
			if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock($1, hashtext($2))", presenceClass, owner).Scan(&gone); err != nil || !gone {
				return err
			}
			tag, err := tx.Exec(ctx, freeJobs, owner)
			if n := tag.RowsAffected(); err == nil && n > 0 {
				freed += n
				p.log.WarnContext(ctx, "freed the jobs of a process that is gone", "process", owner, "jobs", n)
			}
			return err
		})
		if err != nil {
			return freed, fmt.Errorf("free the jobs of %s: %w", owner, err)
		}
	}
	return freed, nil
}
