package mailbox_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
)

// Random histories of citizen, counsellor and Graph's faults. After the faults stop, both sides tell the
// same story within a few rounds, and one more round asks once and writes nothing (peers.md §B, graph.md
// item 68). Rapid prints the seed of a history that fails; run it again with -rapid.seed.
func TestRandomHistoriesConverge(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, pool)
		policy := rapid.SampledFrom([]string{"restore", "accept"}).Draw(rt, "outlook_move")
		w.exec(`update job_center set outlook_move = $1`, policy)
		h := &history{world: w, rt: rt, booked: map[uuid.UUID]bool{}}
		w.graph.adopted = h.adopted
		rt.Repeat(map[string]func(*rapid.T){
			"citizen books":           h.citizenBooks,
			"citizen moves":           h.citizenMoves,
			"booking is cancelled":    h.bookingIsCancelled,
			"counsellor adds":         h.counsellorAdds,
			"counsellor changes":      h.counsellorChanges,
			"counsellor deletes":      h.counsellorDeletes,
			"counsellor edits ours":   h.counsellorEditsOurs,
			"counsellor deletes ours": h.counsellorDeletesOurs,
			"counsellor copies ours":  h.counsellorCopiesOurs,
			"exchange touches etags":  h.exchangeTouchesEtags,
			"mailbox is moved":        h.mailboxIsMoved,
			"sync":                    h.sync,
			"night":                   h.night,
		})
		h.settle()
	})
}

type history struct {
	*world
	rt     *rapid.T
	booked map[uuid.UUID]bool // active
	order  []uuid.UUID
	cut    bool // the feed was made to start anew
}

func (h *history) instant(label string) time.Time {
	return monday.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(h.rt, label)) * 5 * time.Minute)
}

func (h *history) pick() (uuid.UUID, bool) {
	var active []int // by age, since ids differ from one replay to the next
	for i, id := range h.order {
		if h.booked[id] {
			active = append(active, i)
		}
	}
	if len(active) == 0 {
		return uuid.Nil, false
	}
	return h.order[rapid.SampledFrom(active).Draw(h.rt, "booking")], true
}

