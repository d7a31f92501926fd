package dfdgdb_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/soap/wire/dfdg"
)

// Case system, citizens and case workers change the same bookings, messages and reports pass each other, processes die
// and answers get lost: in the end DFDG and the planner say the same, and nothing was told twice.
func TestBothSidesEndUpSayingTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dfdgsim.Config{Seed: seed, RefuseRepeats: seed%2 == 1})
			w.dfdg.SetChaos(dfdgsim.Chaos{Duplicate: 0.1, Reorder: 5, Redeliver: 0.1})
			r := rand.New(rand.NewPCG(seed, 3))
			var ids []uuid.UUID
			start := func() time.Time { return w.at(1+r.IntN(60), 8+r.IntN(7), 15*r.IntN(4)) }
			for range 120 {
				w.clock.advance(time.Duration(r.IntN(4000)) * time.Millisecond)
				if len(ids) < 3 {
					id := uuid.New()
					if r.IntN(3) == 0 {
						id, _ = w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: start()})
					} else {
						w.summonAnywhere(id, start())
					}
					ids = append(ids, id)
				}
				id := ids[r.IntN(len(ids))]
				inDFDG, there := w.dfdg.Entry(id)
				booked := there && inDFDG.Status != dfdg.StatusCancelled
				switch r.IntN(10) {
				case 0, 1:
					s := start()
					w.tolerate(w.planner.MoveFromOutlook(t.Context(), id, planner.Span{Start: s, End: s.Add(45 * time.Minute)}))
				case 2, 3:
					if booked {
						w.kss(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: id, Start: start(), CaseWorkerIdentifier: []string{"RID:A", "RID:B"}[r.IntN(2)]})
					}
				case 4:
					if r.IntN(4) == 0 {
						w.tolerate(w.planner.CancelFromOutlook(t.Context(), id))
					} else if booked && r.IntN(3) == 0 {
						w.kss(dfdgsim.Meeting{Act: dfdgsim.Cancelled, Booking: id})
					}
				case 5, 6:
					w.disturbed(r, func(m *mortal, c *http.Client) { _, _ = w.poller(c, mortalStore{m, w.store}).Poll(t.Context(), center) })
				case 7, 8:
					w.disturbed(r, func(m *mortal, c *http.Client) { _, _ = w.reporter(c, mortalStore{m, w.store}).Report(t.Context()) })
				case 9:
					if r.IntN(5) == 0 {
						ids = ids[1:]
					}
					w.dfdg.AddFault(dfdgsim.FaultRule{Kind: []dfdgsim.FaultKind{dfdgsim.LoseAnswer, dfdgsim.LoseRequest}[r.IntN(2)], Skip: r.IntN(4)})
				}
			}
			w.dfdg.ClearFaults()
			for range 6 {
				w.clock.advance(20 * time.Minute)
				w.report()
				w.poll()
			}
			for _, e := range w.dfdg.Register() {
				b, ok := w.booking(e.Booking)
				cancelled := !ok || b.Status == "cancelled"
				switch {
				case cancelled != (e.Status == dfdg.StatusCancelled):
					t.Errorf("booking %s: cancelled here %v, in DFDG %d\n%s", e.Booking, cancelled, e.Status, w.story(e.Booking))
				case cancelled:
				case !b.Start.Equal(e.Details.BookingStartTime.Time) || "RID:"+w.name(b.Worker) != string(e.Details.Supervisor.CaseWorkerIdentifier):
					t.Errorf("booking %s: %s with %s here, %s with %s in DFDG\n%s", e.Booking, b.Start, w.name(b.Worker), e.Details.BookingStartTime,
						e.Details.Supervisor.CaseWorkerIdentifier, w.story(e.Booking))
				}
				if e.Repeats != 0 {
					t.Errorf("booking %s: %d repeats\n%s", e.Booking, e.Repeats, w.story(e.Booking))
				}
			}
			if here, there := w.count(`select count(*) from booking where status = 'booked'`), w.dfdg.Counts(); here != there.Bookings-there.Cancelled {
				t.Errorf("%d bookings here, %d in DFDG", here, there.Bookings-there.Cancelled)
			}
			if n := w.count(`select count(*) from dfdg_report where state in ('pending', 'refused')`); n != 0 {
				t.Errorf("%d reports are not through", n)
			}
		})
	}
}

// summonAnywhere books a time that may be taken: then there is no booking.
func (w *world) summonAnywhere(id uuid.UUID, start time.Time) {
	w.t.Helper()
	if w.count(`select count(*) from held_time where case_worker_id = $1 and during && tstzrange($2, $3)`, w.workers["A"], start, start.Add(45*time.Minute)) == 0 {
		w.summon(id, start, &w.option.ID)
	}
}

// tolerate lets refusals by rule pass.
func (w *world) tolerate(err error) {
	w.t.Helper()
	var refusal *planner.Error
	if err != nil && !errors.As(err, &refusal) {
		w.t.Fatal(err)
	}
}

// disturbed lets a process work that now and then dies; then its leases and claims run out.
func (w *world) disturbed(r *rand.Rand, work func(*mortal, *http.Client)) {
	m := &mortal{}
	if r.IntN(3) == 0 {
		m.dieAt = 1 + r.IntN(30)
	}
	work(m, w.client(func(next http.RoundTripper) http.RoundTripper { return mortalWire{m, next} }))
	if m.dead {
		w.clock.advance(3 * time.Minute)
	}
}

func (w *world) name(id uuid.UUID) string {
	for name, other := range w.workers {
		if id == other {
			return name
		}
	}
	return id.String()
}

// story tells what happened to a booking, for whoever must find out why.
func (w *world) story(id uuid.UUID) (out string) {
	for _, q := range []string{
		`select at || ' ' || actor || ' ' || action || ' ' || reason || ' ' || coalesce(after->>'start', '') from audit_entry where booking_id = $1 order by id`,
		`select queued_at || ' queued, received ' || received_at || ' ' || state || ' ' || reason from dfdg_inbox where booking_id = $1 order by received_at`,
		`select occurred_at || ' ' || change || ' ' || state || ' ' || starts_at || coalesce(' ended ' || ended_at, '') || coalesce(' ' || error, '') from dfdg_report where booking_id = $1 order by id`,
	} {
		rows, err := w.pool.Query(w.t.Context(), q, id)
		w.must(err)
		for rows.Next() {
			var line string
			w.must(rows.Scan(&line))
			out += line + "\n"
		}
		rows.Close()
	}
	return out
}
