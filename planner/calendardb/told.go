package calendardb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/calendardb/dbsqlc"
	"kommunalplanner.example/soap/externalcalendar"
)

var _ externalcalendar.Store = (*Store)(nil)

// ToldCaseWorkers implements externalcalendar.Store, in one round trip.
func (s *Store) ToldCaseWorkers(ctx context.Context, jc planner.JobCenterCode) ([]externalcalendar.Resource, error) {
	var (
		b       pgbatch.Batch
		q       = dbsqlc.New(&b)
		centers []dbsqlc.JobCenterRow
		rows    []dbsqlc.CaseWorkersRow
	)
	_, _ = q.JobCenter(ctx, string(jc))
	pgbatch.Into(&b, &centers)
	_, _ = q.CaseWorkers(ctx, string(jc))
	pgbatch.Into(&b, &rows)
	if err := pgbatch.Send(ctx, s.pool, &b); err != nil {
		return nil, fmt.Errorf("read case workers: %w", err)
	}
	if len(centers) == 0 {
		return nil, &planner.Error{Code: planner.CodeUnknownJobCenter}
	}
	all := make([]externalcalendar.Resource, len(rows))
	for i, r := range rows {
		w := planner.CaseWorker{
			ID: r.ID, JobCenter: jc, Identifier: r.Identifier, GivenName: r.GivenName, MiddleName: deref(r.MiddleName),
			Surname: r.Surname, Email: r.Email,
		}
		for h := r.Hours; len(h) >= 3; h = h[3:] {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: int(h[0]), StartMinute: int(h[1]), EndMinute: int(h[2])})
		}
		all[i] = externalcalendar.Resource{CaseWorker: w, Wanted: r.Wanted}
	}
	return all, nil
}

// ToldEvents implements externalcalendar.Store. It notes that the Kommuneklient compares.
func (s *Store) ToldEvents(ctx context.Context, workers []uuid.UUID, from, to *time.Time) ([]externalcalendar.Told, error) {
	var (
		b    pgbatch.Batch
		q    = dbsqlc.New(&b)
		rows []dbsqlc.ToldEventsRow
	)
	_, _ = q.ToldEvents(ctx, dbsqlc.ToldEventsParams{CaseWorkers: workers, FromAt: from, ToAt: to})
	pgbatch.Into(&b, &rows)
	_ = q.Compared(ctx, dbsqlc.ComparedParams{At: s.now(), CaseWorkers: workers})
	if err := pgbatch.Send(ctx, s.pool, &b); err != nil {
		return nil, fmt.Errorf("read told appointments: %w", err)
	}
	told := make([]externalcalendar.Told, len(rows))
	for i, r := range rows {
		told[i] = externalcalendar.Told{CaseWorker: r.CaseWorkerID, OriginID: r.ItemID, Span: planner.Span{Start: r.StartsAt, End: r.EndsAt}}
	}
	return told, nil
}

// key is what a told appointment is known by.
type key struct {
	worker uuid.UUID
	id     string
}

// meeting is a time in a case worker's calendar, in Postgres' precision.
type meeting struct {
	worker     uuid.UUID
	start, end int64
}

// calendars is what a call's changes are decided on, changed by each of them in turn.
type calendars struct {
	heard map[uuid.UUID]bool
	known map[key]bool
	own   map[meeting]bool

	put     map[key]planner.Span
	deleted map[key]bool
	changed map[uuid.UUID]bool
}

// Tell implements externalcalendar.Store.
func (s *Store) Tell(ctx context.Context, jc planner.JobCenterCode, changes []externalcalendar.Change) ([]externalcalendar.Outcome, error) {
	now := s.now()
	var outcomes []externalcalendar.Outcome
	err := s.tx(ctx, func(tx pgx.Tx, _ *dbsqlc.Queries) error {
		c, err := look(ctx, tx, jc, changes, now)
		if err != nil {
			return err
		}
		for _, change := range changes {
			outcomes = append(outcomes, c.decide(change))
		}
		return c.write(ctx, tx, now)
	})
	if err != nil {
		return nil, fmt.Errorf("take in %d told changes: %w", len(changes), err)
	}
	return outcomes, nil
}

