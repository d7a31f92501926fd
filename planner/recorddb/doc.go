// Package recorddb looks after what is written down: it proves that the audit trail is whole, tells a citizen's part of it, lets
// go of what is past its time, and seals CPR numbers anew when their key changes.
//
// # The chain
//
// audit_entry is written by many transactions at once. A chain made within them would let one booking wait for another, so it
// is made afterwards: Link, at every tick, takes entries whose transaction and all older ones have ended (no entry can appear before them any
// more that an earlier run should have seen) and adds a link for each. A link holds SHA-256 of the entry's content, and SHA-256 of that, its own
// number, the entry's, and the link before. One process links at a time (the row of audit_chain is its lock), in one transaction: a
// process that is killed leaves nothing half done.
//
// Verify computes all of it again and names the first link that does not hold. What it cannot see is a chain whose end was cut
// off, or that was made anew from some link on by somebody with the database's superuser; for that the head is told to the log once a day, which is kept
// elsewhere, and Verify takes such a head to look for. An entry is bound by the chain from the first tick after its commit.
//
// # Retention
//
// Each kind of data has a period, after which Retain deletes it, in transactions of a bounded number of rows, and writes into
// the audit trail how many of which kind. An entry of the trail goes by itself; its link stays, with the hash of the content, so that the
// chain holds. Verify accepts that an entry is gone if retention has written, in the chain, that it let go of entries as old as that.
//
// What others need stays: a booking goes when its meeting is long over, with everything that hangs on it, and not while DFDG has
// yet to be told of it; entries of the trail go when their booking has.
//
// # Keys
//
// Reseal takes rows sealed with an old key, a bounded number at a time, and seals them with the current one. Which columns are sealed is asked of the
// database: a bytea whose name ends in _sealed, by the Vault if it is called body_sealed, else as a CPR number.
package recorddb
