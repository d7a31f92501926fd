package hardcases

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

// settled runs to quiet and compares the blocks with the calendar as Outlook shows it.
func (d *desk) settled() {
	d.t.Helper()
	d.rounds(mostRounds)
	d.busyAsShown()
}

func (d *desk) wantBlocks(p *person, n int) {
	d.t.Helper()
	if have := d.blocks(p); len(have) != n {
		d.t.Fatalf("%d blocks, want %d: %v", len(have), n, have)
	}
}

// Case 7: a deleted occurrence has no tombstone, only its series comes again without it.
func TestHardCase07ADeletedOccurrenceFreesItsTime(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	series := d.adds(p, weekly(meeting(tomorrow, time.Hour, "busy"), tomorrow, 4))
	d.settled()
	d.wantBlocks(p, 4)
	for i, week := range []int{1, 0} {
		d.must(p.outlook.DeleteOccurrence(series, tomorrow.AddDate(0, 0, 7*week)))
		d.settled()
		d.wantBlocks(p, 3-i)
	}
	// The last ones: nothing of the series is left but the tombstone of a master.
	for _, week := range []int{2, 3} {
		d.must(p.outlook.DeleteOccurrence(series, tomorrow.AddDate(0, 0, 7*week)))
	}
	d.settled()
	d.wantBlocks(p, 0)
}

// Case 8: an occurrence is a stub; whether it blocks stands in its master, which may not come along.
func TestHardCase08AnOccurrenceBlocksAsItsMasterDoes(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	series := d.adds(p, weekly(meeting(tomorrow, time.Hour, "free"), tomorrow, 3))
	d.settled()
	d.wantBlocks(p, 0)
	for showAs, want := range map[string]int{"oof": 3, "workingElsewhere": 0} {
		d.must(p.outlook.Edit(series, map[string]any{"showAs": showAs}))
		d.settled()
		d.wantBlocks(p, want)
	}
	d.must(p.outlook.Edit(series, map[string]any{"showAs": "busy", "sensitivity": "private"}))
	d.settled()
	if n := d.count(`select count(*) from busy_block where private`); n != 3 {
		t.Errorf("%d private blocks, want 3", n)
	}
	for _, f := range []graphsim.Fault{{Kind: graphsim.FaultDeltaMasterOnly}, {Kind: graphsim.FaultDeltaShuffle}, {Kind: graphsim.FaultDeltaEmptyFirst}} {
		d.fault(f)
		_, err := p.outlook.EditOccurrence(series, tomorrow.AddDate(0, 0, 7), map[string]any{"showAs": "tentative"})
		d.must(err)
		d.round(p)
		d.busyAsShown()
		d.wantBlocks(p, 3)
		d.sim.ClearFaults("")
	}
}

// Case 9: a master's own start is that of its first occurrence, and no appointment.
func TestHardCase09AMasterIsNoAppointment(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	first := monday.AddDate(0, 0, -7*10).Add(26 * time.Hour)
	series := d.adds(p, weekly(meeting(first, time.Hour, "busy"), first, 13)) // three are left
	d.settled()
	d.wantBlocks(p, 3)
	if d.blocked(p, first) {
		t.Error("the series blocks where it began, long before the window")
	}
	if n := d.count(`select count(*) from busy_block where item_id = $1`, series); n != 0 {
		t.Error("the master is a block")
	}
}

// Case 10: "this and following" ends one series and begins another, with nothing that ties them.
func TestHardCase10ThisAndFollowingIsAPlainChangeOfTimes(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	series := d.adds(p, weekly(meeting(tomorrow, time.Hour, "busy"), tomorrow, 6))
	d.settled()
	from := tomorrow.AddDate(0, 0, 21)
	_, err := p.outlook.EditFollowing(series, from, map[string]any{"start": inDenmark(from.Add(4 * time.Hour)), "end": inDenmark(from.Add(5 * time.Hour))})
	d.must(err)
	d.settled()
	d.wantBlocks(p, 6)
	if !d.blocked(p, tomorrow.AddDate(0, 0, 14)) || d.blocked(p, from) || !d.blocked(p, from.Add(4*time.Hour)) {
		t.Error("the times are not those of the two series")
	}
}