// look locks the calendars and reads what is known of them.
func look(ctx context.Context, tx pgx.Tx, jc planner.JobCenterCode, changes []externalcalendar.Change, now time.Time) (*calendars, error) {
	var (
		b       pgbatch.Batch
		q       = dbsqlc.New(&b)
		workers []uuid.UUID
		created []uuid.UUID
		ids     []string
		starts  []time.Time
		heard   []dbsqlc.LockHeardRow
		known   []dbsqlc.KnownToldRow
		own     []dbsqlc.OwnInCalendarRow
	)
	for _, c := range changes {
		if !slices.Contains(workers, c.CaseWorker) {
			workers = append(workers, c.CaseWorker)
		}
		if c.Verb == externalcalendar.Create && !slices.Contains(created, c.CaseWorker) {
			created = append(created, c.CaseWorker)
		}
		ids = append(ids, c.OriginID)
		starts = append(starts, c.Span.Start.Truncate(time.Microsecond))
	}
	if len(created) > 0 {
		_ = q.AdoptSources(ctx, dbsqlc.AdoptSourcesParams{At: now, CaseWorkers: created, JobCenterCode: string(jc)})
	}
	_, _ = q.LockHeard(ctx, dbsqlc.LockHeardParams{CaseWorkers: workers, JobCenterCode: string(jc)})
	pgbatch.Into(&b, &heard)
	_, _ = q.KnownTold(ctx, dbsqlc.KnownToldParams{CaseWorkers: workers, ItemIds: ids})
	pgbatch.Into(&b, &known)
	_, _ = q.OwnInCalendar(ctx, dbsqlc.OwnInCalendarParams{CaseWorkers: workers, Starts: starts})
	pgbatch.Into(&b, &own)
	if err := pgbatch.Send(ctx, tx, &b); err != nil {
		return nil, err
	}
	c := &calendars{
		heard: map[uuid.UUID]bool{}, known: map[key]bool{}, own: map[meeting]bool{},
		put: map[key]planner.Span{}, deleted: map[key]bool{}, changed: map[uuid.UUID]bool{},
	}
	for _, h := range heard {
		c.heard[h.CaseWorkerID] = true
	}
	for _, k := range known {
		c.known[key{k.CaseWorkerID, k.ItemID}] = true
	}
	for _, o := range own {
		c.own[meeting{o.CaseWorkerID, o.StartsAt.UnixMicro(), o.EndsAt.UnixMicro()}] = true
	}
	return c, nil
}

func (c *calendars) decide(change externalcalendar.Change) externalcalendar.Outcome {
	k := key{change.CaseWorker, change.OriginID}
	own := c.own[meeting{change.CaseWorker, change.Span.Start.UnixMicro(), change.Span.End.UnixMicro()}]
	switch {
	case !c.heard[change.CaseWorker]:
		return externalcalendar.NotTold
	case change.Verb == externalcalendar.Create && c.known[k]:
		return externalcalendar.AlreadyThere
	case !c.known[k] && own:
		return externalcalendar.OurOwn
	case change.Verb != externalcalendar.Create && !c.known[k]:
		return externalcalendar.NotThere
	}
	c.changed[change.CaseWorker] = true
	if change.Verb == externalcalendar.Delete {
		delete(c.known, k)
		delete(c.put, k)
		c.deleted[k] = true
		return externalcalendar.Done
	}
	c.known[k] = true
	delete(c.deleted, k)
	c.put[k] = change.Span
	return externalcalendar.Done
}

func (c *calendars) write(ctx context.Context, tx pgx.Tx, now time.Time) error {
	if len(c.changed) == 0 {
		return nil
	}
	var (
		b       pgbatch.Batch
		q       = dbsqlc.New(&b)
		gone    dbsqlc.DeleteToldParams
		put     dbsqlc.PutToldParams
		workers []uuid.UUID
	)
	for k := range c.deleted {
		gone.CaseWorkers, gone.ItemIds = append(gone.CaseWorkers, k.worker), append(gone.ItemIds, k.id)
	}
	for k, span := range c.put {
		start, end := span.Start.Truncate(time.Microsecond), span.End.Truncate(time.Microsecond)
		if !end.After(start) {
			end = start.Add(time.Microsecond) // shorter than Postgres can tell
		}
		put.CaseWorkers, put.ItemIds = append(put.CaseWorkers, k.worker), append(put.ItemIds, k.id)
		put.Starts, put.Ends = append(put.Starts, start), append(put.Ends, end)
	}
	for w := range c.changed {
		workers = append(workers, w)
	}
	if len(gone.ItemIds) > 0 {
		_ = q.DeleteTold(ctx, gone)
	}
	if len(put.ItemIds) > 0 {
		_ = q.PutTold(ctx, put)
	}
	_ = q.ToldNow(ctx, dbsqlc.ToldNowParams{At: now, CaseWorkers: workers})
	return pgbatch.Send(ctx, tx, &b)
}
