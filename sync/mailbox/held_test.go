package mailbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// heldWorld has forty blocks, of which Outlook has lost thirty-four, and holds the plan.
func heldWorld(t *testing.T) (*world, []*fakeEvent) {
	w := newWorld(t, pgtest.New(t))
	var all []*fakeEvent
	for i := range 40 {
		all = append(all, w.meeting(monday.Add(time.Duration(i)*time.Hour), 30*time.Minute, calendar.Busy))
	}
	all[3].Private, all[4].ShowAs = true, calendar.OutOfOffice
	w.sync()
	for _, e := range all[:34] {
		w.graph.drop(e.ID)
	}
	if res := w.sync(); !res.Held || w.blocks() != 40 || w.state() != "held" {
		t.Fatalf("held %v, %d blocks, state %s; want held, 40, held", res.Held, w.blocks(), w.state())
	}
	return w, all
}

func TestAHeldPlanTellsWhichTimesWouldVanish(t *testing.T) {
	t.Parallel()
	w, all := heldWorld(t)
	rows := w.held()
	if len(rows) != 34 || rows[0].HeldBlocks != 40 {
		t.Fatalf("%d of %d, want 34 of 40", len(rows), rows[0].HeldBlocks)
	}
	for i, r := range rows {
		if !r.StartsAt.Equal(all[i].Start) || !r.EndsAt.Equal(all[i].End) || r.ShowAs != string(all[i].ShowAs) || r.Private != all[i].Private || r.ItemKind != "busy" || r.Reason != string(reconcile.ReasonAppointmentGone) {
			t.Errorf("item %d: %+v, want %+v", i, r, all[i].Event)
		}
	}
	// Held again is the same question.
	w.sync()
	if again := w.held(); again[0].HeldNumber != rows[0].HeldNumber {
		t.Errorf("the same plan got number %d, had %d", again[0].HeldNumber, rows[0].HeldNumber)
	}
}

func TestAnApprovalIsOfThePlanThatWasSeen(t *testing.T) {
	t.Parallel()
	w, all := heldWorld(t)
	w.decide(syncdb.Approve)
	w.graph.drop(all[35].ID)
	if res := w.sync(); !res.Held || w.blocks() != 40 {
		t.Fatalf("another plan was carried out on an approval: held %v, %d blocks", res.Held, w.blocks())
	}
	if rows := w.held(); len(rows) != 35 || rows[0].ApprovedBy != nil {
		t.Fatalf("%d items, approved by %v; want 35, nobody", len(rows), rows[0].ApprovedBy)
	}
	w.decide(syncdb.Approve)
	if res := w.sync(); res.Held || w.blocks() != 5 || w.state() != "active" || len(w.held()) != 0 {
		t.Fatalf("held %v, %d blocks, state %s; want 5 blocks, active", res.Held, w.blocks(), w.state())
	}
}

func TestAnApprovalEndsAfterAnHour(t *testing.T) {
	t.Parallel()
	w, _ := heldWorld(t)
	w.decide(syncdb.Approve)
	w.now = w.now.Add(61 * time.Minute)
	if res := w.sync(); !res.Held || w.blocks() != 40 {
		t.Fatalf("held %v, %d blocks; want held, 40", res.Held, w.blocks())
	}
}

