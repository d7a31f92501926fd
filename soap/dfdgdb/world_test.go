package dfdgdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
	"kommunalplanner.example/soap/dfdgsim"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	center  = planner.JobCenterCode("10100")
	citizen = "0101701234"
)

// clock is a clock that tests set; each reading is a microsecond later than the one before.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Microsecond)
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// calendars remembers what calendars were told by transactions that got that far.
type calendars struct {
	mu   sync.Mutex
	told map[uuid.UUID]int
	next dfdgdb.Calendars
}

func (c *calendars) BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, workers []uuid.UUID) error {
	c.mu.Lock()
	c.told[booking]++
	next := c.next
	c.mu.Unlock()
	if next != nil {
		return next.BookingChangedTx(ctx, tx, booking, workers)
	}
	return nil
}

// QueueBooked implements plannerdb.CalendarOutbox; what a citizen books is not told to DFDG.
func (*calendars) QueueBooked(context.Context, *pgbatch.Batch, uuid.UUID) {}

// world is a job centre with two case workers, "A" and "B", its database, and DFDG.
type world struct {
	t       testing.TB
	clock   *clock
	pool    *pgxpool.Pool
	planner *plannerdb.Store
	store   *dfdgdb.Store
	told    *calendars
	dfdg    *dfdgsim.Server
	http    *httptest.Server
	workers map[string]uuid.UUID
	option  planner.InterviewOption
	log     *bytes.Buffer
}

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func newWorld(t testing.TB, sim dfdgsim.Config) *world {
	t.Helper()
	w := &world{
		t: t, clock: &clock{at: time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC)}, pool: pgtest.New(t), told: &calendars{told: map[uuid.UUID]int{}},
		workers: map[string]uuid.UUID{"A": uuid.New(), "B": uuid.New()}, log: &bytes.Buffer{},
	}
	keys := map[byte][]byte{1: key(1)}
	sealer, err := plannerdb.NewSealer(keys, 1, key(9))
	w.must(err)
	vault, err := dfdgdb.NewVault(keys, 1)
	w.must(err)
	w.store = dfdgdb.New(w.pool, dfdgdb.Options{Sealer: sealer, Vault: vault, Calendars: w.told, Now: w.clock.Now})
	w.planner = plannerdb.New(w.pool, plannerdb.Options{Sealer: sealer, Changes: &calendars{told: map[uuid.UUID]int{}, next: w.store}, Now: w.clock.Now})
	w.seed()
	sim.Now = w.clock.Now
	w.dfdg = dfdgsim.New(sim)
	w.http = httptest.NewServer(w.dfdg)
	t.Cleanup(w.http.Close)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), sql, args...)
	w.must(err)
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

