// Package mailbox brings one mailbox in step with the Planner: push what changed here, pull what
// changed there, decide, commit, push what was decided.
//
// # One run
//
//	Begin ─▶ push pending ─▶ read a round ─▶ plan ─▶ commit ─▶ push what the plan asks for
//	 │                         │               │        │
//	 │ raises the epoch        │ delta pages   │ pure   │ one transaction: blocks, base versions,
//	 │ (fencing)               │ to the end    │        │ reasons, delta link, as-of
//
// Nothing is written locally before the round was read to its end, so a round that stops half way
// changes nothing (DESIGN rule 2, 11). The delta link is committed with what it led to, never before
// (rule 5). Decisions that need a write at Graph are committed as "pending" first and carried out
// after; a crash between finds them pending again.
//
// # Rounds
//
// A full round reads the whole window [start of yesterday, +7 months) without a link. An incremental
// one follows the delta link. Anything about a recurring series in an incremental round starts a full
// round at once, since Graph does not report deleted occurrences (graph.md §1.3): the set of the series
// must be compared whole.
//
// A tombstone, or absence from a full round, says "deleted, moved out of the window, or moved to another
// calendar" (graph.md §1.2, §12.40). For an event of ours that difference decides over a citizen's
// appointment, so it is asked for by id before it counts as deleted; that also covers an event so young
// that the feed does not show it yet (§12.36). For other events it makes no difference: they no longer
// block.
//
// # Writes
//
// A creation is prepared before it is sent: transaction id and content are committed, and a retry sends
// the same again, so that a lost answer makes no second event (§12.2, 12.3). Our event is known by the
// immutable id that Graph answered, never by its stamp (§12.4).
//
// # Who is kept out
//
// Each run raises the mailbox's epoch; every later transaction of the run checks it under the row lock.
// A run that was stalled and overtaken gets ErrFenced and stops without a further write.
package mailbox
