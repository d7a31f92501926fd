package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/rosterdb"
	"kommunalplanner.example/sync/syncdb"
)

func newRoster(pool *pgxpool.Pool, p *plannerdb.Store, s *syncdb.Store, now func() time.Time, log *slog.Logger) *rosterdb.Store {
	return rosterdb.New(pool, rosterdb.Options{Codes: p, Times: p, Mailboxes: s, Now: now, Log: log})
}

// rosterUpkeep is what a tick does, and before it what case workers who leave make necessary.
type rosterUpkeep struct {
	jobs.Upkeep
	roster *rosterdb.Store
	sync   *syncdb.Store
}

// Prune implements jobs.Upkeep.
func (u rosterUpkeep) Prune(ctx context.Context, now time.Time) error {
	if _, err := u.roster.EndDue(ctx, now); err != nil {
		return err
	}
	if _, err := u.sync.WindDown(ctx, now); err != nil {
		return err
	}
	return u.Upkeep.Prune(ctx, now)
}

// OpenRoster gives the roster for commands that read and change it, and what closes it.
func OpenRoster(ctx context.Context, lookup func(string) (string, bool)) (*rosterdb.Store, func(), error) {
	sealer, err := openSealer(lookup)
	if err != nil {
		return nil, nil, err
	}
	pool, out, done, err := openWithOutbox(ctx, lookup)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	p := plannerdb.New(pool, plannerdb.Options{Now: time.Now, Sealer: sealer, Log: log})
	return newRoster(pool, p, syncdb.New(pool, out, time.Now, log), time.Now, log), done, nil
}
