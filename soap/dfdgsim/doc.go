// Package dfdgsim is DFDG as a planner sees it: the queue that it polls, the register that it reports
// to, and the calls that it gets when a citizen books on Jobnet. For tests, the demonstration and conformance runs;
// never in the product.
//
// # Server
//
// One http.Handler holds one register of bookings and one queue per job centre:
//
//	…/3/WsrmService.svc            CreateSequence, CloseSequence, TerminateSequence
//	…/11/WsrmMessageService.svc    GetIndkaldelseVersion1
//	…/1/BookingService.svc         CreateBooking, UpdateBooking, DeleteBooking, GetBooking
//	/control/                      puts bookings of the case system, sets faults, shows what happened
//	/healthz
//
// Every change of the register, whoever makes it, puts a message on the job centre's queue; the planner's own
// come back to it, as in DFDG. The queue follows STAR's description (knowledge of it: soap/contract/PROVENANCE.md):
// CreateSequence takes at most 500 messages and gives their inventory; each message service is called
// MessageCount times; TerminateSequence deletes what was handed over, CloseSequence deletes nothing; while a sequence is
// open another CreateSequence is refused, with the open one's Identifier in the fault's text (proposed: a client that
// never got the Identifier could not close it otherwise).
//
// The register refuses with the numbers that STAR tells (booking error codes). Where only a rule is told and no number,
// the fault has 1100 and the rule as text.
//
// # What is counted
//
// Counts says how often each message was handed over and how often a booking was written into the register, and
// how many of those writes repeated what already stood there: exactly-once tests read these.
//
// # Caller
//
// Caller is DFDG calling ExternalBookingService of a planner, with both headers filled as for a citizen. Jobnet
// walks through what a citizen does: options, times, details, create; and moves a booking likewise. It applies DFDG's validation to
// the answer of GetBookingDetails before it lets the booking through, and registers the booking itself.
package dfdgsim
