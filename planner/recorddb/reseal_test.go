package recorddb_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
	"kommunalplanner.example/soap/dfdgdb"
)

// sealers have keys of these numbers, of which the first seals.
func sealers(t *testing.T, numbers ...byte) (*plannerdb.Sealer, *dfdgdb.Vault) {
	t.Helper()
	keys := map[byte][]byte{}
	for _, n := range numbers {
		keys[n] = bytes.Repeat([]byte{n}, 32)
	}
	s, err := plannerdb.NewSealer(keys, numbers[0], bytes.Repeat([]byte{9}, 32))
	must(t, err)
	v, err := dfdgdb.NewVault(keys, numbers[0])
	must(t, err)
	return s, v
}

// keys is what Keys tells, as text.
func (w *world) keys() string {
	w.Helper()
	rows, err := w.Keys(w.Context())
	must(w, err)
	out := ""
	for _, r := range rows {
		out += fmt.Sprintf("%s %d:%d ", r.Table, r.Key, r.Rows)
	}
	return out
}

func (w *world) with(s *plannerdb.Sealer, v *dfdgdb.Vault) {
	w.Store = recorddb.New(w.pool, recorddb.Options{Hasher: s, CPR: s, Messages: v, Now: w.clock.Now})
}

func TestEverythingThatOlderKeysSealedIsSealedAnewAndSaysTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	citizen := cpr(t, "0101901234")
	one, vaultOne := sealers(t, 1)
	two, _ := sealers(t, 2)
	three, vaultThree := sealers(t, 3, 1)
	w.book(citizen, 26)
	const many = 1100
	for range many {
		w.exec(`insert into dfdg_notice (id, job_center_code, booking_id, change_type, citizen_sealed, received_at) values (gen_random_uuid(), '10100', gen_random_uuid(), 1, $1, now())`, one.Seal(citizen))
	}
	w.exec(`insert into dfdg_inbox (message_id, job_center_code, transport, service, queued_at, received_at, state, body_sealed) values (gen_random_uuid(), '10100', 'queue', 's', now(), now(), 'waiting', $1)`, vaultOne.Seal([]byte("a message")))
	deadline := func(kind int, sealed []byte) {
		w.exec(`insert into citizen_deadline (job_center_code, citizen_hash, citizen_sealed, interview_type, book_by, hold_by, source, updated_at) values ('10100', $1, $2, $3, now(), now(), 'csv', now())`, one.Hash(citizen), sealed, kind)
	}
	deadline(1, one.Seal(citizen))
	deadline(2, two.Seal(citizen)) // with a key that is lost
	deadline(3, three.Seal(citizen))
	batch := uuid.New()
	w.exec(`insert into summons_batch (id, job_center_code, interview_option_id, from_at, to_at, spread_over_days, case_workers, made_at, made_by, planned_at) values ($1, '10100', $2, now(), now() + interval '1 day', true, array[$3::uuid], now(), 'k', now())`, batch, w.option.ID, w.anna.ID)
	w.exec(`insert into summons_line (batch_id, number, booking_id, citizen_hash, citizen_sealed, state) values ($1, 1, $1, $2, $3, 'unplaced'), ($1, 2, $1, null, null, 'refused')`, batch, one.Hash(citizen), one.Seal(citizen))

	// Somebody changes the booking meanwhile: it is left to the next run.
	tx, err := w.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `update booking set title = title`)
	must(t, err)
	w.with(three, vaultThree)
	if want := "booking 1:1 citizen_deadline 1:1 citizen_deadline 2:1 citizen_deadline 3:1 dfdg_inbox 1:1 dfdg_notice 1:1100 summons_line 1:1 "; w.keys() != want {
		t.Fatalf("%s, want %s", w.keys(), want)
	}
	reseal := func(rows, unreadable int64) {
		t.Helper()
		if got, err := w.Reseal(t.Context()); err != nil || got != (recorddb.Resealed{Rows: rows, Unreadable: unreadable}) {
			t.Errorf("%+v %v", got, err)
		}
	}
	reseal(many+3, 1)
	must(t, tx.Rollback(t.Context()))
	reseal(1, 1)
	reseal(0, 1)
	if want := "booking 3:1 citizen_deadline 2:1 citizen_deadline 3:2 dfdg_inbox 3:1 dfdg_notice 3:1100 summons_line 3:1 "; w.keys() != want {
		t.Errorf("%s, want %s", w.keys(), want)
	}
	onlyThree, vaultOnlyThree := sealers(t, 3)
	rows, err := w.pool.Query(t.Context(), `select citizen_sealed from booking union all select citizen_sealed from dfdg_notice union all select citizen_sealed from summons_line where number = 1 union all select citizen_sealed from citizen_deadline where interview_type <> 2`)
	must(t, err)
	n := 0
	for rows.Next() {
		var sealed []byte
		must(t, rows.Scan(&sealed))
		if got, err := onlyThree.Open(sealed); err != nil || got != citizen {
			t.Fatal(err)
		}
		n++
	}
	if must(t, rows.Err()); n != many+4 {
		t.Errorf("%d rows", n)
	}
	var body []byte
	must(t, w.pool.QueryRow(t.Context(), `select body_sealed from dfdg_inbox`).Scan(&body))
	if text, err := vaultOnlyThree.Open(body); err != nil || string(text) != "a message" {
		t.Errorf("%s %v", text, err)
	}

	// A process that still seals with the old key can read all, and undoes nothing.
	w.with(sealers(t, 1, 3))
	reseal(0, 0)
}

func TestKeysAreLookedAtOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with(sealers(t, 1))
	due := func(want bool) {
		t.Helper()
		if got, err := w.KeysDue(t.Context()); err != nil || got != want {
			t.Errorf("%v %v", got, err)
		}
	}
	due(true)
	_, err := w.Reseal(t.Context())
	must(t, err)
	due(false)
	w.clock.advance(24 * time.Hour)
	due(true)
}
