package recorddb_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb"
)

const day = 24 * time.Hour

// due is how many rows of a kind are past their time.
func (w *world) due(kind string) int64 {
	w.Helper()
	all, err := w.Due(w.Context())
	must(w, err)
	i := slices.IndexFunc(all, func(d recorddb.Due) bool { return d.Kind.Name == kind })
	return all[i].Rows
}

// retain wants a dry run to tell what a run then does, which is written into the trail once.
func (w *world) retain(kind string, want int64) {
	w.Helper()
	if n := w.due(kind); n != want {
		w.Errorf("%d %s are past their time, want %d", n, kind, want)
	}
	audited := `select count(*) from audit_entry where action = 'retention' and reason = $1 and actor = 'system' and came_from = 'clock'`
	before := w.count(audited, kind)
	n, err := w.Retain(w.Context(), kind, "clock")
	must(w, err)
	if n != want || w.due(kind) != 0 {
		w.Errorf("%d %s went, want %d", n, kind, want)
	}
	if got := w.count(audited, kind) - before; want > 0 && got != 1 || want == 0 && got != 0 {
		w.Errorf("%d entries of the trail tell of %d %s", got, n, kind)
	}
}

// mailbox gives Anna one, and its id.
func (w *world) mailbox() int {
	return w.count(`insert into mailbox (case_worker_id, graph_user_id, email, state_since, full_round_due_at, next_sweep_at) values ($1, 'u', 'anna@example.dk', now(), now(), now()) returning id`, w.anna.ID)
}

func (w *world) report(booking uuid.UUID, state string) {
	w.exec(`insert into dfdg_report (booking_id, job_center_code, revision, change, case_worker_id, starts_at, ends_at, contact_type, occurred_at, state, next_try_at, ended_at)
		select id, job_center_code, 1, 'created', case_worker_id, starts_at, ends_at, contact_type, created_at, $2, created_at, case when $2 in ('pending', 'refused') then null else created_at end from booking where id = $1`, booking, state)
}

func (w *world) message(booking uuid.UUID, state string) {
	w.exec(`insert into dfdg_inbox (message_id, job_center_code, transport, service, booking_id, queued_at, received_at, state, body_sealed)
		values (gen_random_uuid(), '10100', 'queue', 's', $1, $2, $2, $3, case when $3 = 'waiting' then 'x'::bytea end)`, booking, w.clock.Now(), state)
}

func TestBookingsLongOverGoWithAllThatHangsOnThemAndNothingThatIsStillNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	citizen := cpr(t, "0101901234")
	mailbox := w.mailbox()
	w.exec(`update mailbox set state = 'active', as_of = $1`, w.clock.Now())
	gone := w.book(citizen, 25)
	unsent, waits, refused := w.book(citizen, 26), w.book(citizen, 27), w.book(citizen, 28)
	w.report(gone, "sent")
	w.report(unsent, "pending")
	w.report(refused, "refused")
	w.message(waits, "waiting")
	w.message(gone, "applied")
	w.exec(`insert into outlook_event (booking_id, mailbox_id, event_id) values ($1, $2, 'e')`, gone, mailbox)
	w.exec(`insert into retired_event (mailbox_id, event_id, booking_id, retired_at) values ($2, 'r', $1, now())`, gone, mailbox)
	w.exec(`insert into dfdg_booking (booking_id, newest_at, newest_message) values ($1, now(), $1)`, gone)
	w.exec(`insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, title, active) values ($1, '10100', 7, 2, '{1}', 60, 'own', false)`, uuid.UUID{15: 1})
	w.exec(`update booking set interview_option_id = $1 where id = $2`, uuid.UUID{15: 1}, gone)
	w.exec(`insert into own_option (interview_option_id, booking_id) values ($1, $2)`, uuid.UUID{15: 1}, gone)
	w.exec(`insert into booking_excuse (booking_id, revision, received_at, received_by, reason) values ($1, 1, now(), 'K', 'illness')`, gone)
	w.clock.advance(1101 * day)
	w.retain("bookings", 0) // the meeting was a day later than that
	w.exec(`update mailbox set as_of = $1`, w.clock.Now())
	recent := w.book(citizen, 25)
	w.clock.advance(2 * day)
	w.retain("bookings", 1)
	for _, id := range []uuid.UUID{unsent, waits, refused, recent} {
		if w.count(`select count(*) from booking b join held_time h on h.booking_id = b.id where b.id = $1`, id) != 1 {
			t.Errorf("%s is not there any more", id)
		}
	}
	if n := w.count(`select (select count(*) from outlook_event) + (select count(*) from retired_event) + (select count(*) from dfdg_booking) + (select count(*) from own_option)
		+ (select count(*) from interview_option where title = 'own') + (select count(*) from booking_excuse) + (select count(*) from dfdg_report where booking_id = $1) + (select count(*) from held_time where booking_id = $1)`, gone); n != 0 {
		t.Errorf("%d rows hang on a booking that is gone", n)
	}
}

