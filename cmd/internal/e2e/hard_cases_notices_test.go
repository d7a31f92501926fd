package e2e

import (
	"net/http"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/syncdb"
)

// Case 21: many notices at once are few rounds, one at a time.
func TestHardCase21AStormOfNoticesIsFewRounds(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, func(o *world.LocalOptions) { o.Workers = 2 })
	user := w.People[0].ObjectID
	w.Graph.ResetRequests()
	w.Graph.ResetConcurrency()
	notices := len(w.Graph.Notices())
	outlook, err := w.Graph.Outlook(user)
	w.must(err)
	const storm = 60
	at := workday(40, 6)
	for i := range storm {
		_, err := outlook.Create(map[string]any{"subject": "Aftale", "showAs": "busy", "start": inDenmark(at.Add(time.Duration(i) * time.Minute)), "end": inDenmark(at.Add(time.Duration(i+1) * time.Minute))})
		w.must(err)
	}
	w.eventually("all block", func() bool {
		return w.count(`select count(*) from busy_block where starts_at >= $1 and starts_at < $2`, at, at.Add(storm*time.Minute)) == storm
	})
	w.must(w.Quiet(w.ctx))
	sent := len(w.Graph.Notices()) - notices
	rounds := len(w.Graph.Requests(graphsim.RequestFilter{User: user, Actor: graphsim.ActorApp}))
	if sent < storm || rounds > storm || w.Graph.MaxConcurrency(user) > 1 {
		t.Errorf("%d notices, %d requests, %d at once", sent, rounds, w.Graph.MaxConcurrency(user))
	}
	t.Logf("%d notices led to %d requests", sent, rounds)
}

// Case 23: Graph calls back while a subscription is being made; nothing is locked meanwhile, and any copy of the
// service answers.
func TestHardCase23TheHandshakeFindsNothingLocked(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	var box int64
	w.must(w.Pool.QueryRow(w.ctx, `select id from mailbox`).Scan(&box))
	before := w.Graph.Subscriptions()
	hold, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultHold, Method: http.MethodPost, Path: "/subscriptions"})
	w.must(err)
	_, err = w.Parts.Sync.Do(w.ctx, box, syncdb.Subscribe, "kirsten")
	w.must(err)
	w.must(w.Graph.WaitHeld(w.ctx, hold, 1))
	// The subscription is under way: the mailbox can be locked, woken and run.
	tx, err := w.Pool.Begin(w.ctx)
	w.must(err)
	if _, err := tx.Exec(w.ctx, `select 1 from mailbox where id = $1 for update nowait`, box); err != nil {
		t.Errorf("the mailbox is locked while Graph calls back: %v", err)
	}
	w.must(tx.Rollback(w.ctx))
	at := workday(30, 10)
	_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", at, time.Hour)
	w.must(err)
	w.must(w.Parts.Sync.Wake(w.ctx, box))
	w.eventually("the mailbox runs meanwhile", func() bool { return w.blockedAt(0, at) })
	w.Graph.ClearFault(hold)
	w.eventually("the new subscription takes the old one's place", func() bool {
		now := w.Graph.Subscriptions()
		return len(now) == 1 && now[0].ID != before[0].ID && w.count(`select count(*) from subscription where id = $1`, now[0].ID) == 1
	})
}

// Case 24: notices are answered while Graph itself answers nothing.
func TestHardCase24NoticesAreAnsweredThoughGraphHangs(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	hold, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultHold, Path: "/calendarView"})
	w.must(err)
	before := len(w.Graph.Notices())
	at := workday(30, 10)
	for i := range 5 {
		_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", at.Add(time.Duration(i)*time.Hour), time.Hour)
		w.must(err)
	}
	w.must(w.Graph.WaitHeld(w.ctx, hold, 1))
	w.Graph.Settle()
	sent := w.Graph.Notices()[before:]
	if len(sent) < 5 {
		t.Errorf("%d notices", len(sent))
	}
	for _, n := range sent {
		if n.Result != "delivered" || n.Status != http.StatusAccepted || n.Attempt > 1 {
			t.Errorf("notice %+v", n)
		}
	}
	w.Graph.ClearFault(hold)
	w.eventually("what was told blocks", func() bool { return w.blockedAt(0, at.Add(4*time.Hour)) })
}

// Case 39: how long a subscription lives is what Graph answers, whatever was asked for.
func TestHardCase39TheEndOfASubscriptionIsWhatGraphSays(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	for _, s := range w.Graph.Subscriptions() {
		if n := w.count(`select count(*) from subscription where id = $1 and date_trunc('second', expires_at) = date_trunc('second', $2::timestamptz) and renew_at < expires_at`, s.ID, s.Expires); n != 1 {
			t.Errorf("subscription %s ends %s", s.ID, s.Expires)
		}
	}
}
