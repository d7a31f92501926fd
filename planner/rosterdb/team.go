package rosterdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Teams lists a job centre's teams by name.
func (s *Store) Teams(ctx context.Context, jc planner.JobCenterCode) ([]Versioned[roster.Team], error) {
	return teams(ctx, s.read(), dbsqlc.TeamsParams{JobCenterCode: string(jc)})
}

// Team reads one.
func (s *Store) Team(ctx context.Context, id uuid.UUID) (Versioned[roster.Team], error) {
	return one(teams(ctx, s.read(), dbsqlc.TeamsParams{ID: &id}))
}

func teams(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.TeamsParams) ([]Versioned[roster.Team], error) {
	rows, err := q.Teams(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	list := make([]Versioned[roster.Team], len(rows))
	for i, r := range rows {
		list[i] = Versioned[roster.Team]{roster.Team{ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Name: r.Name, Members: orNone(r.Members)}, int(r.Version)}
	}
	return list, nil
}

// PutTeam makes a team (version 0) or changes the one read at that version, its members included. Those of another job centre
// are left out.
func (s *Store) PutTeam(ctx context.Context, t roster.Team, version int, by string) error {
	t, faults := t.Checked()
	if err := faults.Err(); err != nil {
		return err
	}
	return s.change(ctx, fmt.Sprintf("set team %s", t.ID), by, func(e edit) error {
		all, err := teams(ctx, e.q, dbsqlc.TeamsParams{JobCenterCode: string(t.JobCenter)})
		if err != nil {
			return err
		}
		var before *roster.Team
		stored := 0
		for _, o := range all {
			switch {
			case o.Value.ID == t.ID:
				before, stored = &o.Value, o.Version
			case o.Value.Name == t.Name:
				return roster.Faults{{Field: "name", Code: roster.Taken}}
			}
		}
		if err := current(before != nil, stored, version); err != nil {
			return err
		}
		return e.writeTeam(ctx, before, &t)
	})
}

// DeleteTeam removes a team; options that it held are held by the others named.
func (s *Store) DeleteTeam(ctx context.Context, id uuid.UUID, version int, by string) error {
	return s.change(ctx, fmt.Sprintf("remove team %s", id), by, func(e edit) error {
		stored, err := one(teams(ctx, e.q, dbsqlc.TeamsParams{ID: &id}))
		if err != nil {
			return err
		}
		if err := current(true, stored.Version, version); err != nil {
			return err
		}
		return e.writeTeam(ctx, &stored.Value, nil)
	})
}

// writeTeam brings a team from one state to another, nil being none. The versions of who comes and goes are raised too, since the
// teams stand on their pages.
func (e edit) writeTeam(ctx context.Context, before, after *roster.Team) error {
	if before != nil && after != nil && before.JobCenter != after.JobCenter {
		return ErrUnknown
	}
	t := before
	if after != nil {
		t = after
	}
	var old, changed []uuid.UUID
	var was, is any
	if before != nil {
		old, was = before.Members, *before
	}
	if after != nil {
		changed, is = after.Members, *after
	}
	moved := notInBoth(old, changed)
	if err := e.q.LockWorkers(ctx, moved); err != nil {
		return err
	}
	differs, err := e.record(ctx, "team", t.JobCenter, nil, was, is)
	if err != nil || !differs {
		return err
	}
	if err := e.q.BumpWorkers(ctx, moved); err != nil {
		return err
	}
	switch {
	case after == nil:
		return e.q.DeleteTeam(ctx, t.ID)
	case before == nil:
		err = e.q.InsertTeam(ctx, dbsqlc.InsertTeamParams{ID: t.ID, JobCenterCode: string(t.JobCenter), Name: t.Name})
	default:
		err = e.q.UpdateTeam(ctx, dbsqlc.UpdateTeamParams{ID: t.ID, Name: t.Name})
	}
	if err != nil {
		return err
	}
	if err := e.q.DeleteTeamMembers(ctx, t.ID); err != nil {
		return err
	}
	return e.q.InsertTeamMembers(ctx, dbsqlc.InsertTeamMembersParams{TeamID: t.ID, JobCenterCode: string(t.JobCenter), CaseWorkerIds: changed})
}
