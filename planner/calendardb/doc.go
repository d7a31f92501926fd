// Package calendardb keeps in Postgres what Kommuneklients tell of counsellors' calendars, and whose word
// counts on each: it is the Store of package externalcalendar.
//
// # One source at a time
//
// A case worker's other time is known from Graph or from a Kommuneklient (table calendar_source). One who has
// neither a mailbox nor a row belongs to the first Kommuneklient that tells of them, so that one in the field
// can be pointed at us without anything being set up here. One with a mailbox is Graph's until a person says otherwise; the
// Kommuneklient is then told that it is not listened to (receipt 5) and not asked for that calendar (GetResources).
//
// # A switch has no gap
//
// During a switch both are heard and the blocks of both count: too much is blocked for a while, never too little.
//
//   - To Graph: over when a full round commits that began after the switch was asked for and after the Kommuneklient's
//     last word; its blocks go in that round's transaction (sync/syncdb, query TakeOver).
//   - To the Kommuneklient: it never says that it has told everything. Over when it has compared (GetEvents) since, has been
//     silent for a quarter of an hour, and has told what Graph knows: of the blocks within its reach at most max(10, 20 %)
//     may be missing, the same brake as for rounds. A person may end it earlier.
//
// A Kommuneklient never tells of what starts today, and not of what is more than three months away. Graph's blocks there stay until its
// word reaches them (Prune), or until they have passed.
//
// # What a word does
//
// One call is one transaction. Calls about one calendar follow one another by the lock on its row in calendar_source.
// Of an appointment, the time and the identifier are kept, nothing else. An appointment that is unknown and has just the
// time of a meeting that we put into that calendar is that meeting (receipt 13): the client sends iCalUId, which
// Graph's ids do not tell. Should it be a private one after all, the meeting blocks the time as long as it stands, and the
// client's daily comparison tells of it again afterwards.
//
// # Lock order
//
// case_worker, mailbox, calendar_source. Tell locks only the last, by id.
package calendardb
