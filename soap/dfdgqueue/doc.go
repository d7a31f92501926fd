// Package dfdgqueue takes in what other systems do with bookings: summonses of the case system become booked time,
// moves and cancellations follow, a citizen's confirmation or excuse is recorded. Exactly once in effect, whatever fails.
//
// # Two halves
//
//	Transport ──▶ Message ──▶ Intake ──▶ Inbox (one transaction: the message's row, its effect, what follows from it)
//
// Intake does not know how a message came. Three transports bring messages:
//
//   - NewQueue: DFDG's own protocol, which we poll. It is called WSRM and is not WS-ReliableMessaging: CreateSequence gives the
//     inventory, each service is called so many times, TerminateSequence deletes, CloseSequence gives back.
//   - NewReliable: standard WS-ReliableMessaging 1.1 and 1.2, where the other side sends to us: an http.Handler that is a destination.
//   - NewPushed: pushed notices (WSB), which replaced the queue in 2025: an http.Handler that stores them, and a transport
//     that fetches what they speak of.
//
// # Exactly once
//
// The row keyed by MessageIdentifier and the effect commit together. Only then is the sender told that it may forget:
// TerminateSequence after the last commit, an acknowledgement after the message's commit, HTTP 202 after the notice's.
// What comes again finds its row. A transfer that was left open by a run that died is closed before the next begins.
//
// A fetch whose answer was lost is repeated only because the answer's Sequence header tells the number: without the
// header nobody could say whether the repeat gave the same message or the next, and the whole transfer is given back.
//
// # Order
//
// There is none across messages (the inventory is by service, deliveries repeat). Of two messages about one booking the
// one queued later counts, by DFDG's clock; of equal ones the one with the greater id, so that every order of arrival ends in the same
// state. Decide holds the rules; it is a pure function.
//
// # What cannot be understood
//
// It is stored whole and sealed, shown to a person with a reason, and counts as received: it must not stop the queue.
// So is a summons for a case worker whom we do not know; Retry takes it up again.
package dfdgqueue