// Case 11: tombstones come for strangers, and for what left the window and is not deleted.
func TestHardCase11LeavingTheWindowIsNoDeletion(t *testing.T) {
	for _, policy := range []string{"restore", "cancel"} {
		t.Run(policy, func(t *testing.T) {
			d := seated(t, 1, func(c *planner.JobCenter, _ *graphsim.Config) { c.OutlookDelete = policy })
			p := d.people[0]
			id := d.book(1, p, tomorrow)
			d.settled()
			far := d.adds(p, meeting(monday.AddDate(1, 0, 0), time.Hour, "busy"))
			d.settled()
			d.must(p.outlook.Delete(far))
			d.settled()
			d.wantBlocks(p, 0)
			event := d.ours(p, id, tomorrow)
			d.must(p.outlook.Drag(event.ID, monday.AddDate(1, 0, 0), time.Time{}))
			d.settled()
			if now := d.ours(p, id, tomorrow); now.ID != event.ID {
				t.Error("an event that was moved out of the window was made anew")
			}
			if n := d.count(`select count(*) from booking where status = 'booked'`); n != 1 {
				t.Error("moving an event far away cancelled the citizen's appointment")
			}
		})
	}
}

// Case 12: what straddles the window's start, all-day events at both its edges, and what the window's move takes in.
func TestHardCase12WindowEdges(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	w := d.windowStart()
	end := time.Date(2027, 7, 7, 0, 0, 0, 0, calendar.Copenhagen())
	d.adds(p, meeting(w.Add(-30*time.Minute), time.Hour, "busy"))
	d.adds(p, meeting(w.Add(-time.Hour), time.Hour, "busy")) // ends where the window begins
	d.adds(p, meeting(end.Add(-time.Hour), time.Hour, "busy"))
	d.adds(p, meeting(end, time.Hour, "busy")) // begins where it ends
	for _, day := range []time.Time{w.AddDate(0, 0, -1), w, end.AddDate(0, 0, -1), end} {
		id := d.adds(p, meeting(day.Add(12*time.Hour), time.Hour, "oof"))
		d.must(p.outlook.SetAllDay(id, day.In(calendar.Copenhagen()), 1))
	}
	d.settled()
	d.wantBlocks(p, 4)
	for range 3 { // the nights take in what lies beyond, and forget what is past, each once
		d.pass(24 * time.Hour)
		d.settled()
	}
	d.wantBlocks(p, 4)
	if n := d.count(`select count(*) from sync_decision where verb = 'delete-local'`); n != 0 {
		t.Errorf("%d deletions are told, though nobody deleted anything", n)
	}
}

// Case 13: the link dies in the middle of a round.
func TestHardCase13AnExpiryInTheMiddleOfARoundDeletesNothing(t *testing.T) {
	for name, f := range map[string]graphsim.Fault{
		"410 SyncStateNotFound": {}, "410 resyncRequired": {Code: "resyncRequired"}, "404 SyncStateInvalid": {Status: 404, Code: "SyncStateInvalid"},
		"400 syncStateNotFound": {Status: 400, Code: "syncStateNotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			d := seated(t, 1)
			p := d.people[0]
			for i := range 250 { // more than a page
				d.adds(p, meeting(tomorrow.Add(time.Duration(i)*2*time.Hour), time.Hour, "busy"))
			}
			d.settled()
			d.exec(`update mailbox set full_round_due_at = $1`, d.clock.Now())
			f.Kind = graphsim.FaultDeltaExpired
			with := &tap{at: 2, after: true, do: func() { d.fault(f) }} // Begin, first page
			_, err := d.try(p, with)
			if err == nil || with.calls[1] != "Graph.Changes" {
				t.Fatalf("%v after %v", err, with.calls)
			}
			d.wantBlocks(p, 250)
			d.pass(10 * time.Minute)
			d.settled()
			d.wantBlocks(p, 250)
		})
	}
}

// Case 18: a whole day is a day in Denmark, and its end is not part of it.
func TestHardCase18AWholeDayIsADanishDay(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	day := time.Date(2026, 12, 15, 0, 0, 0, 0, calendar.Copenhagen())
	id := d.adds(p, meeting(day.Add(9*time.Hour), time.Hour, "oof"))
	d.must(p.outlook.SetAllDay(id, day, 2))
	d.settled()
	if have := d.blocks(p); len(have) != 1 || !have[0].start.Equal(day) || !have[0].end.Equal(day.AddDate(0, 0, 2)) {
		t.Errorf("blocks %v, want %s and the day after", have, day.Format(time.DateOnly))
	}
}

