package dfdgregister

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Change is what was done to a booking.
type Change string

// Changes.
const (
	Created   Change = "created"
	Moved     Change = "moved"
	Cancelled Change = "cancelled"
)

// Report is one change to be told, with what DFDG must know of the booking after it.
type Report struct {
	ID        int64
	JobCenter planner.JobCenterCode
	Booking   uuid.UUID
	Change    Change
	// InDFDG tells that DFDG has the booking, as far as known.
	InDFDG bool
	// Asked tells that a call was made whose outcome is not known.
	Asked      bool
	Attempt    int
	OccurredAt time.Time

	CPR         planner.CPR
	Origin      planner.Origin
	Span        planner.Span
	ContactType int
	Title       string
	CaseWorker  planner.CaseWorker
	// Option is the kind of meeting; nil for one without.
	Option *planner.InterviewOption
	// Claim is the outbox's own, to know the claim by.
	Claim time.Time
}

// ErrLost says that a claim has become another worker's.
var ErrLost = errors.New("the report is another worker's by now")

// End is how a try ended.
type End struct {
	At time.Time
	// Code is DFDG's fault number, 0 for none; Text our words, in Danish, never DFDG's.
	Code int
	Text string
}

// Outbox keeps the reports. Its writes give ErrLost when the claim is another's.
type Outbox interface {
	// Claim takes the next report that is due and not behind another of its booking; false when there is none.
	Claim(ctx context.Context, now, until time.Time) (Report, bool, error)
	// MarkAsked is called right before a call that changes something in DFDG.
	MarkAsked(ctx context.Context, r Report, at time.Time) error
	// Sent: DFDG has it. Unneeded: it never had the booking, or the change was its own. Refused: a person must look.
	Sent(ctx context.Context, r Report, end End) error
	Unneeded(ctx context.Context, r Report, end End) error
	Refused(ctx context.Context, r Report, end End) error
	// Postpone lets it be tried again; unclear keeps that the outcome of the call is not known.
	Postpone(ctx context.Context, r Report, next time.Time, unclear bool, end End) error
	// Next is when the next report is due; zero when none is left.
	Next(ctx context.Context) (time.Time, error)
}
