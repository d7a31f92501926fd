package hardcases

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/graphsim"
)

// seated is a desk of n counsellors whose calendars are known.
func seated(t *testing.T, n int, change ...func(*planner.JobCenter, *graphsim.Config)) *desk {
	t.Helper()
	t.Parallel()
	d := newDesk(t, pgtest.New(t), monday, n, change...)
	d.rounds(mostRounds)
	return d
}

var tomorrow = monday.Add(24 * time.Hour)

// since runs every mailbox to quiet and gives what was asked of Graph about one meanwhile.
func (d *desk) since(p *person, do func()) []graphsim.Request {
	d.t.Helper()
	before := len(d.requests(p))
	do()
	return d.requests(p)[before:]
}

func of(all []graphsim.Request, method string) (out []graphsim.Request) {
	for _, r := range all {
		if r.Method == method {
			out = append(out, r)
		}
	}
	return out
}

// Cases 1 and 32: our write comes back with another etag, an HTML body and more decimals, and is no edit.
func TestHardCase01And32OurOwnWriteComesBackAndIsNoEdit(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.round(p)
	etag := d.ours(p, id, tomorrow).ETag
	d.pass(10 * time.Second)
	if d.ours(p, id, tomorrow).ETag == etag {
		t.Fatal("the simulator did not change the etag by itself")
	}
	if all := d.since(p, func() { d.rounds(3) }); writes(all) != 0 {
		t.Errorf("%d writes answer the echo", writes(all))
	}
	if n := d.count(`select count(*) from sync_decision where verb <> 'create-remote'`); n != 0 {
		t.Errorf("%d decisions about the echo", n)
	}
}

// Case 2: saved but answered 503, saved but cut, and saved just before the process dies.
func TestHardCase02ACreationOfUnknownOutcomeMakesOneEvent(t *testing.T) {
	for name, f := range map[string]*graphsim.Fault{
		"answered 503":    {Kind: graphsim.FaultConcurrentItemSave, Count: 2},
		"cut":             {Kind: graphsim.FaultCutAfter, Method: http.MethodPost, Count: 2},
		"gateway":         {Kind: graphsim.FaultErrorAfter, Method: http.MethodPost, Body: "html", Count: 2},
		"process stopped": nil,
	} {
		t.Run(name, func(t *testing.T) {
			d := seated(t, 1)
			p := d.people[0]
			id := d.book(1, p, tomorrow)
			var with *tap
			if f == nil {
				with = &tap{at: 3, after: true, stop: true} // Begin, Prepare, Create
			} else {
				d.fault(*f)
			}
			if _, err := d.try(p, with); err == nil {
				t.Fatal("an unknown outcome was taken for success")
			}
			if with != nil && with.calls[2] != "Graph.Create" {
				t.Fatalf("stopped at %v", with.calls)
			}
			d.sim.ClearFaults("")
			d.pass(10 * time.Minute)
			d.rounds(mostRounds)
			d.ours(p, id, tomorrow)
		})
	}
}

// Case 3: what a creation says is frozen; what changes before the retry follows as an update.
func TestHardCase03ARetriedCreationSendsTheSameAndTheChangeFollows(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.fault(graphsim.Fault{Kind: graphsim.FaultCutAfter, Method: http.MethodPost, Count: 1})
	_, _ = d.try(p, nil)
	d.option.Location = planner.Location{Description: "Et andet sted"} // another body
	d.must(d.planner.PutInterviewOption(d.ctx, d.center.Code, d.option, caseWorkers(d)))
	later := tomorrow.Add(2 * time.Hour)
	d.must(d.move(1, id, p, later))
	d.pass(10 * time.Minute)
	all := d.since(p, func() { d.rounds(mostRounds) })
	d.ours(p, id, later)
	if posts := of(all, http.MethodPost); len(posts) != 1 || posts[0].Status != http.StatusCreated {
		t.Errorf("creations: %+v, want one that Graph recognises", posts)
	}
}

