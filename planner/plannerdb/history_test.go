package plannerdb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/plannertest"
)

// TestAnyHistoryLeavesNoTwoHeldTimesOverlapping plays random histories on the store and on the model in memory,
// which must answer alike at every step. A failing seed is printed by rapid, to be replayed with -rapid.seed.
func TestAnyHistoryLeavesNoTwoHeldTimesOverlapping(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]planner.OptionRules{
		"no rules":           {},
		"buffers and limits": {BufferBefore: 10 * time.Minute, BufferAfter: 20 * time.Minute, MaxPerDay: 2},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); anyHistory(t, rules) })
	}
}

func anyHistory(t *testing.T, rules planner.OptionRules) {
	w := newWorld(t)
	w.option.Rules = rules
	w.anna.Hours, w.bo.Hours = daily(8, 12), daily(9, 12)
	w.option.HorizonDays, w.option.RebookingDeadline = 3, ptr(time.Hour)
	ctx := t.Context()
	seed := func(s seeder) {
		must(t, s.PutJobCenter(ctx, planner.JobCenter{Code: center, Name: "Jobcenter Eksempel"}))
		must(t, s.PutCaseWorker(ctx, w.anna))
		must(t, s.PutCaseWorker(ctx, w.bo))
		must(t, s.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID, w.bo.ID}))
	}
	seed(w.Store)
	outcomes := map[string]int{}
	processes := []*plannerdb.Store{w.Store, w.process(t)}
	rapid.Check(t, func(rt *rapid.T) {
		w.exec(t, `delete from held_time`)
		w.exec(t, `delete from booking`)
		w.exec(t, `delete from busy_block`)
		w.exec(t, `do $$ begin perform set_config('planner.retention', 'on', true); delete from audit_entry; end $$`)
		w.clock.mu.Lock()
		w.clock.at = at(t, "2026-12-01 07:00")
		w.clock.mu.Unlock()
		model := plannertest.NewMemory(w.clock.Now)
		seed(model)
		h := &history{T: rt, t: t, w: w, processes: processes, model: model, outcomes: outcomes}
		rt.Repeat(map[string]func(*rapid.T){
			"reserve": h.reserve, "reserve to move": h.reserveToMove, "create": h.create, "repeat create": h.repeatCreate,
			"move": h.move, "repeat move": h.repeatMove, "move in outlook": h.moveInOutlook, "delete in outlook": h.deleteInOutlook,
			"case system books": h.kssBooks, "counsellor busy": h.busy, "time passes": h.timePasses, "expire": h.expire,
			"": h.agree,
		})
	})
	// Each of these comes some twenty times in a hundred histories.
	for _, outcome := range []string{"reserve ok", "reserve taken", "reserve to move ok", "create ok", "create taken", "repeat create ok",
		"repeat create conflicting-repeat", "move ok", "move taken", "repeat move ok", "move in outlook ok", "delete in outlook ok"} {
		if outcomes[outcome] == 0 && !testing.Short() {
			t.Errorf("no history had %q: they are too narrow to show anything", outcome)
		}
	}
	for _, p := range processes {
		if kept, _ := p.Kept(); rules.MaxPerDay == 0 && (kept.Hits == 0 || kept.Calendars == 0) {
			t.Errorf("nothing was answered from memory: %+v", kept)
		}
	}
	t.Log(outcomes)
}

type history struct {
	*rapid.T
	t         *testing.T
	w         *world
	processes []*plannerdb.Store // each change is made by one, each question asked of all
	model     *plannertest.Memory
	outcomes  map[string]int

	reservations []pair
	creates      []planner.CreateRequest
	moves        []planner.RescheduleRequest
	bookings     []uuid.UUID
}

// pair is one reservation's identifiers in the store and in the model, and the booking it moves.
type pair struct {
	store, model uuid.UUID
	moves        *uuid.UUID
}

// same compares two answers and notes what they were.
func same[A any](h *history, t *rapid.T, what string, got A, gotErr error, want A, wantErr error, opts ...cmp.Option) bool {
	t.Helper()
	code := func(err error) string {
		var e *planner.Error
		switch {
		case err == nil:
			return "ok"
		case errors.As(err, &e):
			return string(e.Code)
		}
		return err.Error()
	}
	if code(gotErr) != code(wantErr) {
		t.Fatalf("%s: the store says %v, the model %v", what, gotErr, wantErr)
	}
	h.outcomes[what+" "+code(gotErr)]++
	if gotErr != nil {
		return false
	}
	if d := cmp.Diff(want, got, append(opts, cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty())...); d != "" {
		t.Fatalf("%s (-model +store):\n%s", what, d)
	}
	return true
}

