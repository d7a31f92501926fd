package rosterdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Meeting is a booked meeting that its case worker will not hold, because they have left by then. It tells nothing of the citizen.
type Meeting struct {
	ID          uuid.UUID
	Span        planner.Span
	Title       string
	ContactType int
	CaseWorker  uuid.UUID
	// CaseWorkerName is for people.
	CaseWorkerName string
}

// ToMove lists, by time, the meetings of a job centre that a person must move or cancel because their case worker leaves.
func (s *Store) ToMove(ctx context.Context, jc planner.JobCenterCode) ([]Meeting, error) {
	return meetings(ctx, s.read(), dbsqlc.UpcomingParams{Now: s.now(), JobCenterCode: string(jc)})
}

func meetings(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.UpcomingParams) ([]Meeting, error) {
	rows, err := q.Upcoming(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read meetings of case workers who leave: %w", err)
	}
	list := make([]Meeting, len(rows))
	for i, r := range rows {
		list[i] = Meeting{
			ID: r.ID, Span: planner.Span{Start: r.StartsAt.UTC(), End: r.EndsAt.UTC()}, Title: r.Title, ContactType: int(r.ContactType),
			CaseWorker: r.CaseWorkerID, CaseWorkerName: r.GivenName + " " + r.Surname,
		}
	}
	return list, nil
}

// EndDue takes those whose last day has passed out of the offers, each with a row in the audit trail, and tells how many.
func (s *Store) EndDue(ctx context.Context, now time.Time) (int, error) {
	n := 0
	err := s.change(ctx, "end the work of those who left", "system", func(e edit) error {
		rows, err := e.q.EndDue(ctx, fromDate(planner.DateOf(now)))
		if err != nil {
			return err
		}
		n = len(rows)
		e.why = "the last day has passed"
		for _, r := range rows {
			type active struct {
				Active bool `json:"active"`
			}
			if _, err := e.record(ctx, "case-worker", planner.JobCenterCode(r.JobCenterCode), &r.ID, active{true}, active{false}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// notInBoth lists what is in one of two lists only.
func notInBoth(a, b []uuid.UUID) []uuid.UUID {
	count := map[uuid.UUID]int{}
	for _, id := range a {
		count[id]++
	}
	for _, id := range b {
		count[id]++
	}
	list := []uuid.UUID{}
	for id, n := range count {
		if n == 1 {
			list = append(list, id)
		}
	}
	return list
}
