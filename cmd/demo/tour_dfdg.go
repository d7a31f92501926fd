package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/sync/graphsim"
)

// stampedAt waits until exactly one live event carries the booking's stamp, at the time; with the zero time, until
// none does.
func (t *tour) stampedAt(ctx context.Context, who world.Counsellor, id uuid.UUID, start time.Time) (event string, err error) {
	what := "one event in Outlook at the meeting's time"
	if start.IsZero() {
		what = "no event of the meeting in Outlook"
	}
	err = world.Eventually(ctx, time.Minute, what, func(context.Context) (bool, error) {
		all, err := t.graph.Events(who.ObjectID)
		if err != nil {
			return false, err
		}
		mine := slices.DeleteFunc(all, func(e graphsim.StoredEvent) bool {
			return e.State != "live" || !slices.Contains(values(e.Properties), id.String())
		})
		if start.IsZero() {
			return len(mine) == 0, nil
		}
		if len(mine) != 1 || !mine[0].Start.Equal(start) {
			return false, nil
		}
		event = mine[0].ID
		return true, nil
	})
	return event, err
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// caseSystem lets the municipality's case system summon a citizen, move the meeting and cancel it, all through
// DFDG's queue.
func (t *tour) caseSystem(ctx context.Context) error {
	who, cpr := t.people[len(t.people)/2], t.info.Citizens[5]
	citizen := world.NewJobnet(t.info.SOAP.ExternalBooking, cpr, nil)
	from, to := span(30)
	times, err := t.other.Times(ctx, t.option, from, to, who.Identifier)
	if err != nil || len(times) < 2 {
		return fmt.Errorf("%d times (%w)", len(times), err)
	}
	start := times[0].Start
	id, _, err := t.dfdg.KSS(dfdgsim.Meeting{
		Act: dfdgsim.Created, JobCenter: t.info.JobCenterCode, CPR: cpr, Start: start, End: start.Add(45 * time.Minute), Title: "Sygedagpengesamtale",
		CaseWorkerIdentifier: who.Identifier, CaseWorkerGivenName: who.GivenName, CaseWorkerSurname: who.Surname,
	})
	if err != nil {
		return err
	}
	if _, err := t.stampedAt(ctx, who, id, start); err != nil {
		return err
	}
	if _, _, err := t.other.Reserve(ctx, t.option, uuid.Nil, start, who.Identifier); world.FaultNumber(err) != 4770 {
		return fmt.Errorf("reserving the summons' time: got %v, want fault 4770", err)
	}
	if err := citizen.Rebook(ctx, id, uuid.Nil, times[1].Start, who.Identifier); world.FaultNumber(err) == 0 {
		return fmt.Errorf("the citizen moved a meeting of the case system: %w", err)
	}
	later := start.AddDate(0, 0, 7)
	if _, _, err := t.dfdg.KSS(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: id, Start: later, End: later.Add(45 * time.Minute)}); err != nil {
		return err
	}
	if _, err := t.stampedAt(ctx, who, id, later); err != nil {
		return fmt.Errorf("after the move: %w", err)
	}
	if _, _, err := t.dfdg.KSS(dfdgsim.Meeting{Act: dfdgsim.Cancelled, Booking: id}); err != nil {
		return err
	}
	if _, err := t.stampedAt(ctx, who, id, time.Time{}); err != nil {
		return fmt.Errorf("after the cancellation: %w", err)
	}
	return nil
}

// reported lets a citizen book on Jobnet, and the counsellor move the meeting in Outlook, where the municipality
// allows that: DFDG must learn of it.
func (t *tour) reported(ctx context.Context) error {
	if _, err := t.pool.Exec(ctx, "update job_center set outlook_move = 'accept'"); err != nil {
		return err
	}
	t.dfdg.SetPlanner(dfdgsim.NewCaller(dfdgsim.CallerConfig{URL: t.info.SOAP.ExternalBooking}))
	from, to := span(12)
	booked, err := t.dfdg.Jobnet(ctx, dfdgsim.Errand{JobCenter: t.info.JobCenterCode, CPR: t.info.Citizens[6], Option: &t.option, Nth: 3, From: from, To: to})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.people, func(p world.Counsellor) bool { return p.Identifier == booked.CaseWorkerIdentifier })
	if i < 0 {
		return errors.New("booked with somebody unknown")
	}
	who := t.people[i]
	event, err := t.stampedAt(ctx, who, booked.Booking, booked.Start)
	if err != nil {
		return err
	}
	times, err := t.other.Times(ctx, t.option, booked.Start.AddDate(0, 0, 1), booked.Start.AddDate(0, 0, 14), who.Identifier)
	if err != nil || len(times) == 0 {
		return fmt.Errorf("no time to move to (%w)", err)
	}
	moved := times[0].Start
	if err := t.outlook.Drag(ctx, who.ObjectID, event, moved, jobTalk); err != nil {
		return err
	}
	err = world.Eventually(ctx, time.Minute, "DFDG's register knows the new time", func(context.Context) (bool, error) {
		e, ok := t.dfdg.Entry(booked.Booking)
		return ok && e.Details.BookingStartTime.Equal(moved) && e.Updates == 1, nil
	})
	if err != nil {
		return err
	}
	if _, err := t.stampedAt(ctx, who, booked.Booking, moved); err != nil {
		return err
	}
	_, err = t.pool.Exec(ctx, "update job_center set outlook_move = 'restore'")
	return err
}