func (h *history) process(t *rapid.T) *plannerdb.Store {
	return rapid.SampledFrom(h.processes).Draw(t, "process")
}

func (h *history) citizen(t *rapid.T) planner.CPR {
	return citizen(h.t, rapid.IntRange(0, 2).Draw(t, "citizen"))
}

func (h *history) start(t *rapid.T) time.Time {
	day := rapid.SampledFrom([]int{1, 2, 1, 2, 3, 0, 4}).Draw(t, "day")
	step := rapid.IntRange(15, 23).Draw(t, "half hour")
	odd := rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 0, 10}).Draw(t, "off the grid")
	return at(h.t, "2026-12-01 00:00").AddDate(0, 0, day).Add(time.Duration(step*30+odd) * time.Minute)
}

func (h *history) wish(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", h.w.anna.Identifier, h.w.bo.Identifier}).Draw(t, "wish")
}

func (h *history) contact(t *rapid.T) *int {
	return rapid.SampledFrom([]*int{nil, nil, nil, ptr(1), ptr(8), ptr(3)}).Draw(t, "contact")
}

func ptr[T any](v T) *T { return &v }

// reservation draws one made before, not necessarily the citizen's, or none.
func (h *history) reservation(t *rapid.T) (store, model, moves *uuid.UUID) {
	if len(h.reservations) == 0 || rapid.IntRange(0, 3).Draw(t, "without reservation") == 3 {
		return nil, nil, nil
	}
	p := h.reservations[len(h.reservations)-1-rapid.IntRange(0, min(2, len(h.reservations)-1)).Draw(t, "reservation")]
	return &p.store, &p.model, p.moves
}

func (h *history) booking(t *rapid.T) uuid.UUID {
	if len(h.bookings) == 0 {
		t.Skip("no booking yet")
	}
	return rapid.SampledFrom(h.bookings).Draw(t, "booking")
}

// owner is mostly the citizen whose booking it is.
func (h *history) owner(t *rapid.T, booking uuid.UUID) planner.CPR {
	for _, c := range h.creates {
		if c.BookingID == booking && rapid.IntRange(0, 9).Draw(t, "stranger") != 9 {
			return c.CPR
		}
	}
	return h.citizen(t)
}

func (h *history) doReserve(t *rapid.T, what string, r planner.ReserveRequest) {
	got, err := h.process(t).Reserve(h.t.Context(), r)
	want, wantErr := h.model.Reserve(h.t.Context(), r)
	if same(h, t, what, got, err, want, wantErr, cmpopts.IgnoreFields(planner.Reservation{}, "ID")) {
		h.reservations = append(h.reservations, pair{got.ID, want.ID, r.Booking})
	}
}

func (h *history) reserve(t *rapid.T) {
	h.doReserve(t, "reserve", planner.ReserveRequest{
		JobCenter: center, CPR: h.citizen(t), Option: &h.w.option.ID, Start: h.start(t), CaseWorkerIdentifier: h.wish(t), ContactType: h.contact(t),
	})
}

func (h *history) reserveToMove(t *rapid.T) {
	b := h.booking(t)
	h.doReserve(t, "reserve to move", planner.ReserveRequest{
		JobCenter: center, CPR: h.owner(t, b), Booking: &b, Start: h.start(t), CaseWorkerIdentifier: h.wish(t), ContactType: h.contact(t),
	})
}

func (h *history) create(t *rapid.T) {
	r := planner.CreateRequest{JobCenter: center, CPR: h.citizen(t), BookingID: uuid.New(), Option: h.w.option.ID, Start: h.start(t), CaseWorkerIdentifier: h.wish(t), ContactType: h.contact(t)}
	var theirs *uuid.UUID
	r.Reservation, theirs, _ = h.reservation(t)
	// Mostly a reservation is used for what it was made.
	if p := r.Reservation; p != nil && rapid.IntRange(0, 3).Draw(t, "as reserved") != 3 {
		h.asReserved(t, *p, &r.CPR, &r.Start)
		r.CaseWorkerIdentifier = ""
	}
	h.doCreate(t, "create", r, theirs)
}

// asReserved sets the citizen and start of a reservation that still stands.
func (h *history) asReserved(t *rapid.T, id uuid.UUID, cpr *planner.CPR, start *time.Time) {
	var hash []byte
	row := h.w.pool.QueryRow(h.t.Context(), `select citizen_hash, lower(during) from held_time where id = $1 and booking_id is null`, id)
	if row.Scan(&hash, start) != nil {
		return
	}
	for n := range 3 {
		if c := citizen(h.t, n); string(sealer(h.t).Hash(c)) == string(hash) {
			*cpr = c
		}
	}
}

