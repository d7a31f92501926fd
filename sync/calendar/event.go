package calendar

import "time"

// EventID is Graph's immutable id of an event; case-sensitive, about 72 characters, stable while
// the item stays in its mailbox.
type EventID string

// ShowAs is Graph's freeBusyStatus.
type ShowAs string

// The values of showAs. Others are kept as they came and treated as busy.
const (
	Free             ShowAs = "free"
	Tentative        ShowAs = "tentative"
	Busy             ShowAs = "busy"
	OutOfOffice      ShowAs = "oof"
	WorkingElsewhere ShowAs = "workingElsewhere"
	Unknown          ShowAs = "unknown"
)

// Kind is Graph's event type.
type Kind string

// The kinds. A Master is never a span of its own; its Occurrences and Exceptions are.
const (
	Single     Kind = "singleInstance"
	Master     Kind = "seriesMaster"
	Occurrence Kind = "occurrence"
	Exception  Kind = "exception"
)

// Event is what is known of an event in a mailbox.
type Event struct {
	ID       EventID
	ETag     string
	Kind     Kind
	SeriesID EventID // of Occurrence and Exception
	// Start and End are half-open, UTC; End may equal Start.
	Start, End time.Time
	AllDay     bool
	// ShowAs is empty on an Occurrence stub of a delta page, which inherits from its master.
	ShowAs ShowAs
	// Private is set for sensitivity private and confidential.
	Private bool
	// Cancelled is an organizer's cancellation still in the calendar; Declined the owner's own "no".
	Cancelled, Declined bool
	// Modified is when Exchange last changed it; zero where Graph does not tell, as of Occurrence stubs. It only
	// orders two versions of one event: clocks differ, and Exchange changes events by itself.
	Modified time.Time
	// Owned is set only for ids that the caller said are ours.
	Owned *Owned
}

// Owned are the fields of our own events that we keep in step. All else in the event, body and
// reminders and categories among it, is the counsellor's.
type Owned struct {
	Start, End time.Time // UTC
	ShowAs     ShowAs
	Subject    string
}

// Draft is an event of ours as it is to be created. It holds no CPR, and no citizen name unless
// the municipality opted in.
type Draft struct {
	Owned
	Body     string // plain text, Danish
	Location string
	// Stamp goes into our extended property. It helps to recover; it is not identity, since
	// users copy events.
	Stamp string
}

// Written is what Graph answers to a write.
type Written struct {
	ID   EventID
	ETag string
}

// Cursor says where a round goes on: a next link inside a round, a delta link between rounds. It
// is opaque. The zero value starts a full round of Window.
type Cursor string

// Window is the half-open span that a delta round is frozen to.
type Window struct{ Start, End time.Time }

// Page is one page of a delta round.
type Page struct {
	Events []Event
	// Removed names events deleted, or gone from the window, or never known to us. An id may stand in both lists: then
	// the page contradicts itself.
	Removed []EventID
	// Next goes on with the round; when Final, it is the delta link for the next one.
	Next  Cursor
	Final bool
}
