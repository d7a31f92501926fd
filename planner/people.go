package planner

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// JobCenterCode is the five-digit number of a job centre.
type JobCenterCode string

// CaseWorker (vejleder) holds meetings.
type CaseWorker struct {
	ID        uuid.UUID
	JobCenter JobCenterCode
	// Identifier is the contract's CaseWorkerIdentifier: RID or GUID, opaque, up to 255 characters.
	Identifier                     string
	GivenName, MiddleName, Surname string
	Email, Phone                   string
	Hours                          []WorkingHours
}

// WorkingHours is one stretch of a working week in which meetings may be booked. Danish wall
// clock. Weekday 1 is Monday, 7 Sunday; minutes count from midnight, EndMinute up to 1440.
type WorkingHours struct{ Weekday, StartMinute, EndMinute int }

// Citizen is what a call tells about the citizen.
type Citizen struct {
	CPR                 CPR
	ContactGroup        int
	PersonCategory      *int
	PersonGroupProjects []uuid.UUID
}

// Caller is who makes a call, as told in its headers, and from where; for the audit trail. The zero value is
// "not told". UserIdentifier may hold a CPR, so only its kind is kept here.
type Caller struct {
	OrganisationType int
	OrganisationCode string
	UserType         int
	// From is where the call came from: the interface, and whose certificate it came with ("soap CVR:12345678"). Not from the headers.
	From string
}

// JobCenter (jobcenter) is a unit that this installation serves, with the choices that its municipality made.
type JobCenter struct {
	Code JobCenterCode
	Name string
	// Reservation is how long a time is held for a citizen; zero means ten minutes.
	Reservation time.Duration
	// WorkingElsewhereBlocks tells whether showAs "workingElsewhere" takes time.
	WorkingElsewhereBlocks bool
	// OutlookMove says what an edit of our event in Outlook does, "restore" or "accept"; OutlookDelete what
	// its deletion does, "restore" or "cancel". Empty means "restore".
	OutlookMove, OutlookDelete string
	// CitizenNameInOutlook tells whether the citizen's name may stand in the case worker's calendar.
	CitizenNameInOutlook bool
}

// WithDefaults fills in what is not chosen.
func (c JobCenter) WithDefaults() JobCenter {
	if c.Reservation == 0 {
		c.Reservation = 10 * time.Minute
	}
	if c.OutlookMove == "" {
		c.OutlookMove = "restore"
	}
	if c.OutlookDelete == "" {
		c.OutlookDelete = "restore"
	}
	return c
}

// Name is the case worker's whole name.
func (w CaseWorker) Name() string {
	return strings.Join(strings.Fields(w.GivenName+" "+w.MiddleName+" "+w.Surname), " ")
}
