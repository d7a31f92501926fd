package planner

import (
	"slices"

	"github.com/google/uuid"
)

// Role is what an employee is to the planner; one may have several.
type Role string

// The roles.
const (
	RoleAdministrator Role = "administrator" // looks after calendars, queues and accounts
	RoleSummoner      Role = "summoner"      // indkalder: calls citizens in
	RoleReader        Role = "reader"        // looks at calendars and meetings
)

// Permission is something that not everybody who is signed in may do. The zero value is given to nobody.
type Permission int

// The permissions. Which roles give them is in Staff.May.
const (
	MaySee         Permission = iota + 1 // calendars and meetings; citizens are masked
	MaySeeCitizens                       // a citizen's name and number
	MaySummon                            // book, move and cancel for a citizen
	MayPlan                              // options, their rules and templates, case workers and their hours
	MayAdminister                        // the health of calendars, DFDG, the queue, accounts
)

var permissionsOf = map[Role][]Permission{
	RoleAdministrator: {MaySee, MayPlan, MayAdminister},
	RoleSummoner:      {MaySee, MaySeeCitizens, MaySummon, MayPlan},
	RoleReader:        {MaySee},
}

// Staff is an employee with a login.
type Staff struct {
	// ID is zero for the administrator that the settings name (PLANNER_ADMIN_USER), who has no account and every permission.
	ID          uuid.UUID
	Login, Name string
	Roles       []Role
	// JobCenters are those that the employee may act for and look into; AllJobCenters stands for every one, also later ones.
	JobCenters    []JobCenterCode
	AllJobCenters bool
	// From is where the employee came from this time, for the audit trail: pages, interface or command, with an address where
	// one is at hand. It is no part of the account.
	From string
}

// Bootstrap is the administrator that the settings name.
func Bootstrap(login string) Staff {
	return Staff{Login: login, Name: login, Roles: []Role{RoleAdministrator, RoleSummoner}, AllJobCenters: true}
}

// May tells whether one of the roles gives the permission.
func (s Staff) May(p Permission) bool {
	return slices.ContainsFunc(s.Roles, func(r Role) bool { return slices.Contains(permissionsOf[r], p) })
}

// ActsFor tells whether the job centre is one of the employee's.
func (s Staff) ActsFor(jc JobCenterCode) bool {
	return s.AllJobCenters || slices.Contains(s.JobCenters, jc)
}

// Actor is the employee in the audit trail.
func (s Staff) Actor() string {
	if s.ID == uuid.Nil {
		return "admin:" + s.Login
	}
	return "staff:" + s.Login
}
