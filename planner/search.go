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
	// Exceptions stand in for Hours on their dates.
	Exceptions []DateHours
	// Contacts limits the contact types of some weekdays; see ContactRule.
	Contacts []ContactRule
	// MaxPerDay is how many meetings may be held on one Danish day; zero sets no limit.
	MaxPerDay int
	// LastDay is the last day on which the case worker holds meetings; zero for one who stays.
	LastDay Date
	// Busy is time taken by something that is not ours, Held is time that we have handed out, buffers included.
	Busy, Held []Span
	// Own is those among Held that are of the option searched for. Only needed when the option limits their number.
	Own []Span
	// Groups is the group meetings of the option searched for. They take time like Held, but may be joined.
	Groups []GroupMeeting
}

// GroupMeeting is a held time that several citizens share.
type GroupMeeting struct {
	Start time.Time
	// Held is the time that it takes, buffers included.
	Held Span
	// Taken counts the seats reserved and booked.
	Taken       int
	ContactType int
}

// Room is one in which meetings are held, and when it is in use.
type Room struct {
	ID   uuid.UUID
	Held []Span
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
	// Closing says when nobody of the job centre holds meetings.
	Closing ClosingDays
	// Rooms are those of the job centre; only of interest when the option has meetings that need one.
	Rooms []Room
	// SpreadByWeek takes, of two with equally many held times that day, the one with fewer in that Danish week.
	SpreadByWeek bool
}

// Offered is the span of starts that the option allows at now: from the end of its notice until
// the end of the Danish day that lies HorizonDays ahead.
func (o InterviewOption) Offered(now time.Time) Span {
	return Span{now.Add(o.Notice), midnight(now, o.HorizonDays+1)}
}
