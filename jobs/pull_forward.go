package jobs

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"kommunalplanner.example/jobs/jobargs"
)

//go:embed queries/pull_forward.sql
var pullForwardSQL string

// pullForward makes a job that waits already as urgent as the one that was not inserted beside it: a booking in
// a mailbox that stands in line for its first reading is written before the other first readings. For a booking
// also a job that was put off is brought back, since writing may go well where reading did not.
func pullForward(ctx context.Context, tx pgx.Tx, twin *rivertype.JobRow, job jobargs.Job, priority int) error {
	m, ok := job.(jobargs.SyncMailbox)
	if !ok {
		return nil
	}
	if _, err := tx.Exec(ctx, pullForwardSQL, twin.ID, priority, m.Urgency == jobargs.Booking); err != nil {
		return fmt.Errorf("pull job %d forward: %w", twin.ID, err)
	}
	return nil
}