func (h *history) doCreate(t *rapid.T, what string, r planner.CreateRequest, theirs *uuid.UUID) {
	got, err := h.process(t).CreateBooking(h.t.Context(), r)
	ours := r
	r.Reservation = theirs
	want, wantErr := h.model.CreateBooking(h.t.Context(), r)
	if same(h, t, what, got, err, want, wantErr) && what == "create" {
		h.creates = append(h.creates, ours)
		h.bookings = append(h.bookings, r.BookingID)
	}
}

func (h *history) repeatCreate(t *rapid.T) {
	if len(h.creates) == 0 {
		t.Skip("nothing to repeat")
	}
	r := rapid.SampledFrom(h.creates).Draw(t, "request")
	if rapid.IntRange(0, 3).Draw(t, "other content") == 3 {
		r.Start = h.start(t)
	}
	r.Reservation = nil
	h.doCreate(t, "repeat create", r, nil)
}

func (h *history) move(t *rapid.T) {
	b := h.booking(t)
	r := planner.RescheduleRequest{JobCenter: center, CPR: h.owner(t, b), BookingID: b, Start: h.start(t), CaseWorkerIdentifier: h.wish(t), ContactType: h.contact(t)}
	var theirs *uuid.UUID
	var moves *uuid.UUID
	r.Reservation, theirs, moves = h.reservation(t)
	if p := r.Reservation; p != nil && rapid.IntRange(0, 3).Draw(t, "as reserved") != 3 {
		h.asReserved(t, *p, &r.CPR, &r.Start)
		r.CaseWorkerIdentifier = ""
		if moves != nil {
			r.BookingID = *moves
		}
	}
	h.doMove(t, "move", r, theirs)
}

func (h *history) doMove(t *rapid.T, what string, r planner.RescheduleRequest, theirs *uuid.UUID) {
	got, err := h.process(t).RescheduleBooking(h.t.Context(), r)
	ours := r
	r.Reservation = theirs
	want, wantErr := h.model.RescheduleBooking(h.t.Context(), r)
	if same(h, t, what, got, err, want, wantErr) && what == "move" {
		h.moves = append(h.moves, ours)
	}
}

func (h *history) repeatMove(t *rapid.T) {
	if len(h.moves) == 0 {
		t.Skip("nothing to repeat")
	}
	r := h.moves[len(h.moves)-1]
	r.Reservation = nil
	h.doMove(t, "repeat move", r, nil)
}

func (h *history) moveInOutlook(t *rapid.T) {
	b := h.booking(t)
	from := h.start(t)
	to := planner.Span{Start: from, End: from.Add(time.Duration(rapid.SampledFrom([]int{60, 60, 30, 90, 0, 1000}).Draw(t, "minutes")) * time.Minute)}
	same(h, t, "move in outlook", 0, h.process(t).MoveFromOutlook(h.t.Context(), b, to), 0, h.model.MoveFromOutlook(h.t.Context(), b, to))
}

func (h *history) deleteInOutlook(t *rapid.T) {
	b := h.booking(t)
	if rapid.IntRange(0, 3).Draw(t, "seldom") != 3 {
		t.Skip("or else hardly any meeting is left to move")
	}
	same(h, t, "delete in outlook", 0, h.process(t).CancelFromOutlook(h.t.Context(), b), 0, h.model.CancelFromOutlook(h.t.Context(), b))
}

// kssBooks stores a meeting of the case system, over whatever is there.
func (h *history) kssBooks(t *rapid.T) {
	if rapid.IntRange(0, 5).Draw(t, "seldom") != 5 {
		t.Skip("case systems book seldom")
	}
	start := h.start(t)
	b := planner.Booking{
		ID: uuid.New(), JobCenter: center, Option: &h.w.option.ID, CaseWorker: h.w.anna.ID, Span: planner.Span{Start: start.UTC(), End: start.UTC().Add(time.Hour)},
		ContactType: 1, Title: "Samtale", Origin: planner.OriginKSS, Overlaps: true, Revision: 1,
	}
	cpr := h.citizen(t)
	h.w.exec(h.t, `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title, origin, overlapping, request_fingerprint, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 'kss', true, '', $10, $10)`,
		b.ID, b.JobCenter, sealer(h.t).Hash(cpr), sealer(h.t).Seal(cpr), b.Option, b.CaseWorker, b.Span.Start, b.Span.End, b.Title, h.w.clock.Now())
	h.w.exec(h.t, `insert into held_time (id, case_worker_id, during, exclusive, booking_id) values ($1, $2, tstzrange($3, $4), false, $5)`, uuid.New(), b.CaseWorker, b.Span.Start, b.Span.End, b.ID)
	h.model.PutBooking(b, cpr)
	h.bookings = append(h.bookings, b.ID)
}

