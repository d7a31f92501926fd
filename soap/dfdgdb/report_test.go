package dfdgdb_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgregister"
	"kommunalplanner.example/soap/dfdgsim"
)

func replace(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }

// summon makes a booking as a summoner in this program does.
func (w *world) summon(id uuid.UUID, start time.Time, option *uuid.UUID) uuid.UUID {
	w.t.Helper()
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: key(1)}, 1, key(9))
	w.must(err)
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	w.must(pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error {
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{`insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title,
			    origin, request_fingerprint, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'Samtale', 'planner', '\x00', $9, $9)`,
				[]any{id, string(center), sealer.Hash(cpr), sealer.Seal(cpr), option, w.workers["A"], start, start.Add(45 * time.Minute), w.clock.Now()}},
			{`insert into held_time (id, case_worker_id, during, booking_id) values (gen_random_uuid(), $1, tstzrange($2, $3), $4)`,
				[]any{w.workers["A"], start, start.Add(45 * time.Minute), id}},
			{`insert into audit_entry (at, actor, action, booking_id) values ($1, 'admin:kurt', 'create', $2)`, []any{w.clock.Now(), id}},
		} {
			if _, err := tx.Exec(w.t.Context(), q.sql, q.args...); err != nil {
				return err
			}
		}
		return w.store.BookingChangedTx(w.t.Context(), tx, id, nil)
	}))
	return id
}

// move and cancel are what the counsellor does in Outlook.
func (w *world) move(id uuid.UUID, start time.Time) {
	w.t.Helper()
	w.must(w.planner.MoveFromOutlook(w.t.Context(), id, planner.Span{Start: start, End: start.Add(45 * time.Minute)}))
}

func (w *world) cancel(id uuid.UUID) {
	w.t.Helper()
	w.must(w.planner.CancelFromOutlook(w.t.Context(), id))
}

func (w *world) entry(id uuid.UUID) dfdgsim.Entry {
	e, _ := w.dfdg.Entry(id)
	return e
}

func TestWhatIsBookedMovedAndCancelledHereReachesDFDG(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	if out := w.report(); out.Sent != 1 || !out.Next.IsZero() {
		t.Fatalf("%+v", out)
	}
	if e := w.entry(id); e.Creates != 1 || e.SelfBooked || !e.Details.BookingStartTime.Equal(w.at(2, 9, 0)) {
		t.Fatalf("created: %+v", e)
	}
	w.move(id, w.at(2, 10, 0))
	w.report()
	if e := w.entry(id); e.Updates != 1 || !e.Details.BookingStartTime.Equal(w.at(2, 10, 0)) || e.Details.RebookingDeadline == nil {
		t.Fatalf("moved: %+v", e)
	}
	w.cancel(id)
	w.report()
	if e := w.entry(id); e.Deletes != 1 || e.Status != 2 {
		t.Fatalf("cancelled: %+v", e)
	}
	// All of it comes back through the queue, and is known as ours.
	out := w.poll()
	if out.Messages != 3 || out.Changed != 0 {
		t.Errorf("echoes: %+v", out)
	}
	// Of what DFDG heard first, a later change of ours was already made when it queued the message.
	if n := w.count(`select count(*) from dfdg_inbox where state in ('echo', 'stale')`); n != 3 {
		t.Errorf("%d echoes", n)
	}
	if c := w.dfdg.Counts(); c.Repeats != 0 {
		t.Errorf("%d repeats", c.Repeats)
	}
}

func TestASelfBookingIsNotReportedButItsMoveInOutlookIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id := w.selfBook(w.at(2, 9, 0))
	if n := w.count(`select count(*) from dfdg_report`); n != 0 {
		t.Fatalf("%d reports of a self-booking", n)
	}
	// DFDG registers it itself.
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Booking: id, Start: w.at(2, 9, 0), System: 32})
	w.move(id, w.at(2, 10, 0))
	w.report()
	e := w.entry(id)
	if e.Updates != 1 || !e.Details.BookingStartTime.Equal(w.at(2, 10, 0)) {
		t.Errorf("%+v", e)
	}
	for _, c := range w.dfdg.Calls() {
		if c.Operation == "UpdateBooking" && c.UserType != 1 {
			t.Errorf("user type %d for a self-booking", c.UserType)
		}
	}
}

func TestARefusedReportIsKeptWithWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{InterviewTypes: []int32{7}})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	if out := w.report(); out.Refused != 1 {
		t.Fatalf("%+v", out)
	}
	rows, err := w.store.RefusedReports(t.Context(), 10)
	w.must(err)
	if len(rows) != 1 || rows[0].Booking != id || rows[0].ErrorCode != 4709 || !strings.Contains(rows[0].Error, "Samtaletypen") {
		t.Fatalf("%+v", rows)
	}
	// A later change is told as what DFDG makes of it: it has no such booking yet.
	w.exec(`update interview_option set interview_type = 7`)
	w.move(id, w.at(2, 10, 0))
	w.report()
	if e := w.entry(id); e.Creates != 1 || !e.Details.BookingStartTime.Equal(w.at(2, 10, 0)) {
		t.Errorf("%+v", e)
	}
	// Thereby it is mended.
	if rows, err := w.store.RefusedReports(t.Context(), 10); err != nil || len(rows) != 0 {
		t.Errorf("%v %v", rows, err)
	}
}

func TestAPersonSendsARefusedReportAgainOrSettlesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{InterviewTypes: []int32{7}})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	other := w.summon(uuid.New(), w.at(3, 9, 0), &w.option.ID)
	w.report()
	rows, err := w.store.RefusedReports(t.Context(), 10)
	w.must(err)
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	w.exec(`update interview_option set interview_type = 7`)
	w.must(w.store.RetryReport(t.Context(), rows[0].ID, "admin:Åse"))
	w.must(w.store.SettleReport(t.Context(), rows[1].ID, "admin:Åse"))
	w.report()
	if w.entry(id).Creates != 1 || w.entry(other).Creates != 0 {
		t.Errorf("%+v %+v", w.entry(id), w.entry(other))
	}
	for _, again := range []error{w.store.RetryReport(t.Context(), rows[0].ID, "admin:Åse"), w.store.SettleReport(t.Context(), rows[1].ID, "admin:Åse")} {
		if !errors.Is(again, dfdgdb.ErrNotWaiting) {
			t.Errorf("%v", again)
		}
	}
}

func TestAnOldReportIsNotSentOverANewerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{InterviewTypes: []int32{7}})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	w.report()
	w.move(id, w.at(2, 10, 0))
	rows, err := w.store.RefusedReports(t.Context(), 10)
	w.must(err)
	w.exec(`update interview_option set interview_type = 7`)
	w.must(w.store.RetryReport(t.Context(), rows[0].ID, "admin:Åse"))
	if out := w.report(); out.Sent != 1 {
		t.Errorf("%+v", out)
	}
	if e := w.entry(id); e.Creates != 1 || e.Updates != 0 || !e.Details.BookingStartTime.Equal(w.at(2, 10, 0)) {
		t.Errorf("%+v", e)
	}
}

func TestAReportWhoseCitizenCannotBeReadStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	lost := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	w.exec(`update booking set citizen_sealed = '\x07' where id = $1`, lost)
	good := w.summon(uuid.New(), w.at(3, 9, 0), &w.option.ID)
	if out := w.report(); out.Sent != 1 || w.entry(good).Creates != 1 {
		t.Errorf("%+v", out)
	}
	rows, err := w.store.RefusedReports(t.Context(), 10)
	if err != nil || len(rows) != 1 || rows[0].Booking != lost || !strings.Contains(rows[0].Error, "nøglen") {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestACancelledBookingThatDFDGNeverHadNeedsNoReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{InterviewTypes: []int32{7}})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	w.report()
	w.cancel(id)
	if out := w.report(); out.Unneeded != 1 || out.Sent != 0 {
		t.Errorf("%+v", out)
	}
	if _, there := w.dfdg.Entry(id); there {
		t.Error("DFDG has it")
	}
}

func TestDFDGsSilenceIsWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	w.dfdg.AddFault(dfdgsim.FaultRule{Kind: dfdgsim.HTTPStatus, Status: 503, RetryAfter: 40})
	before := w.clock.Now()
	_, err := w.reporter(w.client(nil), w.store).Report(t.Context())
	var trouble *dfdgregister.Trouble
	if !asTrouble(err, &trouble) || trouble.RetryAfter() < 40*time.Second || trouble.Person {
		t.Fatalf("%v", err)
	}
	if out := w.report(); out.Sent != 0 || out.Next.Before(before.Add(40*time.Second)) {
		t.Fatalf("asked too soon: %+v", out)
	}
	w.clock.advance(time.Minute)
	w.report()
	if e := w.entry(id); e.Creates != 1 {
		t.Errorf("%+v", e)
	}
}

func TestALostAnswerIsAskedAboutBeforeAnythingIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		refuse  bool
		kind    dfdgsim.FaultKind
		creates int
	}{
		{"done, answer lost", false, dfdgsim.LoseAnswer, 1},
		{"done, answer lost, repeats refused", true, dfdgsim.LoseAnswer, 1},
		{"done, answer garbled", false, dfdgsim.Garble, 1},
		{"not done", false, dfdgsim.LoseRequest, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dfdgsim.Config{RefuseRepeats: c.refuse})
			id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
			w.dfdg.AddFault(dfdgsim.FaultRule{Operation: "CreateBooking", Kind: c.kind})
			if _, err := w.reporter(w.client(nil), w.store).Report(t.Context()); err == nil {
				t.Fatal("no trouble")
			}
			w.clock.advance(time.Minute)
			w.report()
			if e := w.entry(id); e.Creates != c.creates || e.Repeats != 0 {
				t.Errorf("%+v", e)
			}
			if n := w.count(`select count(*) from dfdg_report where state = 'sent'`); n != 1 {
				t.Errorf("%d sent", n)
			}
		})
	}
}

func asTrouble(err error, t **dfdgregister.Trouble) bool {
	trouble, ok := err.(*dfdgregister.Trouble)
	*t = trouble
	return ok
}

// outgoing is a scenario with every operation, two bookings, and several reports of one.
func outgoing(w *world) []uuid.UUID {
	a := w.summon(uuid.UUID{1}, w.at(2, 9, 0), &w.option.ID)
	b := w.summon(uuid.UUID{2}, w.at(2, 13, 0), nil)
	w.move(a, w.at(2, 10, 0))
	w.cancel(b)
	return []uuid.UUID{a, b}
}

func TestAProcessMayDieAnywhereWhileItReports(t *testing.T) {
	t.Parallel()
	for dieAt := 1; ; dieAt++ {
		w := newWorld(t, dfdgsim.Config{})
		bookings := outgoing(w)
		m := &mortal{dieAt: dieAt}
		client := w.client(func(next http.RoundTripper) http.RoundTripper { return mortalWire{m, next} })
		_, err := w.reporter(client, mortalStore{m, w.store}).Report(t.Context())
		if !m.dead {
			w.must(err)
			if dieAt < 30 {
				t.Fatalf("only %d steps", dieAt-1)
			}
			t.Logf("%d places to die", dieAt-1)
			break
		}
		// The claim runs out; what was postponed is due.
		for range 3 {
			w.clock.advance(3 * time.Minute)
			w.report()
		}
		a, b, c := w.entry(bookings[0]), w.entry(bookings[1]), w.dfdg.Counts()
		if c.Creates != 2 || c.Updates != 1 || c.Deletes != 1 || c.Repeats != 0 ||
			!a.Details.BookingStartTime.Equal(w.at(2, 10, 0)) || a.Status != 1 || b.Status != 2 {
			t.Errorf("died at step %d: %+v", dieAt, c)
		}
		if n := w.count(`select count(*) from dfdg_report where state <> 'sent'`); n != 0 {
			t.Errorf("died at step %d: %d reports are not sent", dieAt, n)
		}
	}
}
