package summonsdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb/dbsqlc"
)

// NewBatch is a list and how its citizens are to be called in.
type NewBatch struct {
	ID        uuid.UUID // made by who asks, so that a repeat makes no second batch
	JobCenter planner.JobCenterCode
	Option    uuid.UUID
	// Interval holds all meetings.
	Interval planner.Span
	// CaseWorkers are identifiers of those who may get them; empty stands for all who hold the option's meetings.
	CaseWorkers    []string
	ContactType    *int
	SpreadOverDays bool
	List           []byte // see summons.Read
	By             planner.Staff
}

// Make checks the list, plans it and stores both. Errors about the list as a whole are summons.Read's; refusals are *planner.Error. A
// repeat gives the batch that was made first.
func (s *Store) Make(ctx context.Context, n NewBatch) (Batch, error) {
	lines, err := summons.Read(n.List)
	if err != nil {
		return Batch{}, err
	}
	citizens := make([]planner.CPR, len(lines))
	for i, l := range lines {
		citizens[i] = l.CPR
	}
	facts, err := s.o.Planner.Planning(ctx, plannerdb.PlanningQuery{JobCenter: n.JobCenter, Option: n.Option, Interval: n.Interval, Citizens: citizens})
	if err != nil {
		return Batch{}, err
	}
	known, chosen := summons.Known{CaseWorkers: map[string]string{}, HasMeeting: map[planner.CPR]bool{}}, []uuid.UUID{}
	byIdentifier := map[string]uuid.UUID{}
	for _, w := range facts.CaseWorkers {
		if len(n.CaseWorkers) > 0 && !slices.Contains(n.CaseWorkers, w.Identifier) {
			continue
		}
		chosen = append(chosen, w.ID)
		byIdentifier[w.Identifier] = w.ID
		known.CaseWorkers[strings.ToLower(w.Identifier)] = w.Identifier
		known.CaseWorkers[strings.ToLower(w.Email)] = w.Identifier
	}
	if len(chosen) == 0 {
		return Batch{}, &planner.Error{Code: planner.CodeUnknownCaseWorker, Detail: "nobody with a known calendar is chosen"}
	}
	for i, has := range facts.HasMeeting {
		if has {
			known.HasMeeting[citizens[i]] = true
		}
	}
	stored := make([]Line, len(lines))
	for i, l := range summons.Check(lines, known) {
		stored[i] = Line{Number: l.Number, Booking: uuid.New(), CPR: l.CPR, Earlier: l.Earlier, State: Unplaced}
		if l.Problem != summons.ProblemNone {
			stored[i].State, stored[i].Reason = Refused, string(l.Problem)
		} else if id, wishes := byIdentifier[l.Wished]; wishes {
			stored[i].wished = &id
		}
	}
	spread(stored, facts, chosen, n.ContactType, n.SpreadOverDays)
	now := s.now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		made, err := q.InsertBatch(ctx, dbsqlc.InsertBatchParams{
			ID: n.ID, JobCenterCode: string(n.JobCenter), InterviewOptionID: n.Option, FromAt: n.Interval.Start, ToAt: n.Interval.End,
			ContactType: toInt32(n.ContactType), SpreadOverDays: n.SpreadOverDays, CaseWorkers: chosen, MadeAt: now, MadeBy: n.By.Actor(),
		})
		if err != nil || made == 0 {
			return err
		}
		return s.insert(ctx, q, n.ID, stored)
	})
	if err != nil {
		return Batch{}, fmt.Errorf("store mass summons %s: %w", n.ID, err)
	}
	return s.Batch(ctx, n.ID)
}

// Plan plans a batch anew that is not approved, with what is free by now.
func (s *Store) Plan(ctx context.Context, id uuid.UUID) error {
	b, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	lines, err := s.Lines(ctx, id)
	if err != nil {
		return err
	}
	citizens := make([]planner.CPR, len(lines))
	for i, l := range lines {
		citizens[i] = l.CPR
	}
	facts, err := s.o.Planner.Planning(ctx, plannerdb.PlanningQuery{JobCenter: b.JobCenter, Option: b.Option, Interval: b.Interval, Citizens: citizens})
	if err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		switch {
		case l.State == Planned, l.State == Unplaced, l.Reason == string(summons.ProblemHasMeeting):
			l.State, l.Reason, l.CaseWorker, l.Start, l.ContactType = Unplaced, "", nil, nil, nil
			if facts.HasMeeting[i] {
				l.State, l.Reason = Refused, string(summons.ProblemHasMeeting)
			}
		}
	}
	spread(lines, facts, b.CaseWorkers, b.ContactType, b.SpreadOverDays)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		n, err := q.Replanned(ctx, dbsqlc.ReplannedParams{ID: id, At: s.now()})
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState
		}
		if err := q.DeleteLines(ctx, id); err != nil {
			return err
		}
		return s.insert(ctx, q, id, lines)
	})
	if err != nil {
		return fmt.Errorf("plan mass summons %s: %w", id, err)
	}
	return nil
}

// spread plans the lines that are unplaced, in place.
func spread(lines []Line, facts plannerdb.Planning, chosen []uuid.UUID, contact *int, overDays bool) {
	r := summons.Request{Search: of(facts.Search, chosen), ContactType: contact, SpreadOverDays: overDays}
	var which []int
	for i, l := range lines {
		if l.State != Unplaced {
			continue
		}
		c := summons.Citizen{Own: facts.Own[i]}
		if l.wished != nil {
			c.Wished = *l.wished
		}
		which, r.Citizens = append(which, i), append(r.Citizens, c)
	}
	for j, p := range summons.Plan(r) {
		put(&lines[which[j]], p)
	}
}

func put(l *Line, p summons.Placement) {
	if l.Reason = string(p.Reason); p.Reason != summons.Placed {
		return
	}
	l.State, l.CaseWorker, l.Start, l.ContactType, l.turn = Planned, &p.CaseWorker, &p.Start, &p.ContactType, p.Turn
}

// of is the search with the calendars of those chosen alone.
func of(s planner.Search, chosen []uuid.UUID) planner.Search {
	s.Calendars = slices.DeleteFunc(slices.Clone(s.Calendars), func(c planner.Calendar) bool { return !slices.Contains(chosen, c.CaseWorker) })
	return s
}

func (s *Store) insert(ctx context.Context, q *dbsqlc.Queries, batch uuid.UUID, lines []Line) error {
	rows := make([]dbsqlc.InsertLinesParams, len(lines))
	for i, l := range lines {
		rows[i] = dbsqlc.InsertLinesParams{
			BatchID: batch, Number: int32(l.Number), BookingID: l.Booking, Wished: l.wished, State: string(l.State), Reason: l.Reason,
			Turn: int32(l.turn), CaseWorkerID: l.CaseWorker, StartsAt: utc(l.Start), ContactType: toInt32(l.ContactType),
		}
		if l.Earlier > 0 {
			rows[i].Earlier = toInt32(&l.Earlier)
		}
		if !l.CPR.Unknown() {
			rows[i].CitizenHash, rows[i].CitizenSealed = s.o.Sealer.Hash(l.CPR), s.o.Sealer.Seal(l.CPR)
		}
	}
	_, err := q.InsertLines(ctx, rows)
	return err
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