func (h *history) busy(t *rapid.T) {
	worker := rapid.SampledFrom([]uuid.UUID{h.w.anna.ID, h.w.bo.ID}).Draw(t, "worker")
	start := h.start(t)
	s := planner.Span{Start: start, End: start.Add(45 * time.Minute)}
	h.w.exec(h.t, `delete from busy_block where case_worker_id = $1`, worker)
	h.w.exec(h.t, `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', '1', $2, $3, 'oof')`, worker, s.Start, s.End)
	h.model.SetBusy(worker, s)
}

func (h *history) timePasses(t *rapid.T) {
	h.w.clock.advance(time.Duration(rapid.SampledFrom([]int{1, 4, 1, 10, 1, 180}).Draw(t, "minutes")) * time.Minute)
}

func (h *history) expire(t *rapid.T) {
	got, err := h.process(t).ExpireReservations(h.t.Context())
	must(h.t, err)
	if _, err := h.model.ExpireReservations(h.t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = got // the store may have deleted some of them already, on the way to a booking
}

// agree compares what is offered and stored, and looks for overlaps.
func (h *history) agree(t *rapid.T) {
	ctx := h.t.Context()
	interval := planner.Span{Start: at(h.t, "2026-12-01 00:00"), End: at(h.t, "2026-12-06 00:00")}
	if len(h.bookings) == 0 || rapid.Bool().Draw(t, "compare what is free") {
		ask := planner.TimeslotQuery{JobCenter: center, CPR: h.citizen(t), Option: h.w.option.ID, Interval: interval}
		if rapid.Bool().Draw(t, "with a wish") {
			ask.CaseWorkerIdentifier = h.wish(t)
		}
		want, wantErr := h.model.Timeslots(ctx, ask)
		for _, p := range h.processes {
			got, err := p.Timeslots(ctx, ask)
			same(h, t, "timeslots", got, err, want, wantErr, cmpopts.IgnoreFields(planner.Timeslots{}, "Kept"))
		}
	} else {
		id := rapid.SampledFrom(h.bookings).Draw(t, "booking to compare")
		got, err := h.w.Booking(ctx, id)
		want, wantErr := h.model.Booking(ctx, id)
		same(h, t, "booking", got, err, want, wantErr)
		ask := planner.RescheduleQuery{JobCenter: center, CPR: h.owner(t, id), Booking: id, Interval: interval}
		wantSlots, wantErr := h.model.RescheduleTimeslots(ctx, ask)
		for _, p := range h.processes {
			gotSlots, err := p.RescheduleTimeslots(ctx, ask)
			same(h, t, "times to move to", gotSlots, err, wantSlots, wantErr)
		}
	}
	if overlaps := h.w.overlaps(h.t); len(overlaps) > 0 {
		t.Fatalf("overlapping or astray: %v", overlaps)
	}
}

// overlaps lists live held times that overlap, but with meetings that were stored although they do
// and with the meeting that a reservation is to move; and held times that are not as their bookings say.
func (w *world) overlaps(t *testing.T) (found []string) {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `
		with live as (
			select h.id, h.case_worker_id, h.during, h.booking_id, h.moves_booking_id, coalesce(b.overlapping, false) as may
			from held_time h left join booking b on b.id = h.booking_id
			where coalesce(h.expires_at, 'infinity') > $1)
		select format('%s and %s of %s', a.during, b.during, a.case_worker_id)
		from live a join live b on a.case_worker_id = b.case_worker_id and a.during && b.during and a.id < b.id
		where not a.may and not b.may
			and (a.moves_booking_id is null or a.moves_booking_id is distinct from b.booking_id)
			and (b.moves_booking_id is null or b.moves_booking_id is distinct from a.booking_id)
		union all
		select format('booking %s is %s and holds %s', b.id, b.status, h.during)
		from booking b left join held_time h on h.booking_id = b.id
		where (b.status = 'booked') <> (h.id is not null)
			or h.during <> tstzrange(b.starts_at - h.buffer_before_minutes * interval '1 minute', b.ends_at + h.buffer_after_minutes * interval '1 minute')
			or h.case_worker_id <> b.case_worker_id`, w.clock.Now())
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		must(t, rows.Scan(&line))
		found = append(found, line)
	}
	must(t, rows.Err())
	return found
}

func (w *world) noOverlap(t *testing.T) {
	t.Helper()
	if found := w.overlaps(t); len(found) > 0 {
		t.Errorf("overlapping or astray: %s", fmt.Sprint(found))
	}
}
