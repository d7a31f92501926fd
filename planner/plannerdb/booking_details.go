package plannerdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// BookingDetails is all that staff are shown of a booking.
type BookingDetails struct {
	planner.Booking
	// CPR is zero when its key is missing.
	CPR              planner.CPR
	Option           *planner.InterviewOption // nil for one without
	CaseWorker       planner.CaseWorker
	FundParticipates *bool
	CreatedAt        time.Time
	Excuse           *planner.Excuse // for the time that the booking has
	History          []Transition
}

// Transition is one entry of the audit trail about a booking.
type Transition struct {
	At                    time.Time
	Actor, Action, Reason string
	// Before and After are the meeting's times; zero where there is none.
	Before, After planner.Span
}

// BookingDetails reads a booking, cancelled or not, for staff of the job centre. Another's is CodeUnknownBooking.
func (s *Store) BookingDetails(ctx context.Context, id uuid.UUID) (BookingDetails, error) {
	var (
		f       facts
		more    []dbsqlc.BookingDetailsRow
		history []dbsqlc.BookingHistoryRow
		excuses []dbsqlc.ExcuseOfBookingRow
	)
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueBooking(ctx, b, q, id)
	f.queueOption(ctx, b, q, nil, &id)
	_, _ = q.BookingDetails(ctx, id)
	pgbatch.Into(b, &more)
	_, _ = q.BookingHistory(ctx, &id)
	pgbatch.Into(b, &history)
	_, _ = q.ExcuseOfBooking(ctx, id)
	pgbatch.Into(b, &excuses)
	if err := s.whole(ctx, b); err != nil {
		return BookingDetails{}, fmt.Errorf("read booking %s: %w", id, err)
	}
	if len(f.booking) == 0 || len(more) == 0 {
		return BookingDetails{}, refuse(planner.CodeUnknownBooking, "")
	}
	r := more[0]
	d := BookingDetails{
		Booking: toBooking(f.booking[0]), FundParticipates: r.FundParticipates, CreatedAt: r.CreatedAt.UTC(),
		CaseWorker: planner.CaseWorker{
			ID: f.booking[0].CaseWorkerID, JobCenter: planner.JobCenterCode(f.booking[0].JobCenterCode), Identifier: f.booking[0].CaseWorkerIdentifier,
			GivenName: r.GivenName, MiddleName: text(r.MiddleName), Surname: r.Surname, Email: r.Email, Phone: text(r.Phone),
		},
	}
	if cpr, err := s.seal.Open(r.CitizenSealed); err == nil {
		d.CPR = cpr
	}
	if len(f.option) > 0 {
		o := toOption(f.option[0])
		d.Option = &o
	}
	if len(excuses) > 0 {
		e := excuses[0]
		d.Excuse = &planner.Excuse{BookingID: id, ReceivedAt: e.ReceivedAt.UTC(), ReceivedBy: e.ReceivedBy, Reason: planner.ExcuseReason(e.Reason), Note: text(e.Note)}
	}
	for _, h := range history {
		d.History = append(d.History, Transition{At: h.At.UTC(), Actor: h.Actor, Action: h.Action, Reason: h.Reason, Before: spanIn(h.Before), After: spanIn(h.After)})
	}
	return d, nil
}

// spanIn is the time in an audit entry's meeting.
func spanIn(j []byte) planner.Span {
	var m meeting
	if len(j) == 0 || json.Unmarshal(j, &m) != nil {
		return planner.Span{}
	}
	return planner.Span{Start: m.Start, End: m.End}
}

// ActiveOptions lists the options of a job centre by title, whomever they are shown to.
func (s *Store) ActiveOptions(ctx context.Context, jc planner.JobCenterCode) ([]planner.InterviewOption, error) {
	rows, err := dbsqlc.New(s.pool).ActiveOptions(ctx, string(jc))
	if err != nil {
		return nil, fmt.Errorf("list options of job centre %s: %w", jc, err)
	}
	options := make([]planner.InterviewOption, len(rows))
	for i, r := range rows {
		options[i] = toOption(r)
	}
	return options, nil
}

// CodeNames gives a look-up of the names in the imported code lists; "" for a code without.
func (s *Store) CodeNames(ctx context.Context) (func(list string, code int) string, error) {
	rows, err := dbsqlc.New(s.pool).CodeNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("read code lists: %w", err)
	}
	names := map[string]map[int]string{}
	for _, r := range rows {
		if names[r.List] == nil {
			names[r.List] = map[int]string{}
		}
		names[r.List][int(r.Code)] = r.Name
	}
	return func(list string, code int) string { return names[list][code] }, nil
}
