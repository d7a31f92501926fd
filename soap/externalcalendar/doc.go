// Package externalcalendar answers STAR's Kommuneklient (PlannerExternalCalendarService v1), which pushes
// counsellors' private appointments from an Exchange calendar, so that the Kommuneklients still out there
// can be pointed at us unchanged.
//
// # What the client is like
//
// It was run and read; the rules below are its, and the golden tests are requests that it sent.
//
//   - An event is known by (mail, OriginSystemIdentifier) alone: the client never sends the two guids. Mail
//     ignores case, the identifier does not; two mailboxes may hold the same one.
//   - Receipts are paired by position: one per event, in order, with the same OriginSystemIdentifier.
//   - 8 (already there) makes it send the event again as an update, 10 (not there) as a create, 13 (our own
//     appointment) leave it alone for good; 15 and 16 try the same again; all other codes are final.
//     A fault makes it try again only without FaultDetails, hence PlainServerFaults.
//   - What it misses in GetEvents it creates again, what it does not know there it deletes. So GetEvents
//     gives what Kommuneklients told and nothing else, without a page limit, times as they came.
//   - Times come without offset as Danish wall clock, and must never go back as "Z".
//   - A resource twice with one mail, and it drops both; weekdays beyond 5 it cannot read.
//
// # Receipt codes
//
// Of 0 to 16 only 0, 8, 10, 13, 15 and 16 are told by the client's behaviour; the rest are ours (H7):
// 1 unknown mailbox, 2 end before start, 3 identifier missing or too long, 5 mailbox synchronised in another way,
// 12 too many events in one call. Trouble of ours is a fault and not 15, as then nothing was done.
package externalcalendar
