package mailbox

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/translate"
)

// ErrFenced: a newer run of the same mailbox has begun; this one may not write any more.
var ErrFenced = errors.New("a newer run of this mailbox has begun")

// Graph is what a run asks of Microsoft Graph. user is the object id of the mailbox's owner. Errors
// are those of package calendar.
type Graph interface {
	Changes(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error)
	// CalendarView reads one page of all that lies in w, without the change feed; the empty cursor is the first.
	CalendarView(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error)
	Event(ctx context.Context, user string, id calendar.EventID, own bool) (calendar.Event, error)
	// FindStamped lists the events of the primary calendar that carry the stamp of a Draft, copies among them.
	FindStamped(ctx context.Context, user, stamp string) ([]calendar.Event, error)
	Create(ctx context.Context, user string, d calendar.Draft, transactionID string) (calendar.Written, error)
	Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error)
	Delete(ctx context.Context, user string, id calendar.EventID) error
}

// Store keeps what a run knows. Every method that writes does so in one transaction and answers
// ErrFenced when run is no longer the mailbox's newest.
type Store interface {
	// Begin starts a run: it raises the epoch and reads the mailbox, and what Own lists.
	Begin(ctx context.Context, mailbox int64, now time.Time) (Run, error)
	// Current tells whether the run is still the mailbox's newest; it writes nothing.
	Current(ctx context.Context, run Run) error
	// Own lists our events that the mailbox has or should have, those of meetings long past left out.
	Own(ctx context.Context, run Run) ([]Own, error)
	// Blocks reads known busy blocks, by the id of their event or of its series; nil ids means all.
	Blocks(ctx context.Context, run Run, ids []calendar.EventID) ([]translate.Block, error)
	// CommitRound stores a whole round.
	CommitRound(ctx context.Context, run Run, r Round) error
	// Hold stores a plan that waits for a person. The same plan again leaves what was decided on it.
	Hold(ctx context.Context, run Run, h Held) error
	// Displace stores which events of ours a move of the mailbox has hidden, in place of those known so far, and takes
	// over the new ids of those that were found.
	Displace(ctx context.Context, run Run, lost []uuid.UUID, found []OwnChange, notes []Note, at time.Time) error
	// Prepare stores what is about to be created and under which transaction id.
	Prepare(ctx context.Context, run Run, booking uuid.UUID, transactionID string, d calendar.Draft) error
	// Change stores one decision about an event of ours outside a round.
	Change(ctx context.Context, run Run, c OwnChange, n Note) error
	// Failed stores how a run ended that did not succeed.
	Failed(ctx context.Context, run Run, f Failure) error
}

// Bookings is what a run asks of the planner when the municipality lets counsellors move or cancel
// meetings in Outlook.
type Bookings interface {
	MoveFromOutlook(ctx context.Context, booking uuid.UUID, to planner.Span) error
	CancelFromOutlook(ctx context.Context, booking uuid.UUID) error
}

// Run is one run of one mailbox and what was known when it began.
type Run struct {
	Mailbox    int64
	Epoch      int64
	Generation int64 // newest wake-up when the run began
	User       string
	CaseWorker uuid.UUID
	State      string // as stored: new, active, held, denied, missing, paused

	DeltaLink    calendar.Cursor // empty: never read whole
	Window       calendar.Window // of DeltaLink
	FullRoundDue time.Time
	PausedUntil  time.Time // zero: not paused
	Failures     int       // in a row, before this run

	SickRounds       int       // in a row, see sick
	QuarantinedUntil time.Time // zero: not in quarantine
	Quarantines      int       // in a row
	FeedShunnedUntil time.Time // zero: the change feed is used
	FeedShuns        int       // in a row

	// Own are our events as they were when the run began.
	Own []Own
	// Retired are ids of ours that were replaced and must not come back.
	Retired map[calendar.EventID]uuid.UUID

	Policy translate.Policy
	Rules  reconcile.Rules
	// Approved and Rejected are held plans that a person decided on, as far as that still holds; empty = none.
	Approved, Rejected string
}

