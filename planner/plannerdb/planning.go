package plannerdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// PlanningQuery asks for what a plan of many meetings is made of.
type PlanningQuery struct {
	JobCenter planner.JobCenterCode
	Option    uuid.UUID
	Interval  planner.Span
	Citizens  []planner.CPR
}

// Planning is the answer, of one snapshot.
type Planning struct {
	// Search has the calendars of all who hold the option's meetings and whose calendar is known, and no citizen.
	Search      planner.Search
	CaseWorkers []planner.CaseWorker // the same, in the same order
	// Own is the meetings of each citizen asked about; HasMeeting tells whether one of them, to come, is of the option's type.
	Own        [][]planner.Span
	HasMeeting []bool
}

// Planning reads what a plan of many meetings is made of.
func (s *Store) Planning(ctx context.Context, ask PlanningQuery) (Planning, error) {
	now := s.now()
	if err := ask.Interval.Ahead(now); err != nil {
		return Planning{}, err
	}
	f := facts{jc: ask.JobCenter}
	hashes := make([][]byte, len(ask.Citizens))
	at := map[string][]int{}
	for i, c := range ask.Citizens {
		hashes[i] = s.hashOrNone(c)
		at[string(hashes[i])] = append(at[string(hashes[i])], i)
	}
	var meetings []dbsqlc.MeetingsOfCitizensRow
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueOption(ctx, b, q, &ask.Option, nil)
	_, _ = q.MeetingsOfCitizens(ctx, dbsqlc.MeetingsOfCitizensParams{Option: ask.Option, CitizenHashes: hashes, Now: now})
	pgbatch.Into(b, &meetings)
	calendars := calendarsOf(readable(ask.Interval, now), now, []byte{})
	calendars.Option = &ask.Option
	f.queueCalendars(ctx, b, q, calendars)
	if err := s.read(ctx, b, &f); err != nil {
		return Planning{}, fmt.Errorf("read what a plan of option %s is made of: %w", ask.Option, err)
	}
	option, err := f.newOption()
	if err != nil {
		return Planning{}, err
	}
	p := Planning{Search: f.search(option, ask.Interval, now), Own: make([][]planner.Span, len(hashes)), HasMeeting: make([]bool, len(hashes))}
	for _, r := range f.calendars {
		if r.Known {
			p.CaseWorkers = append(p.CaseWorkers, toCaseWorker(ask.JobCenter, r))
		}
	}
	for _, m := range meetings {
		for _, i := range at[string(m.CitizenHash)] {
			p.Own[i] = append(p.Own[i], planner.Span{Start: m.StartsAt, End: m.EndsAt})
			p.HasMeeting[i] = p.HasMeeting[i] || m.SameType
		}
	}
	return p, nil
}
