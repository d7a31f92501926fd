package roster

import (
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Team is a group of a job centre's case workers; it holds options' meetings as one.
type Team struct {
	ID        uuid.UUID             `json:"id"`
	JobCenter planner.JobCenterCode `json:"jobCenter"`
	Name      string                `json:"name"`
	Members   []uuid.UUID           `json:"members"`
}

// Checked is the team tidied, and what is wrong with it.
func (t Team) Checked() (Team, Faults) {
	t.Name = strings.TrimSpace(t.Name)
	t.Members = idSet(t.Members)
	var f Faults
	f.text("name", t.Name, 1, 200)
	return t, f
}

// Room is one of a job centre's rooms; one that is not active is given to no new meeting.
type Room struct {
	ID        uuid.UUID             `json:"id"`
	JobCenter planner.JobCenterCode `json:"jobCenter"`
	Name      string                `json:"name"`
	Active    bool                  `json:"active"`
}

// Checked is the room tidied, and what is wrong with it.
func (r Room) Checked() (Room, Faults) {
	r.Name = strings.TrimSpace(r.Name)
	var f Faults
	f.text("name", r.Name, 1, 200)
	return r, f
}
