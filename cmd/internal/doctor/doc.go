// Package doctor proves that an installation can work, before or after it goes live: against Graph, the database, the
// webhook's address and the certificates. It believes no setting that it can try.
//
// # What it does in a mailbox
//
// It reads one day. It makes one event, reads it back, moves it, and deletes it for good: one minute long, at night,
// three years ahead (outside every window that the sync reads), shown as free, with a stamp of its own. Whatever the
// outcome (no answer, a refusal half way, Ctrl-C), what carries the stamp is looked for and deleted at the end, and
// at the start for a doctor that was killed. It makes one subscription that asks for deletions only, which does not
// disturb the one in use, and ends it.
//
// # What a line means
//
// ok: tried and seen. warn: works, but a person should know. fail: will not work, with what to do next; permissions
// are called by the name that the administrator looks for. Nothing private is read or printed.
package doctor
