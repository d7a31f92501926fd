package plannerdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// CountTimesTx counts the starts that a citizen without meetings would be offered of an option in so many days from now. It reads in
// the transaction given, so that what it has changed counts. A withdrawn option has none.
func (s *Store) CountTimesTx(ctx context.Context, tx pgx.Tx, option uuid.UUID, days int) (int, error) {
	now := s.now()
	interval := planner.Span{Start: now, End: now.AddDate(0, 0, days)}
	doing := fmt.Sprintf("count times of option %s", option)
	rows, err := dbsqlc.New(tx).OptionByID(ctx, option)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	if len(rows) == 0 || !rows[0].Active {
		return 0, nil
	}
	f := facts{jc: planner.JobCenterCode(rows[0].JobCenterCode)}
	b, q := newBatch()
	f.queueOption(ctx, b, q, &option, nil)
	calendars := calendarsOf(readable(interval, now), now, []byte{})
	calendars.Option = &option
	f.queueCalendars(ctx, b, q, calendars)
	if err := pgbatch.Send(ctx, tx, b); err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	if err := f.readRules(ctx, tx); err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	slots := f.search(toOption(rows[0]), interval, now).Slots()
	starts := 0
	for i, slot := range slots {
		if i == 0 || !slot.Start.Equal(slots[i-1].Start) {
			starts++
		}
	}
	return starts, nil
}