// Case 4: a copy has our stamp and our transactionId, and is the counsellor's own.
func TestHardCase04ACopyOfOurEventIsTheCounsellors(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	event := d.ours(p, id, tomorrow)
	copied, err := p.outlook.Copy(event.ID, tomorrow.Add(48*time.Hour))
	d.must(err)
	d.must(p.outlook.Delete(event.ID))
	d.rounds(mostRounds)
	if !d.blocked(p, tomorrow.Add(48*time.Hour)) {
		t.Error("the copy does not block")
	}
	strangers := map[string]bool{copied: true}
	d.bookingsStand(strangers)
	d.must(d.planner.CancelFromOutlook(d.ctx, id))
	d.rounds(mostRounds)
	d.bookingsStand(strangers)
	d.onlyOurs(strangers)
	if n := len(d.stamped(p, id)); n != 1 {
		t.Errorf("%d events left, want the copy alone", n)
	}
}

// Case 5: a deletion is put back once, then a person is told; never a fight, and never the citizen's loss.
func TestHardCase05ADeletedEventIsMadeAgainOnceAndThenAPersonIsTold(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	for range 2 {
		d.must(p.outlook.Delete(d.ours(p, id, tomorrow).ID))
		d.rounds(mostRounds)
		if len(d.stamped(p, id)) == 0 {
			break
		}
	}
	if len(d.stamped(p, id)) != 0 || d.count(`select count(*) from outlook_event where flagged = 'deleted-again'`) != 1 {
		t.Error("made again twice, or nobody was told")
	}
	if d.count(`select count(*) from booking where status = 'booked'`) != 1 {
		t.Error("the citizen's appointment went")
	}
}

// Case 6: after it was made again, the deleted one is restored, with its old id.
func TestHardCase06ARestoredEventGoesWhenAnotherTookItsPlace(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	first := d.ours(p, id, tomorrow)
	d.must(p.outlook.Delete(first.ID))
	d.rounds(mostRounds)
	_, err := p.outlook.Restore(first.ID)
	d.must(err)
	d.rounds(mostRounds)
	if second := d.ours(p, id, tomorrow); second.ID == first.ID {
		t.Error("the old one stayed and the new one went")
	}
}

// Cases 15 and 41: a conflict that is none costs one look and one more write, and what was written is there.
func TestHardCase15And41AnETagThatChangedByItselfIsNoConflict(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.round(p)
	d.pass(10 * time.Second) // the etag that is known is old now
	later := tomorrow.Add(3 * time.Hour)
	d.must(d.move(1, id, p, later))
	all := d.since(p, func() { d.rounds(mostRounds) })
	d.ours(p, id, later)
	if patches := of(all, http.MethodPatch); len(patches) != 2 || patches[0].Status != http.StatusPreconditionFailed || patches[1].Status != http.StatusOK {
		t.Errorf("updates: %+v, want one refused and one done", patches)
	}
	if n := d.count(`select count(*) from sync_decision where reason = 'both-changed'`); n != 0 {
		t.Error("an edit was noted that nobody made")
	}
}

// Case 16: the booking is right about its time, and the edit that was lost is told.
func TestHardCase16TheBookingWinsOverAnEditOfTheSameMoment(t *testing.T) {
	for _, policy := range []string{"restore", "accept"} {
		t.Run(policy, func(t *testing.T) {
			d := seated(t, 1, func(c *planner.JobCenter, _ *graphsim.Config) { c.OutlookMove = policy })
			p := d.people[0]
			id := d.book(1, p, tomorrow)
			d.rounds(mostRounds)
			later := tomorrow.Add(3 * time.Hour)
			d.must(p.outlook.Drag(d.ours(p, id, tomorrow).ID, tomorrow.Add(6*time.Hour), time.Time{}))
			d.must(d.move(1, id, p, later))
			d.rounds(mostRounds)
			d.ours(p, id, later)
			d.bookingsStand(nil)
			if n := d.count(`select count(*) from sync_decision where reason = 'both-changed'`); n != 1 {
				t.Errorf("%d notes of the lost edit, want 1", n)
			}
		})
	}
}

// Case 16 once more, with two processes: the one that was overtaken must not write the older time over the newer.
func TestHardCase16AnOvertakenProcessDoesNotWriteTheOlderTime(t *testing.T) {
	for _, policy := range []string{"restore", "accept"} {
		t.Run(policy, func(t *testing.T) {
			d := seated(t, 1, func(c *planner.JobCenter, _ *graphsim.Config) { c.OutlookMove = policy })
			p := d.people[0]
			id := d.book(1, p, tomorrow)
			d.rounds(mostRounds)
			older, newer := tomorrow.Add(3*time.Hour), tomorrow.Add(5*time.Hour)
			d.must(d.move(1, id, p, older))
			slow := &tap{at: 2, do: func() { // about to write the older time
				d.must(d.move(1, id, p, newer))
				d.round(p)
			}}
			if _, err := d.try(p, slow); err == nil || slow.calls[1] != "Graph.Update" {
				t.Fatalf("the slow process ended with %v after %v", err, slow.calls)
			}
			d.ours(p, id, newer)
			d.rounds(mostRounds)
			d.ours(p, id, newer)
			d.bookingsStand(nil)
		})
	}
}