// Own is an event of ours in the mailbox, or one that should be there.
type Own struct {
	Booking uuid.UUID
	// Meeting is what the event should tell; nil when it should not be there (cancelled, or moved to
	// another case worker).
	Meeting       *translate.Meeting
	Generation    int
	TransactionID string          // set once a creation was prepared
	Sent          *calendar.Draft // content of that creation
	EventID       calendar.EventID
	ETag          string
	Base          reconcile.Version // content both sides last agreed on; "" = none
	Restores      int
	Pending       bool
	// Changes counts changes of the booking, so that a decision on an older state can be told.
	Changes int
	Flagged bool
	// Displaced: the mailbox was moved, and the event was not found in it. Nothing is written until it is, or until a
	// person decides.
	Displaced bool
}

// over tells whether the meeting has ended: then its event is ours still, but nobody puts it right.
func (o Own) over(now time.Time) bool {
	return o.Meeting != nil && !o.Meeting.Booking.Span.End.After(now)
}

// Round is a round read to its end and decided.
type Round struct {
	// Started is when the round began to be read: the calendar is known as of then.
	Started      time.Time
	Full         bool
	Window       calendar.Window
	DeltaLink    calendar.Cursor
	FullRoundDue time.Time // next one
	NextSweep    time.Time
	// FeedShunnedUntil and FeedShuns: leave the change feed alone until then, for the n-th time in a row; zero
	// after a round by the feed.
	FeedShunnedUntil time.Time
	FeedShuns        int
	PutBlocks        []translate.Block
	DeleteBlocks     []calendar.EventID
	// ForgetBefore: blocks that end before then are past; they go without being a deletion.
	ForgetBefore time.Time
	Own          []OwnChange
	// Notes are the decisions that changed something, for administrators.
	Notes []Note
	// Kept: a part was rejected by a person, and waits until the rejection is over.
	Kept bool
}

// Held is a plan that waits for a person.
type Held struct {
	Plan              string // its name, see reconcile.HeldError
	Deletions, Blocks int    // that it would free or cancel, of so many
	Items             []HeldItem
	At                time.Time
}

// HeldItem is an appointment that a held plan is about, without any text.
type HeldItem struct {
	Kind    string // as Note.Kind
	Item    string
	Span    planner.Span
	ShowAs  calendar.ShowAs
	Private bool
	Reason  reconcile.Reason
}

// OwnChange is what becomes of what is stored about an event of ours.
type OwnChange struct {
	Booking uuid.UUID
	Do      Action
	// Changes is Own.Changes when it was decided.
	Changes int
	// Of Remember: identity and content both sides now agree on. An empty EventID leaves the known one.
	EventID calendar.EventID
	ETag    string
	Content reconcile.Version
	// Restores is the counter to store with Push and Recreate.
	Restores int
}

// Action says what to store.
type Action int

// The actions.
const (
	Remember Action = iota // both sides agree on Content; nothing is pending, no flag stands
	Forget                 // the event is gone, and that is right
	Push                   // Outlook differs; the next push writes
	Recreate               // retire the known id and raise the generation; the next push creates
	Flag                   // give up until a person looks, with the reason of the note
	Learn                  // EventID, ETag and Content are known now, but a write is still pending
	Adopt                  // EventID and ETag are the event's new ones; all else stands
)

// Note is a decision and its reason, as administrators see it.
type Note struct {
	At     time.Time
	Kind   string // "booking" or "busy"
	Item   string
	Verb   reconcile.Verb
	Reason reconcile.Reason
}

// Failure is how a run ended.
type Failure struct {
	At time.Time
	// Code is Graph's error code or one of ours; no text from a payload.
	Code string
	// State to put the mailbox in; empty leaves it.
	State string
	// PauseUntil: nobody asks Graph about this mailbox before then; zero sets nothing.
	PauseUntil time.Time
	// Counts: whether it counts as a failure in a row. Throttling does not.
	Counts bool
	// Sick: the mailbox itself is what is wrong, not the way to Graph.
	Sick bool
	// Quarantine, when set, leaves the mailbox unread until then, if other mailboxes do well meanwhile.
	Quarantine time.Time
	// NextSweep: try again then at the latest.
	NextSweep time.Time
}
