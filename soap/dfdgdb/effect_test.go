package dfdgdb_test

import (
	"testing"
	"time"

	"kommunalplanner.example/soap/dfdgsim"
)

func TestASummonsOfTheCaseSystemBecomesBookedTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, message := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	out := w.poll()
	if out.Messages != 1 || out.Changed != 1 {
		t.Fatalf("%+v", out)
	}
	b, ok := w.booking(id)
	if !ok || b.Origin != "kss" || b.Overlapping || b.Held != 1 || !b.Exclusive || !b.Start.Equal(w.at(2, 9, 0)) || b.Worker != w.workers["A"] {
		t.Errorf("booking %+v %v", b, ok)
	}
	if state, _ := w.inbox(message); state != "applied" {
		t.Errorf("inbox: %s", state)
	}
	if w.told.told[id] != 1 {
		t.Errorf("calendars told %d times", w.told.told[id])
	}
	if n := w.count(`select count(*) from dfdg_report`); n != 0 {
		t.Errorf("%d reports of what DFDG told us", n)
	}
	if n := w.count(`select count(*) from dfdg_inbox where body_sealed is not null`); n != 0 {
		t.Errorf("%d messages kept with their text", n)
	}
	if c := w.dfdg.Counts(); c.Waiting != 0 {
		t.Errorf("%d messages wait at DFDG", c.Waiting)
	}
}

func TestAMoveAndACancellationFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	w.poll()
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: id, Start: w.at(3, 10, 0), CaseWorkerIdentifier: "RID:B"})
	w.poll()
	if b, _ := w.booking(id); !b.Start.Equal(w.at(3, 10, 0)) || b.Worker != w.workers["B"] || b.Held != 1 {
		t.Errorf("moved: %+v", b)
	}
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Cancelled, Booking: id})
	w.poll()
	if b, _ := w.booking(id); b.Status != "cancelled" || b.Held != 0 {
		t.Errorf("cancelled: %+v", b)
	}
	if w.told.told[id] != 3 {
		t.Errorf("calendars told %d times", w.told.told[id])
	}
}

func TestAnAgreedMeetingIsStoredBesideWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	self := w.selfBook(w.at(2, 9, 0))
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 15), CPR: "0202801234"})
	w.exec(`insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', 'x', $2, $3, 'busy')`,
		w.workers["B"], w.at(2, 12, 0), w.at(2, 13, 0))
	own, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 12, 30), CPR: "0303801234", CaseWorkerIdentifier: "RID:B"})
	w.poll()
	for name, b := range map[string]bookingRow{"over a booking": first(w.booking(id)), "over the case worker's own time": first(w.booking(own))} {
		if !b.Overlapping || b.Held != 1 || b.Exclusive || b.Status != "booked" {
			t.Errorf("%s: %+v", name, b)
		}
	}
	if b, _ := w.booking(self); b.Overlapping || b.Held != 1 || !b.Exclusive {
		t.Errorf("the citizen's own booking: %+v", b)
	}
	// Moved to where it is free, it is like any other.
	w.kss(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: id, Start: w.at(2, 11, 0)})
	w.poll()
	if b, _ := w.booking(id); b.Overlapping || !b.Exclusive || b.Held != 1 {
		t.Errorf("moved away: %+v", b)
	}
}

func first[T any](v T, _ bool) T { return v }

func TestAnExpiredReservationDoesNotStandInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	w.exec(`insert into held_time (id, case_worker_id, during, expires_at, job_center_code, citizen_hash, contact_type)
	    values (gen_random_uuid(), $1, tstzrange($2, $3), $4, '10100', '\x01', 1)`,
		w.workers["A"], w.at(2, 9, 0), w.at(2, 9, 45), w.clock.Now().Add(-time.Minute))
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	w.poll()
	if b, _ := w.booking(id); b.Overlapping || !b.Exclusive {
		t.Errorf("%+v", b)
	}
}

func TestWhatTheCitizenSaysIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	w.poll()
	for _, c := range []struct {
		act  dfdgsim.Act
		want string
	}{{dfdgsim.Confirmed, "confirmed"}, {dfdgsim.Excused, "excused"}} {
		_, message := w.kss(dfdgsim.Meeting{Act: c.act, Booking: id, System: 32})
		w.poll()
		said, _, err := w.store.Attendance(t.Context(), id)
		w.must(err)
		if state, reason := w.inbox(message); said != c.want || state != "recorded" {
			t.Errorf("%s: attendance %q, inbox %s %s", c.act, said, state, reason)
		}
	}
	if b, _ := w.booking(id); b.Status != "booked" || b.Held != 1 {
		t.Errorf("an excuse is not a cancellation: %+v", b)
	}
}
