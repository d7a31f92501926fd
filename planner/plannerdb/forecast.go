package plannerdb

import (
	"context"
	"fmt"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// OptionForecast is how much can be booked of one option, by week.
type OptionForecast struct {
	Option planner.InterviewOption
	Weeks  []planner.WeekTimes
}

// Forecast tells, for each option that a job centre offers, how much a citizen without other meetings finds free in this and the
// weeks after. Each option is read by itself.
func (s *Store) Forecast(ctx context.Context, jc planner.JobCenterCode, weeks int) ([]OptionForecast, error) {
	now := s.now()
	options, err := dbsqlc.New(s.pool).ActiveOptions(ctx, string(jc))
	if err != nil {
		return nil, fmt.Errorf("list options of job centre %s: %w", jc, err)
	}
	var out []OptionForecast
	for _, o := range options {
		found, err := s.Timeslots(ctx, planner.TimeslotQuery{JobCenter: jc, Option: o.ID, Interval: planner.Span{Start: now, End: now.Add(time.Duration(weeks) * 7 * 24 * time.Hour)}})
		if err != nil {
			return nil, err
		}
		out = append(out, OptionForecast{found.Option, planner.Forecast(found.Option, found.Slots, now, weeks)})
	}
	return out, nil
}
