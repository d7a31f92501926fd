// Package planner says what a booking is and when a case worker is free. It is
// pure: no I/O, no clock, no logger; instants come in as arguments.
//
// # Glossary
//
// Code uses STAR's English element names; people in Danish screens and texts read
// the Danish words.
//
//	JobCenter (jobcenter)          the unit a citizen belongs to; JobCenterCode has five digits
//	CaseWorker (vejleder)          holds meetings; "counsellor" in prose; CaseWorkerIdentifier is opaque
//	Citizen (borger)               known by CPR, PersonCivilRegistrationIdentifier
//	InterviewOption (mødetilbud)   a kind of meeting that citizens may book themselves, with search rules
//	Timeslot (mødetidspunkt)       a start at which a meeting may be booked, and with whom
//	Reservation (reservation)      a time held while the citizen confirms; ReservedTimeslotIdentifier
//	Booking (booking)              a meeting; BookingIdentifier
//	HeldTime                       a span we have handed out: reservation or booking
//	BusyBlock (optaget tid)        a span in which the counsellor is busy with something that is not ours
//	Origin (ophav)                 who made a booking: self (citizen), planner (summoner), kss (case system)
//	Summoner (indkalder)           municipal employee who calls citizens in
//	KSS                            kommunalt sagsbehandlingssystem, the municipality's case system
//	DFDG                           det fælles datagrundlag, STAR's data hub, our caller
//
// On Microsoft's side Graph's words are used: mailbox, event, showAs, delta link, subscription.
//
// # Time
//
// Spans are half-open [Start, End). Rules of the working week are Danish wall clock
// (Europe/Copenhagen); everything else is an instant.
package planner
