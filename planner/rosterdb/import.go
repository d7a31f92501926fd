package rosterdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Import plans what rows of case workers say and, if apply, carries it out: all that is not refused, or nothing. Who leaves
// keeps their meetings; ToMove lists them afterwards.
func (s *Store) Import(ctx context.Context, rows []roster.Row, o roster.PlanOptions, by, why string, apply bool) (steps []roster.Step, err error) {
	o.NewID = uuid.New
	err = s.change(ctx, "import case workers", by, func(e edit) error {
		known, err := knownOf(ctx, e.q)
		if err != nil {
			return err
		}
		steps = roster.Plan(known, rows, o)
		if !apply {
			return nil
		}
		e.why = why
		return e.carryOut(ctx, steps)
	})
	return steps, err
}

func (e edit) carryOut(ctx context.Context, steps []roster.Step) error {
	var touched []uuid.UUID
	for _, s := range steps {
		if s.Before != nil {
			touched = append(touched, s.Before.ID)
		}
	}
	if err := e.q.LockWorkers(ctx, touched); err != nil {
		return err
	}
	for _, s := range steps {
		if s.Verb == roster.Keep || s.Verb == roster.Refuse {
			continue
		}
		if err := e.writeWorker(ctx, s.Before, s.After); err != nil {
			return fmt.Errorf("case worker %q, line %d: %w", s.After.Identifier, s.Line, err)
		}
	}
	for _, s := range steps {
		if s.ObjectID == "" || s.Verb == roster.Refuse {
			continue
		}
		if _, err := e.o.Mailboxes.AddMailboxTx(ctx, e.tx, s.After.ID, s.ObjectID, s.After.Email); err != nil {
			return err
		}
	}
	return nil
}

func knownOf(ctx context.Context, q *dbsqlc.Queries) (known roster.Known, err error) {
	cs, err := centers(ctx, q, "")
	if err != nil {
		return known, err
	}
	for _, c := range cs {
		known.Centers = append(known.Centers, c.Value.Code)
	}
	ws, err := workers(ctx, q, dbsqlc.WorkersParams{})
	if err != nil {
		return known, err
	}
	for _, w := range ws {
		known.Workers = append(known.Workers, roster.KnownWorker{Worker: w.Worker, ObjectID: w.ObjectID})
	}
	ts, err := teams(ctx, q, dbsqlc.TeamsParams{})
	for _, t := range ts {
		known.Teams = append(known.Teams, t.Value)
	}
	return known, err
}

// ImportOptions plans what rows of options say and, if apply, carries it out: all that is not refused, or nothing.
func (s *Store) ImportOptions(ctx context.Context, rows []roster.OptionRow, jc planner.JobCenterCode, by, why string, apply bool) (steps []roster.OptionStep, err error) {
	err = s.change(ctx, "import options", by, func(e edit) error {
		known, err := knownOf(ctx, e.q)
		if err != nil {
			return err
		}
		all := roster.KnownOptions{Known: known}
		stored, err := options(ctx, e.q, dbsqlc.OptionsParams{})
		if err != nil {
			return err
		}
		for _, o := range stored {
			all.Options = append(all.Options, o.Value)
		}
		ts, err := templates(ctx, e.q, dbsqlc.TemplatesParams{})
		if err != nil {
			return err
		}
		for _, t := range ts {
			all.Templates = append(all.Templates, t.Template)
		}
		steps = roster.PlanOptionRows(all, rows, roster.PlanOptions{JobCenter: jc, NewID: uuid.New})
		e.why = why
		for i := range steps {
			if err := e.importOption(ctx, &steps[i], apply); err != nil {
				return fmt.Errorf("option %d: %w", i+1, err)
			}
		}
		return nil
	})
	return steps, err
}

// importOption checks an option's codes, which only the store can, and writes it if it is to be.
func (e edit) importOption(ctx context.Context, s *roster.OptionStep, apply bool) error {
	if s.Verb == roster.Keep || s.Verb == roster.Refuse {
		return nil
	}
	var faults roster.Faults
	if err := e.checkCodes(ctx, s.Before, s.After); errors.As(err, &faults) {
		s.Verb, s.Faults = roster.Refuse, append(s.Faults, faults...)
		return nil
	} else if err != nil {
		return err
	}
	if !apply {
		return nil
	}
	return e.writeOption(ctx, s.Before, s.After)
}
