package hardcases

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/reconcile"
	"kommunalplanner.example/sync/syncdb"
)

// Case 28: a mailbox that was moved between tenants, or comes out of a backup, has other ids throughout. Each meeting is
// known again by its stamp and stands there once; what is lost, or stands there twice, waits for a person, and nothing is
// written meanwhile.
func TestHardCase28AMovedMailboxKeepsEachMeetingOnce(t *testing.T) {
	for name, how := range map[string]struct{ lose, twice bool }{"all comes along": {}, "one is lost": {lose: true}, "one comes twice": {twice: true}, "both": {true, true}} {
		t.Run(name, func(t *testing.T) {
			d := seated(t, 1)
			p := d.people[0]
			var booked []uuid.UUID
			for i := range 5 {
				booked = append(booked, d.book(i+1, p, tomorrow.Add(time.Duration(24*i)*time.Hour)))
			}
			for i := range 15 {
				d.adds(p, meeting(tomorrow.Add(time.Duration(24*i+3)*time.Hour), time.Hour, "busy"))
			}
			d.adds(p, weekly(meeting(tomorrow.Add(6*time.Hour), time.Hour, "busy"), tomorrow, 8))
			d.settled()
			before := len(d.blocks(p))

			var m graphsim.Migration
			if how.lose {
				m.Lose = []string{d.ours(p, booked[0], tomorrow).ID}
			}
			if how.twice {
				m.Copy = []string{d.ours(p, booked[1], tomorrow.Add(24*time.Hour)).ID}
			}
			d.must(d.sim.Migrate(p.user, m))
			want := map[string]string{}
			if how.lose {
				want[booked[0].String()] = string(reconcile.ReasonMovedNotFound)
			}
			if how.twice {
				want[booked[1].String()] = string(reconcile.ReasonMovedCopies)
			}
			all := d.since(p, func() {
				for range 2 {
					if res := d.round(p); res.Held != (len(want) > 0) {
						t.Fatalf("held: %v", res.Held)
					}
					d.pass(20 * time.Minute)
				}
			})
			if writes(all) != 0 {
				t.Errorf("%d writes answer a move", writes(all))
			}
			for _, it := range d.held(p) {
				if want[it.ItemID] != it.Reason {
					t.Errorf("held: booking %s for %s, want %q", it.ItemID, it.Reason, want[it.ItemID])
				}
				delete(want, it.ItemID)
			}
			if len(want) > 0 {
				t.Errorf("not held: %v", want)
			}
			if how.twice { // the counsellor sees to it in Outlook
				d.must(p.outlook.Delete(d.stamped(p, booked[1])[0].ID))
				d.round(p)
			}
			if how.lose {
				d.decide(p, syncdb.Approve)
			}
			d.settled()
			for i, b := range booked {
				d.ours(p, b, tomorrow.Add(time.Duration(24*i)*time.Hour))
			}
			if n := len(d.blocks(p)); n != before {
				t.Errorf("%d blocks, had %d", n, before)
			}
			d.busyAsShown()
			// And a rebooking reaches the event under its new id.
			d.must(d.move(3, booked[2], p, tomorrow.Add(200*time.Hour)))
			d.settled()
			d.ours(p, booked[2], tomorrow.Add(200*time.Hour))
		})
	}
}