func TestTheChainHoldsWhenOldEntriesAreGoneAndLiveBookingsKeepTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	live := w.book(cpr(t, "0101901234"), 30)
	for range 3 {
		w.note("old deed")
	}
	w.whole()
	w.note("never linked")
	w.clock.advance(1829 * day)
	w.note("young deed")
	w.clock.advance(2 * day)
	w.tamper(`update booking set ends_at = '2100-01-01'`) // a meeting still to come
	w.retain("audit", 3)                                  // what is not in the chain stays until it is
	if w.count(`select count(*) from audit_entry where booking_id = $1`, live) != 1 {
		t.Error("a live booking has lost its entry")
	}
	w.link(w.count(`select count(*) from audit_entry a where not exists (select from audit_link l where l.entry_id = a.id)`))
	v, err := w.Verify(t.Context(), 1, recorddb.Head{})
	must(t, err)
	if v.Erased != 3 || v.Links != 7 {
		t.Errorf("%+v", v)
	}
	w.retain("audit", 1)
	w.link(1)
	if v, err = w.Verify(t.Context(), 1, recorddb.Head{}); err != nil || v.Erased != 4 {
		t.Errorf("%+v %v", v, err)
	}
	// Retention is no excuse for what is younger.
	w.tamper(`delete from audit_entry where action = 'young deed'`)
	if _, err = w.Verify(t.Context(), 1, recorddb.Head{}); err == nil {
		t.Error("an entry that is gone is not missed")
	}
}

func TestEachKindGoesWhenItsTimeIsOverAndNotBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.Now()
	future := w.book(cpr(t, "0202901234"), 24*170)
	w.mailbox()
	for kind, sql := range map[string]string{
		"evidence":     `insert into soap_call (at, service, operation, offered, answer_bytes, duration_us, fault, fault_code) values ($1, 's', 'o', 0, 0, 0, 0, '')`,
		"decisions":    `insert into sync_decision (mailbox_id, at, item_kind, item_id, verb, reason) values (1, $1, 'busy', 'i', 'v', 'r')`,
		"messages":     `insert into dfdg_inbox (message_id, job_center_code, transport, service, queued_at, received_at, state) values (gen_random_uuid(), '10100', 'queue', 's', $1, $1, 'echo')`,
		"busy":         `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) select id, 'graph', gen_random_uuid(), $1::timestamptz - interval '1 hour', $1, 'busy' from case_worker`,
		"deadlines":    `insert into citizen_deadline (job_center_code, citizen_hash, citizen_sealed, interview_type, book_by, hold_by, source, updated_at) values ('10100', sha256(random()::text::bytea), 'x', 7, $1, $1, 'csv', now())`,
		"reservations": `insert into held_time (id, case_worker_id, during, expires_at, job_center_code, citizen_hash, contact_type) select gen_random_uuid(), id, tstzrange($1::timestamptz + interval '1 hour', $1::timestamptz + interval '2 hours'), $1, '10100', sha256(random()::text::bytea), 1 from case_worker`,
	} {
		i := slices.IndexFunc(recorddb.Kinds(), func(k recorddb.Kind) bool { return k.Name == kind })
		period := time.Duration(recorddb.Kinds()[i].Days) * day
		w.exec(sql, now.Add(-period-25*time.Hour))
		w.exec(sql, now.Add(-period+25*time.Hour))
		w.retain(kind, 1)
		w.retain(kind, 0)
		w.clock.advance(50 * time.Hour)
		w.retain(kind, 1)
		now = w.clock.Now()
	}
	// Beside those: what DFDG pushed and sent, and of a booking to come not even what was reported long ago.
	w.exec(`insert into dfdg_notice (id, job_center_code, booking_id, change_type, citizen_sealed, received_at, done_at) values (gen_random_uuid(), '10100', gen_random_uuid(), 1, 'x', $1, $1), (gen_random_uuid(), '10100', gen_random_uuid(), 1, 'x', $1, null)`, now.Add(-181*day))
	w.exec(`insert into dfdg_sequence (id, job_center_code, created_at, expires_at) values ('s', '10100', $1, $1)`, now.Add(-181*day))
	w.exec(`insert into dfdg_booking (booking_id, newest_at, newest_message) values (gen_random_uuid(), $1, gen_random_uuid()), ($2, $1, gen_random_uuid())`, now.Add(-181*day), future)
	w.retain("messages", 3)
	if w.count(`select count(*) from dfdg_notice`) != 1 || w.count(`select count(*) from dfdg_booking`) != 1 {
		t.Error("what is still waited for has gone")
	}
	w.report(future, "sent")
	w.exec(`update dfdg_report set ended_at = $1`, now.Add(-181*day))
	w.retain("reports", 0)
	w.clock.advance(360 * day)
	w.retain("reports", 1)
}

