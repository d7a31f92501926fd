package externalbooking

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// Longest texts of the contract, in characters.
const (
	maxTitle               = 200
	maxDescription         = 2000
	maxLocationDescription = 200
	maxGivenName           = 50
	maxName                = 40 // middle name and surname
)

// clip cuts to so many characters, with an ellipsis where something was lost.
func clip(s string, most int) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

func required[T ~string](s string, most int, otherwise string) T {
	if s = clip(s, most); s == "" {
		s = otherwise
	}
	return T(s)
}

// optional leaves an empty text out.
func optional[T ~string](s string, most int) *T {
	if s = clip(s, most); s == "" {
		return nil
	}
	t := T(s)
	return &t
}

func at(t time.Time) *wire.DateTime {
	w := wire.At(t)
	return &w
}

func toCode(n int) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}

func contactTypes(codes []int) booking.InterviewContactTypeIdentifierCollectionType {
	var c booking.InterviewContactTypeIdentifierCollectionType
	for _, n := range codes {
		c.InterviewContactTypeIdentifier = append(c.InterviewContactTypeIdentifier, toCode(n))
	}
	return c
}

// caseWorkers numbers the case workers from 1, for this one answer.
func caseWorkers(all []planner.CaseWorker) (*booking.CaseWorkerToBookCollectionType, map[uuid.UUID]int32) {
	c := &booking.CaseWorkerToBookCollectionType{CaseWorkerToBook: make([]booking.CaseWorkerToBookType, len(all))}
	number := make(map[uuid.UUID]int32, len(all))
	for i, w := range all {
		number[w.ID] = int32(i + 1)
		c.CaseWorkerToBook[i] = booking.CaseWorkerToBookType{CaseWorkerID: int32(i + 1), Supervisor: supervisor(w)}
	}
	return c, number
}

func supervisor(w planner.CaseWorker) booking.CaseWorkerStructureType {
	return booking.CaseWorkerStructureType{
		CaseWorkerGivenName:  required[booking.PersonGivenNameType](w.GivenName, maxGivenName, "-"),
		CaseWorkerMiddleName: optional[booking.PersonMiddleNameType](w.MiddleName, maxName),
		CaseWorkerSurname:    required[booking.PersonSurnameNameType](w.Surname, maxName, "-"),
		// Never cut: it comes back to us. What is longer, the contract could not have brought.
		CaseWorkerIdentifier: booking.CaseWorkerIdentifierType(w.Identifier),
	}
}

// location gives the address in the contract's form if it has one, else in words.
func location(l planner.Location) *booking.InterviewLocationDetailType {
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
	d.InterviewLocationDescription = optional[booking.InterviewLocationDescriptionType](strings.Join(words, ", "), maxLocationDescription)
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

// telephone gives the first number that the contract has a form for, blanks and hyphens taken out.
func telephone(numbers ...string) *booking.TelephoneNumberIdentifierType {
	for _, n := range numbers {
		if t := booking.TelephoneNumberIdentifierType(strings.NewReplacer(" ", "", "-", "").Replace(n)); t.Conforms() {
			return &t
		}
	}
	return nil
}

func email(addresses ...string) *booking.EmailAddressIdentifierType {
	for _, a := range addresses {
		if e := booking.EmailAddressIdentifierType(strings.TrimSpace(a)); e.Conforms() {
			return &e
		}
	}
	return nil
}
