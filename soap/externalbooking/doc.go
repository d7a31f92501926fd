// Package externalbooking answers DFDG's booking calls (ExternalBookingService v3): what a citizen can
// book, with whom and when; reserve, book, rebook.
//
// One file per operation, each only a translation: the contract's words to the Planner's and back. The
// rules are the Planner's, XML and faults are package soap's.
//
// # What DFDG checks
//
// DFDG validates our answers, and what GetBookingDetails gives is stored as the summons. So the
// translation back keeps to rules that the schema cannot say (error codes 8125–8127 and BEK 442/2023
// § 20), and never lets an answer break those it can: a text too long is cut, an address or phone
// number that the contract has no form for goes into the description or is left out, and an option
// that cannot be told at all is not offered. A citizen who sees a cut title is better off than one who
// sees "system error".
//
// # Who reports
//
// DFDG registers a self-booking itself when CreateBooking succeeds (H17); nothing is reported from here.
package externalbooking
