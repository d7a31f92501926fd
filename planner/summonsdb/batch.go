package summonsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/summonsdb/dbsqlc"
)

// State of a batch or a line, as stored.
type State string

// States of batches.
const (
	Planned   State = "planned" // of a line, too: to be booked
	Running   State = "running"
	Paused    State = "paused"
	Cancelled State = "cancelled"
	Done      State = "done"
)

// States of lines.
const (
	Refused  State = "refused"  // wrong in the list; Reason is a summons.Problem
	Unplaced State = "unplaced" // the plan has no time; Reason is a summons.Reason
	Booked   State = "booked"
	Failed   State = "failed" // could not be booked; Reason is a planner.Code or a summons.Reason
	Left     State = "left"   // the batch was cancelled first
)

// Batch is a mass summons.
type Batch struct {
	ID             uuid.UUID
	JobCenter      planner.JobCenterCode
	Option         uuid.UUID
	Title          string // the option's
	Interval       planner.Span
	ContactType    *int
	SpreadOverDays bool
	CaseWorkers    []uuid.UUID
	State          State
	MadeAt         time.Time
	MadeBy         string // as in the audit trail
	PlannedAt      time.Time
	ApprovedAt     *time.Time
	Approver       planner.Staff // ID and login; zero until approved
	EndedAt        *time.Time
}

// Line is one citizen of a batch.
type Line struct {
	Number      int
	Booking     uuid.UUID
	CPR         planner.CPR // zero where the list had none
	State       State
	Reason      string
	Earlier     int
	CaseWorker  *uuid.UUID
	Start       *time.Time
	ContactType *int
	Replanned   bool
	EndedAt     *time.Time

	wished *uuid.UUID
	turn   int
}

// Summary is a batch in a list of batches.
type Summary struct {
	ID                        uuid.UUID
	JobCenter                 planner.JobCenterCode
	Title                     string
	State                     State
	MadeAt                    time.Time
	MadeBy                    string
	Citizens, Booked, Planned int
}

// Batch reads one.
func (s *Store) Batch(ctx context.Context, id uuid.UUID) (Batch, error) {
	rows, err := s.read().BatchByID(ctx, id)
	if err != nil {
		return Batch{}, fmt.Errorf("read mass summons %s: %w", id, err)
	}
	if len(rows) == 0 {
		return Batch{}, ErrUnknownBatch
	}
	r := rows[0]
	b := Batch{
		ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Option: r.InterviewOptionID, Title: r.Title,
		Interval: planner.Span{Start: r.FromAt.UTC(), End: r.ToAt.UTC()}, ContactType: toInt(r.ContactType), SpreadOverDays: r.SpreadOverDays,
		CaseWorkers: r.CaseWorkers, State: State(r.State), MadeAt: r.MadeAt.UTC(), MadeBy: r.MadeBy, PlannedAt: r.PlannedAt.UTC(),
		ApprovedAt: r.ApprovedAt, EndedAt: r.EndedAt,
	}
	if r.ApproverLogin != nil {
		b.Approver.Login = *r.ApproverLogin
		if r.ApproverID != nil {
			b.Approver.ID = *r.ApproverID
		}
	}
	return b, nil
}

// Batches lists the newest of some job centres.
func (s *Store) Batches(ctx context.Context, of []planner.JobCenterCode, most int) ([]Summary, error) {
	codes := make([]string, len(of))
	for i, c := range of {
		codes[i] = string(c)
	}
	rows, err := s.read().Batches(ctx, dbsqlc.BatchesParams{JobCenters: codes, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("list mass summonses: %w", err)
	}
	var list []Summary
	for _, r := range rows {
		list = append(list, Summary{
			ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Title: r.Title, State: State(r.State), MadeAt: r.MadeAt.UTC(), MadeBy: r.MadeBy,
			Citizens: int(r.Citizens), Booked: int(r.Booked), Planned: int(r.Planned),
		})
	}
	return list, nil
}

// Lines reads a batch's lines in the order of the list.
func (s *Store) Lines(ctx context.Context, batch uuid.UUID) ([]Line, error) {
	rows, err := s.read().Lines(ctx, batch)
	if err != nil {
		return nil, fmt.Errorf("read lines of mass summons %s: %w", batch, err)
	}
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = Line{
			Number: int(r.Number), Booking: r.BookingID, State: State(r.State), Reason: r.Reason, CaseWorker: r.CaseWorkerID, Start: r.StartsAt,
			ContactType: toInt(r.ContactType), Replanned: r.Replanned, EndedAt: r.EndedAt, wished: r.Wished, turn: int(r.Turn),
		}
		if r.Earlier != nil {
			lines[i].Earlier = int(*r.Earlier)
		}
		if len(r.CitizenSealed) > 0 {
			if lines[i].CPR, err = s.o.Sealer.Open(r.CitizenSealed); err != nil {
				return nil, fmt.Errorf("read line %d of mass summons %s: %w", r.Number, batch, err)
			}
		}
	}
	return lines, nil
}

func toInt(n *int32) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}

func toInt32(n *int) *int32 {
	if n == nil {
		return nil
	}
	v := int32(*n)
	return &v
}
