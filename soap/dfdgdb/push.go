package dfdgdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgqueue"
)

// AddNotice implements dfdgqueue.Notices.
func (s *Store) AddNotice(ctx context.Context, n dfdgqueue.Notice) error {
	err := s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		_, err := q.AddNotice(ctx, dbsqlc.AddNoticeParams{
			ID: n.ID, JobCenterCode: string(n.JobCenter), BookingID: n.Booking, ChangeType: int32(n.Change),
			CitizenSealed: s.o.Sealer.Seal(n.CPR), ReceivedAt: n.At,
		})
		if err != nil {
			return err
		}
		// What was pushed is fetched at once.
		_, err = q.HurryPoller(ctx, dbsqlc.HurryPollerParams{JobCenterCode: string(n.JobCenter), At: n.At})
		return err
	})
	if err != nil {
		return fmt.Errorf("store notice %s: %w", n.ID, err)
	}
	return nil
}

// WaitingNotices implements dfdgqueue.Notices.
func (s *Store) WaitingNotices(ctx context.Context, jc planner.JobCenterCode, most int) ([]dfdgqueue.Notice, error) {
	rows, err := s.read().WaitingNotices(ctx, dbsqlc.WaitingNoticesParams{JobCenterCode: string(jc), Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("read notices of %s: %w", jc, err)
	}
	out := make([]dfdgqueue.Notice, 0, len(rows))
	for _, r := range rows {
		cpr, err := s.o.Sealer.Open(r.CitizenSealed)
		if err != nil {
			s.o.Log.ErrorContext(ctx, "notice cannot be read, and waits", "notice", r.ID, "error", err) // it must not stop the others
			continue
		}
		out = append(out, dfdgqueue.Notice{
			ID: r.ID, JobCenter: jc, Booking: r.BookingID, Change: int(r.ChangeType), CPR: cpr, At: r.ReceivedAt.UTC(),
		})
	}
	return out, nil
}

// FinishNotices implements dfdgqueue.Notices.
func (s *Store) FinishNotices(ctx context.Context, ids []uuid.UUID) error {
	now := s.now()
	if err := s.read().FinishNotices(ctx, dbsqlc.FinishNoticesParams{Ids: ids, At: &now}); err != nil {
		return fmt.Errorf("finish notices: %w", err)
	}
	return nil
}

// CreateSequence implements dfdgqueue.Sequences.
func (s *Store) CreateSequence(ctx context.Context, id string, jc planner.JobCenterCode, expires time.Time) error {
	err := s.read().AddSequence(ctx, dbsqlc.AddSequenceParams{ID: id, JobCenterCode: string(jc), At: s.now(), ExpiresAt: expires})
	if err != nil {
		return fmt.Errorf("create sequence: %w", err)
	}
	return nil
}

// Sequence implements dfdgqueue.Sequences.
func (s *Store) Sequence(ctx context.Context, id string) (dfdgqueue.Sequence, bool, error) {
	row, found, err := one(s.read().SequenceByID(ctx, id))
	if err != nil || !found {
		return dfdgqueue.Sequence{}, false, err
	}
	return dfdgqueue.Sequence{
		ID: row.ID, JobCenter: planner.JobCenterCode(row.JobCenterCode), State: row.State, Expires: row.ExpiresAt.UTC(), Accepted: ranges(row.Accepted),
	}, true, nil
}

// Accept implements dfdgqueue.Sequences.
func (s *Store) Accept(ctx context.Context, id string, number int64) ([]dfdgqueue.Range, bool, error) {
	accepted, open, err := one(s.read().AcceptNumber(ctx, dbsqlc.AcceptNumberParams{ID: id, Now: s.now(), Numbers: fmt.Sprintf("{[%d,%d]}", number, number)}))
	if err != nil {
		return nil, false, fmt.Errorf("accept message of a sequence: %w", err)
	}
	return ranges(accepted), open, nil
}

// EndSequence implements dfdgqueue.Sequences.
func (s *Store) EndSequence(ctx context.Context, id, state string) ([]dfdgqueue.Range, bool, error) {
	accepted, found, err := one(s.read().EndSequence(ctx, dbsqlc.EndSequenceParams{ID: id, State: state}))
	if err != nil {
		return nil, false, fmt.Errorf("end sequence: %w", err)
	}
	return ranges(accepted), found, nil
}

// ranges reads Postgres' text of an int8multirange, in its canonical form {[1,4),[5,6)}.
func ranges(text string) []dfdgqueue.Range {
	var out []dfdgqueue.Range
	for part := range strings.SplitSeq(strings.Trim(text, "{}"), "),") {
		from, to, ok := strings.Cut(strings.Trim(part, "[)"), ",")
		lower, err1 := strconv.ParseInt(from, 10, 64)
		upper, err2 := strconv.ParseInt(to, 10, 64)
		if ok && err1 == nil && err2 == nil {
			out = append(out, dfdgqueue.Range{Lower: lower, Upper: upper - 1})
		}
	}
	return out
}