func TestMassSummonsesGoWhenTheyAreOverOrWereNeverApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	booked := w.book(cpr(t, "0101901234"), 30)
	for state, ended := range map[string]*time.Time{"done": new(w.clock.Now()), "running": nil, "planned": nil} {
		batch := uuid.New()
		w.exec(`insert into summons_batch (id, job_center_code, interview_option_id, from_at, to_at, spread_over_days, case_workers, made_at, made_by, planned_at, state, ended_at)
			values ($1, '10100', $2, $3::timestamptz, $3::timestamptz + interval '1 day', true, array[$4::uuid], $3, 'k', $3, $5, $6)`, batch, w.option.ID, w.clock.Now(), w.anna.ID, state, ended)
		w.exec(`insert into summons_line (batch_id, number, booking_id, state) values ($1, 1, $2, 'refused')`, batch, booked)
	}
	w.clock.advance(90 * day)
	w.retain("summons", 0)
	w.clock.advance(day)
	w.retain("summons", 2)
	if n := w.count(`select count(*) from summons_line l join summons_batch b on b.id = l.batch_id where b.state = 'running'`); n != 1 || w.count(`select count(*) from summons_line`) != 1 {
		t.Errorf("%d lines of the one that is running are left, and others", n)
	}
	if w.count(`select count(*) from booking where id = $1`, booked) != 1 {
		t.Error("a booking went with its mass summons")
	}
}

func TestManyRowsGoInBatchesAndTheNextRunIsADayLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`insert into soap_call (at, service, operation, offered, answer_bytes, duration_us, fault, fault_code) select $1, 's', 'o', 0, 0, 0, 0, '' from generate_series(1, 2500)`, w.clock.Now().Add(-401*day))
	w.retain("evidence", 2500)
	kinds, err := w.DueKinds(t.Context())
	must(t, err)
	if len(kinds) != len(recorddb.Kinds())-1 || slices.Contains(kinds, "evidence") {
		t.Errorf("%q", kinds)
	}
	w.clock.advance(day)
	if kinds, err = w.DueKinds(t.Context()); err != nil || !slices.Contains(kinds, "evidence") {
		t.Errorf("%q %v", kinds, err)
	}
	if _, err := w.Retain(t.Context(), "everything", "clock"); err == nil {
		t.Error("there is no such kind")
	}
}

