package calendardb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner/calendardb/dbsqlc"
)

// silence after a comparison means that the Kommuneklient has told all that it found missing: it sends every 20 s.
const silence = 15 * time.Minute

// toldKept is how long an appointment is known after its end. An update of a forgotten one is answered
// 10, and the client creates it again.
const toldKept = 31 * 24 * time.Hour

// Prune ends the switches to the Kommuneklient that are over, and forgets what has passed. It is called every now and then.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	q := dbsqlc.New(s.pool)
	quiet, err := q.QuietSwitches(ctx, now.Add(-silence))
	if err != nil {
		return fmt.Errorf("look for switches that are over: %w", err)
	}
	for _, w := range quiet {
		if _, err := s.finish(ctx, w, now, "system", false); err != nil {
			return fmt.Errorf("end the switch of case worker %s: %w", w, err)
		}
	}
	reach := within(uuid.Nil, now)
	if _, err := q.DropCovered(ctx, dbsqlc.DropCoveredParams{Now: now, FromAt: reach.FromAt, ToAt: reach.ToAt}); err != nil {
		return fmt.Errorf("drop blocks that the Kommuneklient answers for: %w", err)
	}
	if _, err := q.ForgetTold(ctx, now.Add(-toldKept)); err != nil {
		return fmt.Errorf("forget past appointments: %w", err)
	}
	return nil
}

// brake is how many of the blocks that Graph knows may be missing: DESIGN's bound for deletions of a round.
func brake(blocks int) int { return max(10, blocks/5) }

// finish makes the Kommuneklient's word the one that counts, if a switch to it is under way and it has told enough, or
// anyhow is set. Graph's blocks go with it as far as its word reaches.
func (s *Store) finish(ctx context.Context, caseWorker uuid.UUID, at time.Time, actor string, anyhow bool) (done bool, err error) {
	err = s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		box, now, err := lock(ctx, q, caseWorker)
		if err != nil {
			return err
		}
		if now.Next != Kommuneklient {
			return nil
		}
		missing, err := q.NotTold(ctx, within(caseWorker, at))
		if err != nil {
			return fmt.Errorf("compare the two sources: %w", err)
		}
		if int(missing.NotTold) > brake(int(missing.Blocks)) && !anyhow {
			s.log.WarnContext(ctx, "the Kommuneklient has not told what Graph knows, so it does not take over", "caseWorker", caseWorker,
				"blocks", missing.Blocks, "notTold", missing.NotTold)
			return nil
		}
		to := locked{Source: Kommuneklient}
		if err := put(ctx, q, caseWorker, to, at); err != nil {
			return err
		}
		if err := dropOther(ctx, q, caseWorker, Kommuneklient, at); err != nil {
			return err
		}
		done = true
		reason := fmt.Sprintf("%d of %d blocks not told", missing.NotTold, missing.Blocks)
		return audit(ctx, q, at, actor, caseWorker, box, reason, Sources{Source: now.Source, Next: now.Next}, to)
	})
	if done && err == nil {
		s.log.InfoContext(ctx, "the Kommuneklient's word counts from now on", "caseWorker", caseWorker)
	}
	return done && err == nil, err
}
