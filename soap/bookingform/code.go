package bookingform

import "kommunalplanner.example/soap/wire/booking"

// Code is an entry of one of STAR's code lists.
func Code(n int) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}