// Case 26: one call is one request; who tries again is decided in one place.
func TestHardCase26ARefusedWriteIsOneRequest(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	d.book(1, p, tomorrow)
	d.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Body: "html"})
	all := d.since(p, func() { _, _ = d.try(p, nil) })
	if len(all) != 1 {
		t.Errorf("%d requests, want 1", len(all))
	}
}

// Case 27: an inner failure of a $batch hides behind an outer 200; none is ever sent. Case 31: every request about
// events asks for immutable ids, and only such are stored.
func TestHardCase27And31NoBatchIsSentAndAllIDsAreImmutable(t *testing.T) {
	d := seated(t, 2)
	for i, p := range d.people {
		d.adds(p, meeting(tomorrow, time.Hour, "busy"))
		d.adds(p, weekly(meeting(tomorrow.Add(4*time.Hour), time.Hour, "busy"), tomorrow, 3))
		d.book(i+1, p, tomorrow.Add(2*time.Hour))
	}
	d.rounds(mostRounds)
	d.must(d.move(1, named("booking", 1), d.people[1], tomorrow.Add(5*time.Hour)))
	d.rounds(mostRounds)
	for _, p := range d.people {
		for _, r := range d.requests(p) {
			if strings.Contains(r.Path, "$batch") || !strings.Contains(r.Prefer, `IdType="ImmutableId"`) {
				t.Errorf("%s %s with Prefer %q", r.Method, r.Path, r.Prefer)
			}
		}
	}
	// Graph's immutable ids are shorter than the classic ones, which have 140 characters and more (graph.md §4.3).
	if n := d.count(`select (select count(*) from busy_block where length(item_id) > 100) + (select count(*) from outlook_event where length(event_id) > 100)`); n != 0 {
		t.Errorf("%d ids are not immutable", n)
	}
}

// Case 30: Graph calls an id that it does not know malformed; the event is gone, and no job is poisoned.
func TestHardCase30AnIDThatGraphCannotReadIsAnEventThatIsGone(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	d.must(p.outlook.Delete(d.ours(p, id, tomorrow).ID))
	d.exec(`update outlook_event set event_id = 'AAkALgAAAAAAHYQD-of-another-mailbox'`)
	later := tomorrow.Add(3 * time.Hour)
	d.must(d.move(1, id, p, later))
	all := d.since(p, func() { d.rounds(mostRounds) })
	if patches := of(all, http.MethodPatch); len(patches) == 0 || patches[0].Status != http.StatusBadRequest {
		t.Fatalf("updates: %+v, want one that is a bad request", patches)
	}
	d.ours(p, id, later)
	d.exec(`update outlook_event set event_id = 'AAkALgAAAAAAHYQD-of-another-mailbox'`)
	d.must(p.outlook.Delete(d.ours(p, id, later).ID))
	d.must(d.planner.CancelFromOutlook(d.ctx, id))
	d.rounds(mostRounds)
	if n := d.count(`select count(*) from outlook_event`); n != 0 {
		t.Error("the cancelled booking's event is waited for")
	}
}

// Case 34: our events invite nobody, so nobody gets mail when they come, move and go.
func TestHardCase34NobodyGetsMail(t *testing.T) {
	d := seated(t, 2)
	id := d.book(1, d.people[0], tomorrow)
	d.rounds(mostRounds)
	d.must(d.move(1, id, d.people[1], tomorrow.Add(time.Hour)))
	d.rounds(mostRounds)
	d.must(d.planner.CancelFromOutlook(d.ctx, id))
	d.rounds(mostRounds)
	d.onlyOurs(nil)
}

