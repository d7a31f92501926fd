package calendardb_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/externalcalendar"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/translate"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const center = planner.JobCenterCode("10100")

var (
	anna = planner.CaseWorker{
		ID: uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001"), JobCenter: center, Identifier: "CVR:12345678-RID:87654321",
		GivenName: "Anna", MiddleName: "Ærø", Surname: "Østergård", Email: "Anna@kommune.dk",
		Hours: []planner.WorkingHours{{Weekday: 1, StartMinute: 480, EndMinute: 720}, {Weekday: 1, StartMinute: 750, EndMinute: 960}, {Weekday: 5, StartMinute: 0, EndMinute: 1440}, {Weekday: 6, StartMinute: 480, EndMinute: 720}},
	}
	bo = planner.CaseWorker{
		ID: uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002"), JobCenter: center, GivenName: "Bo", Surname: "Bæk", Email: "bo@kommune.dk",
		Identifier: "langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-langt-",
	}
)

// world is a job centre with its stores on a real database, and the calendar service over HTTP. It is 24 November 2026,
// a Tuesday, ten o'clock in Denmark, until a test says otherwise.
type world struct {
	*calendardb.Store
	t       *testing.T
	pool    *pgxpool.Pool
	planner *plannerdb.Store
	sync    *syncdb.Store
	url     string
	option  planner.InterviewOption

	mu   sync.Mutex
	at   time.Time
	jobs []jobargs.Job
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// AddTx implements the stores' Outbox.
func (w *world) AddTx(_ context.Context, _ pgx.Tx, job jobargs.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, job)
	return nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	quiet := slog.New(slog.DiscardHandler)
	w.Store = calendardb.New(w.pool, w, w.now, quiet)
	w.sync = syncdb.New(w.pool, w, w.now, quiet)
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	w.must(err)
	w.planner = plannerdb.New(w.pool, plannerdb.Options{Now: w.now, Sealer: sealer, Changes: w.sync})
	ctx := t.Context()
	w.must(w.planner.PutJobCenter(ctx, planner.JobCenter{Code: center, Name: "Jobcenter Eksempel"}))
	w.must(w.planner.PutCaseWorker(ctx, anna))
	w.must(w.planner.PutCaseWorker(ctx, bo))
	w.option = planner.InterviewOption{
		ID: uuid.MustParse("00000000-0000-4000-8000-0000000000aa"), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1},
		Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 180, Title: "Jobsamtale",
	}
	w.must(w.planner.PutInterviewOption(ctx, center, w.option, []uuid.UUID{anna.ID}))
	srv := httptest.NewServer(externalcalendar.New(w.Store, soap.Config{Now: w.now, CheckAnswers: true, Logger: quiet}))
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// post sends a SOAP message and gives status and body of the answer.
func (w *world) post(body []byte) (int, string) {
	w.t.Helper()
	resp, err := http.Post(w.url+externalcalendar.Path, "text/xml; charset=utf-8", bytes.NewReader(body))
	w.must(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	w.must(err)
	return resp.StatusCode, string(answer)
}

// tell changes Anna's appointments as the Kommuneklient would, and gives the outcomes.
func (w *world) tell(changes ...externalcalendar.Change) []externalcalendar.Outcome {
	w.t.Helper()
	for i := range changes {
		if changes[i].CaseWorker == uuid.Nil {
			changes[i].CaseWorker = anna.ID
		}
	}
	done, err := w.Tell(w.t.Context(), center, changes)
	w.must(err)
	return done
}

// span is an hour on a day of December 2026, Danish time; Fridays are the 4th, 11th and 18th.
func span(day, hour int) planner.Span {
	start := time.Date(2026, 12, day, hour, 0, 0, 0, planner.Copenhagen())
	return planner.Span{Start: start, End: start.Add(time.Hour)}
}

func create(id string, s planner.Span) externalcalendar.Change {
	return externalcalendar.Change{Verb: externalcalendar.Create, OriginID: id, Span: s}
}

func update(id string, s planner.Span) externalcalendar.Change {
	return externalcalendar.Change{Verb: externalcalendar.Update, OriginID: id, Span: s}
}

func remove(id string) externalcalendar.Change {
	return externalcalendar.Change{Verb: externalcalendar.Delete, OriginID: id}
}

// offered tells whether the span's start is offered with Anna.
func (w *world) offered(s planner.Span) bool {
	w.t.Helper()
	cpr, err := planner.ParseCPR("0101901234")
	w.must(err)
	found, err := w.planner.Timeslots(w.t.Context(), planner.TimeslotQuery{JobCenter: center, CPR: cpr, Option: w.option.ID, Interval: planner.Span{Start: s.Start, End: s.End}})
	w.must(err)
	for _, slot := range found.Slots {
		if slot.Start.Equal(s.Start) {
			return true
		}
	}
	return false
}

// round commits a round of Anna's mailbox that found these times, by id.
func (w *world) round(box int64, started time.Time, full bool, found map[string]planner.Span) {
	w.t.Helper()
	run, err := w.sync.Begin(w.t.Context(), box, w.now())
	w.must(err)
	r := mailbox.Round{
		Started: started, Full: full, DeltaLink: "link", FullRoundDue: started.Add(24 * time.Hour), NextSweep: started.Add(15 * time.Minute),
		Window: calendar.Window{Start: started.Add(-24 * time.Hour), End: started.AddDate(0, 7, 0)}, ForgetBefore: started.Add(-24 * time.Hour),
	}
	for id, s := range found {
		r.PutBlocks = append(r.PutBlocks, translate.Block{ID: calendar.EventID(id), Span: s, ShowAs: calendar.Busy})
	}
	w.must(w.sync.CommitRound(w.t.Context(), run, r))
}

// blocks counts Anna's blocks of a source.
func (w *world) blocks(source calendardb.Source) (n int) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.t.Context(), `select count(*) from busy_block where case_worker_id = $1 and source = $2`, anna.ID, string(source)).Scan(&n))
	return n
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), sql, args...)
	w.must(err)
}
