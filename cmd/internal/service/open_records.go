package service

import (
	"context"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/recorddb"
)

// OpenRecords gives what looks after the audit trail, for commands, and what closes it. Only who asks about a citizen needs the settings of CPR numbers.
func OpenRecords(ctx context.Context, lookup func(string) (string, bool), citizens bool) (*recorddb.Store, func(), error) {
	log := slog.New(slog.DiscardHandler)
	o := recorddb.Options{Now: time.Now, Log: log}
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
