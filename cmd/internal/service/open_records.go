package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/recorddb"
)

// OpenRecords gives what looks after the audit trail and what is past its time, for commands, and what closes it. Only who
// asks about a citizen, or for keys, needs the settings of CPR numbers.
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
		o.Hasher, o.CPR = sealer, sealer
		var c Config
		cprFromEnv(&e, &c)
		if o.Messages, err = c.vault(); err != nil {
			return nil, nil, fmt.Errorf("settings: %w", err)
		}
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

// resealing is Reseal as a job.
type resealing struct{ *recorddb.Store }

// ResealAll implements jobs.Resealer.
func (r resealing) ResealAll(ctx context.Context) error {
	_, err := r.Reseal(ctx)
	return err
}
