package planner

import "github.com/google/uuid"

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

// Caller is who makes a call, as told in its headers; for the audit trail. The zero value is
// "not told". UserIdentifier may hold a CPR, so only its kind is kept here.
type Caller struct {
	OrganisationType int
	OrganisationCode string
	UserType         int
}
