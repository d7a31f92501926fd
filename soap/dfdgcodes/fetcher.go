package dfdgcodes

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"kommunalplanner.example/planner"
)

// Source gives all code lists.
type Source interface {
	Codes(ctx context.Context) ([]planner.ListedCode, error)
}

// Lists keeps them: each list that occurs replaces its predecessor, all in one transaction.
type Lists interface {
	PutCodeLists(ctx context.Context, codes []planner.ListedCode) error
}

// Schedule knows when to fetch. Its writes belong to whoever has claimed.
type Schedule interface {
	// ClaimCodes takes the fetch until then; due is false when it is not time, or another's turn. size is how many codes came last.
	ClaimCodes(ctx context.Context, now, until time.Time) (size int, due bool, err error)
	FinishCodes(ctx context.Context, at, next time.Time, size int) error
	FailCodes(ctx context.Context, next time.Time, word string) error
}

// Config configures a Fetcher; all but Log must be given.
type Config struct {
	Source   Source
	Lists    Lists
	Schedule Schedule
	Log      *slog.Logger
}

// Fetcher may be used by several goroutines and processes.
type Fetcher struct{ cfg Config }

// New makes a Fetcher. It panics when a part is missing.
func New(cfg Config) *Fetcher {
	if cfg.Source == nil || cfg.Lists == nil || cfg.Schedule == nil {
		panic("dfdgcodes: Config needs Source, Lists and Schedule")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Fetcher{cfg}
}

const (
	every   = 24 * time.Hour
	again   = 15 * time.Minute // after a failure
	timeout = 20 * time.Second // of one fetch
)

// Why lists that came are not taken over.
var (
	errEmpty  = errors.New("no codes")
	errShrunk = errors.New("less than half of the codes that there were")
)

// FetchDue fetches if it is time. That lists do not come is logged and tried again, and no error; an error is the database's.
func (f *Fetcher) FetchDue(ctx context.Context, now time.Time) error {
	size, due, err := f.cfg.Schedule.ClaimCodes(ctx, now, now.Add(again))
	if err != nil || !due {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, timeout)
	codes, err := f.cfg.Source.Codes(asking)
	cancel()
	switch {
	case err != nil:
	case len(codes) == 0:
		err = errEmpty
	case 2*len(codes) < size:
		err = errShrunk
	}
	if err != nil {
		f.cfg.Log.WarnContext(ctx, "code lists not fetched; the last good ones stay in force", "error", err)
		word := "unavailable"
		if errors.Is(err, errEmpty) || errors.Is(err, errShrunk) {
			word = "incomplete"
		}
		return f.cfg.Schedule.FailCodes(ctx, now.Add(again), word)
	}
	if err := f.cfg.Lists.PutCodeLists(ctx, codes); err != nil {
		return err // the claim runs out, and it is tried again
	}
	f.cfg.Log.InfoContext(ctx, "code lists fetched", "codes", len(codes))
	return f.cfg.Schedule.FinishCodes(ctx, now, now.Add(every), len(codes))
}
