package planner

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// InterviewOption (mødetilbud) is a kind of meeting that citizens may book themselves. Codes
// are STAR's code-list numbers, data and never compiled in.
type InterviewOption struct {
	ID                           uuid.UUID
	JobCenter                    JobCenterCode
	InterviewType, InterviewForm int
	ContactTypes                 []int
	Duration, SlotStep           time.Duration
	// Notice is the shortest time from booking to meeting; HorizonDays how far ahead times are offered.
	Notice             time.Duration
	HorizonDays        int
	IsCompulsory       bool
	Title, Description string
	Location           Location
	Phone, Email       string
	// Deadlines before the meeting; nil means not possible.
	RebookingDeadline, CancellationDeadline *time.Duration
	Search                                  SearchRules
	Rules                                   OptionRules
}

// Location is where a meeting is held. Address is nil when it is held nowhere in particular.
type Location struct {
	Description string
	Address     *Address
}

// Address is a Danish postal address, in the contract's parts.
type Address struct{ StreetName, Building, Floor, Suite, PostCode, District string }

// SearchRules say which citizens are shown an option. An empty list admits everybody.
type SearchRules struct {
	ContactGroups, PersonCategories []int
	PersonGroupProjects             []uuid.UUID
}

// Admits tells whether the citizen is shown the option: each list that is not empty must hold
// the citizen's value (for group marks: one of them). A citizen without a category passes only
// an option without category rule.
func (r SearchRules) Admits(c Citizen) bool {
	if len(r.ContactGroups) > 0 && !slices.Contains(r.ContactGroups, c.ContactGroup) {
		return false
	}
	if len(r.PersonCategories) > 0 && (c.PersonCategory == nil || !slices.Contains(r.PersonCategories, *c.PersonCategory)) {
		return false
	}
	if len(r.PersonGroupProjects) > 0 && !slices.ContainsFunc(c.PersonGroupProjects, func(p uuid.UUID) bool {
		return slices.Contains(r.PersonGroupProjects, p)
	}) {
		return false
	}
	return true
}
