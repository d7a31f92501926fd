package bookingform

import (
	"strings"

	"kommunalplanner.example/soap/wire/booking"
)

// Telephone gives the first number that the contract has a form for, blanks and hyphens taken out.
func Telephone(numbers ...string) *booking.TelephoneNumberIdentifierType {
	for _, n := range numbers {
		if t := booking.TelephoneNumberIdentifierType(strings.NewReplacer(" ", "", "-", "").Replace(n)); t.Conforms() {
			return &t
		}
	}
	return nil
}

// Email gives the first address that the contract has a form for.
func Email(addresses ...string) *booking.EmailAddressIdentifierType {
	for _, a := range addresses {
		if e := booking.EmailAddressIdentifierType(strings.TrimSpace(a)); e.Conforms() {
			return &e
		}
	}
	return nil
}
