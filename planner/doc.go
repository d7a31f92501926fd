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
//	HeldPlan (bremset plan)        what a round would free or make again, waiting for an administrator's decision
//	HeldTime                       a span we have handed out: reservation or booking
//	BusyBlock (optaget tid)        a span in which the counsellor is busy with something that is not ours
//	Origin (ophav)                 who made a booking: self (citizen), planner (summoner), kss (case system)
//	BookBy (frist)                 a citizen's deadline for booking a kind of meeting, with the last day for holding it
//	Summoner (indkalder)           municipal employee who calls citizens in
//	Staff (medarbejder)            an employee with a login to the pages; a case worker need not be one
//	Roster (bemanding)             what a municipality sets; package roster has its own glossary
//	Summons (indkaldelse)          what tells a citizen to come; BEK 442/2023 § 20 says what it must carry
//	Mass summons                   (masseindkaldelse) a list of citizens who are summoned by one plan; a batch of lines
//	Excuse (afbud)                 a citizen's word that they cannot come; the meeting stays until somebody changes it
//	KSS                            kommunalt sagsbehandlingssystem, the municipality's case system
//	DFDG                           det fælles datagrundlag, STAR's data hub, our caller
//
// On Microsoft's side Graph's words are used: mailbox, event, showAs, delta link, subscription.
//
// # Time
//
// Spans are half-open [Start, End). Rules of the working week are Danish wall clock
// (Europe/Copenhagen); everything else is an instant.
//
// # What is free
//
// Search holds all that an answer depends on. Slots, Ends and Obstacles are three views of one set of rules:
//
//   - A start lies on the option's SlotStep counted from Danish midnight, not from the start of anybody's hours, so
//     that the starts of different case workers coincide and can be offered as one.
//   - The whole meeting lies within one stretch of working hours; stretches that touch are one, over midnight
//     too. Hours given for a date stand in for the weekly ones; on the job centre's closing days nobody has any, nor
//     has a case worker after their last day. Working time is what a Danish clock shows: the hour that is repeated when summer time ends counts twice.
//   - The start is not before now plus Notice, and on one of the HorizonDays Danish days after today, or today.
//   - The whole meeting lies within the interval asked about, and overlaps neither a busy block, nor a held time,
//     nor another meeting of the citizen.
//   - Around the meeting the option's buffers are free of busy and held time, wherever the working hours end.
//   - The case worker has fewer held times that Danish day than there may be, of all kinds and of the option.
//   - At least one of the option's contact types is possible: the case worker's rules of that weekday name it, and a room
//     of the job centre is free if it needs one. The answer says which are.
//   - A group meeting that has begun to fill is offered as long as it has seats, to who is free then, in its contact type. Whatever
//     would have kept it from being made does not matter any more.
//   - Case workers come with the preferred one first, then with the fewest held times that Danish day, then (if the job
//     centre wants it) that week, then by identifier. Who cannot be met alike stands in slots apart.
//
// Obstacles lists every rule broken, with the times in the way and nothing else of them.
//
// Slots makes one pass over each case worker's hours, taken time and the grid of starts; a test compares it with a
// walk through every minute, on the nights when clocks change too.
package planner
