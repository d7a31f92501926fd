package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
)

// citizen is the i-th of the world's.
func (w *town) citizen(i int) *world.Jobnet {
	return world.NewJobnet(w.SOAP, world.Citizens(20)[i], nil)
}

// freeTime finds a time of the first option with a counsellor, a good month ahead.
func (w *town) freeTime(who int) (option uuid.UUID, start time.Time) {
	w.t.Helper()
	option = world.Options(len(w.People))[0].ID
	from := time.Now().AddDate(0, 0, 30)
	times, err := w.citizen(19).Times(w.ctx, option, from, from.AddDate(0, 0, 14), w.People[who].Identifier)
	w.must(err)
	if len(times) == 0 {
		w.t.Fatal("no times are offered")
	}
	return option, times[0].Start
}

func (w *town) offered(option uuid.UUID, who int, start time.Time) bool {
	w.t.Helper()
	times, err := w.citizen(19).Times(w.ctx, option, start.Add(-time.Minute), start.Add(2*time.Hour), w.People[who].Identifier)
	w.must(err)
	return slices.ContainsFunc(times, func(s world.Slot) bool { return s.Start.Equal(start) })
}

// stamped counts the booking's events in a counsellor's mailbox.
func (w *town) stamped(who int, booking uuid.UUID) int {
	w.t.Helper()
	n, err := w.Graph.CountEvents(w.People[who].ObjectID, "", booking.String())
	w.must(err)
	return n
}

// standsAt waits until the booking has exactly one event, at the time.
func (w *town) standsAt(who int, booking uuid.UUID, start time.Time) (id string) {
	w.t.Helper()
	w.eventually("one event at the meeting's time", func() bool {
		all, err := w.Graph.Events(w.People[who].ObjectID)
		w.must(err)
		n := 0
		for _, e := range all {
			if w.isOurs(e, booking) {
				n++
				if !e.Start.Equal(start) {
					return false
				}
				id = e.ID
			}
		}
		return n == 1 && w.count(`select count(*) from outlook_event where booking_id = $1 and pending_since is not null`, booking) == 0
	})
	return id
}

func TestASelfBookingBecomesAnOutlookEventAndFollowsTheCitizen(t *testing.T) {
	t.Parallel()
	w := newTown(t, 2, nil)
	option, start := w.freeTime(0)
	anna, bo := w.citizen(0), w.citizen(1)

	reserved, with, err := anna.Reserve(w.ctx, option, uuid.Nil, start, w.People[0].Identifier)
	w.must(err)
	if with != w.People[0].Identifier {
		t.Fatalf("reserved with %s", with)
	}
	if w.offered(option, 0, start) {
		t.Error("a reserved time is offered")
	}
	if _, _, err := bo.Reserve(w.ctx, option, uuid.Nil, start, w.People[0].Identifier); world.FaultNumber(err) != 4770 {
		t.Errorf("reserving a reserved time: %v, want 4770", err)
	}
	id := uuid.New()
	w.must(anna.Book(w.ctx, id, option, reserved, start, w.People[0].Identifier))
	w.standsAt(0, id, start)
	if mail := w.Graph.Mail(w.People[0].ObjectID); len(mail) != 0 {
		t.Errorf("%d mails were sent, want none", len(mail))
	}

	later := start.AddDate(0, 0, 7)
	times, err := anna.RescheduleTimes(w.ctx, id, later, later.AddDate(0, 0, 7))
	w.must(err)
	// To the other counsellor: the event leaves one mailbox and appears in the other.
	i := slices.IndexFunc(times, func(s world.Slot) bool { return slices.Contains(s.CaseWorkers, w.People[1].Identifier) })
	if i < 0 {
		t.Fatal("no time with the other counsellor")
	}
	reserved, _, err = anna.Reserve(w.ctx, uuid.Nil, id, times[i].Start, w.People[1].Identifier)
	w.must(err)
	w.must(anna.Rebook(w.ctx, id, reserved, times[i].Start, w.People[1].Identifier))
	w.standsAt(1, id, times[i].Start)
	w.eventually("the event left the first counsellor", func() bool { return w.stamped(0, id) == 0 })
	if !w.offered(option, 0, start) {
		t.Error("the time that was given up is not offered again")
	}
}

func TestTheCounsellorsTextInOurEventStaysThroughARebooking(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	option, start := w.freeTime(0)
	id := uuid.New()
	w.must(w.citizen(0).Book(w.ctx, id, option, uuid.Nil, start, ""))
	event := w.standsAt(0, id, start)
	outlook, err := w.Graph.Outlook(w.People[0].ObjectID)
	w.must(err)
	w.must(outlook.Edit(event, map[string]any{"body": map[string]any{"contentType": "text", "content": "Husk tolk"}}))
	times, err := w.citizen(0).RescheduleTimes(w.ctx, id, start.Add(time.Hour), start.AddDate(0, 0, 5))
	w.must(err)
	w.must(w.citizen(0).Rebook(w.ctx, id, uuid.Nil, times[0].Start, ""))
	w.standsAt(0, id, times[0].Start)
	all, err := w.Graph.Events(w.People[0].ObjectID)
	w.must(err)
	for _, e := range all {
		if w.isOurs(e, id) && !strings.Contains(e.BodyText, "Husk tolk") {
			t.Error("the counsellor's text is gone")
		}
	}
}

func TestTwoWorkersMakeOneEvent(t *testing.T) {
	t.Parallel()
	w := newTown(t, 3, func(o *world.LocalOptions) { o.Workers = 2 })
	option := world.Options(3)[0].ID
	var ids []uuid.UUID
	from := time.Now().AddDate(0, 0, 30)
	for i := range 12 {
		times, err := w.citizen(i).Times(w.ctx, option, from, from.AddDate(0, 0, 14), "")
		w.must(err)
		id := uuid.New()
		w.must(w.citizen(i).Book(w.ctx, id, option, uuid.Nil, times[i%len(times)].Start, ""))
		ids = append(ids, id)
	}
	w.must(w.Quiet(w.ctx))
	for _, id := range ids {
		if n := w.stamped(0, id) + w.stamped(1, id) + w.stamped(2, id); n != 1 {
			t.Errorf("booking %s has %d events, want 1", id, n)
		}
	}
	for _, p := range w.People {
		if n := w.Graph.MaxConcurrency(p.ObjectID); n > 4 {
			t.Errorf("%d requests in flight on one mailbox", n)
		}
	}
}

func TestSOAPAnswersWhileMicrosoftIsDown(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	fault, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: 503, Body: "html"})
	w.must(err)
	option, start := w.freeTime(0)
	id := uuid.New()
	w.must(w.citizen(0).Book(w.ctx, id, option, uuid.Nil, start, ""))
	w.eventually("the failure is shown to administrators", func() bool {
		return w.count(`select count(*) from mailbox where failures > 0 and last_error is not null`) == 1
	})
	if w.offered(option, 0, start) {
		t.Error("a booked time is offered")
	}
	w.Graph.ClearFault(fault)
	w.standsAt(0, id, start)
}

// isOurs tells whether a live event carries the booking's stamp.
func (w *town) isOurs(e graphsim.StoredEvent, booking uuid.UUID) bool {
	if e.State != "live" {
		return false
	}
	for _, v := range e.Properties {
		if v == booking.String() {
			return true
		}
	}
	return false
}
