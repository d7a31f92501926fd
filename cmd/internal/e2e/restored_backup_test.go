package e2e

import (
	"testing"

	"github.com/google/uuid"
)

// A database that was restored to before a booking was told to Outlook: the event is there, the row that knows it
// is not. Nothing in Outlook may be deleted, and no second event made.
func TestARestoredBackupMakesNoDuplicateAndDeletesNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	option, start := w.freeTime(0)
	id := uuid.New()
	w.must(w.citizen(0).Book(w.ctx, id, option, uuid.Nil, start, ""))
	w.standsAt(0, id, start)
	w.must(w.Quiet(w.ctx))
	before, err := w.Graph.Events(w.People[0].ObjectID)
	w.must(err)

	// What the backup knew: the booking, and that it is to be told to Outlook.
	for _, sql := range []string{
		`update outlook_event set event_id = null, etag = null, base_fingerprint = null, transaction_id = null, create_body = null, pending_since = now()`,
		`update mailbox set delta_link = null, wanted_generation = wanted_generation + 1`,
	} {
		if _, err := w.Pool.Exec(w.ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	var box int64
	w.must(w.Pool.QueryRow(w.ctx, `select id from mailbox`).Scan(&box))
	w.must(w.Parts.Sync.Wake(w.ctx, box))
	w.standsAt(0, id, start)
	w.must(w.Quiet(w.ctx))
	after, err := w.Graph.Events(w.People[0].ObjectID)
	w.must(err)
	if len(after) != len(before) {
		t.Fatalf("%d events before, %d after", len(before), len(after))
	}
	if w.blockedAt(0, start) {
		t.Error("our own event blocks as somebody else's")
	}

	// A backup from before the booking: Outlook's event is a stranger then, and blocks; it is not deleted.
	for _, sql := range []string{`delete from outlook_event`, `delete from held_time`, `delete from booking`, `update mailbox set delta_link = null`} {
		if _, err := w.Pool.Exec(w.ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	w.must(w.Parts.Sync.Wake(w.ctx, box))
	w.eventually("the event blocks as somebody's", func() bool { return w.blockedAt(0, start) })
	w.must(w.Quiet(w.ctx))
	if n := w.stamped(0, id); n != 1 {
		t.Fatalf("%d events left of a booking that the backup does not know, want 1: it may be a citizen's appointment", n)
	}
}