// Case 35: an appointment and a booking take one time in the same moment. The booking stands, as a promise to the
// citizen; the appointment blocks; the counsellor sees both.
func TestHardCase35ABookingAndAnAppointmentOfTheSameMomentBothStand(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	d.adds(p, meeting(tomorrow, time.Hour, "busy"))
	id := d.book(1, p, tomorrow)
	all := d.since(p, func() { d.rounds(mostRounds) })
	d.ours(p, id, tomorrow)
	d.bookingsStand(nil)
	if !d.blocked(p, tomorrow) || writes(all) != 1 {
		t.Errorf("blocked %v, %d writes", d.blocked(p, tomorrow), writes(all))
	}
	if _, err := d.planner.CreateBooking(d.ctx, d.request(2, p, tomorrow)); err == nil {
		t.Error("the time was given to a second citizen")
	}
}

// Case 36: the feed does not show yet what was just written; nothing is made again, also by a full round.
func TestHardCase36AnEventThatTheFeedDoesNotShowYetIsNotGone(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	d.fault(graphsim.Fault{Kind: graphsim.FaultDeltaLag, Delay: graphsim.Duration(time.Minute), For: graphsim.Duration(2 * time.Minute)})
	id := d.book(1, p, tomorrow)
	d.round(p)
	d.exec(`update mailbox set full_round_due_at = $1`, d.clock.Now())
	all := d.since(p, func() {
		if res := d.round(p); !res.Full {
			t.Fatal("no full round")
		}
	})
	if writes(all) != 0 {
		t.Errorf("%d writes", writes(all))
	}
	d.pass(5 * time.Minute)
	d.rounds(mostRounds)
	d.ours(p, id, tomorrow)
}

// Case 43: categories are the counsellor's.
func TestHardCase43CategoriesOfOurEventAreTheCounsellors(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	event := d.ours(p, id, tomorrow)
	for _, c := range [][]string{{"Rød"}, {}} {
		d.must(p.outlook.Edit(event.ID, map[string]any{"categories": c}))
		if all := d.since(p, func() { d.rounds(mostRounds) }); writes(all) != 0 {
			t.Errorf("%d writes after categories became %v", writes(all), c)
		}
	}
	if d.ours(p, id, tomorrow).ID != event.ID {
		t.Error("another event took its place")
	}
}

// Case 44: the event of a cancelled booking was deleted already.
func TestHardCase44AnEventThatIsGoneAlreadyIsDeleted(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.rounds(mostRounds)
	d.must(p.outlook.Delete(d.ours(p, id, tomorrow).ID))
	d.must(d.planner.CancelFromOutlook(d.ctx, id))
	all := d.since(p, func() { d.rounds(mostRounds) })
	if deletes := of(all, http.MethodDelete); len(deletes) != 1 || deletes[0].Status != http.StatusNotFound {
		t.Errorf("deletions: %+v, want one answered 404", deletes)
	}
	if d.count(`select count(*) from outlook_event`) != 0 {
		t.Error("the event is waited for")
	}
}

// Case 45: cancelled before it was created, and cancelled while its creation is under way.
func TestHardCase45ACancellationDoesNotOvertakeTheCreation(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.must(d.planner.CancelFromOutlook(d.ctx, id))
	if all := d.since(p, func() { d.rounds(mostRounds) }); writes(all) != 0 {
		t.Errorf("%d writes for a booking that was gone before anybody told Outlook", writes(all))
	}
	id = d.book(2, p, tomorrow)
	with := &tap{at: 3, after: true, do: func() { d.must(d.planner.CancelFromOutlook(d.ctx, id)) }} // Begin, Prepare, Create
	if _, err := d.try(p, with); err != nil || with.calls[2] != "Graph.Create" {
		t.Fatalf("%v after %v", err, with.calls)
	}
	d.rounds(mostRounds)
	if n := len(d.stamped(p, id)) + d.count(`select count(*) from outlook_event`); n != 0 {
		t.Errorf("%d events and rows left", n)
	}
}

// A booking that a person must look at is not tried for ever (peers.md §B, invariant 10).
func TestARefusedWriteIsFlaggedAndNotRepeated(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	d.fault(graphsim.Fault{Kind: graphsim.FaultError, Status: 400, Code: "ErrorInvalidRequest", Method: http.MethodPost})
	d.book(1, p, tomorrow)
	all := d.since(p, func() { d.rounds(mostRounds) })
	if len(of(all, http.MethodPost)) != 1 || d.count(`select count(*) from outlook_event where flagged = 'refused'`) != 1 {
		t.Errorf("%d tries", len(of(all, http.MethodPost)))
	}
}
