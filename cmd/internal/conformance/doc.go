// Package conformance runs every interface of a municipal planner against an installation, ours or another, as DFDG and a Kommuneklient
// would call it, and makes a table of what was expected and what was seen, which a municipality can hand to STAR (EI and E2E tests).
//
// # What is checked
//
// Connection and certificates, the WSDLs with their schemas, the seven operations of ExternalBookingService with the faults
// that they must give, the five of PlannerExternalCalendarService. Checks build on each other: a time that was offered is reserved, booked,
// booked again and moved. One whose ground is missing is not made and says why; that is no pass.
//
// # What it leaves behind
//
// One booking of the test citizen, which no operation of the contract can cancel, in the last of the times offered; with ReadOnly none, and
// the checks that need it are not made. Events in the calendar are deleted again.
//
// # Where the rules come from
//
// Rules that STAR tells are held against the number it tells; rules whose number is not public are held against "a fault of the
// caller's": the reading of both is soap/contract/PROVENANCE.md's. Nothing here reads our program: it knows the contract only.
package conformance
