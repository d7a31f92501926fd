// Package dfdgregister reports to DFDG's BookingService what is booked, moved and cancelled in the planner, so that
// authorities know each other's appointments (BEK 442/2023 § 20: at once after registration; moves and cancellations
// likewise).
//
// # What is reported
//
// What a person did in the planner or in Outlook, whoever made the booking first. Not what a citizen did on Jobnet: DFDG registers
// that itself (hole H17). The outbox decides; its row commits with the change (package dfdgdb).
//
// # One report
//
//	Claim ──▶ was it asked before? ──▶ GetBooking: does DFDG have it so? ──▶ done
//	                 │ no                        │ no
//	                 └──────────▶ Asked ──▶ Create, Update or DeleteBooking ──▶ Finish or Postpone
//
// Reports of one booking go in order, one at a time; of different bookings in any order. Before a call its row says so
// (Asked). When the outcome is not known, because the answer was lost or the program died, the row keeps saying so, and
// the next try first asks DFDG what it has: a booking must not be registered twice, and each change sends the citizen a mail.
//
// Which operation it is depends on what DFDG has, not on what was done here: a move of a booking that DFDG refused
// to create is a creation, and a cancellation of it is nothing at all.
//
// # Refusals
//
// refusals.go says of each of DFDG's numbers whether it is about this booking (kept with the reason and what to do, until a person sends it again or
// settles it), about our set-up (everything waits, slowly), or passing (again, with growing pauses). Nothing is dropped.
package dfdgregister
