package planner

import (
	"slices"
	"time"
)

// Reason says why a case worker is not offered at a start. The order of the constants is the
// order in which rules are tried, so that the reason is the first that applies.
type Reason string

// Reasons. The empty one means that the time is offered.
const (
	ReasonNone Reason = ""
	// About whether the case worker is asked at all; who keeps the rows knows.
	ReasonWithdrawn  Reason = "withdrawn"        // the option is offered no more
	ReasonNotHolder  Reason = "not-holder"       // not one who holds the option's meetings, neither named nor by a team
	ReasonCompetence Reason = "competence"       // lacks a competence that the option wants
	ReasonInactive   Reason = "inactive"         // retired, or will have left by then
	ReasonUnknown    Reason = "calendar-unknown" // the calendar was never read, or cannot be
	ReasonStale      Reason = "calendar-stale"   // the calendar was last known longer ago than the job centre allows
	// About the time.
	ReasonPast        Reason = "past"         // the start is over
	ReasonNotice      Reason = "notice"       // sooner than the option's notice
	ReasonHorizon     Reason = "horizon"      // later than the option is offered
	ReasonInterval    Reason = "interval"     // the meeting does not lie within the interval asked about
	ReasonGrid        Reason = "grid"         // not on the option's slot step
	ReasonFull        Reason = "full"         // the group meeting at this start has no free seat
	ReasonClosed      Reason = "closed"       // the job centre is closed that day
	ReasonException   Reason = "exception"    // outside the hours that the case worker has on that date, or off
	ReasonHours       Reason = "hours"        // not within one stretch of working hours
	ReasonHeld        Reason = "held"         // overlaps a time that we have handed out
	ReasonBusy        Reason = "busy"         // overlaps something in the case worker's calendar
	ReasonBuffer      Reason = "buffer"       // too close to what takes time before or after
	ReasonCitizenBusy Reason = "citizen-busy" // overlaps another meeting of the citizen
	ReasonDayLimit    Reason = "day-limit"    // the case worker has as many meetings that day as there may be
	ReasonOptionLimit Reason = "option-limit" // as many of the option
	ReasonContact     Reason = "contact"      // none of the option's contact types is possible with the case worker that weekday
	ReasonRoom        Reason = "room"         // no room is free, and the meeting needs one
)

// Obstacle is one thing that keeps a time from being offered.
type Obstacle struct {
	Reason Reason
	// Span is the time that is in the way, of those reasons that are about one; else zero. Nothing else is known of it here.
	Span Span
}

// WhyNot says why a meeting with this case worker may not be booked at start; ReasonNone when it may.
// It agrees with Slots.
func (s Search) WhyNot(c Calendar, start time.Time) Reason {
	if o := s.Obstacles(c, start); len(o) > 0 {
		return o[0].Reason
	}
	return ReasonNone
}

// Obstacles lists all that keeps a meeting with this case worker from being booked at start, in the order of the reasons.
// There are none exactly when Slots offers it.
func (s Search) Obstacles(c Calendar, start time.Time) []Obstacle {
	meeting := Span{start, start.Add(s.Option.Duration)}
	var found []Obstacle
	rule := func(broken bool, r Reason) {
		if broken {
			found = append(found, Obstacle{Reason: r})
		}
	}
	blocks := func(r Reason, with Span, but Span, lists ...[]Span) {
		for _, list := range lists {
			for _, b := range list {
				if b.Overlaps(with) && (but.Empty() || !b.Overlaps(but)) {
					found = append(found, Obstacle{r, b})
				}
			}
		}
	}
	offered := s.Option.Offered(s.Now)
	rule(start.Before(s.Now), ReasonPast)
	rule(start.Before(offered.Start), ReasonNotice)
	rule(!start.Before(offered.End), ReasonHorizon)
	rule(!s.Interval.Contains(meeting), ReasonInterval)
	rule(!onGrid(start, s.Option.SlotStep), ReasonGrid)
	if joining, full := s.joins(c, start); joining {
		// The meeting takes place: what held for making it does not matter to who joins it.
		rule(full, ReasonFull)
		blocks(ReasonCitizenBusy, meeting, Span{}, s.Citizen)
		return found
	}

	around := s.Closing.days(meeting)
	if !within(c.stretches(around, nil), meeting) {
		rule(true, s.outside(c, around))
	}
	groups := make([]Span, len(c.Groups))
	for i, m := range c.Groups {
		groups[i] = m.Held
	}
	buffered := Span{meeting.Start.Add(-s.Option.Rules.BufferBefore), meeting.End.Add(s.Option.Rules.BufferAfter)}
	blocks(ReasonHeld, meeting, Span{}, c.Held, groups)
	blocks(ReasonBusy, meeting, Span{}, c.Busy)
	blocks(ReasonBuffer, buffered, meeting, c.Held, groups, c.Busy)
	blocks(ReasonCitizenBusy, meeting, Span{}, s.Citizen)
	today := func(held []Span) (n int) {
		each(held, c.Groups, func(at time.Time) {
			if DateOf(at) == DateOf(start) {
				n++
			}
		})
		return n
	}
	rule(c.MaxPerDay > 0 && today(c.Held) >= c.MaxPerDay, ReasonDayLimit)
	rule(s.Option.Rules.MaxPerDay > 0 && today(c.Own) >= s.Option.Rules.MaxPerDay, ReasonOptionLimit)
	if len(s.Option.ContactTypes) > 0 {
		contacts := s.Option.possible(&c, weekdayOf(start))
		_, roomy := s.Option.contactBits()
		roomless := contacts&^roomy == 0 && !slices.ContainsFunc(s.Rooms, func(r Room) bool { return !overlapsAny(r.Held, meeting) })
		rule(contacts == 0, ReasonContact)
		rule(contacts != 0 && roomless, ReasonRoom)
	}
	return found
}

// joins tells whether a group meeting begins at start, and whether it can be joined.
func (s Search) joins(c Calendar, start time.Time) (joining, full bool) {
	if !s.Option.Rules.Group() {
		return false, false
	}
	for _, m := range c.Groups {
		if m.Start.Equal(start) {
			return true, m.Taken >= s.Option.Rules.Seats || !slices.Contains(s.Option.ContactTypes, m.ContactType)
		}
	}
	return false, false
}

// outside names the rule by which a meeting is not within hours.
func (s Search) outside(c Calendar, around []day) Reason {
	switch {
	case slices.ContainsFunc(around, func(d day) bool { return c.left(d.date) }):
		return ReasonInactive
	case slices.ContainsFunc(around, func(d day) bool { return d.closed }):
		return ReasonClosed
	case slices.ContainsFunc(around, func(d day) bool { _, excepted := c.excepted(d.date); return excepted }):
		return ReasonException
	}
	return ReasonHours
}

func within(hours []stretch, meeting Span) bool {
	return slices.ContainsFunc(hours, func(h stretch) bool {
		return h.start <= floorMicro(meeting.Start) && ceilMicro(meeting.End) <= h.end
	})
}

func weekdayOf(t time.Time) int { return (int(t.In(copenhagen).Weekday())+6)%7 + 1 }

func overlapsAny(spans []Span, s Span) bool {
	return slices.ContainsFunc(spans, s.Overlaps)
}

// onGrid tells whether a Danish clock shows a whole number of steps since midnight.
func onGrid(t time.Time, step time.Duration) bool {
	h, m, sec := t.In(copenhagen).Clock()
	face := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second + time.Duration(t.Nanosecond())
	return step > 0 && face%step == 0
}
