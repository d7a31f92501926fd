// Package plannerdb keeps the planner's meetings in Postgres: it answers who is free, reserves,
// books, moves and cancels. It answers from Postgres alone.
//
// # Questions
//
// A question is one batch in one read-only transaction of one snapshot, so that hours, blocks and
// meetings belong together. What is free is decided by planner.Search in this process; SQL only fetches.
// A case worker is offered when active and their calendar is known: their mailbox has been read
// whole at least once and is in state active or held. One without a mailbox is offered too, on hours
// and our own meetings alone, since a municipality may run without sync for someone (Kommuneklient, or no Outlook).
// A mailbox that is denied, missing or paused takes its owner out of the answers: old blocks are no knowledge. It does not
// matter for one on whom a Kommuneklient's word counts (calendar_source). One whose mailbox was last read longer ago than
// the job centre's limit is withheld likewise. Those who hold an option's meetings are named with it or by a team, and have
// the competences that it wants (view interview_option_holder). WhyNot tells what keeps each of them from being offered.
//
// # Answers from memory
//
// With Options.Keep, what GetSelfbookTimeslots asks is answered from memory (memory.go). An answer still shows every transaction
// that was committed before the question came, whoever made it, as one snapshot saw the database. Nothing is trusted for a time.
//
// Triggers write into calendar_change, in the transaction of each change, whose time or rules it concerns. A look for changes is one
// statement: it tells its own snapshot, the keys that changed in transactions that the last look's snapshot did not see, and the meetings
// of the citizens who ask. What has changed is dropped. So what is still there is as it is in the new snapshot, and what is missing is read in a
// transaction that looks once more first. A question only ever uses a look that began after it came; those that come meanwhile
// share the next one. So a quiet database costs a small statement for several questions, a busy one that and the calendars that changed.
//
// What hangs on the moment is decided for each question: notice and horizon by Search.Starts, which is what answers are told
// apart by; the end of reservations, and of calendars that grow stale, by the moments between which an answer stands. A citizen who has a
// meeting or a reservation there gets an answer of their own, made of the same calendars. Options with rules on numbers, seats or
// rooms, and all that is out of the ordinary (unknown, withdrawn, of another job centre), are asked of Postgres as before.
//
// Snapshots of two servers, or of one that crashed between them, cannot be compared. So looks have a connection of their own, and
// all is forgotten when it ends. PruneChanges leaves a row that makes those forget all who have not looked since. Whoever writes with
// triggers switched off (a restore of data alone) must restart the processes afterwards.
//
// A new table that an answer depends on needs a trigger; TestEveryTableThatIsKeptTellsOfItsChanges takes the tables from the
// queries. A trigger may tell nothing that it had to look up elsewhere: another transaction might be changing just that.
// Bookings read none of this: what they decide on is read from Postgres, and checked under locks.
//
// # Changes
//
// A change is one transaction in two batches: look, then lock, write and check again. A citizen who confirms what is reserved
// needs one, its commit included, since SQL alone decides (BookReserved): a transaction in one round trip. Locks are taken in this order
// everywhere, each transaction taking all it needs of a kind at once, so nobody can wait in a circle:
//
//  1. the citizen (advisory lock by their hash): two requests of one citizen follow one another;
//  2. case workers, by id: every insert into and delete from held_time happens under its case worker's lock. The
//     exceptions are expired reservations, in ExpireReservations and in rooms: what is locked is skipped;
//  3. mailboxes, by the CalendarOutbox.
//
// What a change decided on is checked again under the lock by the statement that takes the time. If it was lost
// meanwhile, the change starts over and looks for the next case worker, until nobody is free. The exclusion
// constraint is never hit on this path; it is there for the day when this comment is wrong.
//
// Whoever takes a room takes it last, with the case worker locked; rooms have an exclusion constraint of their own and no
// lock, so that two case workers' meetings race for the last one only there, and the loser looks again. Each
// transaction takes at most one, and waits for nothing after it that another may hold. Seats of a group meeting share
// their time without exclusion: the case worker's lock keeps all else away, and numbers of seats keep any from being
// given twice. Room and seat hang on the held time: confirming keeps them, and what deletes it frees them.
// Limits per day are counted again under the lock. If Options.Live is set (sync/mailbox.Live), the calendar of the case worker chosen is looked
// into before free time is taken; no transaction is open meanwhile.
//
// # Promises
//
// A live reservation is a promise: it becomes a booking even when the counsellor's calendar has filled meanwhile, and even
// when the notice has run out. It never gives way to another's. Each citizen has at most one.
// A repeated request gets the receipt of the first. It is known by a fingerprint of what it asks for; the
// reservation is no part of that, since a caller who tries again may have had to reserve again.
package plannerdb
