package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// Week tells how the case workers of a job centre spend a span of Danish days, by surname, from one snapshot. Who is not of
// the job centre is left out.
func (s *Store) Week(ctx context.Context, jc planner.JobCenterCode, caseWorkers []uuid.UUID, in planner.Span) ([]planner.Week, error) {
	now := s.now()
	var (
		centers []dbsqlc.JobCenterByCodeRow
		workers []dbsqlc.WeekWorkersRow
		busy    []dbsqlc.WeekBusyRow
		held    []dbsqlc.WeekHeldRow
	)
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	_, _ = q.JobCenterByCode(ctx, string(jc))
	pgbatch.Into(b, &centers)
	_, _ = q.WeekWorkers(ctx, dbsqlc.WeekWorkersParams{
		JobCenterCode: string(jc), Ids: caseWorkers, FromDay: fromDate(planner.DateOf(in.Start)), ToDay: fromDate(planner.DateOf(in.End)),
	})
	pgbatch.Into(b, &workers)
	_, _ = q.WeekBusy(ctx, dbsqlc.WeekBusyParams{Ids: caseWorkers, FromAt: in.Start, ToAt: in.End})
	pgbatch.Into(b, &busy)
	_, _ = q.WeekHeld(ctx, dbsqlc.WeekHeldParams{Ids: caseWorkers, FromAt: in.Start, ToAt: in.End, Now: now})
	pgbatch.Into(b, &held)
	if err := s.whole(ctx, b); err != nil {
		return nil, fmt.Errorf("read a week of job centre %s: %w", jc, err)
	}
	if len(centers) == 0 {
		return nil, refuse(planner.CodeUnknownJobCenter, "")
	}
	weeks := make([]planner.Week, len(workers))
	of := map[uuid.UUID]*planner.Week{}
	for i, w := range workers {
		weeks[i] = planner.Week{
			CaseWorker: planner.CaseWorker{
				ID: w.ID, JobCenter: jc, Identifier: w.Identifier, GivenName: w.GivenName, MiddleName: text(w.MiddleName), Surname: w.Surname,
				Email: w.Email, Hours: toHours(w.Hours),
			},
			Exceptions: toExceptions(w.Exceptions), Closing: toClosing(centers[0]), AsOf: w.AsOf,
		}
		unknown, stale := calendarTrouble(w.MailboxState, w.AsOf, w.Kommuneklient, w.StaleAfterMinutes, now)
		switch {
		case unknown:
			weeks[i].Withheld = planner.ReasonUnknown
		case stale:
			weeks[i].Withheld = planner.ReasonStale
		}
		of[w.ID] = &weeks[i]
	}
	for _, r := range busy {
		if w := of[r.CaseWorkerID]; w != nil {
			list := &w.Busy
			if r.Private {
				list = &w.Private
			}
			*list = append(*list, planner.Span{Start: r.StartsAt, End: r.EndsAt})
		}
	}
	for _, r := range held {
		w := of[r.CaseWorkerID]
		if w == nil {
			continue
		}
		meeting := planner.Span{Start: r.StartsAt, End: r.EndsAt}
		w.Held = append(w.Held, planner.Span{Start: r.HeldFrom, End: r.HeldTo})
		if r.BookingID == nil {
			w.Reserved = append(w.Reserved, meeting)
			continue
		}
		w.Meetings = append(w.Meetings, planner.WeekMeeting{
			Span: meeting, BookingID: *r.BookingID, Title: r.Title, ContactType: int(r.ContactType), ContactName: r.ContactName, Overlapping: r.Overlapping,
		})
	}
	return weeks, nil
}

// calendarTrouble tells whether a calendar is not known, or was last known too long ago.
func calendarTrouble(state *string, asOf *time.Time, kommuneklient bool, staleAfter *int32, now time.Time) (unknown, stale bool) {
	if state == nil || kommuneklient {
		return false, false
	}
	unknown = asOf == nil || *state != "active" && *state != "held"
	stale = asOf != nil && staleAfter != nil && asOf.Add(minutes(*staleAfter)).Before(now)
	return unknown, stale
}

// Team is a team with its members.
type Team struct {
	ID      uuid.UUID
	Name    string
	Members []uuid.UUID
}

// Teams lists the teams of a job centre by name.
func (s *Store) Teams(ctx context.Context, jc planner.JobCenterCode) ([]Team, error) {
	rows, err := dbsqlc.New(s.pool).TeamsOf(ctx, string(jc))
	if err != nil {
		return nil, fmt.Errorf("list teams of job centre %s: %w", jc, err)
	}
	out := make([]Team, len(rows))
	for i, r := range rows {
		out[i] = Team{r.ID, r.Name, r.Members}
	}
	return out, nil
}

// OptionTitle names an option.
type OptionTitle struct {
	ID     uuid.UUID
	Title  string
	Active bool
}

// OptionTitles lists the options of a job centre, those that are offered first, by title.
func (s *Store) OptionTitles(ctx context.Context, jc planner.JobCenterCode) ([]OptionTitle, error) {
	rows, err := dbsqlc.New(s.pool).OptionTitles(ctx, string(jc))
	if err != nil {
		return nil, fmt.Errorf("list options of job centre %s: %w", jc, err)
	}
	out := make([]OptionTitle, len(rows))
	for i, r := range rows {
		out[i] = OptionTitle{r.ID, r.Title, r.Active}
	}
	return out, nil
}
