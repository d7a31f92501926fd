package rosterdb

import (
	"context"
	"fmt"

	"kommunalplanner.example/planner"
)

// CodeName is a code of one of STAR's lists with its name.
type CodeName struct {
	Code int
	Name string
}

// CodeNames gives, by list, the codes that are valid today; lists that were never imported are absent.
func (s *Store) CodeNames(ctx context.Context) (map[string][]CodeName, error) {
	rows, err := s.read().CodeNames(ctx, fromDate(planner.DateOf(s.now())))
	if err != nil {
		return nil, fmt.Errorf("read code lists: %w", err)
	}
	names := map[string][]CodeName{}
	for _, r := range rows {
		names[r.List] = append(names[r.List], CodeName{int(r.Code), r.Name})
	}
	return names, nil
}