func (w *world) seed() {
	w.exec(`insert into job_center (code, name) values ($1, 'Jobcenter Prøve')`, string(center))
	deadline := time.Hour
	w.option = planner.InterviewOption{
		ID: uuid.New(), JobCenter: center, InterviewType: 4, InterviewForm: 1, ContactTypes: []int{1, 2}, Duration: 45 * time.Minute, SlotStep: 30 * time.Minute,
		HorizonDays: 100, Title: "Opfølgning", Description: "Vi taler om din plan.", Phone: "12 34 56 78",
		Location:          planner.Location{Address: &planner.Address{StreetName: "Torvet", Building: "1", PostCode: "2000", District: "Prøveby"}},
		RebookingDeadline: &deadline,
	}
	w.exec(`insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, title, description, phone,
	        street_name, street_building, post_code, district_name, rebooking_deadline_minutes)
	        values ($1, $2, 4, 1, '{1,2}', 45, $3, $4, $5, 'Torvet', '1', '2000', 'Prøveby', 60)`,
		w.option.ID, string(center), w.option.Title, w.option.Description, w.option.Phone)
	for name, id := range w.workers {
		w.exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, $2, $3, $4, 'Prøve', $5)`,
			id, string(center), "RID:"+name, name, name+"@kommune.example")
		w.exec(`insert into interview_option_case_worker (interview_option_id, case_worker_id) values ($1, $2)`, w.option.ID, id)
		for day := 1; day <= 7; day++ {
			w.exec(`insert into working_hours (case_worker_id, weekday, start_minute, end_minute) values ($1, $2, 480, 960)`, id, day)
		}
	}
}

// client is one process' connection to DFDG, with something in between.
func (w *world) client(between func(http.RoundTripper) http.RoundTripper) *http.Client {
	var rt http.RoundTripper = w.http.Client().Transport
	if between != nil {
		rt = between(rt)
	}
	return &http.Client{Transport: rt}
}

func (w *world) intake(inbox dfdgqueue.Inbox) *dfdgqueue.Intake {
	return dfdgqueue.NewIntake(dfdgqueue.IntakeConfig{Inbox: inbox, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, nil))})
}

// storage is what a poller writes to.
type storage interface {
	dfdgqueue.Inbox
	dfdgqueue.Pollers
}

func (w *world) poller(client *http.Client, s storage) *dfdgqueue.Poller {
	transport, err := dfdgqueue.NewQueue(dfdgqueue.QueueConfig{
		URL: w.http.URL + dfdgsim.PathWsrm, HTTP: client, Now: w.clock.Now,
		Caller: dfdgqueue.Caller{FullName: "Kommunal Planner", UserIdentifier: "CVR:12345678-UUID:3f0ad6a2-0000-4000-8000-000000000000"},
	})
	w.must(err)
	return dfdgqueue.NewPoller(dfdgqueue.PollerConfig{Transport: transport, Intake: w.intake(s), Pollers: s, Now: w.clock.Now})
}

// poll empties the queue.
func (w *world) poll() (all dfdgqueue.Outcome) {
	w.t.Helper()
	p := w.poller(w.client(nil), w.store)
	for {
		out, err := p.Poll(w.t.Context(), center)
		w.must(err)
		all.Messages, all.Repeats, all.Changed, all.ForPerson = all.Messages+out.Messages, all.Repeats+out.Repeats, all.Changed+out.Changed, all.ForPerson+out.ForPerson
		if out.Next.After(w.clock.Now()) {
			return all
		}
	}
}

func (w *world) reporter(client *http.Client, o dfdgregister.Outbox) *dfdgregister.Reporter {
	return dfdgregister.NewReporter(dfdgregister.Config{
		Outbox: o, Now: w.clock.Now,
		Client: dfdgregister.NewClient(dfdgregister.ClientConfig{
			URL: w.http.URL + dfdgsim.PathRegister, HTTP: client, FullName: "Kommunal Planner",
			UserIdentifier: "CVR:12345678-UUID:3f0ad6a2-0000-4000-8000-000000000000", Defaults: dfdgregister.Defaults{InterviewType: 4, InterviewForm: 1}, Now: w.clock.Now,
		}),
	})
}

func (w *world) report() dfdgregister.Outcome {
	w.t.Helper()
	out, err := w.reporter(w.client(nil), w.store).Report(w.t.Context())
	w.must(err)
	return out
}

// at is an instant of the day so many days ahead.
func (w *world) at(days, hour, minute int) time.Time {
	return time.Date(2026, 12, 1+days, hour, minute, 0, 0, planner.Copenhagen())
}

func (w *world) kss(m dfdgsim.Meeting) (booking, message uuid.UUID) {
	w.t.Helper()
	if m.Act == dfdgsim.Created {
		m.JobCenter = string(center)
		if m.CPR == "" {
			m.CPR = citizen
		}
		if m.CaseWorkerIdentifier == "" {
			m.CaseWorkerIdentifier = "RID:A"
		}
	}
	b, id, err := w.dfdg.KSS(m)
	w.must(err)
	return b, id
}

type bookingRow struct {
	Start       time.Time
	Worker      uuid.UUID
	Status      string
	Origin      string
	Overlapping bool
	Held        int
	Exclusive   bool
}

// booking reads a booking with its held time; false when there is none.
func (w *world) booking(id uuid.UUID) (bookingRow, bool) {
	w.t.Helper()
	var b bookingRow
	err := w.pool.QueryRow(w.t.Context(), `select b.starts_at, b.case_worker_id, b.status, b.origin, b.overlapping,
	    (select count(*) from held_time h where h.booking_id = b.id and lower(h.during) = b.starts_at and upper(h.during) = b.ends_at
	        and h.case_worker_id = b.case_worker_id),
	    coalesce((select bool_and(h.exclusive) from held_time h where h.booking_id = b.id), false)
	    from booking b where b.id = $1`, id).Scan(&b.Start, &b.Worker, &b.Status, &b.Origin, &b.Overlapping, &b.Held, &b.Exclusive)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, false
	}
	w.must(err)
	return b, true
}

func (w *world) inbox(id uuid.UUID) (state, reason string) {
	w.t.Helper()
	err := w.pool.QueryRow(w.t.Context(), `select state, reason from dfdg_inbox where message_id = $1`, id).Scan(&state, &reason)
	if errors.Is(err, pgx.ErrNoRows) {
		return "absent", ""
	}
	w.must(err)
	return state, reason
}

// selfBook makes a citizen's booking as SOAP would.
func (w *world) selfBook(start time.Time) uuid.UUID {
	w.t.Helper()
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	id := uuid.New()
	_, err = w.planner.CreateBooking(w.t.Context(), planner.CreateRequest{
		JobCenter: center, CPR: cpr, BookingID: id, Option: w.option.ID, Start: start, CaseWorkerIdentifier: "RID:A",
	})
	w.must(err)
	return id
}

func (w *world) String() string { return fmt.Sprint(w.dfdg.Counts()) }
