package planner

import "fmt"

// Code is the kind of refusal that a caller branches on. The SOAP side maps each to a
// fault number in one place.
type Code string

// Codes of Error.
const (
	CodeInvalidCPR         Code = "invalid-cpr"          // not a CPR number at all
	CodeUnknownCPR         Code = "unknown-cpr"          // 0000000000 where a citizen is needed
	CodeUnknownJobCenter   Code = "unknown-job-center"   // not served by this installation
	CodeUnknownOption      Code = "unknown-option"       // no such InterviewOption in the job centre, or not for this citizen
	CodeUnknownCaseWorker  Code = "unknown-case-worker"  // not one who holds this kind of meeting
	CodeUnknownBooking     Code = "unknown-booking"      // no such BookingIdentifier
	CodeNotCitizensBooking Code = "not-citizens-booking" // the booking is another citizen's
	CodeBadInterval        Code = "bad-interval"         // end before start
	CodePast               Code = "past"                 // the asked time is over
	CodeTaken              Code = "taken"                // not free, or never offered
	CodeReservationGone    Code = "reservation-gone"     // unknown, expired or replaced, and the time cannot be had without it
	CodeNotRebookable      Code = "not-rebookable"       // case system booking, cancelled, begun, or past the deadline
	CodeBadContactType     Code = "bad-contact-type"     // contact form that the option does not have
	CodeInvalidCode        Code = "invalid-code"         // not in the code list, or not valid today
	CodeBreaksRules        Code = "breaks-rules"         // only rules that a summoner may break are in the way; Reasons names them
	CodeBadOverride        Code = "bad-override"         // a rule that may not be broken, or no reason for breaking it
	CodeBadText            Code = "bad-text"             // free text that is too long, not printable, or holds a CPR number
	CodeConflictingRepeat  Code = "conflicting-repeat"   // BookingIdentifier already used with other content
)

// Error is a refusal by rule. Detail is English, for logs; it never holds personal data.
type Error struct {
	Code   Code
	Detail string
	// Reasons are the rules in the way, of CodeBreaksRules.
	Reasons []Reason
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Code)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Is makes errors.Is(err, &Error{Code: c}) true for every refusal with that code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}
