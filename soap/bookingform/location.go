package bookingform

import (
	"strings"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire/booking"
)

// Location gives the address in the contract's form if it has one, else in words.
func Location(l planner.Location) *booking.InterviewLocationDetailType {
	words := []string{}
	if l.Description != "" {
		words = append(words, l.Description)
	}
	var d booking.InterviewLocationDetailType
	if l.Address != nil {
		if d.AddressPostal = address(*l.Address); d.AddressPostal == nil {
			words = append(words, inWords(*l.Address))
		}
	}
	d.InterviewLocationDescription = Optional[booking.InterviewLocationDescriptionType](strings.Join(words, ", "), maxLocationDescription)
	if d.AddressPostal == nil && d.InterviewLocationDescription == nil {
		return nil
	}
	return &d
}

// address is nil when the contract has no form for it.
func address(a planner.Address) *booking.AddressPostalType {
	w := booking.AddressPostalType{
		StreetName:               booking.StreetNameType(a.StreetName),
		StreetBuildingIdentifier: booking.StreetBuildingIdentifierType(strings.ToUpper(strings.ReplaceAll(a.Building, " ", ""))),
		PostCodeIdentifier:       booking.PostCodeIdentifierType(a.PostCode),
		DistrictName:             booking.DistrictNameType(a.District),
	}
	fits := w.StreetName.Conforms() && w.StreetBuildingIdentifier.Conforms() && w.PostCodeIdentifier.Conforms() && w.DistrictName.Conforms()
	if a.Floor != "" {
		floor := booking.FloorIdentifierType(strings.TrimSuffix(a.Floor, "."))
		w.FloorIdentifier, fits = &floor, fits && floor.Conforms()
	}
	if a.Suite != "" {
		suite := booking.SuiteIdentifierType(a.Suite)
		w.SuiteIdentifier, fits = &suite, fits && suite.Conforms()
	}
	if !fits {
		return nil
	}
	return &w
}

func inWords(a planner.Address) string {
	street := strings.TrimSpace(a.StreetName + " " + a.Building)
	parts := []string{street, strings.TrimSpace(a.Floor + " " + a.Suite), strings.TrimSpace(a.PostCode + " " + a.District)}
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, ", ")
}
