package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summonsdb"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

// office is the stores of one process that calls citizens in, with a queue and no calendars to read.
type office struct {
	pool    *pgxpool.Pool
	planner *plannerdb.Store
	summons *summonsdb.Store
}

func newOffice(pool *pgxpool.Pool) (*office, error) {
	quiet := slog.New(slog.DiscardHandler)
	out, err := jobs.NewOutbox(pool, quiet)
	if err != nil {
		return nil, err
	}
	seal, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		return nil, err
	}
	o := &office{pool: pool, planner: plannerdb.New(pool, plannerdb.Options{Sealer: seal, Changes: syncdb.New(pool, out, time.Now, quiet)})}
	o.summons = summonsdb.New(pool, summonsdb.Options{Planner: o.planner, Sealer: seal, Outbox: out})
	return o, nil
}

// nothing stands in for all that a runner has beside the mass summons.
type nothing struct{ *summonsdb.Store }

func (nothing) Announce(context.Context) error                      { return nil }
func (nothing) Ensure(context.Context, int64) error                 { return nil }
func (nothing) Audit(context.Context) error                         { return nil }
func (nothing) Prune(context.Context, time.Time) error              { return nil }
func (nothing) Sync(context.Context, int64) (mailbox.Result, error) { return mailbox.Result{}, nil }
func (n nothing) StartDue(ctx context.Context, _ time.Time, _ time.Duration) (int, int, error) {
	return 0, 0, n.Store.StartDue(ctx)
}

// carryOutUntilKilled is the child process of the test below: a runner that works the queue of a database.
func carryOutUntilKilled() int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx := context.Background()
	pool, err := migrations.OpenPool(ctx, os.Getenv("SUMMONS_DATABASE"))
	if err != nil {
		return fail(err)
	}
	o, err := newOffice(pool)
	if err != nil {
		return fail(err)
	}
	n := nothing{o.summons}
	runner, err := jobs.NewRunner(jobs.Config{
		Pool: pool, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Now: time.Now, Mailboxes: n, Subscriber: n, Upkeep: n, Summonses: o.summons,
		TickEvery: 200 * time.Millisecond,
	})
	if err != nil {
		return fail(err)
	}
	if err := runner.Start(ctx); err != nil {
		return fail(err)
	}
	world.SayReady(nil)
	select {}
}

