package summonsdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const center = planner.JobCenterCode("10100")

var (
	lone = planner.Staff{ID: uuid.UUID{15: 1}, Login: "lone", Name: "Lone"}
	mads = planner.Staff{ID: uuid.UUID{15: 2}, Login: "mads", Name: "Mads"}
)

// jobList remembers the jobs that would have been inserted.
type jobList struct {
	mu   sync.Mutex
	jobs []jobargs.Job
}

func (l *jobList) AddTx(_ context.Context, _ pgx.Tx, j jobargs.Job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = append(l.jobs, j)
	return nil
}

// flaky is the planner, which can be made to fail before or after it books.
type flaky struct {
	*plannerdb.Store
	before, after func(planner.SummonRequest) error
}

func (f *flaky) Summon(ctx context.Context, r planner.SummonRequest) (planner.Receipt, error) {
	if f.before != nil {
		if err := f.before(r); err != nil {
			return planner.Receipt{}, err
		}
	}
	receipt, err := f.Store.Summon(ctx, r)
	if err == nil && f.after != nil {
		err = f.after(r)
	}
	return receipt, err
}

// world is a job centre with Anna and Bo, who hold an option's meetings from nine to twelve; it is Tuesday 1 December 2026.
type world struct {
	*summonsdb.Store
	pool    *pgxpool.Pool
	planner *flaky
	jobs    *jobList
	option  planner.InterviewOption
	now     time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), jobs: &jobList{}, now: time.Date(2026, 12, 1, 7, 0, 0, 0, planner.Copenhagen())}
	seal, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	must(t, err)
	clock := func() time.Time { return w.now }
	store := plannerdb.New(w.pool, plannerdb.Options{Now: clock, Sealer: seal})
	w.planner = &flaky{Store: store}
	w.Store = summonsdb.New(w.pool, summonsdb.Options{Planner: w.planner, Sealer: seal, Outbox: w.jobs, Now: clock})
	ctx := t.Context()
	must(t, store.PutJobCenter(ctx, planner.JobCenter{Code: center, Name: "Prøveby"}))
	var ids []uuid.UUID
	for i, name := range []string{"anna", "bo"} {
		c := planner.CaseWorker{ID: uuid.UUID{15: byte(10 + i)}, JobCenter: center, Identifier: "RID-" + name, GivenName: name, Surname: "Lund", Email: name + "@kommune.example"}
		for d := 1; d <= 5; d++ {
			c.Hours = append(c.Hours, planner.WorkingHours{Weekday: d, StartMinute: 9 * 60, EndMinute: 12 * 60})
		}
		must(t, store.PutCaseWorker(ctx, c))
		ids = append(ids, c.ID)
	}
	w.option = planner.InterviewOption{
		ID: uuid.UUID{15: 99}, InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour,
		HorizonDays: 60, Title: "Jobsamtale",
	}
	must(t, store.PutInterviewOption(ctx, center, w.option, ids))
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cpr(n int) string { return fmt.Sprintf("010190%04d", n) }

// batch makes a batch of citizens 1 to n on Monday 7 December, three times with each of the two.
func (w *world) batch(t testing.TB, list string) summonsdb.Batch {
	t.Helper()
	b, err := w.Make(t.Context(), summonsdb.NewBatch{
		ID: uuid.New(), JobCenter: center, Option: w.option.ID, List: []byte(list), By: lone,
		Interval: planner.Span{Start: time.Date(2026, 12, 7, 0, 0, 0, 0, planner.Copenhagen()), End: time.Date(2026, 12, 8, 0, 0, 0, 0, planner.Copenhagen())},
	})
	must(t, err)
	return b
}

func numbers(from, to int) string {
	var s []string
	for n := from; n <= to; n++ {
		s = append(s, cpr(n))
	}
	return strings.Join(s, "\n")
}

// states are the lines' states and reasons, in order.
func (w *world) states(t testing.TB, batch uuid.UUID) string {
	t.Helper()
	lines, err := w.Lines(t.Context(), batch)
	must(t, err)
	var s []string
	for _, l := range lines {
		word := string(l.State)
		if l.Reason != "" {
			word += ":" + l.Reason
		}
		s = append(s, word)
	}
	return strings.Join(s, " ")
}

func (w *world) carryOut(t testing.TB, batch uuid.UUID) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = w.CarryOut(t.Context(), batch)
		must(t, err)
	}
}

