package plannerdb_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const center = planner.JobCenterCode("10100")

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// outbox remembers what calendars would have been told by transactions that got that far, and perhaps were rolled back then.
type outbox struct {
	mu   sync.Mutex
	told []change
	fail error
	// meanwhile is done in the transaction's last moments.
	meanwhile func()
}

type change struct {
	booking uuid.UUID
	workers []uuid.UUID
}

func (o *outbox) BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, workers []uuid.UUID) error {
	var exists bool
	if err := tx.QueryRow(ctx, `select exists (select from booking where id = $1)`, booking).Scan(&exists); err != nil || !exists {
		return fmt.Errorf("told of booking %s: exists %v, %w", booking, exists, err)
	}
	if o.meanwhile != nil {
		o.meanwhile()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, change{booking, workers})
	return o.fail
}

// QueueBooked looks, in the batch, whether the transaction has written the booking.
func (o *outbox) QueueBooked(_ context.Context, b *pgbatch.Batch, booking uuid.UUID) {
	if o.fail != nil {
		b.Queue(`select 1 / 0`)
	}
	b.Queue(`select case_worker_id from booking where id = $1 and xmin = pg_current_xact_id_if_assigned()::xid`, booking).Query(func(rows pgx.Rows) error {
		workers, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil || len(workers) == 0 {
			return err
		}
		if o.meanwhile != nil {
			o.meanwhile()
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, change{booking, workers})
		return nil
	})
}

func (o *outbox) drain() []change {
	o.mu.Lock()
	defer o.mu.Unlock()
	told := o.told
	o.told = nil
	return told
}

// world is a job centre with two case workers, Anna and Bo, who both hold the option's meetings,
// every day from 8 to 16. It is Tuesday 1 December 2026, seven o'clock.
type world struct {
	*plannerdb.Store
	pool   *pgxpool.Pool
	clock  *clock
	outbox *outbox
	option planner.InterviewOption
	anna   planner.CaseWorker
	bo     planner.CaseWorker
	// stranger is another citizen, where a test needs one.
	stranger planner.CPR
}

func sealer(t testing.TB) *plannerdb.Sealer {
	t.Helper()
	s, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), clock: &clock{at: at(t, "2026-12-01 07:00")}, outbox: &outbox{}}
	w.Store = w.process(t)
	ctx := t.Context()
	must(t, w.PutJobCenter(ctx, planner.JobCenter{Code: center, Name: "Jobcenter Eksempel"}))
	w.anna = newWorker("anna", daily(8, 16))
	w.bo = newWorker("bo", daily(8, 16))
	must(t, w.PutCaseWorker(ctx, w.anna))
	must(t, w.PutCaseWorker(ctx, w.bo))
	day := 24 * time.Hour
	w.option = planner.InterviewOption{
		ID: uuid.MustParse("00000000-0000-4000-8000-0000000000aa"), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1, 8},
		Duration: time.Hour, SlotStep: 30 * time.Minute, Notice: 2 * time.Hour, HorizonDays: 30, Title: "Jobsamtale",
		Location:          planner.Location{Address: &planner.Address{StreetName: "Rådhuspladsen", Building: "1", PostCode: "1550", District: "København V"}},
		RebookingDeadline: &day,
	}
	must(t, w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID, w.bo.ID}))
	return w
}

// process is one more process on the world's database. It answers from memory what it can.
func (w *world) process(t testing.TB) *plannerdb.Store {
	t.Helper()
	s := plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t), Changes: w.outbox, Keep: 1 << 20, Log: slog.New(complaints{t})})
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// complaints makes a test fail when nothing is answered from memory any more: the answers would still be right.
type complaints struct{ testing.TB }

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (c complaints) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "from memory") {
		r.Attrs(func(a slog.Attr) bool { c.TB.Error(r.Message, a); return true })
	}
	return nil
}

func (c complaints) WithAttrs([]slog.Attr) slog.Handler { return c }

func (c complaints) WithGroup(string) slog.Handler { return c }