// Case 19: what each way to be shown, to be called off and to be declined means.
func TestHardCase19WhatBlocksAndWhatDoesNot(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	for showAs, blocks := range map[string]bool{"busy": true, "oof": true, "tentative": true, "free": false, "workingElsewhere": false} {
		id := d.adds(p, meeting(tomorrow, time.Hour, showAs))
		d.settled()
		if d.blocked(p, tomorrow) != blocks {
			t.Errorf("%s blocks: %v", showAs, !blocks)
		}
		d.must(p.outlook.Delete(id))
	}
	for _, stays := range []bool{false, true} {
		if stays {
			d.fault(graphsim.Fault{Kind: graphsim.FaultDeclinedStay})
		}
		for what, do := range map[string]func(string) error{
			"declined": func(id string) error { return p.outlook.Respond(id, "decline") }, "called off": p.outlook.OrganizerCancels,
		} {
			id, err := p.outlook.Receive(meeting(tomorrow.Add(3*time.Hour), time.Hour, "tentative"), "Kaj", "kaj@firma.example")
			d.must(err)
			d.settled()
			if !d.blocked(p, tomorrow.Add(3*time.Hour)) {
				t.Error("an invitation that nobody answered does not block")
			}
			d.must(do(id))
			d.settled()
			if d.blocked(p, tomorrow.Add(3*time.Hour)) {
				t.Errorf("a meeting that was %s blocks (stays in the calendar: %v)", what, stays)
			}
		}
	}
}

// Cases 28 and 29: whatever happens to the mailbox as a whole, nothing is deleted, its state says what it is, one
// round is one request, and all is well again when it is.
func TestHardCase28And29AMailboxInTroubleKeepsWhatIsKnownOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		fault graphsim.Fault
		state string
	}{
		"moving":            {graphsim.Fault{Kind: graphsim.FaultMoving}, "active"},
		"gone":              {graphsim.Fault{Kind: graphsim.FaultMissing}, "missing"},
		"on premises":       {graphsim.Fault{Kind: graphsim.FaultOnPremises}, "missing"},
		"denied":            {graphsim.Fault{Kind: graphsim.FaultDenied}, "denied"},
		"denied by policy":  {graphsim.Fault{Kind: graphsim.FaultDenied, Variant: "policy"}, "denied"},
		"renamed":           {graphsim.Fault{Kind: graphsim.FaultStaleByUPN}, "active"},
		"a gateway's 404":   {graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: 404, Body: "empty"}, "active"},
		"permission gone":   {graphsim.Fault{Kind: graphsim.FaultError, Status: 401, Code: "InvalidAuthenticationToken"}, "denied"},
		"error of Exchange": {graphsim.Fault{Kind: graphsim.FaultError, Status: 500}, "active"},
	} {
		t.Run(name, func(t *testing.T) {
			d := seated(t, 1)
			p := d.people[0]
			d.adds(p, meeting(tomorrow, time.Hour, "busy"))
			id := d.book(1, p, tomorrow.Add(3*time.Hour))
			d.settled()
			if name == "renamed" {
				d.sim.AddUser(graphsim.User{ObjectID: p.user, UPN: "nyt.navn@kommune.example"})
			}
			d.fault(c.fault)
			for range 3 {
				all := d.since(p, func() { _, _ = d.try(p, nil) })
				if limit := map[bool]int{true: 2, false: 1}[name == "permission gone"]; len(all) > limit { // a fresh token is tried once
					t.Errorf("%d requests in one round", len(all))
				}
				d.pass(20 * time.Minute)
			}
			var state string
			d.must(d.pool.QueryRow(d.ctx, `select state from mailbox`).Scan(&state))
			if state != c.state || len(d.blocks(p)) != 1 || len(d.stamped(p, id)) != 1 {
				t.Errorf("state %s, %d blocks, %d events; want %s, 1, 1", state, len(d.blocks(p)), len(d.stamped(p, id)), c.state)
			}
			d.sim.ClearFaults("")
			d.pass(4 * time.Hour)
			d.settled()
			d.must(d.pool.QueryRow(d.ctx, `select state from mailbox`).Scan(&state))
			if state != "active" {
				t.Errorf("state %s after all is well", state)
			}
			d.ours(p, id, tomorrow.Add(3*time.Hour))
		})
	}
}

