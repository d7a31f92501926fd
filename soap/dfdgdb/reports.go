package dfdgdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb/dbsqlc"
	"kommunalplanner.example/soap/dfdgregister"
)

// actorDFDG is who changed a booking, in the audit trail, when a citizen did through DFDG.
const actorDFDG = "dfdg"

// BookingChangedTx adds a report of a booking's change within the transaction of that change. It is called like
// plannerdb's CalendarOutbox, beside it. Not reported: what a citizen did through DFDG, which registers it itself, and what came from
// DFDG in the first place.
func (s *Store) BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, _ []uuid.UUID) error {
	q := dbsqlc.New(tx)
	b, found, err := one(q.LastChange(ctx, booking))
	if err != nil {
		return fmt.Errorf("read change of booking %s: %w", booking, err)
	}
	if !found || b.Actor == actorDFDG || b.Actor == actorKSS {
		return nil
	}
	change := map[string]dfdgregister.Change{"create": dfdgregister.Created, "move": dfdgregister.Moved, "cancel": dfdgregister.Cancelled}[b.Action]
	n, err := q.AddReport(ctx, dbsqlc.AddReportParams{
		BookingID: b.ID, JobCenterCode: b.JobCenterCode, Revision: b.Revision, Change: string(change), CaseWorkerID: b.CaseWorkerID,
		StartsAt: b.StartsAt, EndsAt: b.EndsAt, ContactType: b.ContactType, At: s.now(),
	})
	if err != nil {
		return fmt.Errorf("add report of booking %s: %w", booking, err)
	}
	if n == 0 || s.o.Wake == nil {
		return nil
	}
	if err := s.o.Wake(ctx, tx); err != nil {
		return fmt.Errorf("wake reporting of booking %s: %w", booking, err)
	}
	return nil
}

// textUnsealable is for a report whose citizen cannot be read any more.
const textUnsealable = "Borgerens CPR-nummer kan ikke læses, fordi nøglen mangler eller rækken er beskadiget. Indlæs den gamle nøgle, og vælg »Prøv igen«."

// Claim implements dfdgregister.Outbox. A report whose citizen cannot be read is refused on the way: it must not stop the others.
func (s *Store) Claim(ctx context.Context, now, until time.Time) (r dfdgregister.Report, got bool, err error) {
	for {
		readable := false
		err = s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
			row, found, err := one(q.ClaimReport(ctx, dbsqlc.ClaimReportParams{Now: now, Until: until}))
			if got = found; err != nil || !found {
				return err
			}
			c, err := q.ReportContent(ctx, dbsqlc.ReportContentParams{BookingID: row.BookingID, CaseWorkerID: row.CaseWorkerID, ReportID: row.ID})
			if err != nil {
				return err
			}
			cpr, err := s.o.Sealer.Open(c.CitizenSealed)
			if err != nil {
				s.o.Log.ErrorContext(ctx, "report cannot be made", "report", row.ID, "booking", row.BookingID, "error", err)
				_, err = q.FinishReport(ctx, dbsqlc.FinishReportParams{ID: row.ID, ClaimedUntil: deref(row.ClaimedUntil), State: "refused", At: now, Error: textUnsealable})
				return err
			}
			readable = true
			r = reportOf(row, c, cpr)
			return nil
		})
		if err != nil || !got || readable {
			return r, got, err
		}
	}
}

