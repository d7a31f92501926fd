package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/recorddb"
)

// OpenRecords gives what looks after the audit trail and what is past its time, for commands, and what closes it. Only who asks about a citizen needs the settings of CPR numbers.
func OpenRecords(ctx context.Context, lookup func(string) (string, bool), citizens bool) (*recorddb.Store, func(), error) {
	log := slog.New(slog.DiscardHandler)
	e := env{lookup: lookup}
	o := recorddb.Options{Periods: retentionFromEnv(&e), Now: time.Now, Log: log}
	if err := errors.Join(e.wrong...); err != nil {
		return nil, nil, fmt.Errorf("settings: %w", err)
	}
	if citizens {
		sealer, err := openSealer(lookup)
		if err != nil {
			return nil, nil, err
		}
		o.Hasher = sealer
	}
	pool, done, err := open(ctx, lookup, log)
	if err != nil {
		return nil, nil, err
	}
	return recorddb.New(pool, o), done, nil
}

func retentionFromEnv(e *env) recorddb.Periods {
	p, err := recorddb.ParsePeriods(e.text("PLANNER_RETENTION", ""))
	if err != nil {
		e.wrong = append(e.wrong, fmt.Errorf("PLANNER_RETENTION: %w", err))
	}
	return p
}
