package dfdgdb_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/dfdgsim"
)

// wish is what the model holds of a booking.
type wish struct {
	start      time.Time
	worker     string
	active     bool
	attendance string
}

// history lets the case system do so many things, and gives what must be in the end.
func (w *world) history(r *rand.Rand, n int) map[uuid.UUID]*wish {
	model := map[uuid.UUID]*wish{}
	var ids []uuid.UUID
	worker := func() string { return "RID:" + string(rune('A'+r.IntN(len(w.workers)))) }
	start := func() time.Time { return w.at(1+r.IntN(120), 8+r.IntN(8), 15*r.IntN(4)) }
	for range n {
		var m dfdgsim.Meeting
		var id uuid.UUID
		if len(ids) > 0 && r.IntN(5) > 0 {
			id = ids[r.IntN(len(ids))]
			m.Booking, m.Act = id, []dfdgsim.Act{dfdgsim.Moved, dfdgsim.Moved, dfdgsim.Confirmed, dfdgsim.Excused, dfdgsim.Cancelled}[r.IntN(5)]
		}
		if id == uuid.Nil || !model[id].active {
			m = dfdgsim.Meeting{Act: dfdgsim.Created, CPR: fmt.Sprintf("0101%02d%04d", r.IntN(100), r.IntN(10_000))}
		}
		if m.Act == dfdgsim.Created || m.Act == dfdgsim.Moved {
			m.Start, m.CaseWorkerIdentifier = start(), worker()
		}
		id, _ = w.kss(m)
		if m.Act == dfdgsim.Created {
			ids = append(ids, id)
			model[id] = &wish{active: true}
		}
		b := model[id]
		switch m.Act {
		case dfdgsim.Cancelled:
			b.active, b.attendance = false, ""
		case dfdgsim.Confirmed:
			b.attendance = "confirmed"
		case dfdgsim.Excused:
			b.attendance = "excused"
		default:
			// Moved keeps the status in the simulator, which a message tells as it now stands.
			b.start, b.worker = m.Start, m.CaseWorkerIdentifier
		}
	}
	return model
}

// compare holds the database against the model.
func (w *world) compare(model map[uuid.UUID]*wish) {
	w.t.Helper()
	rows, err := w.pool.Query(w.t.Context(), `
	    select b.id, b.starts_at, c.identifier, b.overlapping, coalesce(d.attendance, ''),
	        count(h.id), coalesce(bool_and(h.exclusive), false), coalesce(bool_and(lower(h.during) = b.starts_at and h.case_worker_id = b.case_worker_id), false)
	    from booking b
	    join case_worker c on c.id = b.case_worker_id
	    left join held_time h on h.booking_id = b.id
	    left join dfdg_booking d on d.booking_id = b.id
	    where b.status = 'booked'
	    group by b.id, c.identifier, d.attendance`)
	w.must(err)
	defer rows.Close()
	found := 0
	for rows.Next() {
		var (
			id                                uuid.UUID
			start                             time.Time
			worker, attendance                string
			overlapping, exclusive, heldThere bool
			held                              int
		)
		w.must(rows.Scan(&id, &start, &worker, &overlapping, &attendance, &held, &exclusive, &heldThere))
		found++
		m := model[id]
		switch {
		case m == nil || !m.active:
			w.t.Errorf("booking %s is there and should not be", id)
		case !start.Equal(m.start) || worker != m.worker || attendance != m.attendance:
			w.t.Errorf("booking %s: %s %s %q, want %s %s %q", id, start, worker, attendance, m.start, m.worker, m.attendance)
		case held != 1 || !heldThere || exclusive == overlapping:
			w.t.Errorf("booking %s: held %d times, there %v, exclusive %v, overlapping %v", id, held, heldThere, exclusive, overlapping)
		}
	}
	w.must(rows.Err())
	want := 0
	for id, m := range model {
		if m.active {
			want++
			if found == 0 {
				w.t.Errorf("booking %s is missing", id)
			}
		}
	}
	if found != want {
		w.t.Errorf("%d bookings, want %d", found, want)
	}
	if n := w.count(`select count(*) from held_time h where h.booking_id is not null and not exists (select from booking b where b.id = h.booking_id and b.status = 'booked')`); n != 0 {
		w.t.Errorf("%d times are held for nothing", n)
	}
}

func TestTenThousandMessagesInAnyOrderEndInTheModelsState(t *testing.T) {
	t.Parallel()
	const messages = 10_000
	w := newWorld(t, dfdgsim.Config{Seed: 7})
	for c := 'C'; c <= 'L'; c++ {
		id := uuid.New()
		w.workers[string(c)] = id
		w.exec(`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, $2, $3, $4, 'Prøve', $5)`,
			id, string(center), "RID:"+string(c), string(c), string(c)+"@kommune.example")
	}
	w.dfdg.SetChaos(dfdgsim.Chaos{Duplicate: 0.05, Reorder: 400, Redeliver: 0.01})
	model := w.history(rand.New(rand.NewPCG(1, 2)), messages)

	began := time.Now()
	kills := []int{700, 1900, 3001}
	for len(kills) > 0 {
		m := &mortal{dieAt: kills[0]}
		client := w.client(func(next http.RoundTripper) http.RoundTripper { return mortalWire{m, next} })
		p := w.poller(client, mortalStore{m, w.store})
		for !m.dead {
			if _, err := p.Poll(t.Context(), center); err != nil && !m.dead {
				t.Fatal(err)
			}
		}
		kills = kills[1:]
		w.clock.advance(3 * time.Minute)
	}
	for w.dfdg.Counts().Waiting > 0 {
		w.poll()
	}
	took := time.Since(began)
	w.compare(model)
	c := w.dfdg.Counts()
	if c.ConfirmedDistinct != messages || w.count(`select count(*) from dfdg_inbox`) != messages {
		t.Errorf("%d messages confirmed, %d in the inbox", c.ConfirmedDistinct, w.count(`select count(*) from dfdg_inbox`))
	}
	if c.HandedOver < messages*104/100 {
		t.Errorf("only %d deliveries of %d messages: nothing was repeated", c.HandedOver, messages)
	}
	t.Logf("%d deliveries of %d messages in %v, %.0f/s; %d overlapping", c.HandedOver, messages, took.Round(time.Millisecond),
		float64(c.HandedOver)/took.Seconds(), w.count(`select count(*) from booking where overlapping`))
}