func TestARejectedPlanKeepsItsTimesAndFollowsTheRest(t *testing.T) {
	t.Parallel()
	w, all := heldWorld(t)
	link := w.link()
	w.decide(syncdb.Reject)
	added := w.meeting(monday.Add(100*time.Hour), time.Hour, calendar.Busy)
	booking := w.book(monday.Add(110*time.Hour), time.Hour)
	for range 3 {
		w.now = w.now.Add(time.Hour)
		if res := w.sync(); res.Held || w.blocks() != 41 || w.state() != "active" {
			t.Fatalf("held %v, %d blocks, state %s; want 41 blocks, active", res.Held, w.blocks(), w.state())
		}
	}
	w.ours(booking)
	if w.link() != link {
		t.Error("the delta link went on past what was rejected")
	}
	rows := w.held()
	if len(rows) != 34 || rows[0].RejectedBy == nil || *rows[0].RejectedBy != "kirsten" || !rows[0].RejectedAt.Equal(monday) {
		t.Fatalf("%d items, rejected by %v at %v", len(rows), rows[0].RejectedBy, rows[0].RejectedAt)
	}

	// Asked again when it changes …
	w.graph.drop(all[36].ID)
	if res := w.sync(); !res.Held || w.state() != "held" || w.held()[0].RejectedBy != nil {
		t.Fatalf("a changed plan: held %v, state %s", res.Held, w.state())
	}
	w.decide(syncdb.Reject)
	w.sync()
	// … and after a day.
	w.now = w.now.Add(25 * time.Hour)
	if res := w.sync(); !res.Held || w.blocks() != 41 {
		t.Fatalf("a day later: held %v, %d blocks", res.Held, w.blocks())
	}
	// The times come back: nobody is asked any more.
	for _, e := range all[:34] {
		w.graph.put(e)
	}
	w.graph.put(all[36])
	if res := w.sync(); res.Held || w.blocks() != 41 || w.state() != "active" || len(w.held()) != 0 || w.link() == link {
		t.Fatalf("all is back: held %v, %d blocks, state %s, %d items", res.Held, w.blocks(), w.state(), len(w.held()))
	}
	w.graph.drop(added.ID)
	if w.sync(); w.blocks() != 40 {
		t.Fatalf("%d blocks, want 40", w.blocks())
	}
}

func TestARejectionCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w, _ := heldWorld(t)
	w.decide(syncdb.Reject)
	w.sync()
	w.decide(syncdb.Approve)
	if res := w.sync(); res.Held || w.blocks() != 6 || len(w.held()) != 0 {
		t.Fatalf("held %v, %d blocks, %d items; want 6 blocks", res.Held, w.blocks(), len(w.held()))
	}
}

func TestOfTwoDecisionsOnOnePlanTheFirstCounts(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]syncdb.Action{{syncdb.Approve, syncdb.Reject}, {syncdb.Reject, syncdb.Approve}, {syncdb.Approve, syncdb.Approve}, {syncdb.Reject, syncdb.Reject}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			t.Parallel()
			w, _ := heldWorld(t)
			seen := int(w.held()[0].HeldNumber)
			for i, who := range []string{"admin:kirsten", "admin:bent"} {
				applied, err := w.store.DecidePlan(w.ctx, w.mailbox, order[i], seen, who)
				if err != nil || applied != (i == 0) {
					t.Fatalf("%s by %s: applied %v, %v", order[i], who, applied, err)
				}
			}
			if n := w.count(`select count(*) from audit_entry where mailbox_id = $1 and actor = 'admin:kirsten' and action = $2`, w.mailbox, "mailbox:"+string(order[0])); n != 1 {
				t.Errorf("%d audit rows of the decision", n)
			}
			if n := w.count(`select count(*) from audit_entry where mailbox_id = $1 and actor = 'admin:bent'`, w.mailbox); n != 0 {
				t.Errorf("%d audit rows of what was not done", n)
			}
			want := 40
			if order[0] == syncdb.Approve {
				want = 6
			}
			if w.sync(); w.blocks() != want {
				t.Errorf("%d blocks, want %d", w.blocks(), want)
			}
		})
	}
}

// A run that had read before the decision holds the plan once more; the decision stands for the next one.
func TestADecisionDuringARunStands(t *testing.T) {
	t.Parallel()
	for _, a := range []syncdb.Action{syncdb.Approve, syncdb.Reject} {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			w, _ := heldWorld(t)
			w.graph.fail = func(op string) (before, after error) {
				if op == "changes" && w.graph.fail != nil {
					w.graph.fail = nil
					w.decide(a)
				}
				return nil, nil
			}
			if res := w.sync(); !res.Held {
				t.Fatal("not held")
			}
			want := map[syncdb.Action]int{syncdb.Approve: 6, syncdb.Reject: 40}[a]
			if res := w.sync(); res.Held || w.blocks() != want {
				t.Fatalf("held %v, %d blocks; want %d", res.Held, w.blocks(), want)
			}
		})
	}
}

func (w *world) link() (link string) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.ctx, `select delta_link from mailbox where id = $1`, w.mailbox).Scan(&link))
	return link
}

func (w *world) eventID(booking uuid.UUID) (id string) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.ctx, `select coalesce(event_id, '') from outlook_event where booking_id = $1`, booking).Scan(&id))
	return id
}
