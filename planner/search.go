package planner

import (
	"time"

	"github.com/google/uuid"
)

// Calendar is what is known of one case worker's time. The spans may come in any order and
// overlap; sorted ones are handled faster.
type Calendar struct {
	CaseWorker uuid.UUID
	// Identifier decides between case workers who are equally busy.
	Identifier string
	Hours      []WorkingHours
	// Busy is time taken by something that is not ours, Held is time that we have handed out.
	Busy, Held []Span
}

// Search is one question about free time, with all that the answer depends on. It is never
// changed by answering, so that several goroutines may ask the same one.
type Search struct {
	Option InterviewOption
	// Interval must hold the whole meeting.
	Interval  Span
	Now       time.Time
	Calendars []Calendar
	// Citizen holds the citizen's own other meetings.
	Citizen []Span
	// Prefer names the case worker to be taken before all others: the one who holds the meeting
	// that is to be moved. The zero value prefers nobody.
	Prefer uuid.UUID
}

// Reason says why a case worker is not offered at a start. The order of the constants is the
// order in which rules are tried, so that the reason is the first that applies.
type Reason string

// Reasons. The empty one means that the time is offered.
const (
	ReasonNone        Reason = ""
	ReasonPast        Reason = "past"         // the start is over
	ReasonNotice      Reason = "notice"       // sooner than the option's notice
	ReasonHorizon     Reason = "horizon"      // later than the option is offered
	ReasonInterval    Reason = "interval"     // the meeting does not lie within the interval asked about
	ReasonGrid        Reason = "grid"         // not on the option's slot step
	ReasonHours       Reason = "hours"        // not within one stretch of working hours
	ReasonHeld        Reason = "held"         // overlaps a time that we have handed out
	ReasonBusy        Reason = "busy"         // overlaps something in the case worker's calendar
	ReasonCitizenBusy Reason = "citizen-busy" // overlaps another meeting of the citizen
)

// Offered is the span of starts that the option allows at now: from the end of its notice until
// the end of the Danish day that lies HorizonDays ahead.
func (o InterviewOption) Offered(now time.Time) Span {
	return Span{now.Add(o.Notice), midnight(now, o.HorizonDays+1)}
}

// WhyNot says why a meeting with this case worker may not be booked at start; ReasonNone when it may.
// It agrees with Slots.
func (s Search) WhyNot(c Calendar, start time.Time) Reason {
	meeting := Span{start, start.Add(s.Option.Duration)}
	offered := s.Option.Offered(s.Now)
	switch {
	case start.Before(s.Now):
		return ReasonPast
	case start.Before(offered.Start):
		return ReasonNotice
	case !start.Before(offered.End):
		return ReasonHorizon
	case !s.Interval.Contains(meeting):
		return ReasonInterval
	case !onGrid(start, s.Option.SlotStep):
		return ReasonGrid
	case !withinHours(c.Hours, meeting):
		return ReasonHours
	case overlapsAny(c.Held, meeting):
		return ReasonHeld
	case overlapsAny(c.Busy, meeting):
		return ReasonBusy
	case overlapsAny(s.Citizen, meeting):
		return ReasonCitizenBusy
	}
	return ReasonNone
}

func overlapsAny(spans []Span, s Span) bool {
	for _, o := range spans {
		if o.Overlaps(s) {
			return true
		}
	}
	return false
}

// onGrid tells whether a Danish clock shows a whole number of steps since midnight.
func onGrid(t time.Time, step time.Duration) bool {
	h, m, sec := t.In(copenhagen).Clock()
	face := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second + time.Duration(t.Nanosecond())
	return step > 0 && face%step == 0
}

func withinHours(hours []WorkingHours, meeting Span) bool {
	around := days(meeting)
	for _, stretch := range stretches(hours, around, nil) {
		if stretch.start <= floorMicro(meeting.Start) && ceilMicro(meeting.End) <= stretch.end {
			return true
		}
	}
	return false
}
