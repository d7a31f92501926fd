package planner

import (
	"slices"
	"time"
)

// DateHours is one stretch of a case worker's hours on one date, in place of the weekly hours. Several of one date are
// several stretches; one with StartMinute = EndMinute says that they are off.
type DateHours struct {
	Date                   Date
	StartMinute, EndMinute int
}

// ContactRule lets a case worker hold meetings of a contact type on a weekday (1 is Monday; 0 every day). On a
// weekday that has rules, only the contact types named are possible; on one without, all.
type ContactRule struct{ Weekday, ContactType int }

// OptionRules are an option's rules on the case worker's time. The zero value has none.
type OptionRules struct {
	// BufferBefore and BufferAfter must be free of busy and held time around the meeting, whole minutes up to MaxBuffer. They may lie
	// outside working hours. They stay with the meeting: between two lies what the first wants after it and the second before it.
	BufferBefore, BufferAfter time.Duration
	// MaxPerDay is how many meetings of the option one case worker holds on a Danish day; zero sets no limit.
	MaxPerDay int
	// Seats above 1 make group meetings: so many citizens share one meeting.
	Seats int
	// RoomFor lists the contact types whose meetings need one of the job centre's rooms.
	RoomFor []int
	// Competences must all be had by those who hold the meetings.
	Competences []string
}

// MaxBuffer is the longest buffer.
const MaxBuffer = 2 * time.Hour

// Group tells whether several citizens share a meeting.
func (r OptionRules) Group() bool { return r.Seats > 1 }

// NeedsRoom tells whether a meeting of the contact type is held in one of the job centre's rooms.
func (r OptionRules) NeedsRoom(contactType int) bool { return slices.Contains(r.RoomFor, contactType) }

// CenterRules are a job centre's rules on all its case workers' time. The zero value has none.
type CenterRules struct {
	Closing ClosingDays
	// StaleAfter withholds case workers whose calendar was last known longer ago, in whole minutes; zero withholds nobody.
	StaleAfter time.Duration
	// SpreadByWeek: see Search.
	SpreadByWeek bool
}

// CaseWorkerRules are the rules on one case worker's time beside the weekly hours. The zero value has none.
type CaseWorkerRules struct {
	Exceptions  []DateHours
	Contacts    []ContactRule
	MaxPerDay   int
	Competences []string
}
