// Package rosterdb keeps in Postgres what a municipality sets (package roster): job centres, case workers, teams, rooms,
// options and templates. It never touches a booking.
//
// # A change
//
// Each is one transaction: it takes the roster's advisory lock, then the case workers concerned by id, reads what is stored,
// compares its version with the one that the editor read (ErrStale tells the second of two editors), checks, writes, and adds one
// row to the audit trail with the thing before and after. A change that changes nothing writes nothing.
// The lock makes roster changes follow one another, so that a check ("nobody else has this mail address") holds until the
// commit. Whoever books does not take it: bookings lock case workers only (package plannerdb), which is done here in the same
// order, before anything else that they may lock.
//
// # Leaving
//
// A case worker with a last day is offered up to and with that day. EndDue takes them out of the offers for good when it has
// passed; ToMove lists the meetings that they would have held, which a person moves or cancels. Nothing is cancelled by
// itself. Their mailbox goes on being synced until the last meeting is gone from it, and is then paused (syncdb.WindDown).
//
// # Imports
//
// Import plans (roster.Plan) under the lock and carries the plan out, all or nothing. A dry run is the same transaction, not
// written.
package rosterdb
