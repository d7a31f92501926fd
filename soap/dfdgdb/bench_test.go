package dfdgdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgsim"
)

// BenchmarkTakeIn stores messages with their effects, beside the floor: one row inserted and committed.
func BenchmarkTakeIn(b *testing.B) {
	w := newWorld(b, dfdgsim.Config{})
	summons := func(i int) dfdgqueue.Summons {
		cpr, err := planner.ParseCPR(fmt.Sprintf("0101%02d%04d", i/10_000%100, i%10_000))
		w.must(err)
		start := w.at(1+i/2/9%150, 8+i/2%9, 0)
		return dfdgqueue.Summons{
			MessageID: uuid.New(), QueuedAt: w.clock.Now(), Booking: uuid.New(), JobCenter: center, CPR: cpr, Status: dfdgqueue.Booked,
			Span: planner.Span{Start: start, End: start.Add(45 * time.Minute)}, CaseWorkerIdentifier: []string{"RID:A", "RID:B"}[i%2], ContactType: 1, Title: "Samtale",
		}
	}
	b.Run("message", func(b *testing.B) {
		n := 0
		for b.Loop() {
			s := summons(n)
			n++
			_, err := w.store.Receive(b.Context(), dfdgqueue.Received{Kind: dfdgqueue.KindQueue, Summons: s}, func(k dfdgqueue.Known) dfdgqueue.Decision { return dfdgqueue.Decide(k, s) })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("repeat", func(b *testing.B) {
		s := summons(0)
		for b.Loop() {
			_, err := w.store.Receive(b.Context(), dfdgqueue.Received{Kind: dfdgqueue.KindQueue, Summons: s}, func(k dfdgqueue.Known) dfdgqueue.Decision { return dfdgqueue.Decide(k, s) })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			_, err := w.pool.Exec(b.Context(), `insert into dfdg_booking (booking_id, newest_at, newest_message) values ($1, $2, $1)`, uuid.New(), w.clock.Now())
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkQueue empties DFDG's queue over HTTP, messages per operation: 500.
func BenchmarkQueue(b *testing.B) {
	w := newWorld(b, dfdgsim.Config{})
	for b.Loop() {
		b.StopTimer()
		for i := range 500 {
			w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(1+i%150, 8+i%9, 0), CPR: fmt.Sprintf("010180%04d", i)})
		}
		b.StartTimer()
		w.poll()
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "messages/s")
}
