package rosterdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Rooms lists a job centre's rooms by name, those out of use too.
func (s *Store) Rooms(ctx context.Context, jc planner.JobCenterCode) ([]Versioned[roster.Room], error) {
	return rooms(ctx, s.read(), dbsqlc.RoomsParams{JobCenterCode: string(jc)})
}

// Room reads one.
func (s *Store) Room(ctx context.Context, id uuid.UUID) (Versioned[roster.Room], error) {
	return one(rooms(ctx, s.read(), dbsqlc.RoomsParams{ID: &id}))
}

func rooms(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.RoomsParams) ([]Versioned[roster.Room], error) {
	rows, err := q.Rooms(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	list := make([]Versioned[roster.Room], len(rows))
	for i, r := range rows {
		list[i] = Versioned[roster.Room]{roster.Room{ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Name: r.Name, Active: r.Active}, int(r.Version)}
	}
	return list, nil
}

// PutRoom makes a room (version 0) or changes the one read at that version. Meetings keep the rooms that they have.
func (s *Store) PutRoom(ctx context.Context, r roster.Room, version int, by string) error {
	r, faults := r.Checked()
	if err := faults.Err(); err != nil {
		return err
	}
	return s.change(ctx, fmt.Sprintf("set room %s", r.ID), by, func(e edit) error {
		all, err := rooms(ctx, e.q, dbsqlc.RoomsParams{JobCenterCode: string(r.JobCenter)})
		if err != nil {
			return err
		}
		var before any
		stored := 0
		for _, o := range all {
			switch {
			case o.Value.ID == r.ID:
				before, stored = o.Value, o.Version
			case o.Value.Name == r.Name:
				return roster.Faults{{Field: "name", Code: roster.Taken}}
			}
		}
		if err := current(before != nil, stored, version); err != nil {
			return err
		}
		if changed, err := e.record(ctx, "room", r.JobCenter, nil, before, r); err != nil || !changed {
			return err
		}
		if before == nil {
			return e.q.InsertRoom(ctx, dbsqlc.InsertRoomParams{ID: r.ID, JobCenterCode: string(r.JobCenter), Name: r.Name, Active: r.Active})
		}
		return e.q.UpdateRoom(ctx, dbsqlc.UpdateRoomParams{ID: r.ID, Name: r.Name, Active: r.Active})
	})
}
