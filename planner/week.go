package planner

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Occupancy is how a stretch of a case worker's time is used.
type Occupancy string

// Occupancies. At each instant the first that applies, in this order, is told.
const (
	OccupancyMeeting  Occupancy = "meeting"  // a meeting of ours
	OccupancyReserved Occupancy = "reserved" // held while somebody confirms
	OccupancyBuffer   Occupancy = "buffer"   // kept free around a meeting of ours
	OccupancyPrivate  Occupancy = "private"  // something private in the case worker's calendar
	OccupancyBusy     Occupancy = "busy"     // something in the case worker's calendar
	OccupancyClosed   Occupancy = "closed"   // the job centre is closed that day
	OccupancyOutside  Occupancy = "outside"  // outside the case worker's hours
	OccupancyWithheld Occupancy = "withheld" // working time that is not offered, since the calendar is not known well enough
	OccupancyFree     Occupancy = "free"
)

// Week is what is known of one case worker's time, for people to look at. Foreign time is spans alone.
type Week struct {
	CaseWorker CaseWorker
	Exceptions []DateHours
	Closing    ClosingDays
	Busy       []Span // not private
	Private    []Span
	Meetings   []WeekMeeting
	Reserved   []Span
	Held       []Span // all time handed out, buffers included
	// Withheld is why free time is not offered (ReasonUnknown, ReasonStale); ReasonNone when it is.
	Withheld Reason
	// AsOf is when the calendar was last known; nil without a mailbox, or never.
	AsOf *time.Time
}

// WeekMeeting is a meeting of ours as the calendar shows it.
type WeekMeeting struct {
	Span
	BookingID uuid.UUID
	Title     string
	// ContactType is the code, ContactName its word in the code list, if that is there.
	ContactType int
	ContactName string
	// Overlapping: agreed elsewhere and stored although it overlaps; a person must look.
	Overlapping bool
}

// WeekStretch is a span with one use. Meetings are those of OccupancyMeeting; several when they overlap, or are a group's.
type WeekStretch struct {
	Span
	Occupancy Occupancy
	Meetings  []WeekMeeting
}

// Stretches cuts a span of Danish days into stretches that follow one another without a gap, each within one Danish day.
func (w Week) Stretches(in Span) (found []WeekStretch) {
	days := w.Closing.days(in)
	calendar := Calendar{Hours: w.CaseWorker.Hours, Exceptions: w.Exceptions}
	var work []Span
	for _, s := range calendar.stretches(days, nil) {
		work = append(work, Span{time.UnixMicro(s.start).UTC(), time.UnixMicro(s.end).UTC()})
	}
	cuts := []time.Time{in.Start, in.End}
	for _, d := range days {
		cuts = append(cuts, time.UnixMicro(d.start).UTC())
	}
	for _, list := range [][]Span{work, w.Busy, w.Private, w.Reserved, w.Held} {
		for _, s := range list {
			cuts = append(cuts, s.Start, s.End)
		}
	}
	for _, m := range w.Meetings {
		cuts = append(cuts, m.Start, m.End)
	}
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(in.Start) || t.After(in.End) })
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	for i := 0; i+1 < len(cuts); i++ {
		next := WeekStretch{Span: Span{cuts[i], cuts[i+1]}}
		today := days[dayOf(days, cuts[i])]
		next.Occupancy, next.Meetings = w.at(cuts[i], today.closed, work)
		if n := len(found) - 1; n >= 0 && found[n].Occupancy == next.Occupancy && sameMeetings(found[n].Meetings, next.Meetings) && today.start < next.Start.UnixMicro() {
			found[n].End = next.End
			continue
		}
		found = append(found, next)
	}
	return found
}

func dayOf(days []day, at time.Time) int {
	i := len(days) - 1
	for i > 0 && days[i].start > at.UnixMicro() {
		i--
	}
	return i
}

// at tells the use of the instant; between two cuts it is the same throughout.
func (w Week) at(t time.Time, closed bool, work []Span) (Occupancy, []WeekMeeting) {
	in := func(list []Span) bool {
		return slices.ContainsFunc(list, func(s Span) bool { return !t.Before(s.Start) && t.Before(s.End) })
	}
	var meetings []WeekMeeting
	for _, m := range w.Meetings {
		if !t.Before(m.Start) && t.Before(m.End) {
			meetings = append(meetings, m)
		}
	}
	switch {
	case len(meetings) > 0:
		return OccupancyMeeting, meetings
	case in(w.Reserved):
		return OccupancyReserved, nil
	case in(w.Held):
		return OccupancyBuffer, nil
	case in(w.Private):
		return OccupancyPrivate, nil
	case in(w.Busy):
		return OccupancyBusy, nil
	case closed:
		return OccupancyClosed, nil
	case !in(work):
		return OccupancyOutside, nil
	case w.Withheld != ReasonNone:
		return OccupancyWithheld, nil
	}
	return OccupancyFree, nil
}

func sameMeetings(a, b []WeekMeeting) bool {
	return slices.EqualFunc(a, b, func(a, b WeekMeeting) bool { return a.BookingID == b.BookingID })
}

// WeekOf gives the Danish week, Monday to Monday, that holds the instant.
func WeekOf(t time.Time) Span {
	back := (int(t.In(copenhagen).Weekday()) + 6) % 7
	return Span{midnight(t, -back).UTC(), midnight(t, 7-back).UTC()}
}

// DanishDays cuts a span that begins and ends at Danish midnights into its days, of 23 to 25 hours.
func DanishDays(in Span) (days []Span) {
	for at := in.Start; at.Before(in.End); {
		next := midnight(at, 1)
		days = append(days, Span{at.UTC(), next.UTC()})
		at = next
	}
	return days
}
