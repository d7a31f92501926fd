package summonsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb/dbsqlc"
)

// oneTurn is how many lines are booked before others who wait for a worker get their turn.
const oneTurn = 200

// reasonUnreadable ends a line whose citizen cannot be read any more: a key is missing.
const reasonUnreadable = "unreadable"

// CarryOut books the lines of a batch as long as it is to run, at most a turn's; more tells that some are left. It may be
// stopped anywhere and called again, also by two at once.
func (s *Store) CarryOut(ctx context.Context, id uuid.UUID) (more bool, err error) {
	b, err := s.Batch(ctx, id)
	if errors.Is(err, ErrUnknownBatch) || err == nil && b.State != Running {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	identifiers, err := s.identifiers(ctx, b)
	if err != nil {
		return false, err
	}
	for range oneTurn {
		rows, err := s.read().NextLine(ctx, id)
		if err != nil {
			return true, fmt.Errorf("read the next line of mass summons %s: %w", id, err)
		}
		if len(rows) == 0 {
			n, err := s.read().EndBatch(ctx, dbsqlc.EndBatchParams{ID: id, At: s.now()})
			if n > 0 {
				s.o.Log.InfoContext(ctx, "mass summons carried out", "batch", id)
			}
			return false, err
		}
		if err := s.one(ctx, b, rows[0], identifiers); err != nil {
			return true, fmt.Errorf("line %d of mass summons %s: %w", rows[0].Number, id, err)
		}
	}
	return true, nil
}

// identifiers are those of case workers who can be met, by id.
func (s *Store) identifiers(ctx context.Context, b Batch) (map[uuid.UUID]string, error) {
	facts, err := s.planning(ctx, b)
	if err != nil {
		return nil, err
	}
	found := map[uuid.UUID]string{}
	for _, w := range facts.CaseWorkers {
		found[w.ID] = w.Identifier
	}
	return found, nil
}

// planning reads what there is to plan with; nothing when the option or the interval are no more.
func (s *Store) planning(ctx context.Context, b Batch, citizens ...planner.CPR) (plannerdb.Planning, error) {
	facts, err := s.o.Planner.Planning(ctx, plannerdb.PlanningQuery{JobCenter: b.JobCenter, Option: b.Option, Interval: b.Interval, Citizens: citizens})
	var refusal *planner.Error
	if errors.As(err, &refusal) {
		return plannerdb.Planning{}, nil // every line will meet the same, and say so
	}
	return facts, err
}

// one books a line, at another time if its own is gone, and notes what became of it.
func (s *Store) one(ctx context.Context, b Batch, l dbsqlc.NextLineRow, identifiers map[uuid.UUID]string) error {
	cpr, err := s.o.Sealer.Open(l.CitizenSealed)
	if err != nil {
		return s.end(ctx, b.ID, l.Number, Failed, reasonUnreadable)
	}
	for {
		err := s.book(ctx, b, l, cpr, identifiers)
		var refusal *planner.Error
		switch {
		case err == nil:
			return s.end(ctx, b.ID, l.Number, Booked, "")
		case !errors.As(err, &refusal):
			return err
		case refusal.Code == planner.CodeConflictingRepeat:
			// It was booked, and somebody has moved or cancelled it since.
			return s.end(ctx, b.ID, l.Number, Booked, "")
		case l.Replanned || !gone(refusal.Code):
			return s.end(ctx, b.ID, l.Number, Failed, string(refusal.Code))
		}
		placed, err := s.replan(ctx, b, l, cpr)
		if err != nil {
			return err
		}
		if placed.Reason != summons.Placed {
			return s.end(ctx, b.ID, l.Number, Failed, string(placed.Reason))
		}
		start := placed.Start.UTC()
		contact := int32(placed.ContactType)
		n, err := s.read().ReplanLine(ctx, dbsqlc.ReplanLineParams{BatchID: b.ID, Number: l.Number, CaseWorkerID: placed.CaseWorker, StartsAt: start, ContactType: contact})
		if err != nil || n == 0 {
			return err // another worker has it, or the batch was cancelled
		}
		s.o.Log.InfoContext(ctx, "line of a mass summons planned again", "batch", b.ID, "line", l.Number, "because", refusal.Code)
		l.CaseWorkerID, l.StartsAt, l.ContactType, l.Replanned = &placed.CaseWorker, &start, &contact, true
	}
}

func (s *Store) book(ctx context.Context, b Batch, l dbsqlc.NextLineRow, cpr planner.CPR, identifiers map[uuid.UUID]string) error {
	identifier, known := identifiers[*l.CaseWorkerID]
	if !known {
		return &planner.Error{Code: planner.CodeUnknownCaseWorker, Detail: "cannot be met any more"}
	}
	by := b.Approver
	by.From = "mass summons " + b.ID.String()
	_, err := s.o.Planner.Summon(ctx, planner.SummonRequest{
		JobCenter: b.JobCenter, CPR: cpr, BookingID: l.BookingID, Option: &b.Option, Start: *l.StartsAt, CaseWorkerIdentifier: identifier,
		ContactType: toInt(l.ContactType), Staff: by,
	})
	return err
}

// gone tells whether another time may do where this one was refused.
func gone(c planner.Code) bool {
	switch c {
	case planner.CodeTaken, planner.CodeBreaksRules, planner.CodePast, planner.CodeUnknownCaseWorker, planner.CodeBadContactType:
		return true
	}
	return false
}

// replan finds another time for a line by the batch's rules, around what its other lines are to have.
func (s *Store) replan(ctx context.Context, b Batch, l dbsqlc.NextLineRow, cpr planner.CPR) (summons.Placement, error) {
	facts, err := s.planning(ctx, b, cpr)
	if err != nil {
		return summons.Placement{}, err
	}
	if len(facts.CaseWorkers) == 0 {
		return summons.Placement{Reason: summons.NoTimes}, nil
	}
	lines, err := s.Lines(ctx, b.ID)
	if err != nil {
		return summons.Placement{}, err
	}
	r := summons.Request{
		Search: of(facts.Search, b.CaseWorkers), ContactType: b.ContactType, SpreadOverDays: b.SpreadOverDays,
		Citizens: []summons.Citizen{{Own: facts.Own[0]}}, Given: map[uuid.UUID]int{},
	}
	if l.Wished != nil {
		r.Citizens[0].Wished = *l.Wished
	}
	rules := r.Search.Option.Rules
	for _, other := range lines {
		if other.CaseWorker == nil || other.Number == int(l.Number) || other.State != Planned && other.State != Booked {
			continue
		}
		r.Given[*other.CaseWorker]++
		if other.State == Booked || rules.Group() {
			continue // in the calendars already; or with seats, which are counted there
		}
		for i := range r.Search.Calendars {
			if c := &r.Search.Calendars[i]; c.CaseWorker == *other.CaseWorker {
				c.Held = append(c.Held, planner.Span{Start: other.Start.Add(-rules.BufferBefore), End: other.Start.Add(r.Search.Option.Duration + rules.BufferAfter)})
			}
		}
	}
	return summons.Plan(r)[0], nil
}

// end notes what became of a line. When no row changes, another worker noted it.
func (s *Store) end(ctx context.Context, batch uuid.UUID, number int32, state State, reason string) error {
	_, err := s.read().EndLine(ctx, dbsqlc.EndLineParams{BatchID: batch, Number: number, State: string(state), Reason: reason, At: s.now()})
	return err
}
