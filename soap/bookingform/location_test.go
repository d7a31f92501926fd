package bookingform

import (
	"testing"

	"kommunalplanner.example/planner"
)

func TestAnAddressWithoutAFormInTheContractIsToldInWords(t *testing.T) {
	l := Location(planner.Location{Description: "Indgang B", Address: &planner.Address{StreetName: "Gl. Kongevej", Building: "1-3", Floor: "2.", Suite: "tv", PostCode: "1610", District: "København V"}})
	if l.AddressPostal != nil || *l.InterviewLocationDescription != "Indgang B, Gl. Kongevej 1-3, 2. tv, 1610 København V" {
		t.Errorf("%+v, %s", l.AddressPostal, *l.InterviewLocationDescription)
	}
	l = Location(planner.Location{Address: &planner.Address{StreetName: "Gl. Kongevej", Building: "1 b", Floor: "2.", PostCode: "1610", District: "København V"}})
	if a := l.AddressPostal; a == nil || a.StreetBuildingIdentifier != "1B" || *a.FloorIdentifier != "2" || l.InterviewLocationDescription != nil {
		t.Errorf("%+v", l)
	}
	if Location(planner.Location{}) != nil {
		t.Error("an empty location is told")
	}
}
