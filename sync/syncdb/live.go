package syncdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb/dbsqlc"
	"kommunalplanner.example/sync/translate"
)

var _ mailbox.LiveStore = (*Store)(nil)

// Glance implements mailbox.LiveStore, in one round trip.
func (s *Store) Glance(ctx context.Context, caseWorker uuid.UUID, span planner.Span) (mailbox.Glance, bool, error) {
	rows, err := s.read().Glance(ctx, dbsqlc.GlanceParams{CaseWorkerID: caseWorker, SpanStart: span.Start, SpanEnd: span.End})
	if err != nil {
		return mailbox.Glance{}, false, fmt.Errorf("look up the mailbox of case worker %s: %w", caseWorker, err)
	}
	if len(rows) == 0 {
		return mailbox.Glance{}, false, nil
	}
	r := rows[0]
	return mailbox.Glance{
		Mailbox: r.ID, User: r.GraphUserID, PausedUntil: deref(r.PausedUntil), Own: setOf(r.Own), Known: setOf(r.Known),
		Policy: translate.Policy{WorkingElsewhereBlocks: r.WorkingElsewhereBlocks},
	}, true, nil
}

func setOf(ids []string) map[calendar.EventID]bool {
	set := make(map[calendar.EventID]bool, len(ids))
	for _, id := range ids {
		set[calendar.EventID(id)] = true
	}
	return set
}

// Throttled implements mailbox.LiveStore. It needs no fence: a longer pause harms no run.
func (s *Store) Throttled(ctx context.Context, mailbox int64, until time.Time) error {
	if err := s.read().PauseForThrottling(ctx, dbsqlc.PauseForThrottlingParams{ID: mailbox, Until: &until}); err != nil {
		return fmt.Errorf("pause mailbox %d: %w", mailbox, err)
	}
	return nil
}
