package summonsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summonsdb/dbsqlc"
)

// Options of a Store.
type Options struct {
	Planner Planner           // required
	Sealer  *plannerdb.Sealer // required
	Outbox  Outbox            // required
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	Log *slog.Logger
}

// Store keeps the batches. It may be used by several goroutines and processes.
type Store struct {
	pool *pgxpool.Pool
	o    Options
}

// New makes a store on a migrated database. The caller closes the pool. It panics when a part is missing.
func New(pool *pgxpool.Pool, o Options) *Store {
	if o.Planner == nil || o.Sealer == nil || o.Outbox == nil {
		panic("summonsdb: Options needs Planner, Sealer and Outbox")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{pool, o}
}

// now is in Postgres' precision so that it reads back equal.
func (s *Store) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

func (s *Store) read() *dbsqlc.Queries { return dbsqlc.New(s.pool) }

// ErrUnknownBatch says that there is no such batch; ErrState that it is not in a state for what was asked: somebody was
// faster.
var (
	ErrUnknownBatch = errors.New("no such mass summons")
	ErrState        = errors.New("the mass summons is in another state by now")
)

// Approve lets a plan be carried out, in the name of who approves.
func (s *Store) Approve(ctx context.Context, id uuid.UUID, by planner.Staff) error {
	return s.act(ctx, id, by, "approve-summons", true, func(q *dbsqlc.Queries, now time.Time) (int64, error) {
		approver := by.ID
		return q.Approve(ctx, dbsqlc.ApproveParams{ID: id, At: now, ApproverID: &approver, ApproverLogin: by.Login})
	})
}

// Pause stops before the next line.
func (s *Store) Pause(ctx context.Context, id uuid.UUID, by planner.Staff) error {
	return s.act(ctx, id, by, "pause-summons", false, s.to(ctx, id, "paused", "running"))
}

// Resume goes on after a pause.
func (s *Store) Resume(ctx context.Context, id uuid.UUID, by planner.Staff) error {
	return s.act(ctx, id, by, "resume-summons", true, s.to(ctx, id, "running", "paused"))
}

// Cancel leaves undone what is not done; what is booked stays. A plan that was never approved is thrown away so.
func (s *Store) Cancel(ctx context.Context, id uuid.UUID, by planner.Staff) error {
	return s.act(ctx, id, by, "cancel-summons", false, func(q *dbsqlc.Queries, now time.Time) (int64, error) {
		if n, err := s.to(ctx, id, "cancelled", "planned", "running", "paused")(q, now); err != nil || n == 0 {
			return n, err
		}
		_, err := q.LeaveRest(ctx, dbsqlc.LeaveRestParams{BatchID: id, At: now})
		return 1, err
	})
}

func (s *Store) to(ctx context.Context, id uuid.UUID, state string, from ...string) func(*dbsqlc.Queries, time.Time) (int64, error) {
	return func(q *dbsqlc.Queries, now time.Time) (int64, error) {
		return q.SetState(ctx, dbsqlc.SetStateParams{ID: id, State: state, At: now, FromStates: from})
	}
}

// act changes a batch, with its audit row and, if it is to run, its job.
func (s *Store) act(ctx context.Context, id uuid.UUID, by planner.Staff, action string, runs bool, change func(*dbsqlc.Queries, time.Time) (int64, error)) error {
	batch, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	now := s.now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if _, err := q.LockBatch(ctx, id); err != nil {
			return err
		}
		n, err := change(q, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState
		}
		jc := string(batch.JobCenter)
		if err := q.Audit(ctx, dbsqlc.AuditParams{
			At: now, Actor: by.Actor(), Action: action, JobCenterCode: &jc, After: fmt.Appendf(nil, `{"batch": %q}`, id),
		}); err != nil {
			return err
		}
		if !runs {
			return nil
		}
		return s.o.Outbox.AddTx(ctx, tx, jobargs.CarryOutSummons{Batch: id.String()})
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", action, id, err)
	}
	s.o.Log.InfoContext(ctx, "mass summons changed", "batch", id, "action", action)
	return nil
}

// StartDue inserts the jobs of batches that are to run; those that have theirs keep it. So no batch is forgotten that was
// resumed in the moment in which its job ended.
func (s *Store) StartDue(ctx context.Context) error {
	ids, err := s.read().RunningBatches(ctx)
	if err != nil {
		return fmt.Errorf("look for mass summonses that run: %w", err)
	}
	for _, id := range ids {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return s.o.Outbox.AddTx(ctx, tx, jobargs.CarryOutSummons{Batch: id.String()})
		})
		if err != nil {
			return fmt.Errorf("start mass summons %s: %w", id, err)
		}
	}
	return nil
}