// TestAThousandCitizensAreSummonedOnceEach is the acceptance of the mass summons: a thousand citizens, fifty counsellors, citizens who
// book for themselves meanwhile, and a process that is killed in the middle, twice.
func TestAThousandCitizensAreSummonedOnceEach(t *testing.T) {
	t.Parallel()
	const citizens, counsellors = 1000, 50
	const center = planner.JobCenterCode("10100")
	ctx := t.Context()
	url := pgtest.URL(t)
	pool, err := migrations.OpenPool(ctx, url)
	noError(t, err)
	t.Cleanup(pool.Close)
	o, err := newOffice(pool)
	noError(t, err)
	noError(t, o.planner.PutJobCenter(ctx, planner.JobCenter{Code: center, Name: "Prøveby"}))
	var ids []uuid.UUID
	for i := range counsellors {
		w := planner.CaseWorker{ID: uuid.New(), JobCenter: center, Identifier: fmt.Sprintf("RID-%02d", i), GivenName: "Vejleder", Surname: fmt.Sprint(i), Email: fmt.Sprintf("v%d@kommune.example", i)}
		for d := 1; d <= 5; d++ {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: d, StartMinute: 8 * 60, EndMinute: 16 * 60})
		}
		noError(t, o.planner.PutCaseWorker(ctx, w))
		ids = append(ids, w.ID)
	}
	option := planner.InterviewOption{
		ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 60,
		Title: "Jobsamtale", Rules: planner.OptionRules{BufferAfter: 15 * time.Minute, MaxPerDay: 6},
	}
	noError(t, o.planner.PutInterviewOption(ctx, center, option, ids))
	number := func(n int) string { return fmt.Sprintf("%02d0190%04d", 1+n/5000, n%5000) }
	var list strings.Builder
	for i := range citizens {
		fmt.Fprintf(&list, "%s;\n", number(i))
	}
	lone := planner.Staff{ID: uuid.New(), Login: "lone"}
	from := planner.WholeDays(planner.Span{Start: time.Now().AddDate(0, 0, 3), End: time.Now().AddDate(0, 0, 4)}).Start
	b, err := o.summons.Make(ctx, summonsdb.NewBatch{
		ID: uuid.New(), JobCenter: center, Option: option.ID, Interval: planner.Span{Start: from, End: from.AddDate(0, 0, 14)}, List: []byte(list.String()), By: lone,
	})
	noError(t, err)
	plan, err := o.summons.Lines(ctx, b.ID)
	noError(t, err)
	if spread := loadOf(plan); len(plan) != citizens || spread.low != citizens/counsellors || spread.high != citizens/counsellors {
		t.Fatalf("%d lines planned, between %d and %d each", len(plan), spread.low, spread.high)
	}
	noError(t, o.summons.Approve(ctx, b.ID, lone))

	// Citizens who book for themselves what the plan was to give to others, each at one of its times.
	var selfBooked, taken atomic.Int32
	stop := make(chan struct{})
	var rivals sync.WaitGroup
	seed := rand.Uint64()
	for r := range 4 {
		rivals.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(r)))
			for n := 0; n < 60; n++ {
				select {
				case <-stop:
					return
				default:
				}
				l := plan[random.IntN(len(plan))]
				cpr, err := planner.ParseCPR(number(5000 + 1000*r + n))
				if err != nil {
					t.Error(err)
					return
				}
				_, err = o.planner.CreateBooking(ctx, planner.CreateRequest{JobCenter: center, CPR: cpr, BookingID: uuid.New(), Option: option.ID, Start: *l.Start})
				if refusal, ok := err.(*planner.Error); ok && refusal.Code == planner.CodeTaken {
					taken.Add(1)
				} else if err != nil {
					t.Errorf("a citizen: %v", err)
					return
				} else {
					selfBooked.Add(1)
				}
			}
		})
	}

	booked := func() int { return countIn(t, pool, `select count(*) from summons_line where state = 'booked'`) }
	p := world.NewProcess("office", t.TempDir(), map[string]string{"SUMMONS_DATABASE": url})
	for _, atLeast := range []int{150, 550} {
		noError(t, p.Start(ctx))
		noError(t, world.Eventually(ctx, time.Minute, "the middle of the list", func(context.Context) (bool, error) { return booked() >= atLeast, nil }))
		noError(t, p.Kill())
		t.Logf("killed with %d of %d booked", booked(), citizens)
		if booked() == citizens {
			t.Error("killed too late to prove anything")
		}
	}
	noError(t, p.Start(ctx))
	noError(t, world.Eventually(ctx, 2*time.Minute, "the end of the list", func(ctx context.Context) (bool, error) {
		b, err := o.summons.Batch(ctx, b.ID)
		return b.State == summonsdb.Done, err
	}))
	noError(t, p.Kill())
	close(stop)
	rivals.Wait()

	lines, err := o.summons.Lines(ctx, b.ID)
	noError(t, err)
	replanned := 0
	for _, l := range lines {
		if l.State != summonsdb.Booked {
			t.Errorf("line %d ended %s (%s)", l.Number, l.State, l.Reason)
		}
		if l.Replanned {
			replanned++
		}
	}
	spread := loadOf(lines)
	t.Logf("%d citizens over %d counsellors: %d to %d each; %d booked for themselves meanwhile, %d found the time taken, %d lines were planned again",
		citizens, counsellors, spread.low, spread.high, selfBooked.Load(), taken.Load(), replanned)
	if spread.high-spread.low > 4 {
		t.Errorf("not spread fairly: %d to %d each", spread.low, spread.high)
	}
	for what, wrong := range map[string]string{
		"lines without just one booking of their citizen": `select count(*) from summons_line l where (select count(*) from booking b where b.citizen_hash = l.citizen_hash and b.origin = 'planner' and b.id = l.booking_id) <> 1
			or (select count(*) from booking b where b.citizen_hash = l.citizen_hash) <> 1`,
		"bookings that are not where their line says": `select count(*) from summons_line l join booking b on b.id = l.booking_id where b.starts_at <> l.starts_at or b.case_worker_id <> l.case_worker_id`,
		"bookings without just one audit row":         `select count(*) from booking b where (select count(*) from audit_entry a where a.booking_id = b.id) <> 1`,
		"audit rows of the summons in another name":   `select count(*) from audit_entry a join summons_line l on l.booking_id = a.booking_id where a.actor <> 'staff:lone' or a.action <> 'create'`,
		"double bookings": `select count(*) from booking a join booking b on a.case_worker_id = b.case_worker_id and a.id < b.id
			and a.starts_at < b.ends_at + interval '15 minutes' and b.starts_at < a.ends_at + interval '15 minutes'`,
		"days with more than six meetings": `select count(*) from (select 1 from booking group by case_worker_id, (starts_at at time zone 'Europe/Copenhagen')::date having count(*) > 6) d`,
	} {
		if n := countIn(t, pool, wrong); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if n := countIn(t, pool, `select count(*) from audit_entry where action = 'approve-summons'`); n != 1 {
		t.Errorf("%d audit rows of the approval", n)
	}
}

type loads struct{ low, high int }

// loadOf counts lines by case worker.
func loadOf(lines []summonsdb.Line) loads {
	n := map[uuid.UUID]int{}
	for _, l := range lines {
		if l.CaseWorker != nil {
			n[*l.CaseWorker]++
		}
	}
	found := loads{low: len(lines)}
	for _, v := range n {
		found.low, found.high = min(found.low, v), max(found.high, v)
	}
	return found
}

func countIn(t *testing.T, pool *pgxpool.Pool, sql string) (n int) {
	t.Helper()
	noError(t, pool.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
