package dfdgdb

import (
	"context"
	"fmt"
	"time"

	"kommunalplanner.example/soap/dfdgcodes"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
)

var _ dfdgcodes.Schedule = (*Store)(nil)

// ClaimCodes implements dfdgcodes.Schedule.
func (s *Store) ClaimCodes(ctx context.Context, now, until time.Time) (size int, due bool, err error) {
	n, due, err := one(s.read().ClaimCodeFetch(ctx, dbsqlc.ClaimCodeFetchParams{Now: now, Until: until}))
	if err != nil {
		return 0, false, fmt.Errorf("claim the fetching of code lists: %w", err)
	}
	return int(n), due, nil
}

// FinishCodes implements dfdgcodes.Schedule.
func (s *Store) FinishCodes(ctx context.Context, at, next time.Time, size int) error {
	if err := s.read().FinishCodeFetch(ctx, dbsqlc.FinishCodeFetchParams{At: at, NextAt: next, Size: int32(size)}); err != nil {
		return fmt.Errorf("note that code lists came: %w", err)
	}
	return nil
}

// FailCodes implements dfdgcodes.Schedule.
func (s *Store) FailCodes(ctx context.Context, next time.Time, word string) error {
	if err := s.read().FailCodeFetch(ctx, dbsqlc.FailCodeFetchParams{NextAt: next, Error: word}); err != nil {
		return fmt.Errorf("note that code lists did not come: %w", err)
	}
	return nil
}
