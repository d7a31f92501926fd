package translate

import "github.com/google/uuid"

// Stamp is what our event of a booking carries so that it can be known again when its id is lost.
func Stamp(booking uuid.UUID) string { return booking.String() }
