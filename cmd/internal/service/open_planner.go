package service

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/plannerdb"
)

// OpenPlanner gives the planner's store for commands that read it or change its rules, and what closes it. Its bookings would
// tell no calendar, so that none may be made with it.
func OpenPlanner(ctx context.Context, lookup func(string) (string, bool)) (*plannerdb.Store, func(), error) {
	e := env{lookup: lookup}
	c := Config{
		CPRKey: e.text("PLANNER_CPR_KEY", ""), CPRKeyID: e.number("PLANNER_CPR_KEY_ID", 1),
		CPROldKeys: e.text("PLANNER_CPR_OLD_KEYS", ""), CPRHashKey: e.text("PLANNER_CPR_HASH_KEY", ""),
	}
	keys, current, hashKey, err := c.cprKeys()
	if err != nil {
		return nil, nil, fmt.Errorf("settings: %w", err)
	}
	sealer, err := plannerdb.NewSealer(keys, current, hashKey)
	if err != nil {
		return nil, nil, fmt.Errorf("set up the sealing of CPR numbers: %w", err)
	}
	log := slog.New(slog.DiscardHandler)
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return nil, nil, err
	}
	return plannerdb.New(pool, plannerdb.Options{Now: time.Now, Sealer: sealer, Log: log}), done, nil
}