func (h *history) pickEvent(which func(*fakeEvent) bool) *fakeEvent {
	var ids []calendar.EventID
	for id, e := range h.graph.events {
		if which(e) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return h.graph.events[rapid.SampledFrom(ids).Draw(h.rt, "event")]
}

func foreign(e *fakeEvent) bool  { return !e.ours || e.copyOf != "" }
func original(e *fakeEvent) bool { return !foreign(e) }

func (h *history) citizenBooks(*rapid.T) {
	id := h.book(h.instant("start"), time.Hour)
	h.booked[id] = true
	h.order = append(h.order, id)
}

func (h *history) citizenMoves(*rapid.T) {
	if id, ok := h.pick(); ok {
		h.move(id, h.instant("start"))
	}
}

func (h *history) bookingIsCancelled(*rapid.T) {
	if id, ok := h.pick(); ok {
		h.cancel(id)
		h.booked[id] = false
	}
}

func (h *history) counsellorAdds(*rapid.T) {
	h.meeting(h.instant("start"), 30*time.Minute, rapid.SampledFrom([]calendar.ShowAs{calendar.Busy, calendar.Tentative, calendar.Free, calendar.OutOfOffice}).Draw(h.rt, "showAs"))
}

func (h *history) counsellorChanges(*rapid.T) {
	e := h.pickEvent(foreign)
	if e == nil {
		return
	}
	switch rapid.IntRange(0, 3).Draw(h.rt, "how") {
	case 0:
		e.Private = !e.Private
	case 1:
		e.ShowAs = calendar.Free
	case 2:
		e.Start = monday.Add(-30 * 24 * time.Hour) // out of the window
		e.End = e.Start.Add(time.Hour)
	default:
		e.Start = h.instant("start")
		e.End = e.Start.Add(45 * time.Minute)
	}
	h.graph.put(e)
}

func (h *history) counsellorDeletes(*rapid.T) {
	if e := h.pickEvent(foreign); e != nil {
		h.graph.drop(e.ID)
	}
}

func (h *history) counsellorEditsOurs(*rapid.T) {
	if e := h.pickEvent(original); e != nil {
		if rapid.Bool().Draw(h.rt, "subject only") {
			e.subject += "!"
		} else {
			e.Start = h.instant("start")
			e.End = e.Start.Add(time.Hour)
		}
		h.graph.put(e)
	}
}

func (h *history) counsellorDeletesOurs(*rapid.T) {
	if e := h.pickEvent(original); e != nil {
		h.graph.drop(e.ID)
	}
}

func (h *history) counsellorCopiesOurs(*rapid.T) {
	if e := h.pickEvent(original); e != nil {
		c := *e
		c.ID, c.copyOf = "", e.ID
		c.Start, c.End = c.Start.Add(24*time.Hour), c.End.Add(24*time.Hour)
		h.graph.put(&c)
	}
}

func (h *history) exchangeTouchesEtags(*rapid.T) {
	if e := h.pickEvent(func(*fakeEvent) bool { return true }); e != nil {
		h.graph.put(e)
	}
}

// sync runs with a fault at one call, or none: before it took effect, after it, or the process dies there
// (a run that never hears back and never stores anything again is what a killed process looks like).
func (h *history) sync(*rapid.T) {
	at := rapid.IntRange(0, 8).Draw(h.rt, "fault at call")
	kind := rapid.SampledFrom([]string{"none", "throttled", "cut before", "cut after", "killed after", "resync", "phantom"}).Draw(h.rt, "fault")
	n := 0
	h.graph.phantom = kind == "phantom"
	h.graph.fail = func(op string) (before, after error) {
		if n++; n != at {
			return nil, nil
		}
		switch kind {
		case "throttled":
			return &calendar.ThrottledError{After: time.Minute}, nil
		case "cut before":
			return &calendar.UnavailableError{Code: "cut"}, nil
		case "cut after":
			return nil, &calendar.UnavailableError{Code: "cut"}
		case "killed after":
			return nil, errKilled
		case "resync":
			if op == "changes" {
				h.cut = true
				return calendar.ErrResync, nil
			}
		}
		return nil, nil
	}
	h.run()
	h.graph.fail, h.graph.phantom = nil, false
	h.now = h.now.Add(2 * time.Minute)
}

var errKilled = errors.New("killed")

func (h *history) run() mailbox.Result {
	res, err := h.syncer.Sync(h.ctx, h.mailbox)
	var throttled *calendar.ThrottledError
	var unavailable *calendar.UnavailableError
	if err != nil && !errors.As(err, &throttled) && !errors.As(err, &unavailable) && !errors.Is(err, errKilled) {
		h.t.Fatalf("run: %v", err)
	}
	for id, e := range h.graph.events {
		if e.copyOf != "" && h.adopted(id) {
			e.copyOf = "" // it is the meeting's event now
		}
	}
	return res
}

// adopted tells whether a copy was taken for the original: never while the feed goes on from its link, whatever the
// counsellor copies and deletes.
func (h *history) adopted(id calendar.EventID) bool {
	return (h.cut || h.graph.moves > 0) && h.count(`select count(*) from (select event_id from outlook_event where mailbox_id = $1
		union all select event_id from retired_event where mailbox_id = $1) known where event_id = $2`, h.mailbox, string(id)) > 0
}

func (h *history) night(*rapid.T) {
	h.now = h.now.Add(8 * time.Hour)
	h.exec(`update mailbox set full_round_due_at = $2 where id = $1`, h.mailbox, h.now)
}

// settle stops the faults and checks that both sides come to tell the same.
func (h *history) settle() {
	h.now = h.now.Add(time.Hour)
	for range 4 {
		// The brake may hold what a long history piled up; a person approves.
		if res := h.run(); res.Held {
			h.decide(syncdb.Approve)
		}
	}
	h.graph.requests, h.graph.writes = 0, 0
	if res := h.run(); res.Held || h.graph.requests != 1 || h.graph.writes != 0 {
		h.t.Fatalf("not quiet: held %v, %d requests, %d writes", res.Held, h.graph.requests, h.graph.writes)
	}
	h.checkBookings()
	h.checkBlocks()
}

// mailboxIsMoved gives all events other ids, and may lose some of ours. One event alone is taken for deleted, an unanswered
// creation is forgotten by the other side, and copies are a person's to tell apart: so at a time when at least two
// stand as agreed, nobody is asked about one, and none was copied; and with a round after it.
func (h *history) mailboxIsMoved(*rapid.T) {
	if h.pickEvent(func(e *fakeEvent) bool { return e.copyOf != "" }) != nil {
		h.rt.Skip("there are copies")
	}
	h.run()
	h.run()
	if h.count(`select count(*) from outlook_event where mailbox_id = $1 and (event_id is null and transaction_id is not null or flagged is not null)`, h.mailbox) > 0 ||
		h.count(`select count(*) from outlook_event o join booking b on b.id = o.booking_id
			where o.mailbox_id = $1 and o.event_id is not null and o.pending_since is null and o.displaced_since is null and o.flagged is null and b.ends_at > $2`, h.mailbox, h.now) < 2 {
		h.rt.Skip("too few events of ours")
	}
	for _, e := range h.graph.events {
		if original(e) && !e.End.After(windowStart(h.now)) {
			e.copyOf = e.ID // what was over before the window is nobody's under another id
		}
	}
	lossy := rapid.Bool().Draw(h.rt, "lossy")
	h.graph.moveMailbox(func(e *fakeEvent) bool { return lossy && original(e) && e.Start.Minute()%10 == 0 })
	h.run()
}

func (h *history) checkBookings() {
	for id, active := range h.booked {
		events := h.graph.live(id.String())
		flagged := h.count(`select count(*) from outlook_event where booking_id = $1 and flagged is not null`, id) == 1
		over := h.count(`select count(*) from booking where id = $1 and ends_at <= $2`, id, h.now) == 1
		switch {
		case flagged || over:
			if len(events) > 1 {
				h.t.Fatalf("booking %s has %d events", id, len(events))
			}
		case active && len(events) != 1:
			h.t.Fatalf("active booking %s has %d events, want 1", id, len(events))
		case !active && len(events) != 0:
			h.t.Fatalf("cancelled booking %s has %d events, want none", id, len(events))
		case active:
			if n := h.count(`select count(*) from booking where id = $1 and starts_at = $2 and ends_at = $3`, id, events[0].Start, events[0].End); n != 1 {
				h.t.Fatalf("event of booking %s tells another time", id)
			}
		}
	}
	for _, e := range h.graph.events {
		if e.touched {
			h.t.Fatalf("the sync wrote to somebody else's event %s", e.ID)
		}
	}
}

func (h *history) checkBlocks() {
	want := 0
	for _, e := range h.graph.events {
		if foreign(e) && e.ShowAs != calendar.Free && e.End.After(monday.Add(-48*time.Hour)) && e.End.After(windowStart(h.now)) {
			want++
			if n := h.count(`select count(*) from busy_block where case_worker_id = $1 and item_id = $2 and starts_at = $3 and ends_at = $4`, h.worker, string(e.ID), e.Start, e.End); n != 1 {
				h.t.Fatalf("appointment %s (%s – %s, %s) does not block", e.ID, e.Start, e.End, e.ShowAs)
			}
		}
	}
	have := h.count(`select count(*) from busy_block where case_worker_id = $1 and ends_at > $2`, h.worker, windowStart(h.now))
	if have != want {
		h.t.Fatalf("%d blocks, Outlook has %d", have, want)
	}
}

func windowStart(now time.Time) time.Time {
	l := now.In(calendar.Copenhagen())
	return time.Date(l.Year(), l.Month(), l.Day()-1, 0, 0, 0, 0, l.Location())
}
