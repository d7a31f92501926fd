package planner_test

import (
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestEachRoleGivesItsPermissionsAndNoOther(t *testing.T) {
	t.Parallel()
	all := []planner.Permission{planner.MaySee, planner.MaySeeCitizens, planner.MaySummon, planner.MayPlan, planner.MayAdminister}
	for _, c := range []struct {
		roles []planner.Role
		want  [5]bool // in the order of all
	}{
		{nil, [5]bool{}},
		{[]planner.Role{"owner"}, [5]bool{}},
		{[]planner.Role{planner.RoleReader}, [5]bool{true, false, false, false, false}},
		{[]planner.Role{planner.RoleSummoner}, [5]bool{true, true, true, true, false}},
		{[]planner.Role{planner.RoleAdministrator}, [5]bool{true, false, false, true, true}},
		{[]planner.Role{planner.RoleReader, planner.RoleAdministrator}, [5]bool{true, false, false, true, true}},
		{planner.Bootstrap("admin").Roles, [5]bool{true, true, true, true, true}},
	} {
		who := planner.Staff{Roles: c.roles}
		for i, p := range all {
			if who.May(p) != c.want[i] {
				t.Errorf("%v: permission %d is %v", c.roles, p, who.May(p))
			}
		}
		if who.May(0) {
			t.Errorf("%v: the zero permission is given", c.roles)
		}
	}
}

func TestStaffActForTheirJobCentresUnderTheirOwnName(t *testing.T) {
	t.Parallel()
	here := planner.Staff{ID: uuid.New(), Login: "kirsten", JobCenters: []planner.JobCenterCode{"10100"}}
	if !here.ActsFor("10100") || here.ActsFor("10200") || here.ActsFor("") {
		t.Error("acts for the wrong job centres")
	}
	if boss := planner.Bootstrap("admin"); !boss.ActsFor("10200") || boss.Actor() != "admin:admin" {
		t.Errorf("bootstrap %+v", boss)
	}
	if here.Actor() != "staff:kirsten" {
		t.Errorf("actor %q", here.Actor())
	}
}