func newWorker(name string, hours []planner.WorkingHours) planner.CaseWorker {
	return planner.CaseWorker{
		ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), JobCenter: center, Identifier: "RID-" + name,
		GivenName: name, Surname: "Vejleder", Email: name + "@kommune.example", Phone: "+4511223344", Hours: hours,
	}
}

func daily(from, to int) []planner.WorkingHours {
	var h []planner.WorkingHours
	for d := 1; d <= 7; d++ {
		h = append(h, planner.WorkingHours{Weekday: d, StartMinute: from * 60, EndMinute: to * 60})
	}
	return h
}

// citizen gives the n-th citizen's CPR number.
func citizen(t testing.TB, n int) planner.CPR {
	t.Helper()
	cpr, err := planner.ParseCPR(fmt.Sprintf("010190%04d", n))
	must(t, err)
	return cpr
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, planner.Copenhagen())
	must(t, err)
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails the test unless err is a refusal with the code; "" means no error.
func refused(t testing.TB, err error, code planner.Code) {
	t.Helper()
	if code == "" {
		must(t, err)
		return
	}
	e, ok := err.(*planner.Error)
	if !ok || e.Code != code {
		t.Fatalf("err = %v, want refusal %q", err, code)
	}
}

func (w *world) reserve(t testing.TB, who int, start string, change ...func(*planner.ReserveRequest)) (planner.Reservation, error) {
	t.Helper()
	r := planner.ReserveRequest{JobCenter: center, CPR: citizen(t, who), Option: &w.option.ID, Start: at(t, start), Caller: planner.Caller{OrganisationType: 5, OrganisationCode: "101"}}
	for _, c := range change {
		c(&r)
	}
	return w.Reserve(t.Context(), r)
}

func (w *world) create(t testing.TB, who int, start string, change ...func(*planner.CreateRequest)) (planner.CreateRequest, planner.Receipt, error) {
	t.Helper()
	r := planner.CreateRequest{JobCenter: center, CPR: citizen(t, who), BookingID: uuid.New(), Option: w.option.ID, Start: at(t, start), Caller: planner.Caller{OrganisationType: 5, OrganisationCode: "101"}}
	for _, c := range change {
		c(&r)
	}
	receipt, err := w.CreateBooking(t.Context(), r)
	return r, receipt, err
}

func (w *world) move(t testing.TB, who int, booking uuid.UUID, start string, change ...func(*planner.RescheduleRequest)) (planner.RescheduleRequest, planner.Receipt, error) {
	t.Helper()
	r := planner.RescheduleRequest{JobCenter: center, CPR: citizen(t, who), BookingID: booking, Start: at(t, start)}
	for _, c := range change {
		c(&r)
	}
	receipt, err := w.RescheduleBooking(t.Context(), r)
	return r, receipt, err
}

// free tells who is offered at a start, in order.
func (w *world) free(t testing.TB, who int, start string) []uuid.UUID {
	t.Helper()
	from := at(t, start)
	slots, err := w.Timeslots(t.Context(), planner.TimeslotQuery{
		JobCenter: center, CPR: citizen(t, who), Option: w.option.ID, Interval: planner.Span{Start: from, End: from.Add(w.option.Duration)},
	})
	must(t, err)
	for _, s := range slots.Slots {
		if s.Start.Equal(from) {
			return s.CaseWorkers
		}
	}
	return nil
}

func (w *world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := w.pool.Exec(t.Context(), sql, args...)
	must(t, err)
}

func (w *world) count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	must(t, w.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// block puts an appointment of the counsellor's own into their calendar.
func (w *world) block(t testing.TB, worker uuid.UUID, from, to string) {
	t.Helper()
	w.exec(t, `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', $2, $3, $4, 'busy')`,
		worker, uuid.NewString(), at(t, from), at(t, to))
}

// seeder is what a world is put into.
type seeder interface {
	PutJobCenter(ctx context.Context, c planner.JobCenter) error
	PutCaseWorker(ctx context.Context, w planner.CaseWorker) error
	PutInterviewOption(ctx context.Context, jc planner.JobCenterCode, o planner.InterviewOption, caseWorkers []uuid.UUID) error
}
