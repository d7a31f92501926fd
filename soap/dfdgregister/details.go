package dfdgregister

import (
	"strings"
	"time"
	"unicode/utf8"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// Defaults are the codes of a meeting that has no interview option.
type Defaults struct{ InterviewType, InterviewForm int }

// details says of a booking what every summons must carry (BEK 442/2023 § 20), so that DFDG's rules hold for it
// whatever our rows hold: texts are cut to the contract's lengths, numbers and addresses that it has no form for are left out, a
// deadline stands if and only if the thing is possible (8125, 8126, 8127).
func details(r Report, defaults Defaults) booking.BookingDetailsType {
	o := planner.InterviewOption{InterviewType: defaults.InterviewType, InterviewForm: defaults.InterviewForm}
	if r.Option != nil {
		o = *r.Option
	}
	w := r.CaseWorker
	d := booking.BookingDetailsType{
		InterviewTypeIdentifier:        code(o.InterviewType),
		InterviewFormTypeIdentifier:    code(o.InterviewForm),
		InterviewContactTypeIdentifier: code(r.ContactType),
		BookingStartTime:               wire.At(r.Span.Start),
		BookingEndTime:                 wire.At(r.Span.End),
		MeetingTitle:                   booking.MeetingTitleType(required(r.Title, 200, "Møde")),
		MeetingDescription:             optional[booking.MeetingDescriptionType](o.Description, 2000),
		Supervisor: booking.CaseWorkerStructureType{
			CaseWorkerGivenName:  booking.PersonGivenNameType(required(w.GivenName, 50, "-")),
			CaseWorkerMiddleName: optional[booking.PersonMiddleNameType](w.MiddleName, 40),
			CaseWorkerSurname:    booking.PersonSurnameNameType(required(w.Surname, 40, "-")),
			CaseWorkerIdentifier: booking.CaseWorkerIdentifierType(w.Identifier),
		},
		InterviewLocationDetail:   location(o.Location),
		TelephoneNumberIdentifier: telephone(o.Phone, w.Phone),
		EmailAddressIdentifier:    email(o.Email, w.Email),
	}
	rebooking, cancellation := o.Deadlines(r.Span.Start)
	d.RebookingPossible, d.RebookingDeadline = deadline(rebooking)
	d.CancellationPossible, d.CancellationDeadline = deadline(cancellation)
	return d
}

func deadline(t *time.Time) (bool, *wire.DateTime) {
	if t == nil {
		return false, nil
	}
	at := wire.At(*t)
	return true, &at
}

func code(n int) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}

// clip cuts to so many characters.
func clip(s string, most int) string {
	if s = strings.TrimSpace(s); utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

func required(s string, most int, otherwise string) string {
	if s = clip(s, most); s == "" {
		return otherwise
	}
	return s
}

func optional[T ~string](s string, most int) *T {
	if s = clip(s, most); s == "" {
		return nil
	}
	t := T(s)
	return &t
}

// location gives the address in the contract's form if it has one, else in words.
func location(l planner.Location) *booking.InterviewLocationDetailType {
	words := l.Description
	var d booking.InterviewLocationDetailType
	if a := l.Address; a != nil {
		if d.AddressPostal = address(*a); d.AddressPostal == nil {
			street := strings.Join(strings.Fields(a.StreetName+" "+a.Building+" "+a.Floor+" "+a.Suite), " ")
			words = strings.Trim(words+", "+street+", "+strings.TrimSpace(a.PostCode+" "+a.District), ", ")
		}
	}
	d.InterviewLocationDescription = optional[booking.InterviewLocationDescriptionType](words, 200)
	if d.AddressPostal == nil && d.InterviewLocationDescription == nil {
		return nil
	}
	return &d
}

func address(a planner.Address) *booking.AddressPostalType {
	w := &booking.AddressPostalType{
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
	return w
}

// telephone gives the first number that the contract has a form for.
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
