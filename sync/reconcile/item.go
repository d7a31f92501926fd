package reconcile

// Owner says who is right about an item.
type Owner int

const (
	// PlannerOwns: a booking. The Planner is right; the event in Outlook follows.
	PlannerOwns Owner = iota
	// OutlookOwns: a busy block. Outlook is right; the block in the Planner follows.
	OutlookOwns
	// Retired: an event of ours whose place another one took. It may be in neither calendar.
	Retired
)

func (o Owner) String() string {
	switch o {
	case PlannerOwns:
		return "booking"
	case OutlookOwns:
		return "busy"
	default:
		return "retired"
	}
}

// Version is a fingerprint of the fields that are kept in step; "" means absent. Versions are only
// compared for equality, and only within one item.
type Version string

// Item is what is known of one appointment when a decision is due.
type Item struct {
	// ID is unique among the items of one owner in one mailbox: the booking's of a booking, the
	// event's of a busy block or retired event.
	ID    string
	Owner Owner
	// Base is what both sides last agreed on, Local the Planner's version, Remote Outlook's.
	Base, Local, Remote Version
	// TimeMoved: of a booking whose Remote is not Base, whether start or end differ, and not only
	// subject or showAs.
	TimeMoved bool
	// Removed: Outlook said that the event is gone. Of a booking it must be more than a tombstone,
	// which also comes for an event that left the window or went to another folder: read it by id
	// first. Without it, absence counts in a complete snapshot only.
	Removed bool
	// Sent: of a booking without Base, that we sent the creation of its event and know no answer, so
	// that a Remote is ours although nothing was agreed on. It tells such an event from an orphan.
	Sent bool
	// Lost: of a booking with Removed, why its event could not be found in a mailbox that was moved, so that it may be
	// there all the same; empty = it is gone. What would be done about it is held.
	Lost Reason
	// Time: of a busy block that stands on one side only, the time that it takes and how, whichever event takes it.
	// A block whose Time another one takes over is not freed.
	Time Version
	// Restores is the last Decision.Restores that was carried out, and Flagged whether a Flag stands.
	Restores int
	Flagged  bool
}

// MovePolicy says what a booking's move in Outlook does. The zero value is the careful one.
type MovePolicy int

const (
	// RestoreMoves puts the event back.
	RestoreMoves MovePolicy = iota
	// AcceptMoves makes it a rebooking, if the planner's rules allow it.
	AcceptMoves
)

// DeletePolicy says what deleting a booking's event in Outlook does. The zero value is the careful one.
type DeletePolicy int

const (
	// RestoreDeleted makes the event again, once.
	RestoreDeleted DeletePolicy = iota
	// CancelDeleted cancels the citizen's appointment.
	CancelDeleted
)

// Rules are a municipality's choices.
type Rules struct {
	Move   MovePolicy
	Delete DeletePolicy
	// MaxRestores is how many edits of one event are undone, from one change of the booking to the
	// next, before a person is asked. A deletion that is undone uses up all that are left.
	MaxRestores int
}

// DefaultRules restore everything, an edit at most three times.
func DefaultRules() Rules { return Rules{MaxRestores: 3} }

// Verb is what to do. Each says in which calendar; the caller stores Base as the doc names it.
type Verb string

// The verbs. "Then" is what to store once it is done.
const (
	// Nothing is to be done.
	Nothing Verb = "nothing"
	// Remember: both agree. Then Base = Local, no flag.
	Remember Verb = "remember"
	// Forget: gone on both sides. Then no row.
	Forget Verb = "forget"
	// CreateRemote and UpdateRemote write Local to Outlook. Then Base = Local, no flag.
	CreateRemote Verb = "create-remote"
	UpdateRemote Verb = "update-remote"
	// DeleteRemote takes our event out of Outlook; already gone is as good. Then as Forget.
	DeleteRemote Verb = "delete-remote"
	// CreateLocal and UpdateLocal write Remote to the Planner. Then Base = Remote.
	CreateLocal Verb = "create-local"
	UpdateLocal Verb = "update-local"
	// DeleteLocal frees a busy block. Then as Forget.
	DeleteLocal Verb = "delete-local"
	// AcceptMove rebooks to Outlook's time. Then Base = Remote, so that a changed text is put back
	// in the next step. If the planner's rules refuse the time, decide again with RestoreMoves.
	AcceptMove Verb = "accept-move"
	// CancelLocal cancels the booking. Then as Forget.
	CancelLocal Verb = "cancel-local"
	// Flag asks a person, and changes nothing else. Then Flagged.
	Flag Verb = "flag"
	// Report tells a person of an orphan, and touches nothing.
	Report Verb = "report"
)

// Decision is what to do about an item, and why.
type Decision struct {
	Item   string
	Owner  Owner
	Verb   Verb
	Reason Reason
	// Restores is the counter to store with the decision: one more for an edit undone, all that are
	// allowed for a deletion undone, 0 again when the booking itself changed.
	Restores int
}

// NewGeneration tells whether a CreateRemote makes a new event in place of one that was there, which
// therefore needs a transactionId of its own (Exchange may remember the old one). Store the new
// generation, and Base as absent, before the write: then a retry is an ordinary first creation.
func (d Decision) NewGeneration() bool {
	return d.Verb == CreateRemote && (d.Reason == ReasonDeletedInOutlook || d.Reason == ReasonChangedAndDeleted)
}
