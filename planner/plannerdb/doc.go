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
// # Changes
//
// A change is one transaction in two batches: look, then lock, write and check again. Locks are taken in this order
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
// Limits per day are counted again under the lock. If Options.Live is set, the calendar of the case worker chosen is looked
// into before free time is taken; no transaction is open meanwhile.
//
// # Promises
//
// A live reservation is a promise: it becomes a booking even when the counsellor's calendar has filled meanwhile, and even
// when the notice has run out. It never gives way to another's. Each citizen has at most one.
// A repeated request gets the receipt of the first. It is known by a fingerprint of what it asks for; the
// reservation is no part of that, since a caller who tries again may have had to reserve again.
package plannerdb
