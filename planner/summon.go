package planner

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// SummonRequest books a citizen for a meeting, on behalf of the job centre. BookingID is made by who asks, so that a repeat
// is known.
type SummonRequest struct {
	JobCenter JobCenterCode
	CPR       CPR
	BookingID uuid.UUID
	// Exactly one of Option and Own decides the kind of meeting. Own is one without option: its ID, rules of search and rules
	// on time are of no interest, and CaseWorkerIdentifier must name who holds it.
	Option *uuid.UUID
	Own    *InterviewOption
	Start  time.Time
	// CaseWorkerIdentifier is the one wished; empty takes the first in the fair order.
	CaseWorkerIdentifier string
	ContactType          *int // nil: the first possible of the option's
	// FundParticipates: BEK 442/2023 § 20 no. 13; nil where it is not told.
	FundParticipates *bool
	Staff            Staff
	Override         Override
}

// MoveRequest moves a booking on behalf of the job centre; the citizen's deadlines do not apply. Why is for the audit trail.
type MoveRequest struct {
	JobCenter            JobCenterCode
	BookingID            uuid.UUID
	Start                time.Time
	CaseWorkerIdentifier string // empty: who holds it if free, else the first in the fair order
	ContactType          *int
	Staff                Staff
	Why                  string
	Override             Override
}

// CancelRequest calls a booking off on behalf of the job centre.
type CancelRequest struct {
	JobCenter JobCenterCode
	BookingID uuid.UUID
	Staff     Staff
	Why       string
}

// Override is what a summoner decided to break, and why. The zero value breaks nothing.
type Override struct {
	Rules []Reason
	Why   string
}

// Overridable tells whether a summoner may break the rule, if they say why. The rules on when times are offered, and those
// that spare the case worker, may be broken. Never: to have two meetings at once, the case worker or the citizen; to meet
// when there is nobody, outside hours, on closing days, with a calendar that is not known; to need a room that is not there.
func (r Reason) Overridable() bool {
	switch r {
	case ReasonNotice, ReasonHorizon, ReasonGrid, ReasonBuffer, ReasonDayLimit, ReasonOptionLimit:
		return true
	}
	return false
}

// Check refuses overrides of rules that may not be broken, and those that nobody gives a reason for (CodeBadOverride).
func (o Override) Check() error {
	for _, r := range o.Rules {
		if !r.Overridable() {
			return &Error{Code: CodeBadOverride, Detail: string(r) + " may not be broken"}
		}
	}
	if len(o.Rules) > 0 && strings.TrimSpace(o.Why) == "" {
		return &Error{Code: CodeBadOverride, Detail: "no reason"}
	}
	return CheckNote(o.Why)
}

// Breaks tells whether the rule is among those to be broken.
func (o Override) Breaks(r Reason) bool { return slices.Contains(o.Rules, r) }

// farthestKnown is how far ahead calendars are read, in days; nobody books into what is not known.
const farthestKnown = 200

// Without gives the option without the rules that are broken. A buffer that is broken is not held around the meeting.
func (o InterviewOption) Without(broken Override) InterviewOption {
	if broken.Breaks(ReasonNotice) {
		o.Notice = 0
	}
	if broken.Breaks(ReasonHorizon) {
		o.HorizonDays = max(o.HorizonDays, farthestKnown)
	}
	if broken.Breaks(ReasonGrid) {
		o.SlotStep = time.Minute
	}
	if broken.Breaks(ReasonBuffer) {
		o.Rules.BufferBefore, o.Rules.BufferAfter = 0, 0
	}
	if broken.Breaks(ReasonOptionLimit) {
		o.Rules.MaxPerDay = 0
	}
	return o
}

// ExcuseReason says why a citizen cannot come.
type ExcuseReason string

// Reasons of excuses; ours, not one of STAR's code lists.
const (
	ExcuseIllness   ExcuseReason = "illness"
	ExcuseChild     ExcuseReason = "child" // their child is ill
	ExcuseWork      ExcuseReason = "work"
	ExcuseInterview ExcuseReason = "interview" // for a job
	ExcuseEducation ExcuseReason = "education"
	ExcuseHoliday   ExcuseReason = "holiday"
	ExcuseTransport ExcuseReason = "transport"
	ExcuseOther     ExcuseReason = "other"
)

// ExcuseReasons lists them in the order in which they are shown.
func ExcuseReasons() []ExcuseReason {
	return []ExcuseReason{ExcuseIllness, ExcuseChild, ExcuseWork, ExcuseInterview, ExcuseEducation, ExcuseHoliday, ExcuseTransport, ExcuseOther}
}

// Excuse (afbud) is a citizen's word that they cannot come to a meeting, as it was received. The meeting stays until
// somebody moves or cancels it.
type Excuse struct {
	BookingID  uuid.UUID
	ReceivedAt time.Time
	ReceivedBy string
	Reason     ExcuseReason
	Note       string // up to MaxNote characters, may be empty
}

// MaxNote is the longest free text that staff may write about a booking, in characters: enough for a reason, too little for a
// record of somebody's life.
const MaxNote = 200

// cprLike is ten digits as CPR numbers are written.
var cprLike = regexp.MustCompile(`[0-9]{6}[ \-–]?[0-9]{4}`)

// CheckNote refuses free text that is too long, holds what looks like a CPR number, or cannot be printed (CodeBadText).
func CheckNote(text string) error {
	switch {
	case utf8.RuneCountInString(text) > MaxNote:
		return &Error{Code: CodeBadText, Detail: "too long"}
	case cprLike.MatchString(text):
		return &Error{Code: CodeBadText, Detail: "a CPR number"}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return &Error{Code: CodeBadText, Detail: "not printable"}
	}
	return nil
}

// StaffMovable refuses, with CodeNotRebookable, a move or cancellation of a booking by staff at now. A meeting of the case
// system is changed there: DFDG and the citizen know it from there, and its next message would undo what was done here.
func (b Booking) StaffMovable(now time.Time) error {
	refuse := func(why string) error { return &Error{Code: CodeNotRebookable, Detail: why} }
	switch {
	case b.Cancelled:
		return refuse("cancelled")
	case b.Origin == OriginKSS:
		return refuse("made by the case system")
	case !now.Before(b.Span.Start):
		return refuse("begun")
	}
	return nil
}
