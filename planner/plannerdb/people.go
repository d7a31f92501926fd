package plannerdb

import (
	"context"
	"fmt"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// JobCenters lists the job centres by name: codes and names only.
func (s *Store) JobCenters(ctx context.Context) ([]planner.JobCenter, error) {
	rows, err := dbsqlc.New(s.pool).JobCenters(ctx)
	if err != nil {
		return nil, fmt.Errorf("list job centres: %w", err)
	}
	out := make([]planner.JobCenter, len(rows))
	for i, r := range rows {
		out[i] = planner.JobCenter{Code: planner.JobCenterCode(r.Code), Name: r.Name}
	}
	return out, nil
}

// ActiveCaseWorkers lists the active case workers by job centre, without their hours.
func (s *Store) ActiveCaseWorkers(ctx context.Context) ([]planner.CaseWorker, error) {
	rows, err := dbsqlc.New(s.pool).ActiveCaseWorkers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list case workers: %w", err)
	}
	out := make([]planner.CaseWorker, len(rows))
	for i, r := range rows {
		out[i] = planner.CaseWorker{
			ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Identifier: r.Identifier, GivenName: r.GivenName,
			MiddleName: text(r.MiddleName), Surname: r.Surname, Email: r.Email,
		}
	}
	return out, nil
}
