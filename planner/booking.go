package planner

import (
	"time"

	"github.com/google/uuid"
)

// Origin says who made a booking.
type Origin string

// Origins.
const (
	OriginSelf    Origin = "self"    // the citizen, through Jobnet and DFDG
	OriginPlanner Origin = "planner" // a summoner in this program
	OriginKSS     Origin = "kss"     // the municipality's case system, through DFDG's queue
)

// Booking is a meeting.
type Booking struct {
	ID          uuid.UUID
	JobCenter   JobCenterCode
	Option      *uuid.UUID
	CaseWorker  uuid.UUID
	Span        Span
	ContactType int
	Title       string
	Origin      Origin
	Cancelled   bool
	Overlaps    bool
	Revision    int
}

// Timeslot is a start at which a meeting may be booked, and the case workers who are free then,
// in the order in which they should be taken. When not all of them can meet in the same ways, or have the same number
// of free seats, there are several of one start.
type Timeslot struct {
	Start       time.Time
	CaseWorkers []uuid.UUID
	// ContactTypes are those possible, in the option's order; nil means all of the option's.
	ContactTypes []int
	// Seats and Free are how many citizens a group meeting has room for, and for how many more; zero for other meetings.
	Seats, Free int
}

// Timeslots is an answer to "which times": the option asked for, the slots in order of time, and
// the case workers that occur in them.
type Timeslots struct {
	Option      InterviewOption
	CaseWorkers []CaseWorker
	Slots       []Timeslot
	// Kept is set when others may get the very same answer, which nobody may change then: what is made of it need be made only once.
	Kept Kept
}

// Kept keeps one thing that was made of an answer, for as long as the answer itself is kept.
type Kept interface {
	// Once gives what make made when Once was first called, and has it made then; its size is in bytes. It is safe for concurrent use.
	Once(make func() (made any, size int)) any
}

// OfferedOption is an option shown to a citizen with the first and last time that can be booked
// now; both zero when there is none.
type OfferedOption struct {
	InterviewOption
	First, Last time.Time
}

// TimeslotQuery asks for the times of an option. The interval is as asked; the answer is cut to
// what the option's notice and horizon allow.
type TimeslotQuery struct {
	JobCenter            JobCenterCode
	CPR                  CPR
	Option               uuid.UUID
	Interval             Span
	CaseWorkerIdentifier string // wished; empty = any
}

// RescheduleQuery asks for times to which a booking may be moved.
type RescheduleQuery struct {
	JobCenter            JobCenterCode
	CPR                  CPR
	Booking              uuid.UUID
	Interval             Span
	CaseWorkerIdentifier string
}

// ReserveRequest holds a time for a citizen. Exactly one of Option and Booking decides the kind
// of meeting; with both, Option must be the booking's.
type ReserveRequest struct {
	JobCenter            JobCenterCode
	CPR                  CPR
	Option               *uuid.UUID
	Booking              *uuid.UUID // when rebooking
	Start                time.Time
	CaseWorkerIdentifier string
	ContactType          *int // nil = the option's first
	Caller               Caller
}

// Reservation is a held time with what every summons must carry (BEK 442/2023 § 20).
type Reservation struct {
	ID          uuid.UUID
	Expires     time.Time
	Option      InterviewOption
	CaseWorker  CaseWorker
	Span        Span
	ContactType int
	// Group names the group meeting in which a seat is held; nil for other meetings.
	Group *uuid.UUID
	// Deadlines as instants; nil means not possible.
	RebookingDeadline, CancellationDeadline *time.Time
}

// CreateRequest turns a reservation into a booking, or takes the time if no reservation is given
// and it is still free. BookingID is the caller's.
type CreateRequest struct {
	JobCenter            JobCenterCode
	CPR                  CPR
	BookingID            uuid.UUID
	Option               uuid.UUID
	Reservation          *uuid.UUID
	Start                time.Time
	CaseWorkerIdentifier string
	ContactType          *int
	Caller               Caller
}

// RescheduleRequest moves a booking, with the same choice of reservation or not.
type RescheduleRequest struct {
	JobCenter            JobCenterCode
	CPR                  CPR
	BookingID            uuid.UUID
	Reservation          *uuid.UUID
	Start                time.Time
	CaseWorkerIdentifier string
	ContactType          *int
	Caller               Caller
}

// Receipt confirms a booking or a move. A repeated request gets the same receipt.
type Receipt struct {
	BookingID uuid.UUID
	// At is when the change was first made.
	At time.Time
	// MessageID names the change; made from the booking and its revision.
	MessageID uuid.UUID
}