// Case 33: what the counsellor writes into our event stays through a rebooking.
func TestHardCase33TheCounsellorsNotesStay(t *testing.T) {
	d := seated(t, 1)
	p := d.people[0]
	id := d.book(1, p, tomorrow)
	d.settled()
	d.must(p.outlook.Edit(d.ours(p, id, tomorrow).ID, map[string]any{"body": map[string]any{"contentType": "text", "content": "Husk tolk"}, "location": map[string]any{"displayName": "Lokale 2"}}))
	if all := d.since(p, d.settled); writes(all) != 0 {
		t.Errorf("%d writes answer the notes", writes(all))
	}
	later := tomorrow.Add(2 * time.Hour)
	d.must(d.move(1, id, p, later))
	d.settled()
	if e := d.ours(p, id, later); !strings.Contains(e.BodyText, "Husk tolk") {
		t.Errorf("the body is %q", e.BodyText)
	}
}

// Case 40: our event in another calendar of the mailbox is out of the feed, and still there; somebody's own
// appointment takes no time of the working calendar any more.
func TestHardCase40AnotherCalendarOfTheMailbox(t *testing.T) {
	for _, policy := range []string{"restore", "cancel"} {
		t.Run(policy, func(t *testing.T) {
			d := seated(t, 1, func(c *planner.JobCenter, _ *graphsim.Config) { c.OutlookDelete = policy })
			p := d.people[0]
			own := d.adds(p, meeting(tomorrow.Add(3*time.Hour), time.Hour, "busy"))
			start := tomorrow.AddDate(0, 0, 5)
			id := d.book(1, p, start)
			d.settled()
			event := d.ours(p, id, start)
			d.must(p.outlook.MoveToCalendar(event.ID, elsewhere))
			d.must(p.outlook.MoveToCalendar(own, elsewhere))
			all := d.since(p, d.settled)
			d.pass(24 * time.Hour)
			all = append(all, d.since(p, d.settled)...)
			if writes(all) != 0 || d.count(`select count(*) from booking where status = 'booked'`) != 1 {
				t.Errorf("%d writes", writes(all))
			}
			d.wantBlocks(p, 0)
			later := start.Add(2 * time.Hour)
			d.must(d.move(1, id, p, later))
			d.settled()
			if now := d.ours(p, id, later); now.ID != event.ID || now.Calendar != elsewhere {
				t.Error("it did not follow the booking where it is")
			}
		})
	}
}

// Case 42: a mailbox whose feed fails gets its bookings written, and holds nobody else up.
func TestHardCase42ASickMailboxGetsItsBookingsAndHoldsNobodyUp(t *testing.T) {
	d := seated(t, 2)
	sick, well := d.people[0], d.people[1]
	d.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, User: sick.user, Method: http.MethodGet, Path: "calendarView", Status: 504, Body: "html"})
	id := d.book(1, sick, tomorrow)
	d.adds(well, meeting(tomorrow, time.Hour, "busy"))
	if _, err := d.try(sick, nil); err == nil {
		t.Fatal("a round that could not be read was taken for done")
	}
	d.ours(sick, id, tomorrow)
	d.round(well)
	if !d.blocked(well, tomorrow) {
		t.Error("the other mailbox was not read")
	}
}

// A round may tell an item twice, the older version second (graph.md §1.2, §10.43).
func TestAnOlderVersionThatComesSecondDoesNotCount(t *testing.T) {
	for _, full := range []bool{false, true} {
		d := newDesk(t, pgtest.New(t), monday, 1)
		p := d.people[0]
		d.rounds(mostRounds)
		moved := d.adds(p, meeting(tomorrow, time.Hour, "busy"))
		gone := d.adds(p, meeting(tomorrow.Add(4*time.Hour), time.Hour, "busy"))
		d.pass(10 * time.Second)
		id := d.book(1, p, tomorrow.Add(8*time.Hour))
		d.rounds(mostRounds)
		d.fault(graphsim.Fault{Kind: graphsim.FaultDeltaDuplicates})
		d.must(p.outlook.Drag(moved, tomorrow.Add(2*time.Hour), time.Time{}))
		d.must(p.outlook.Delete(gone))
		d.must(p.outlook.Drag(d.ours(p, id, tomorrow.Add(8*time.Hour)).ID, tomorrow.Add(10*time.Hour), time.Time{}))
		if full {
			d.exec(`update mailbox set full_round_due_at = $1`, d.clock.Now())
		}
		d.round(p)
		d.sim.ClearFaults("")
		d.rounds(mostRounds)
		d.busyAsShown()
		d.bookingsStand(nil)
	}
}