func reportOf(row dbsqlc.ClaimReportRow, c dbsqlc.ReportContentRow, cpr planner.CPR) dfdgregister.Report {
	r := dfdgregister.Report{
		ID: row.ID, JobCenter: planner.JobCenterCode(row.JobCenterCode), Booking: row.BookingID, Change: dfdgregister.Change(row.Change),
		InDFDG: c.InDfdg, Asked: row.AskedAt != nil, Attempt: int(row.Attempts), OccurredAt: row.OccurredAt.UTC(),
		CPR: cpr, Origin: planner.Origin(c.Origin), Span: planner.Span{Start: row.StartsAt.UTC(), End: row.EndsAt.UTC()},
		ContactType: int(row.ContactType), Title: c.Title, Claim: deref(row.ClaimedUntil),
		CaseWorker: planner.CaseWorker{
			ID: row.CaseWorkerID, JobCenter: planner.JobCenterCode(row.JobCenterCode), Identifier: c.Identifier,
			GivenName: c.GivenName, MiddleName: deref(c.MiddleName), Surname: c.Surname, Email: c.Email, Phone: deref(c.Phone),
		},
	}
	if c.InterviewOptionID == nil {
		return r
	}
	r.Option = &planner.InterviewOption{
		ID: *c.InterviewOptionID, JobCenter: r.JobCenter, InterviewType: int(deref(c.InterviewType)), InterviewForm: int(deref(c.InterviewForm)),
		Title: c.Title, Description: deref(c.Description), Location: planner.Location{Description: deref(c.LocationDescription)},
		Phone: deref(c.OptionPhone), Email: deref(c.OptionEmail),
		RebookingDeadline: minutes(c.RebookingDeadlineMinutes), CancellationDeadline: minutes(c.CancellationDeadlineMinutes),
	}
	if c.StreetName != nil {
		r.Option.Location.Address = &planner.Address{
			StreetName: *c.StreetName, Building: deref(c.StreetBuilding), Floor: deref(c.Floor), Suite: deref(c.Suite),
			PostCode: deref(c.PostCode), District: deref(c.DistrictName),
		}
	}
	return r
}

func minutes(m *int32) *time.Duration {
	if m == nil {
		return nil
	}
	d := time.Duration(*m) * time.Minute
	return &d
}

// claimed turns "no row was ours" into the error for it.
func claimed(n int64, err error) error {
	if err == nil && n == 0 {
		return dfdgregister.ErrLost
	}
	return err
}

// MarkAsked implements dfdgregister.Outbox.
func (s *Store) MarkAsked(ctx context.Context, r dfdgregister.Report, at time.Time) error {
	return claimed(s.read().MarkAsked(ctx, dbsqlc.MarkAskedParams{ID: r.ID, ClaimedUntil: r.Claim, At: &at}))
}

// Sent implements dfdgregister.Outbox.
func (s *Store) Sent(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return s.finish(ctx, r, "sent", end)
}

// Unneeded implements dfdgregister.Outbox.
func (s *Store) Unneeded(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return s.finish(ctx, r, "unneeded", end)
}

// Refused implements dfdgregister.Outbox.
func (s *Store) Refused(ctx context.Context, r dfdgregister.Report, end dfdgregister.End) error {
	return s.finish(ctx, r, "refused", end)
}

func (s *Store) finish(ctx context.Context, r dfdgregister.Report, state string, end dfdgregister.End) error {
	return s.tx(ctx, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		err := claimed(q.FinishReport(ctx, dbsqlc.FinishReportParams{
			ID: r.ID, ClaimedUntil: r.Claim, State: state, At: end.At, ErrorCode: orNone(end.Code), Error: end.Text,
		}))
		if err != nil || state == "refused" {
			return err
		}
		return q.OvertakeReports(ctx, dbsqlc.OvertakeReportsParams{BookingID: r.Booking, ID: r.ID, At: &end.At})
	})
}

// Postpone implements dfdgregister.Outbox.
func (s *Store) Postpone(ctx context.Context, r dfdgregister.Report, next time.Time, unclear bool, end dfdgregister.End) error {
	return claimed(s.read().PostponeReport(ctx, dbsqlc.PostponeReportParams{
		ID: r.ID, ClaimedUntil: r.Claim, NextTryAt: next, Unclear: unclear, At: end.At, ErrorCode: orNone(end.Code), Error: end.Text,
	}))
}

// Next implements dfdgregister.Outbox.
func (s *Store) Next(ctx context.Context) (time.Time, error) {
	due, err := s.read().NextReport(ctx)
	if err != nil || due.Year() == 1 {
		return time.Time{}, err
	}
	return due.UTC(), nil
}

func orNone(code int) *int32 {
	if code == 0 {
		return nil
	}
	c := int32(code)
	return &c
}
