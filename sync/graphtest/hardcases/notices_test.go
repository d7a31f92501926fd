package hardcases

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/webhook"
)

// office is a desk of one counsellor, subscribed, whose webhook Graph calls and whose rounds are run from the queue.
type office struct {
	*desk
	*person
}

// newOffice has so many runners, as if they were processes; with none, nothing follows the wake-ups.
func newOffice(t *testing.T, runners int) office {
	t.Helper()
	d := seated(t, 1)
	out, err := jobs.NewOutbox(d.pool, d.slog)
	d.must(err)
	d.sync = syncdb.New(d.pool, out, d.clock.Now, d.slog)
	hook := httptest.NewServer(&webhook.Handler{Store: d.sync, Log: d.slog})
	t.Cleanup(hook.Close)
	subscriber := &mailbox.Subscriber{Graph: d.graph, Store: d.sync, URL: hook.URL, Now: d.clock.Now, Log: d.slog}
	d.must(subscriber.Ensure(d.ctx, d.people[0].mailbox))
	for range runners {
		run, err := jobs.NewRunner(jobs.Config{
			Pool: d.pool, Log: d.slog, Now: d.clock.Now,
			Mailboxes:   &mailbox.Syncer{Graph: d.graph, Store: d.sync, Bookings: d.planner, Now: d.clock.Now, Log: d.slog},
			Generations: d.sync, Subscriber: subscriber, Upkeep: nothingElse{}, Retention: nothingElse{}, Resealer: nothingElse{},
		})
		d.must(err)
		d.must(run.Start(d.ctx))
		t.Cleanup(func() { _ = run.Stop(context.Background()) })
	}
	o := office{d, d.people[0]}
	if runners > 0 {
		o.idle()
	}
	return o
}

// nothingElse is due but what notices ask for.
type nothingElse struct{}

func (nothingElse) StartDue(context.Context, time.Time, time.Duration) (int, int, error) {
	return 0, 0, nil
}
func (nothingElse) Prune(context.Context, time.Time) error                { return nil }
func (nothingElse) Retain(context.Context, string, string) (int64, error) { return 0, nil }
func (nothingElse) ResealAll(context.Context) error                       { return nil }

func (o office) eventually(what string, holds func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			o.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// idle waits until every notice was answered and every wake-up was followed.
func (o office) idle() {
	o.t.Helper()
	o.sim.Settle()
	o.eventually("all wake-ups are followed", func() bool {
		return o.count(`select count(*) from mailbox where synced_generation <> wanted_generation`) == 0
	})
}

// Case 21: many notices at once are few rounds, one at a time, though two processes could run them.
func TestHardCase21AStormOfNoticesIsFewRounds(t *testing.T) {
	o := newOffice(t, 2)
	o.sim.ResetRequests()
	o.sim.ResetConcurrency()
	notices := len(o.sim.Notices())
	const storm = 60
	hold := o.fault(graphsim.Fault{Kind: graphsim.FaultHold, Path: "/calendarView"})
	for i := range storm {
		o.adds(o.person, meeting(tomorrow.Add(time.Duration(i)*time.Minute), time.Minute, "busy"))
		if i == 0 {
			o.must(o.sim.WaitHeld(o.ctx, hold, 1)) // a round is under way when the others are told
		}
	}
	o.sim.Settle()
	o.sim.ClearFault(hold)
	o.eventually("all block", func() bool { return len(o.blocks(o.person)) == storm })
	o.idle()
	sent, rounds := len(o.sim.Notices())-notices, len(o.requests(o.person))
	if sent < storm || rounds > 5 || o.sim.MaxConcurrency(o.user) != 1 {
		t.Errorf("%d notices, %d requests, %d at once", sent, rounds, o.sim.MaxConcurrency(o.user))
	}
	t.Logf("%d notices led to %d requests", sent, rounds)
}

// Case 23: Graph calls back while a subscription is being made; nothing is locked meanwhile, and any copy of the
// service answers.
func TestHardCase23TheHandshakeFindsNothingLocked(t *testing.T) {
	o := newOffice(t, 1)
	before := o.sim.Subscriptions()
	hold := o.fault(graphsim.Fault{Kind: graphsim.FaultHold, Method: http.MethodPost, Path: "/subscriptions"})
	_, err := o.sync.Do(o.ctx, o.mailbox, syncdb.Subscribe, "kirsten")
	o.must(err)
	o.must(o.sim.WaitHeld(o.ctx, hold, 1))
	// The subscription is under way: the mailbox can be locked, woken and run. Others lock it for a moment; who held it for the
	// handshake would hold it until the hold is let go, which is after this.
	tx, err := o.pool.Begin(o.ctx)
	o.must(err)
	_, err = tx.Exec(o.ctx, `set local lock_timeout = '10s'`)
	o.must(err)
	if _, err := tx.Exec(o.ctx, `select 1 from mailbox where id = $1 for update`, o.mailbox); err != nil {
		t.Errorf("the mailbox is locked while Graph calls back: %v", err)
	}
	o.must(tx.Rollback(o.ctx))
	o.adds(o.person, meeting(tomorrow, time.Hour, "busy"))
	o.must(o.sync.Wake(o.ctx, o.mailbox))
	o.eventually("the mailbox runs meanwhile", func() bool { return o.blocked(o.person, tomorrow) })
	o.sim.ClearFault(hold)
	o.eventually("the new subscription takes the old one's place", func() bool {
		now := o.sim.Subscriptions()
		return len(now) == 1 && now[0].ID != before[0].ID && o.count(`select count(*) from subscription where id = $1`, now[0].ID) == 1
	})
}

// Case 24: notices are answered while Graph itself answers nothing.
func TestHardCase24NoticesAreAnsweredThoughGraphHangs(t *testing.T) {
	o := newOffice(t, 1)
	hold := o.fault(graphsim.Fault{Kind: graphsim.FaultHold, Path: "/calendarView"})
	before := len(o.sim.Notices())
	for i := range 5 {
		o.adds(o.person, meeting(tomorrow.Add(time.Duration(i)*time.Hour), time.Hour, "busy"))
	}
	o.must(o.sim.WaitHeld(o.ctx, hold, 1))
	o.sim.Settle()
	sent := o.sim.Notices()[before:]
	if len(sent) < 5 {
		t.Errorf("%d notices", len(sent))
	}
	for _, n := range sent {
		if n.Result != "delivered" || n.Status != http.StatusAccepted || n.Attempt > 1 {
			t.Errorf("notice %+v", n)
		}
	}
	o.sim.ClearFault(hold)
	o.eventually("what was told blocks", func() bool { return len(o.blocks(o.person)) == 5 })
}

// Case 39: how long a subscription lives is what Graph answers, whatever was asked for.
func TestHardCase39TheEndOfASubscriptionIsWhatGraphSays(t *testing.T) {
	o := newOffice(t, 0)
	all := o.sim.Subscriptions()
	if len(all) != 1 {
		t.Fatalf("%d subscriptions", len(all))
	}
	for _, s := range all {
		if n := o.count(`select count(*) from subscription where id = $1 and date_trunc('second', expires_at) = date_trunc('second', $2::timestamptz) and renew_at < expires_at`, s.ID, s.Expires); n != 1 {
			t.Errorf("subscription %s ends %s", s.ID, s.Expires)
		}
	}
}
