package service

import (
	"context"
	"log/slog"
	"time"

	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/planner/staffdb"
	"kommunalplanner.example/soap/evidencedb"
)

// OpenCalendars gives the store that knows whose word counts on each calendar, and what closes it.
func OpenCalendars(ctx context.Context, lookup func(string) (string, bool)) (*calendardb.Store, func(), error) {
	pool, out, done, err := openWithOutbox(ctx, lookup)
	if err != nil {
		return nil, nil, err
	}
	return calendardb.New(pool, out, time.Now, slog.New(slog.DiscardHandler)), done, nil
}

// OpenEvidence gives the store of the SOAP calls, and what closes it. Keys for CPR numbers are needed where a citizen
// is asked about only.
func OpenEvidence(ctx context.Context, lookup func(string) (string, bool), citizen bool) (*evidencedb.Store, func(), error) {
	var hasher evidencedb.Hasher
	if citizen {
		var err error
		if hasher, err = openSealer(lookup); err != nil {
			return nil, nil, err
		}
	}
	pool, done, err := open(ctx, lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	return evidencedb.NewStore(pool, hasher, time.Now), done, nil
}

// OpenStaff gives the store of employees' accounts, and what closes it.
func OpenStaff(ctx context.Context, lookup func(string) (string, bool)) (*staffdb.Store, func(), error) {
	pool, done, err := open(ctx, lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	return staffdb.New(pool, time.Now), done, nil
}
