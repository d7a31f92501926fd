package hardcases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/syncdb"
)

// flow is a story that is told once undisturbed, and once for each of its calls with the process stopped there.
type flow struct {
	name   string
	policy func(*planner.JobCenter)
	// before is what is there when the story begins, read and in step.
	before func(d *desk)
	// tell does things, and calls run wherever a wake-up would start a round of everybody's mailbox.
	tell func(d *desk, run func())
}

// A process that dies at any of its calls to Graph or to the store, whether the call took effect or not, leaves what
// the next process brings to the same end as if nothing had happened.
func TestAProcessStoppedAnywhereChangesNothingInTheEnd(t *testing.T) {
	t.Parallel()
	for _, f := range flows() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			counting := &tap{}
			want := f.play(t, pool, counting)
			if len(counting.calls) < 5 {
				t.Fatalf("only %d calls: %v", len(counting.calls), counting.calls)
			}
			points := 0
			for at := range counting.calls {
				for _, after := range []bool{false, true} {
					points++
					stopped := &tap{at: at + 1, after: after, stop: true}
					have := f.play(t, pool, stopped)
					if !stopped.dead {
						t.Fatalf("the process was not stopped at call %d", at+1)
					}
					if have != want {
						t.Fatalf("stopped at call %d, %s, after it took effect: %v\nends in\n%s\nundisturbed in\n%s", at+1, counting.calls[at], after, have, want)
					}
				}
			}
			t.Logf("%d points: %d calls, stopped before and after their effect: %s", points, len(counting.calls), tally(counting.calls))
		})
	}
}

