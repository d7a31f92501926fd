package externalcalendar

import (
	"context"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Verb is what a change does to an appointment told by a Kommuneklient.
type Verb int

// Verbs.
const (
	Create Verb = iota
	Update
	Delete
)

// Change is one change of one case worker's told appointments. Span is meaningless for Delete.
type Change struct {
	Verb       Verb
	CaseWorker uuid.UUID
	OriginID   string
	Span       planner.Span
}

// Outcome is what became of a Change.
type Outcome int

// Outcomes.
const (
	Done         Outcome = iota
	AlreadyThere         // Create of one that is known; nothing was changed
	NotThere             // Update or Delete of one that is not known
	OurOwn               // the identifier is that of an appointment that we put into the calendar
	NotTold              // the case worker's calendar reaches us in another way, and this one is not listened to
)

// Resource is a case worker whose calendar could be told. Wanted: Kommuneklients are asked for it, since their
// word counts on it, or will; calendars that reach us in another way are not wanted.
type Resource struct {
	planner.CaseWorker
	Wanted bool
}

// Told is an appointment as a Kommuneklient told it.
type Told struct {
	CaseWorker uuid.UUID
	OriginID   string
	Span       planner.Span
}

// Store is what the calls need. A refusal by rule is a *planner.Error.
type Store interface {
	// ToldCaseWorkers gives the case workers of a job centre, with their hours.
	ToldCaseWorkers(ctx context.Context, jc planner.JobCenterCode) ([]Resource, error)
	// ToldEvents gives what Kommuneklients have told of these case workers and that starts in
	// [from, to], both ends included; a nil bound is none.
	ToldEvents(ctx context.Context, workers []uuid.UUID, from, to *time.Time) ([]Told, error)
	// Tell carries out changes in one transaction, in order, and gives the outcome of each.
	Tell(ctx context.Context, jc planner.JobCenterCode, changes []Change) ([]Outcome, error)
}