func (w *world) count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	must(t, w.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// self books a time as the citizen does.
func (w *world) self(t testing.TB, who int, hour int, worker string) {
	t.Helper()
	c, err := planner.ParseCPR(cpr(who))
	must(t, err)
	_, err = w.planner.CreateBooking(t.Context(), planner.CreateRequest{
		JobCenter: center, CPR: c, BookingID: uuid.New(), Option: w.option.ID, Start: time.Date(2026, 12, 7, hour, 0, 0, 0, planner.Copenhagen()), CaseWorkerIdentifier: worker,
	})
	must(t, err)
}

func TestABatchIsPlannedApprovedAndCarriedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.self(t, 90, 9, "RID-anna")
	b := w.batch(t, "CPR;Vejleder\n"+cpr(1)+";\n"+cpr(2)+";bo@kommune.example\n"+cpr(1)+"\n"+cpr(90)+"\nvrøvl\n"+cpr(3)+";RID-nobody\n"+numbers(4, 7))
	const plan = "planned planned refused:twice refused:has-meeting refused:bad-cpr refused:unknown-case-worker planned planned planned unplaced:used-up"
	if got := w.states(t, b.ID); got != plan {
		t.Errorf("planned\n%s, want\n%s", got, plan)
	}
	if n := w.count(t, `select count(*) from booking`) + w.count(t, `select count(*) from audit_entry where actor <> 'dfdg'`); n != 1 {
		t.Errorf("planning made %d bookings and audit rows", n-1)
	}
	if again, err := w.Make(ctx, summonsdb.NewBatch{ID: b.ID, JobCenter: center, Option: w.option.ID, List: []byte(cpr(8)), By: mads, Interval: b.Interval}); err != nil || again.MadeBy != "staff:lone" {
		t.Errorf("made twice: %+v, %v", again, err)
	}
	if more, err := w.CarryOut(ctx, b.ID); more || err != nil || w.count(t, `select count(*) from booking`) != 1 {
		t.Errorf("carried out before it was approved (%v, %v)", more, err)
	}

	must(t, w.Approve(ctx, b.ID, mads))
	if err := w.Approve(ctx, b.ID, lone); !errors.Is(err, summonsdb.ErrState) {
		t.Errorf("approved twice: %v", err)
	}
	if err := w.Plan(ctx, b.ID); !errors.Is(err, summonsdb.ErrState) {
		t.Errorf("planned anew once approved: %v", err)
	}
	if len(w.jobs.jobs) != 1 || w.jobs.jobs[0] != (jobargs.CarryOutSummons{Batch: b.ID.String()}) {
		t.Errorf("jobs %v", w.jobs.jobs)
	}
	must(t, w.StartDue(ctx))
	w.carryOut(t, b.ID)
	if got := w.states(t, b.ID); got != strings.ReplaceAll(plan, "planned", "booked") {
		t.Errorf("ended %s", got)
	}
	if b, err := w.Batch(ctx, b.ID); err != nil || b.State != summonsdb.Done || b.EndedAt == nil || b.Approver.Actor() != "staff:mads" {
		t.Errorf("%+v, %v", b, err)
	}
	if n := w.count(t, `select count(*) from audit_entry where actor = 'staff:mads' and action = 'create'`); n != 5 {
		t.Errorf("%d audit rows of 5 bookings", n)
	}
	if n := w.count(t, `select count(*) from audit_entry where action = 'approve-summons'`); n != 1 {
		t.Errorf("%d audit rows of the approval", n)
	}
	list, err := w.Batches(ctx, []planner.JobCenterCode{center}, 10)
	if err != nil || len(list) != 1 || list[0].Booked != 5 || list[0].Citizens != 10 || list[0].Title != "Jobsamtale" {
		t.Errorf("listed %+v, %v", list, err)
	}
	if list, err := w.Batches(ctx, []planner.JobCenterCode{"10200"}, 10); err != nil || len(list) != 0 {
		t.Errorf("another job centre sees %+v, %v", list, err)
	}
}

func TestAPlanIsMadeAnewWithWhatIsFreeByNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.batch(t, numbers(1, 6))
	w.self(t, 90, 9, "RID-anna")
	w.self(t, 6, 9, "RID-bo")
	must(t, w.Plan(t.Context(), b.ID))
	if got, want := w.states(t, b.ID), "planned planned planned planned unplaced:used-up refused:has-meeting"; got != want {
		t.Errorf("planned %s, want %s", got, want)
	}
}

