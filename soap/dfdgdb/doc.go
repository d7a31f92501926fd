// Package dfdgdb keeps in Postgres what passes between DFDG and the planner: the inbox with its effects, pollers,
// pushed notices and sequences for package dfdgqueue; the outbox of reports for package dfdgregister.
//
// # Effects
//
// A summons' effect is written here and not in plannerdb, because it belongs into the transaction of the message's
// row, and because its rules are others: time that was agreed elsewhere is stored even when it overlaps. Exclusive when it was
// free, so that nobody is offered it; else beside what is there, flagged for a person. It has no interview option, so
// that a citizen can never move it here.
//
// Locks are taken in plannerdb's order: the citizen's advisory lock, case workers by id, then rows; mailboxes last, by
// Calendars. The citizen's lock is what makes "read what is known, decide, write" one step, for messages and for bookings.
//
// # Reports
//
// BookingChangedTx has the signature of plannerdb's CalendarOutbox. It adds a report in the transaction of the booking's
// change, unless a citizen's call through DFDG made it: DFDG registers those itself (hole H17). Who made it is read
// from the audit trail, which the same transaction has written.
//
// # People
//
// What waits for a person (admin.go) is read and settled, and a report is sent again, in one statement together with its row in the audit
// trail, so that no page can do the one without the other. A message is taken up again by Intake, right after AuditRetry.
//
// # Secrets
//
// CPR numbers are sealed by plannerdb's Sealer. Messages that wait for a person are stored whole, sealed by a Vault with
// keys derived from the same ones. Nothing else of a message is kept than ids, times and a code.
package dfdgdb