func TestACitizenOfWhomNothingIsLeftIsInNoTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	citizen := cpr(t, "0101901234")
	hash, sealed := w.sealer.Hash(citizen), w.sealer.Seal(citizen)
	w.book(citizen, 26)
	_, err := w.planner.Reserve(t.Context(), planner.ReserveRequest{JobCenter: center, CPR: citizen, Option: &w.option.ID, Start: w.clock.Now().Add(27 * time.Hour), Caller: caller})
	must(t, err)
	w.exec(`update booking set citizen_sealed = $1`, sealed)
	w.exec(`insert into dfdg_notice (id, job_center_code, booking_id, change_type, citizen_sealed, received_at, done_at) values (gen_random_uuid(), '10100', gen_random_uuid(), 1, $1, $2, $2)`, sealed, w.clock.Now())
	w.exec(`insert into citizen_deadline (job_center_code, citizen_hash, citizen_sealed, interview_type, book_by, hold_by, source, updated_at) values ('10100', $1, $2, 7, $3, $3, 'csv', now())`, hash, sealed, w.clock.Now())
	w.exec(`insert into soap_call (at, service, operation, citizen_hash, offered, answer_bytes, duration_us, fault, fault_code) values ($1, 's', 'o', $2, 0, 0, 0, 0, '')`, w.clock.Now(), hash)
	_, err = w.Export(t.Context(), citizen, kirsten)
	must(t, err)
	w.whole()
	found := func() (where []string) {
		rows, err := w.pool.Query(t.Context(), `select quote_ident(tablename) from pg_tables where schemaname = 'public' order by 1`)
		must(t, err)
		var tables []string
		for rows.Next() {
			var name string
			must(t, rows.Scan(&name))
			tables = append(tables, name)
		}
		must(t, rows.Err())
		for _, name := range tables {
			for _, what := range []string{hex.EncodeToString(hash), hex.EncodeToString(sealed), "0101901234", "010190-1234"} {
				if w.count(`select count(*) from `+name+` t where t::text like '%' || $1 || '%'`, what) > 0 && !slices.Contains(where, name) {
					where = append(where, name)
				}
			}
		}
		return where
	}
	if got := fmt.Sprint(found()); got != "[audit_entry booking citizen_deadline dfdg_notice held_time soap_call]" {
		t.Fatal(got)
	}
	w.clock.advance(1832 * day)
	_, err = w.planner.ExpireReservations(t.Context())
	must(t, err)
	for range 2 { // the entry of the reservation that ran out is young
		for _, k := range recorddb.Kinds() {
			_, err := w.Retain(t.Context(), k.Name, "clock")
			must(t, err)
		}
		w.link(w.count(`select count(*) from audit_entry a where not exists (select from audit_link l where l.entry_id = a.id)`))
		w.clock.advance(1832 * day)
	}
	if got := found(); len(got) != 0 {
		t.Errorf("found in %q", got)
	}
	_, err = w.Verify(t.Context(), 1, recorddb.Head{})
	must(t, err)
}

func TestPeriodsAreReadAndNoneIsShorterThanWhatNeedsTheData(t *testing.T) {
	t.Parallel()
	p, err := recorddb.ParsePeriods("bookings=2000, busy=2")
	if err != nil || p["bookings"] != 2000 || p["busy"] != 2 || len(p) != 2 {
		t.Errorf("%v %v", p, err)
	}
	if p, err = recorddb.ParsePeriods(""); err != nil || len(p) != 0 {
		t.Errorf("%v %v", p, err)
	}
	for _, wrong := range []string{"bookings", "bookings=x", "bookings=30", "busy=1", "letters=90", "audit=-1", "evidence=99999"} {
		if _, err := recorddb.ParsePeriods(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
	w := newWorld(t)
	w.exec(`insert into soap_call (at, service, operation, offered, answer_bytes, duration_us, fault, fault_code) values ($1, 's', 'o', 0, 0, 0, 0, '')`, w.clock.Now().Add(-100*day))
	w.retain("evidence", 0)
	w.Store = recorddb.New(w.pool, recorddb.Options{Now: w.clock.Now, Periods: recorddb.Periods{"evidence": 99}})
	w.retain("evidence", 1)
}
