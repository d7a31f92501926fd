package dfdgqueue

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Known is what is known about a summons' booking before it is taken in.
type Known struct {
	// Booking as we have it; nil when we do not.
	Booking *planner.Booking
	// OfThisCitizen is false when we have the booking, but of another citizen.
	OfThisCitizen bool
	// NewestAt and NewestID are of the newest message taken in about it; zero when none was.
	NewestAt time.Time
	NewestID uuid.UUID
	// LastOwn is when this program last changed the booking by itself (a citizen's call, a person, Outlook), by our clock.
	LastOwn *time.Time
	// Unreported tells that DFDG has yet to be told of such a change.
	Unreported bool
	// Reported tells that DFDG was told at some time just what the summons says.
	Reported bool
	// Elsewhere tells that the last change of the booking came from DFDG.
	Elsewhere bool
	// CaseWorker is the one named, if the job centre has them.
	CaseWorker *uuid.UUID
}

// Verb says what a message does.
type Verb string

// Verbs.
const (
	VerbCreate Verb = "create" // book the time
	VerbMove   Verb = "move"   // other time, case worker or contact form
	VerbCancel Verb = "cancel"
	VerbRecord Verb = "record" // nothing changes in the calendar
	VerbEcho   Verb = "echo"   // our own change coming back
	VerbStale  Verb = "stale"  // older than what is known
	VerbWait   Verb = "wait"   // a person must do something first
)

// Reason is a code that pages put into words.
type Reason string

// Reasons.
const (
	ReasonNew            Reason = "new"
	ReasonOtherPlanner   Reason = "made-by-another-planner"
	ReasonUnknownSelf    Reason = "self-booking-unknown-here"
	ReasonMoved          Reason = "moved-elsewhere"
	ReasonCancelled      Reason = "cancelled-elsewhere"
	ReasonRevived        Reason = "booked-again-elsewhere"
	ReasonGone           Reason = "not-in-dfdg-any-more"
	ReasonConfirmed      Reason = "citizen-confirmed"
	ReasonExcused        Reason = "citizen-excused"
	ReasonUnchanged      Reason = "nothing-changed"
	ReasonOurs           Reason = "our-own-change"
	ReasonOlder          Reason = "older-than-known"
	ReasonOurChangeNewer Reason = "our-change-is-newer"
	ReasonUnreported     Reason = "our-change-is-yet-to-be-reported"
	ReasonDFDGDiffers    Reason = "dfdg-has-other-content"
	ReasonNeverKnown     Reason = "cancelled-before-we-knew"
	ReasonNoCaseWorker   Reason = "case-worker-unknown"
	ReasonOtherCitizen   Reason = "booking-of-another-citizen"
	ReasonOtherJobCenter Reason = "booking-of-another-job-center"
	ReasonUnreadable     Reason = "unreadable"
	ReasonForeignService Reason = "service-not-for-us"
)

// Decision is what to do with a summons, and why.
type Decision struct {
	Verb   Verb
	Reason Reason
	// Newest tells that the message becomes the newest about its booking.
	Newest bool
}

// Decide says what a summons does. It is pure and total.
//
// Who is right: the planner about what citizens and case workers do in it; DFDG about what other systems did since.
//
//   - Cancelled wins over everything but newer messages: a meeting that one side called off does not take place.
//   - While DFDG has yet to hear of a change of ours, whatever it says was said in ignorance of that.
//   - A message queued before our last change likewise. This compares two clocks; both follow the time of day.
//   - A message from Jobnet about a booking that citizens can make here is the echo of a call that we answered. It tells
//     of attendance, never of another time.
//   - A message from a planner that says what we reported at any time is an echo, also of a report that we have followed up since. But
//     if we took another system's change in meanwhile, our report has overwritten that in DFDG, and our own version
//     comes back. So does one that we do not know to have reported (a restored backup).
func Decide(k Known, s Summons) Decision {
	b := k.Booking
	switch {
	case !k.NewestAt.IsZero() && older(s, k):
		return Decision{VerbStale, ReasonOlder, false}
	case b != nil && !s.Gone && !k.OfThisCitizen:
		return Decision{VerbWait, ReasonOtherCitizen, false}
	case b != nil && b.JobCenter != s.JobCenter:
		return Decision{VerbWait, ReasonOtherJobCenter, false}
	case s.Status == Cancelled:
		return cancelled(k, s)
	case b == nil:
		return unknown(k, s)
	case k.Unreported:
		return Decision{VerbStale, ReasonUnreported, false}
	case k.LastOwn != nil && !s.QueuedAt.After(*k.LastOwn):
		return Decision{VerbStale, ReasonOurChangeNewer, false}
	case s.Source == SourceJobnet && b.Origin != planner.OriginKSS:
		return attendance(s, Decision{VerbEcho, ReasonOurs, true})
	case s.Source == SourcePlanner && k.Reported && !k.Elsewhere:
		return attendance(s, Decision{VerbEcho, ReasonOurs, true})
	}
	return known(k, s)
}

// attendance records what the citizen said, if anything; else the decision is otherwise.
func attendance(s Summons, otherwise Decision) Decision {
	switch s.Status {
	case Confirmed:
		return Decision{VerbRecord, ReasonConfirmed, true}
	case Excused:
		return Decision{VerbRecord, ReasonExcused, true}
	}
	return otherwise
}

func older(s Summons, k Known) bool {
	if s.QueuedAt.Equal(k.NewestAt) {
		return bytes.Compare(s.MessageID[:], k.NewestID[:]) < 0
	}
	return s.QueuedAt.Before(k.NewestAt)
}

func cancelled(k Known, s Summons) Decision {
	switch {
	case k.Booking == nil:
		return Decision{VerbRecord, ReasonNeverKnown, true}
	case k.Booking.Cancelled && s.Source == SourcePlanner:
		return Decision{VerbEcho, ReasonOurs, true}
	case k.Booking.Cancelled:
		return Decision{VerbRecord, ReasonUnchanged, true}
	case s.Gone:
		return Decision{VerbCancel, ReasonGone, true}
	}
	return Decision{VerbCancel, ReasonCancelled, true}
}

func unknown(k Known, s Summons) Decision {
	if k.CaseWorker == nil {
		return Decision{VerbWait, ReasonNoCaseWorker, true}
	}
	switch s.Source {
	case SourcePlanner:
		return Decision{VerbCreate, ReasonOtherPlanner, true}
	case SourceJobnet:
		return Decision{VerbCreate, ReasonUnknownSelf, true}
	}
	return Decision{VerbCreate, ReasonNew, true}
}

func known(k Known, s Summons) Decision {
	b := k.Booking
	switch {
	case k.CaseWorker == nil:
		return Decision{VerbWait, ReasonNoCaseWorker, true}
	case b.Cancelled:
		return Decision{VerbMove, ReasonRevived, true}
	case b.Span.Start.Equal(s.Span.Start) && b.Span.End.Equal(s.Span.End) && b.ContactType == s.ContactType && b.CaseWorker == *k.CaseWorker:
		if s.Source == SourcePlanner {
			return attendance(s, Decision{VerbEcho, ReasonOurs, true})
		}
		return attendance(s, Decision{VerbRecord, ReasonUnchanged, true})
	case s.Source == SourcePlanner:
		return Decision{VerbMove, ReasonDFDGDiffers, true}
	}
	return Decision{VerbMove, ReasonMoved, true}
}
