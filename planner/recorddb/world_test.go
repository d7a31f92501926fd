package recorddb_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const center = planner.JobCenterCode("10100")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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

// world is a job centre with one case worker, who holds the option's meetings every day from 8 to 16. It is Tuesday 1
// December 2026, seven o'clock in Denmark.
type world struct {
	*testing.T
	*recorddb.Store
	pool    *pgxpool.Pool
	clock   *clock
	log     *bytes.Buffer
	planner *plannerdb.Store
	sealer  *plannerdb.Sealer
	anna    planner.CaseWorker
	option  planner.InterviewOption
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, pool: pgtest.New(t), clock: &clock{at: time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)}, log: &bytes.Buffer{}}
	var err error
	w.sealer, err = plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{9}, 32))
	must(t, err)
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.Store = recorddb.New(w.pool, recorddb.Options{Hasher: w.sealer, Now: w.clock.Now, Log: log})
	w.planner = plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: w.sealer})
	must(t, w.planner.PutJobCenter(t.Context(), planner.JobCenter{Code: center, Name: "Jobcenter Eksempel"}))
	w.anna = planner.CaseWorker{ID: uuid.New(), JobCenter: center, Identifier: "RID-1", GivenName: "Anna", Surname: "A", Email: "anna@example.dk"}
	for day := 1; day <= 7; day++ {
		w.anna.Hours = append(w.anna.Hours, planner.WorkingHours{Weekday: day, StartMinute: 480, EndMinute: 960})
	}
	must(t, w.planner.PutCaseWorker(t.Context(), w.anna))
	moved := time.Hour
	w.option = planner.InterviewOption{
		ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 180, Title: "Jobsamtale",
		RebookingDeadline: &moved,
	}
	must(t, w.planner.PutInterviewOption(t.Context(), center, w.option, []uuid.UUID{w.anna.ID}))
	return w
}

// caller is DFDG with its certificate.
var caller = planner.Caller{OrganisationType: 5, OrganisationCode: "101", From: "soap CVR:12345678"}

func cpr(t testing.TB, digits string) planner.CPR {
	t.Helper()
	c, err := planner.ParseCPR(digits)
	must(t, err)
	return c
}

// book makes a meeting of the citizen at so many hours from now.
func (w *world) book(citizen planner.CPR, hours int) uuid.UUID {
	w.Helper()
	id := uuid.New()
	_, err := w.planner.CreateBooking(w.Context(), planner.CreateRequest{
		JobCenter: center, CPR: citizen, BookingID: id, Option: w.option.ID, Start: w.clock.Now().Add(time.Duration(hours) * time.Hour), Caller: caller,
	})
	must(w, err)
	return id
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	_, err := w.pool.Exec(context.Background(), sql, args...)
	must(w, err)
}

// tamper is exec for whoever has the superuser's rights and uses them.
func (w *world) tamper(sql string) {
	w.Helper()
	w.exec(`do $$ begin set local session_replication_role = replica; ` + sql + `; end $$`)
}

func (w *world) count(sql string, args ...any) (n int) {
	w.Helper()
	must(w, w.pool.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// note writes an entry of the audit trail.
func (w *world) note(action string) {
	w.Helper()
	w.exec(`insert into audit_entry (at, actor, action, after) values ($1, 'system', $2, '{"b": 1, "a": [1.50]}')`, w.clock.Now(), action)
}
