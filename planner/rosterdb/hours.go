package rosterdb

import (
	"context"

	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// scheduleHours has the hours of one who wishes it read from Outlook soon, and nobody else's.
func (e edit) scheduleHours(ctx context.Context, w roster.Worker) error {
	if !w.HoursFromOutlook || !w.Active {
		return e.q.ReadHoursNoMore(ctx, w.ID)
	}
	return e.q.ReadHoursSoon(ctx, dbsqlc.ReadHoursSoonParams{CaseWorkerID: w.ID, At: e.at})
}
