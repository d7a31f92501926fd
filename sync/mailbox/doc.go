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
// that the feed does not show it yet (§12.36), and each night one that a counsellor put beyond the window, where the feed tells
// nothing of what becomes of it. For other events it makes no difference: they no longer block.
//
// # Writes
//
// A creation is prepared before it is sent: transaction id and content are committed, and a retry sends
// the same again, so that a lost answer makes no second event (§12.2, 12.3). Our event is known by the
// immutable id that Graph answered, never by its stamp (§12.4).
//
// # A moved mailbox
//
// A mailbox that is moved between tenants, or restored, has other ids throughout (graph.md §12.28). Before anything is written
// because an event of ours cannot be found by its id, the others are looked at; when several are gone (reconcile.Sight, which
// wants most block ids gone as well, or, where none is known, the link dead) the
// calendar is read whole, and those that the feed does not tell to be removed, on from the link we have, are looked for by their
// stamp. One that is found is adopted: new id, same base. The rest is Displaced, stored before anything else happens, and
// left alone by every later run until it is found, or a person decides on the held plan.
//
// Known limits: one event alone is taken for deleted; an event that the counsellor had moved to another calendar is not
// found by its stamp, and held; a creation whose answer was lost just before the move is made again; while what a move lost is
// waited for, an event that alone carries a meeting's stamp is taken for its event, be it a counsellor's copy.
//
// # A held plan
//
// What the brake holds is stored with its items and a number (Held). An approval or rejection names the plan by its content,
// so that a run carries out, or leaves out, just what was seen. While a rejection lasts the rest of each round is
// committed and the delta link stays where it was (Round.Kept).
//
// # When reading fails
//
// The change feed of some mailboxes does not end, or answers 504 (graph.md §1.5). After the guard tripped, or after
// a second round in a row that failed so, the window is read by plain pages in the same run, which is a full
// round without a link; the feed is left alone for 4, 8, 16, 24 hours and then tried again.
//
// What fails both ways, three rounds in a row, is put in quarantine: not read for 10 minutes, 20, … 6 hours, so
// that it holds no worker from the others. Its bookings are written all the same. Only while others are well
// (another mailbox finished a round since this one fell ill): in an outage of Microsoft's nobody is in
// quarantine. A run has a little less time than its job, so that "too slow" is stored like any other failure.
//
// # Requests at once
//
// Graph throttles per mailbox: a 429 pauses the mailbox (mailbox.paused_until, seen by all workers) for as long as
// it says. Should it also count per app, Limiter finds that out: one limit in the database, cut to half of what is
// under way when several mailboxes are refused and one answer in ten is a refusal, raised slowly while it is what
// is waited for. Each process leases a share for 30 seconds, so a request asks the database nothing. Writes pass
// readings that wait; a mailbox has one request at a time, at the very most four. Who was told no time to wait
// waits longer and longer, and each mailbox a little differently, so that they do not come back together.
//
// # A look just before
//
// Live asks Graph for just the span that is about to be taken (one request, no text, within a budget, before all that waits), so that
// an appointment whose notice is late or lost is not booked over. It never makes booking depend on Graph: no answer in time, and what is
// stored must do. A paused mailbox is not asked, and a refusal pauses it for everybody.
//
// # Subscriptions
//
// Subscriber keeps one per mailbox: renewed at half its life; replaced when its secret is 30 days old, when an
// administrator asks, and when another address was announced (the process that started last decides, so that old and
// new do not undo each other's during a deploy). The new one stands before the old one goes, where the tenant allows
// two; the old secret is good for five hours more. Twice an hour all are compared with one list of Graph's: one that
// is missing there is renewed, which tells; one that nobody knows goes at the second sight. A refusal is tried again
// after a minute, two, … an hour.
//
// # Who is kept out
//
// Each run raises the mailbox's epoch; every later transaction of the run checks it under the row lock.
// A run that was stalled and overtaken gets ErrFenced and stops without a further write.
package mailbox
