package service

import (
	"context"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/plannerdb"
)

// OpenPlanner gives the planner's store for commands that read it or change its rules, and what closes it. Its bookings would
// tell no calendar, so that none may be made with it.
func OpenPlanner(ctx context.Context, lookup func(string) (string, bool)) (*plannerdb.Store, func(), error) {
	sealer, err := openSealer(lookup)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return nil, nil, err
	}
	return plannerdb.New(pool, plannerdb.Options{Now: time.Now, Sealer: sealer, Log: log}), done, nil
}