func tally(calls []string) string {
	n := map[string]int{}
	for _, c := range calls {
		n[c]++
	}
	var out []string
	for c, k := range n {
		out = append(out, fmt.Sprintf("%s %d", c, k))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// play tells the story with one tapped process, and, once that is stopped, with whole ones.
func (f flow) play(t *testing.T, pool *pgxpool.Pool, with *tap) string {
	d := newDesk(t, pool, monday, 2, func(c *planner.JobCenter, _ *graphsim.Config) {
		if f.policy != nil {
			f.policy(c)
		}
	})
	defer d.sim.Close()  // a hundred of them would be many
	d.rounds(mostRounds) // nobody is offered whose calendar is not known
	f.before(d)
	d.rounds(mostRounds)
	run := func() {
		for _, p := range d.people {
			_, err := d.try(p, with)
			if errors.Is(err, errStopped) {
				with = nil // dead; its successor comes when somebody notices
				d.pass(time.Minute)
			} else if err != nil {
				t.Fatalf("round: %v", err)
			}
		}
		if with == nil {
			d.rounds(mostRounds)
		}
	}
	f.tell(d, run)
	d.pass(time.Minute)
	d.rounds(mostRounds)
	d.quiet()
	d.bookingsStand(nil)
	d.busyAsShown()
	d.neverTwice()
	d.audited()
	d.discreet()
	return d.picture()
}

// picture is what both sides tell in the end, in words that do not depend on how they came there.
func (d *desk) picture() string {
	d.t.Helper()
	var lines []string
	for _, q := range []string{
		`select format('%s %s–%s %s revision %s with %s', id, starts_at, ends_at, status, revision, case_worker_id) from booking order by id`,
		`select format('event of %s in mailbox %s: pending %s, flagged %s', booking_id, mailbox_id, pending_since is not null, coalesce(flagged, 'no')) from outlook_event order by booking_id, mailbox_id`,
		`select format('block %s–%s of %s %s', starts_at, ends_at, case_worker_id, show_as) from busy_block order by case_worker_id, starts_at, ends_at, show_as`,
		`select format('mailbox %s %s, held %s, approved %s', id, state, held_deletions, approved_deletions) from mailbox order by id`,
	} {
		rows, err := d.pool.Query(d.ctx, q)
		d.must(err)
		more, err := pgx.CollectRows(rows, pgx.RowTo[string])
		d.must(err)
		lines = append(lines, more...)
	}
	for i, p := range d.people {
		all, err := d.sim.Events(p.user)
		d.must(err)
		var live []string
		for _, e := range all {
			if e.State == "live" {
				live = append(live, fmt.Sprintf("Outlook %d: %s–%s %s %q", i, e.Start, e.End, e.ShowAs, e.Subject))
			}
		}
		slices.Sort(live) // by age they differ: what was made again is younger
		lines = append(lines, live...)
	}
	return strings.Join(lines, "\n")
}

func flows() []flow {
	at := func(days, hours int) time.Time {
		return monday.AddDate(0, 0, days).Add(time.Duration(hours) * time.Hour)
	}
	followed := func(c *planner.JobCenter) { c.OutlookMove, c.OutlookDelete = "accept", "cancel" }
	event := func(d *desk, p *person, booking uuid.UUID) string {
		all := d.stamped(p, booking)
		if len(all) != 1 {
			d.t.Fatalf("booking %s has %d events, want 1", booking, len(all))
		}
		return all[0].ID
	}
	return []flow{
		{
			name: "a change in Outlook becomes a busy block",
			before: func(d *desk) {
				for i := range 3 {
					d.adds(d.people[0], meeting(at(i+1, 2), time.Hour, "busy"))
				}
				d.adds(d.people[0], weekly(meeting(at(1, 5), time.Hour, "busy"), at(1, 5), 4))
			},
			tell: func(d *desk, run func()) {
				o := d.people[0].outlook
				id := d.adds(d.people[0], meeting(at(8, 3), time.Hour, "tentative"))
				run()
				d.must(o.Drag(id, at(9, 3), time.Time{}))
				run()
				d.must(o.Delete(id))
				run()
				series := d.adds(d.people[1], weekly(meeting(at(2, 1), time.Hour, "busy"), at(2, 1), 3))
				run()
				d.must(d.people[1].outlook.DeleteOccurrence(series, at(9, 1)))
				run()
			},
		},
		{
			name:   "a booking becomes an event, moves to another counsellor, and is cancelled",
			before: func(d *desk) { d.adds(d.people[0], meeting(at(1, 2), time.Hour, "busy")) },
			tell: func(d *desk, run func()) {
				stays := d.book(1, d.people[0], at(2, 0))
				id := d.book(2, d.people[0], at(2, 2))
				run()
				d.must(d.move(2, id, d.people[0], at(3, 2)))
				run()
				d.must(d.move(2, id, d.people[1], at(4, 2)))
				run()
				d.must(d.move(2, id, d.people[0], at(4, 4)))
				run()
				d.must(d.planner.CancelFromOutlook(d.ctx, id))
				run()
				d.must(d.move(1, stays, d.people[1], at(5, 2)))
				run()
			},
		},
		{
			name: "full rounds: an expired link, a night, a plan that is held",
			before: func(d *desk) {
				for i := range 15 {
					d.adds(d.people[0], meeting(at(i+1, 2), time.Hour, "busy"))
				}
				d.adds(d.people[1], weekly(meeting(at(1, 5), time.Hour, "busy"), at(1, 5), 0))
				d.book(1, d.people[0], at(20, 0))
			},
			tell: func(d *desk, run func()) {
				d.adds(d.people[0], meeting(at(20, 4), time.Hour, "busy"))
				d.fault(graphsim.Fault{Kind: graphsim.FaultDeltaExpired})
				run()
				d.book(2, d.people[1], at(21, 0))
				d.pass(24 * time.Hour)
				run()
				all, err := d.sim.Events(d.people[0].user)
				d.must(err)
				for _, e := range all {
					if len(e.Properties) == 0 && e.Start.Before(at(15, 0)) {
						d.must(d.people[0].outlook.Delete(e.ID))
					}
				}
				run()
				// After a stop the successor's rounds had it approved.
				if d.count(`select count(*) from mailbox where state = 'held'`) == 1 {
					d.decide(d.people[0], syncdb.Approve)
				}
				run()
			},
		},
		{
			name:   "edits and deletions of our events are put back",
			before: func(d *desk) { d.book(1, d.people[0], at(2, 0)); d.book(2, d.people[1], at(2, 0)) },
			tell: func(d *desk, run func()) {
				first, second := named("booking", 1), named("booking", 2)
				d.must(d.people[0].outlook.Drag(event(d, d.people[0], first), at(3, 0), time.Time{}))
				run()
				deleted := event(d, d.people[1], second)
				d.must(d.people[1].outlook.Delete(deleted))
				run()
				_, err := d.people[1].outlook.Restore(deleted)
				d.must(err)
				run()
			},
		},
		{
			name: "moves and deletions of our events are followed", policy: followed,
			before: func(d *desk) { d.book(1, d.people[0], at(2, 0)); d.book(2, d.people[1], at(2, 0)) },
			tell: func(d *desk, run func()) {
				d.must(d.people[0].outlook.Drag(event(d, d.people[0], named("booking", 1)), at(3, 0), time.Time{}))
				run()
				d.must(d.people[1].outlook.Delete(event(d, d.people[1], named("booking", 2))))
				run()
			},
		},
	}
}
