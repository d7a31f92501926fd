package planner

import "time"

// Deadlines gives the last instants at which a meeting that starts at start may be moved and
// cancelled by the citizen; nil means not at all.
func (o InterviewOption) Deadlines(start time.Time) (rebooking, cancellation *time.Time) {
	return before(start, o.RebookingDeadline), before(start, o.CancellationDeadline)
}

func before(start time.Time, d *time.Duration) *time.Time {
	if d == nil {
		return nil
	}
	at := start.Add(-*d)
	return &at
}

// Rebookable refuses, with CodeNotRebookable, a move by the citizen of a booking of option o at
// now. Meetings made by the case system may never be moved by the citizen (STAR's requirements of
// the Planner), nor may those that have no option to search times by; o is nil then.
func (b Booking) Rebookable(o *InterviewOption, now time.Time) error {
	refuse := func(why string) error { return &Error{Code: CodeNotRebookable, Detail: why} }
	switch {
	case b.Cancelled:
		return refuse("cancelled")
	case b.Origin == OriginKSS:
		return refuse("made by the case system")
	case o == nil:
		return refuse("without interview option")
	case !now.Before(b.Span.Start):
		return refuse("begun")
	}
	deadline, _ := o.Deadlines(b.Span.Start)
	if deadline == nil {
		return refuse("the option does not allow it")
	}
	if now.After(*deadline) {
		return refuse("deadline passed")
	}
	return nil
}