func TestALineWhoseTimeIsGoneIsPlannedOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	b := w.batch(t, numbers(1, 4)) // two of three times of each
	must(t, w.Approve(ctx, b.ID, lone))
	w.self(t, 90, 9, "RID-anna")
	w.carryOut(t, b.ID)
	lines, err := w.Lines(ctx, b.ID)
	must(t, err)
	if got := w.states(t, b.ID); got != "booked booked booked booked" || !lines[0].Replanned || lines[1].Replanned {
		t.Errorf("%s, replanned %v %v", got, lines[0].Replanned, lines[1].Replanned)
	}
	if at := lines[0].Start.In(planner.Copenhagen()); at.Hour() != 11 {
		t.Errorf("planned again at %v, over what others of the list were to have", at)
	}

	again := newWorld(t)
	b = again.batch(t, numbers(1, 6))
	must(t, again.Approve(ctx, b.ID, lone))
	again.self(t, 90, 9, "RID-anna")
	again.carryOut(t, b.ID)
	if got, want := again.states(t, b.ID), "failed:used-up booked booked booked booked booked"; got != want && got != strings.Replace(want, "used-up", "no-times", 1) {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestABatchPausesGoesOnAndIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	b := w.batch(t, numbers(1, 6))
	must(t, w.Approve(ctx, b.ID, lone))
	booked := 0
	w.planner.after = func(planner.SummonRequest) error {
		if booked++; booked == 2 {
			return w.Pause(ctx, b.ID, mads)
		}
		return nil
	}
	w.carryOut(t, b.ID)
	if got := w.states(t, b.ID); strings.Count(got, "booked") != 2 || strings.Count(got, "planned") != 4 {
		t.Errorf("paused with %s", got)
	}
	if err := w.Pause(ctx, b.ID, mads); !errors.Is(err, summonsdb.ErrState) {
		t.Errorf("paused twice: %v", err)
	}
	must(t, w.Resume(ctx, b.ID, mads))
	w.planner.after = func(planner.SummonRequest) error {
		if booked++; booked == 5 {
			return w.Cancel(ctx, b.ID, lone) // while the third is being booked
		}
		return nil
	}
	w.carryOut(t, b.ID)
	if got := w.states(t, b.ID); strings.Count(got, "booked") != 5 || strings.Count(got, "left") != 1 {
		t.Errorf("cancelled with %s", got)
	}
	if n := w.count(t, `select count(*) from booking`); n != 5 {
		t.Errorf("%d bookings", n)
	}
	if err := w.Resume(ctx, b.ID, mads); !errors.Is(err, summonsdb.ErrState) {
		t.Errorf("resumed when cancelled: %v", err)
	}
	if n := w.count(t, `select count(*) from audit_entry where action in ('approve-summons', 'pause-summons', 'resume-summons', 'cancel-summons')`); n != 4 {
		t.Errorf("%d audit rows of four acts", n)
	}
}

func TestStoppedAnywhereABatchBooksEachCitizenOnce(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection is gone")
	for _, place := range []string{"before", "after"} {
		for line := range 6 {
			t.Run(fmt.Sprint(place, line), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				ctx := t.Context()
				b := w.batch(t, numbers(1, 6))
				must(t, w.Approve(ctx, b.ID, lone))
				calls := 0
				stop := func(planner.SummonRequest) error {
					if calls++; calls == line+1 {
						return broken
					}
					return nil
				}
				if place == "before" {
					w.planner.before = stop
				} else {
					w.planner.after = stop
				}
				if _, err := w.CarryOut(ctx, b.ID); !errors.Is(err, broken) {
					t.Fatalf("not stopped: %v", err)
				}
				w.carryOut(t, b.ID)
				bookings, audits := w.count(t, `select count(*) from booking`), w.count(t, `select count(*) from audit_entry where action = 'create'`)
				if got := w.states(t, b.ID); got != "booked booked booked booked booked booked" || bookings != 6 || audits != 6 {
					t.Errorf("%s, %d bookings, %d audit rows", got, bookings, audits)
				}
			})
		}
	}
}

func TestWhatCitizensDidWithTheirMeetingMeanwhileIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	b := w.batch(t, numbers(1, 1))
	must(t, w.Approve(ctx, b.ID, lone))
	broken := errors.New("killed after it booked")
	w.planner.after = func(r planner.SummonRequest) error {
		w.planner.after = nil
		must(t, w.planner.CancelBooking(ctx, planner.CancelRequest{JobCenter: center, BookingID: r.BookingID, Staff: mads, Why: "fraflyttet"}))
		return broken
	}
	if _, err := w.CarryOut(ctx, b.ID); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.carryOut(t, b.ID)
	if got := w.states(t, b.ID); got != "booked" || w.count(t, `select count(*) from booking where status = 'cancelled'`) != 1 {
		t.Errorf("%s", got)
	}
}

func TestAListOrAChoiceThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := summonsdb.NewBatch{ID: uuid.New(), JobCenter: center, Option: w.option.ID, By: lone,
		Interval: planner.Span{Start: w.now, End: w.now.AddDate(0, 0, 7)}}
	if _, err := w.Make(t.Context(), n); !errors.Is(err, summons.ErrEmpty) {
		t.Errorf("no list: %v", err)
	}
	n.List, n.CaseWorkers = []byte(cpr(1)), []string{"RID-nobody"}
	if _, err := w.Make(t.Context(), n); !errors.Is(err, &planner.Error{Code: planner.CodeUnknownCaseWorker}) {
		t.Errorf("nobody chosen: %v", err)
	}
	n.CaseWorkers, n.Option = nil, uuid.New()
	if _, err := w.Make(t.Context(), n); !errors.Is(err, &planner.Error{Code: planner.CodeUnknownOption}) {
		t.Errorf("no option: %v", err)
	}
	if err := w.Approve(t.Context(), uuid.New(), lone); !errors.Is(err, summonsdb.ErrUnknownBatch) {
		t.Errorf("no batch: %v", err)
	}
}
