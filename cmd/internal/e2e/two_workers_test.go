package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
)

// The same history, with the same faults, ends alike whether one worker process or two work the queue: which of
// them takes a job, and whether both are at one mailbox after another, must not show.
func TestTwoWorkersEndWhereOneDoes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			one, two := liveThrough(t, seed, 1), liveThrough(t, seed, 2)
			if d := cmp.Diff(one, two); d != "" {
				t.Errorf("one worker (-) and two (+) differ:\n%s", d)
			}
			if len(one) < 30 {
				t.Errorf("the history left %d things to compare", len(one))
			}
		})
	}
}

// liveThrough lives through forty moments and tells what stands at their end: of each booking where its one event is, of
// each counsellor which spans block.
func liveThrough(t *testing.T, seed uint64, workers int) []string {
	w := newTown(t, 3, func(o *world.LocalOptions) { o.Workers = workers })
	r := rand.New(rand.NewPCG(seed, 1))
	option := world.Options(3)[0].ID
	type booked struct {
		id    uuid.UUID
		who   int
		start time.Time
	}
	var bookings []booked
	var private []string
	// A time of its own for everything, so that nothing depends on what was read when.
	var times []time.Time
	for day := 28; len(times) < 60; day++ {
		if d := workday(day, 9); len(times) == 0 || d.After(times[len(times)-1]) {
			times = append(times, d, d.Add(2*time.Hour))
		}
	}
	free := func() (t time.Time) {
		t, times = times[0], times[1:]
		return t
	}
	faults := []graphsim.Fault{
		{Kind: graphsim.FaultThrottle, RetryAfter: "0.2", Count: 2}, {Kind: graphsim.FaultCutAfter, Count: 1},
		{Kind: graphsim.FaultDeltaExpired}, {Kind: graphsim.FaultNoticesDuplicated, Count: 3}, {Kind: graphsim.FaultConcurrentItemSave, Count: 1},
	}
	for i := range 40 {
		who := r.IntN(3)
		user := w.People[who].ObjectID
		if r.IntN(4) == 0 {
			f := faults[r.IntN(len(faults))]
			f.User = user
			_, err := w.Graph.SetFault(f)
			w.must(err)
		}
		switch what := r.IntN(5); {
		case what <= 1 || len(bookings) == 0:
			b := booked{uuid.New(), who, free()}
			w.must(w.citizen(len(bookings)%19).Book(w.ctx, b.id, option, uuid.Nil, b.start, w.People[who].Identifier))
			bookings = append(bookings, b)
		case what == 2:
			k := r.IntN(len(bookings))
			b := &bookings[k]
			b.start = free()
			w.must(w.citizen(k%19).Rebook(w.ctx, b.id, uuid.Nil, b.start, w.People[b.who].Identifier))
		case what == 3:
			e, err := w.Outlook.Block(w.ctx, user, "Privat", free().AddDate(0, 2, 0), time.Hour)
			w.must(err)
			private = append(private, user+" "+e.ID)
		default:
			b := bookings[r.IntN(len(bookings))]
			w.must(w.Quiet(w.ctx))
			event := w.standsAt(b.who, b.id, b.start)
			w.must(w.Outlook.Drag(w.ctx, w.People[b.who].ObjectID, event, b.start.Add(30*time.Minute), time.Hour))
		}
		if i%10 == 9 {
			w.must(w.Quiet(w.ctx))
		}
	}
	w.Graph.ClearFaults("")
	w.must(w.Quiet(w.ctx))
	var out []string
	for i, b := range bookings {
		w.standsAt(b.who, b.id, b.start)
		out = append(out, fmt.Sprintf("booking %d: counsellor %d, %s, %d events", i, b.who, b.start.UTC(), w.stamped(0, b.id)+w.stamped(1, b.id)+w.stamped(2, b.id)))
	}
	for i, p := range w.People {
		rows, err := w.Pool.Query(w.ctx, "select starts_at, ends_at, show_as from busy_block where case_worker_id = $1 order by starts_at, ends_at, show_as", p.ID)
		w.must(err)
		for rows.Next() {
			var from, to time.Time
			var showAs string
			w.must(rows.Scan(&from, &to, &showAs))
			out = append(out, fmt.Sprintf("counsellor %d: %s – %s %s", i, from.UTC(), to.UTC(), showAs))
		}
		w.must(rows.Err())
	}
	if len(private) == 0 {
		t.Fatal("the history held no private appointment")
	}
	return out
}
