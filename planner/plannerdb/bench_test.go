package plannerdb_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// bigWorld has fifty case workers who work round the clock and hold meetings of half an hour, a hundred days ahead.
func bigWorld(b *testing.B) (*world, []planner.CaseWorker) {
	w := newWorld(b)
	w.Store = plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(b)})
	var workers []planner.CaseWorker
	var ids []uuid.UUID
	for i := range 50 {
		c := newWorker(string(rune('A'+i/10))+string(rune('0'+i%10)), daily(0, 24))
		must(b, w.PutCaseWorker(b.Context(), c))
		workers, ids = append(workers, c), append(ids, c.ID)
	}
	w.option.Duration, w.option.HorizonDays = 30*time.Minute, 100
	must(b, w.PutInterviewOption(b.Context(), center, w.option, ids))
	return w, workers
}

// request is the n-th booking, of a citizen, case worker and time of its own.
func (w *world) request(b *testing.B, workers []planner.CaseWorker, n int) planner.CreateRequest {
	return planner.CreateRequest{
		JobCenter: center, CPR: citizen(b, n%10000), BookingID: uuid.New(), Option: w.option.ID, CaseWorkerIdentifier: workers[n%50].Identifier,
		Start: at(b, "2026-12-02 00:00").Add(time.Duration(n/50) * 30 * time.Minute),
	}
}

// inParallel runs b.N times with eight at once and reports how many per second.
func inParallel(b *testing.B, f func(n int) error) {
	var next atomic.Int64
	b.SetParallelism(4) // times GOMAXPROCS
	b.ResetTimer()
	begun := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(int(next.Add(1)) - 1); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "commits/s")
}

// BenchmarkCommitBooking measures bookings made beside the floor, a transaction that inserts one plain row.
func BenchmarkCommitBooking(b *testing.B) {
	b.Run("floor: one-row insert", func(b *testing.B) {
		w := newWorld(b)
		w.exec(b, `create table plain (id uuid primary key, case_worker_id uuid, starts_at timestamptz, ends_at timestamptz)`)
		inParallel(b, func(int) error {
			_, err := w.pool.Exec(context.Background(), `insert into plain values ($1, $2, $3, $3)`, uuid.New(), w.anna.ID, w.clock.at)
			return err
		})
	})
	b.Run("floor: the same in begin and commit", func(b *testing.B) {
		w := newWorld(b)
		w.exec(b, `create table plain (id uuid primary key, case_worker_id uuid, starts_at timestamptz, ends_at timestamptz)`)
		inParallel(b, func(int) error {
			return pgx.BeginFunc(context.Background(), w.pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(context.Background(), `insert into plain values ($1, $2, $3, $3)`, uuid.New(), w.anna.ID, w.clock.at)
				return err
			})
		})
	})
	b.Run("with a reservation", func(b *testing.B) {
		w, workers := bigWorld(b)
		requests := make([]planner.CreateRequest, b.N)
		for n := range requests {
			r := w.request(b, workers, n)
			held, err := w.Reserve(b.Context(), planner.ReserveRequest{JobCenter: center, CPR: r.CPR, Option: &r.Option, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier})
			must(b, err)
			r.Reservation = &held.ID
			requests[n] = r
		}
		inParallel(b, func(n int) error { _, err := w.CreateBooking(context.Background(), requests[n]); return err })
	})
	b.Run("without", func(b *testing.B) {
		w, workers := bigWorld(b)
		inParallel(b, func(n int) error {
			_, err := w.CreateBooking(context.Background(), w.request(b, workers, n))
			return err
		})
	})
	b.Run("reserve", func(b *testing.B) {
		w, workers := bigWorld(b)
		inParallel(b, func(n int) error {
			r := w.request(b, workers, n)
			_, err := w.Reserve(context.Background(), planner.ReserveRequest{JobCenter: center, CPR: r.CPR, Option: &r.Option, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier})
			return err
		})
	})
}

// BenchmarkTimeslots answers for fifty case workers and thirty days with four appointments a day each, beside the floor: one query that
// fetches the appointments.
func BenchmarkTimeslots(b *testing.B) {
	w, _ := bigWorld(b)
	w.exec(b, `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as)
		select l.case_worker_id, 'graph', d || '-' || k, s, s + interval '40 minutes', 'busy'
		from interview_option_case_worker l, generate_series(0, 210) d, generate_series(0, 3) k,
			lateral (select timestamptz '2026-12-01 07:00+01' + d * interval '1 day' + k * interval '2 hours') t(s)
		where l.interview_option_id = $1`, w.option.ID)
	w.exec(b, `vacuum analyze`)
	interval := planner.Span{Start: at(b, "2026-12-02 00:00"), End: at(b, "2027-01-01 00:00")}
	b.Run("floor: one range query", func(b *testing.B) {
		type row struct {
			Worker   uuid.UUID
			From, To time.Time
		}
		var rows []row
		for b.Loop() {
			r, err := w.pool.Query(b.Context(), `
				select b.case_worker_id, b.starts_at, b.ends_at from busy_block b join interview_option_case_worker l on l.case_worker_id = b.case_worker_id
				where l.interview_option_id = $1 and b.ends_at > $2 and b.starts_at < $3`, w.option.ID, interval.Start, interval.End)
			must(b, err)
			rows, err = pgx.CollectRows(r, pgx.RowToStructByPos[row])
			must(b, err)
		}
		b.ReportMetric(float64(len(rows)), "rows")
	})
	b.Run("answer", func(b *testing.B) {
		b.ReportAllocs()
		slots := 0
		for b.Loop() {
			t, err := w.Timeslots(b.Context(), planner.TimeslotQuery{JobCenter: center, CPR: citizen(b, 1), Option: w.option.ID, Interval: interval})
			must(b, err)
			slots = len(t.Slots)
		}
		b.ReportMetric(float64(slots), "slots")
	})
	b.Run("options", func(b *testing.B) {
		for b.Loop() {
			_, err := w.InterviewOptions(b.Context(), center, planner.Citizen{CPR: citizen(b, 1)})
			must(b, err)
		}
	})
}
