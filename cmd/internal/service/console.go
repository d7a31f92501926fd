package service

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/evidencedb"
)

// OpenCalendars gives the store that knows whose word counts on each calendar, and what closes it.
func OpenCalendars(ctx context.Context, lookup func(string) (string, bool)) (*calendardb.Store, func(), error) {
	log := slog.New(slog.DiscardHandler)
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return nil, nil, err
	}
	out, err := jobs.NewOutbox(pool, log)
	if err != nil {
		done()
		return nil, nil, err
	}
	return calendardb.New(pool, out, time.Now, log), done, nil
}

// OpenEvidence gives the store of the SOAP calls, and what closes it. Keys for CPR numbers are needed where a citizen
// is asked about only.
func OpenEvidence(ctx context.Context, lookup func(string) (string, bool), citizen bool) (*evidencedb.Store, func(), error) {
	var hasher evidencedb.Hasher
	if citizen {
		e := env{lookup: lookup}
		c := Config{
			CPRKey: e.text("PLANNER_CPR_KEY", ""), CPRKeyID: e.number("PLANNER_CPR_KEY_ID", 1),
			CPROldKeys: e.text("PLANNER_CPR_OLD_KEYS", ""), CPRHashKey: e.text("PLANNER_CPR_HASH_KEY", ""),
		}
		keys, current, hashKey, err := c.cprKeys()
		if err != nil {
			return nil, nil, fmt.Errorf("settings: %w", err)
		}
		if hasher, err = plannerdb.NewSealer(keys, current, hashKey); err != nil {
			return nil, nil, fmt.Errorf("set up the hashing of CPR numbers: %w", err)
		}
	}
	pool, done, err := open(ctx, lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	return evidencedb.NewStore(pool, hasher, time.Now), done, nil
}
