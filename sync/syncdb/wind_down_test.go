package syncdb_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/syncdb"
)

func TestTheMailboxOfOneWhoLeftIsPausedWhenNothingIsLeftToDoInIt(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	s := syncdb.New(pool, &queue{}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`insert into job_center (code, name) values ('10100', 'Prøveby')`)
	add := func(name string, active bool, lastDay any, state string) (worker uuid.UUID, box int64) {
		t.Helper()
		worker = uuid.New()
		exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email, active, last_day) values ($1, '10100', $2, 'A', 'B', $2 || '@k.dk', $3, $4)`, worker, name, active, lastDay)
		box, err := s.AddMailbox(t.Context(), worker, "user-"+name, name+"@k.dk")
		if err != nil {
			t.Fatal(err)
		}
		exec(`update mailbox set state = $2 where id = $1`, box, state)
		return worker, box
	}
	yesterday, today := noon.AddDate(0, 0, -1), noon
	add("idle", false, yesterday, "active")
	busy, busyBox := add("busy", false, yesterday, "active")
	booking := uuid.New()
	exec(`insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
		values ($1, '10100', '\x01', '\x01', $2, $3, $4, 1, 'x', 'self', '\x01', $3, $3)`, booking, busy, noon.Add(time.Hour), noon.Add(2*time.Hour))
	add("locked", false, yesterday, "denied")
	add("last day", true, today, "active")
	add("retired by hand", false, nil, "active")
	wind := func(want int64) {
		t.Helper()
		if n, err := s.WindDown(t.Context(), noon); n != want || err != nil {
			t.Errorf("%d paused, %v, want %d", n, err, want)
		}
	}
	wind(2)
	wind(0)
	// The meeting goes to somebody else: its event must still be taken out of the old mailbox.
	exec(`insert into outlook_event (booking_id, mailbox_id, pending_since) values ($1, $2, $3)`, booking, busyBox, noon)
	exec(`update booking set status = 'cancelled'`)
	wind(0)
	exec(`update outlook_event set pending_since = null`)
	wind(1)
	var audited int
	if err := pool.QueryRow(t.Context(), `select count(*) from audit_entry where actor = 'system' and action = 'mailbox:pause' and reason = 'the case worker has left'`).Scan(&audited); err != nil || audited != 3 {
		t.Errorf("%d audit rows, %v", audited, err)
	}
}
