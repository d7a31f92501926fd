package mailbox_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/webhook"
)

// inbox remembers the jobs that were inserted, once each.
type inbox struct {
	mu   sync.Mutex
	jobs []jobargs.Job
}

func (i *inbox) AddTx(_ context.Context, _ pgx.Tx, job jobargs.Job) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.jobs, job) {
		i.jobs = append(i.jobs, job)
	}
	return nil
}

// take gives the mailboxes whose subscription is to be seen to, and whether an audit is due.
func (i *inbox) take() (subscribe []int64, audit bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, j := range i.jobs {
		switch j := j.(type) {
		case jobargs.SubscribeMailbox:
			subscribe = append(subscribe, j.Mailbox)
		case jobargs.AuditSubscriptions:
			audit = true
		}
	}
	i.jobs = nil
	return subscribe, audit
}

// fleet is mailboxes with subscriptions at a simulated Graph, over a real database, with the webhook behind two
// replicas.
type fleet struct {
	t      *testing.T
	sim    *graphsim.Server
	clock  *graphsim.VirtualClock
	graph  *msgraph.Client
	store  *syncdb.Store
	inbox  *inbox
	sub    *mailbox.Subscriber
	ids    []int64
	users  []string
	served [2]atomic.Int64 // by each replica
	notice atomic.Pointer[webhook.Counts]
}

func newFleet(t *testing.T, mailboxes int) *fleet {
	t.Helper()
	f := &fleet{t: t, clock: graphsim.NewVirtualClock(monday), inbox: &inbox{}}
	var base string
	var err error
	sim, base, conf := graphsim.NewTest(t, graphsim.Config{Clock: f.clock})
	f.sim = sim
	if f.graph, err = msgraph.New(msgraph.Config{
		BaseURL: base + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: conf.RootCAs, Timeout: 20 * time.Second, Now: f.clock.Now,
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.graph.CloseIdleConnections)
	pool := pgtest.New(t)
	f.store = syncdb.New(pool, f.inbox, f.clock.Now, slog.New(slog.DiscardHandler))
	if _, err := pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	for i := range mailboxes {
		u := sim.AddUser(graphsim.User{UPN: fmt.Sprintf("vejleder%d@kommune.example", i)})
		worker := uuid.New()
		if _, err := pool.Exec(t.Context(), `insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', $2, 'A', 'B', $2)`, worker, worker.String()); err != nil {
			t.Fatal(err)
		}
		id, err := f.store.AddMailbox(t.Context(), worker, u.ObjectID, u.UPN)
		if err != nil {
			t.Fatal(err)
		}
		f.ids, f.users = append(f.ids, id), append(f.users, u.ObjectID)
	}
	f.sub = f.process(f.webhook())
	f.inbox.take()
	return f
}

// webhook is the address of two replicas that take turns.
func (f *fleet) webhook() string {
	var n atomic.Int64
	replicas := [2]*webhook.Handler{}
	for i := range replicas {
		replicas[i] = &webhook.Handler{Store: f.store, Log: slog.New(slog.DiscardHandler), Observe: func(c webhook.Counts) { f.notice.Store(&c) }}
	}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		i := n.Add(1) % 2
		f.served[i].Add(1)
		replicas[i].ServeHTTP(rw, r)
	}))
	f.t.Cleanup(srv.Close)
	return srv.URL + "/"
}

// process is a process that starts with the address in its settings.
func (f *fleet) process(url string) *mailbox.Subscriber {
	f.t.Helper()
	s := &mailbox.Subscriber{Graph: f.graph, Store: f.store, URL: url, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler)}
	if err := s.Announce(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// tick starts what is due, and does it; it gives the mailboxes whose subscription was seen to.
func (f *fleet) tick() []int64 {
	f.t.Helper()
	if _, _, err := f.store.StartDue(f.t.Context(), f.clock.Now(), time.Minute); err != nil {
		f.t.Fatal(err)
	}
	return f.work()
}

func (f *fleet) work() []int64 {
	f.t.Helper()
	due, audit := f.inbox.take()
	for _, id := range due {
		if err := f.sub.Ensure(f.t.Context(), id); err != nil {
			f.t.Fatal(err)
		}
	}
	if audit {
		if err := f.sub.Audit(f.t.Context()); err != nil {
			f.t.Fatal(err)
		}
	}
	return due
}

// at gives the one subscription of a mailbox at Graph.
func (f *fleet) at(i int) graphsim.Subscription {
	f.t.Helper()
	var found []graphsim.Subscription
	for _, s := range f.sim.Subscriptions() {
		if strings.Contains(s.Resource, f.users[i]) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		f.t.Fatalf("mailbox %d has %d subscriptions at Graph, want 1", i, len(found))
	}
	return found[0]
}

func (f *fleet) requests(method, path string) (n int) {
	for _, q := range f.sim.Requests(graphsim.RequestFilter{}) {
		if q.Method == method && strings.HasSuffix(q.Path, path) {
			n++
		}
	}
	return n
}

func (f *fleet) fault(x graphsim.Fault) {
	f.t.Helper()
	if _, err := f.sim.SetFault(x); err != nil {
		f.t.Fatal(err)
	}
}

func TestAFleetIsSubscribedWithOneListingAndEachHandshakeByAnyReplica(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 25)
	if due := f.tick(); len(due) != 25 {
		t.Fatalf("%d mailboxes were subscribed", len(due))
	}
	if n := f.requests(http.MethodGet, "/subscriptions"); n != 1 {
		t.Errorf("all subscriptions were listed %d times for 25 mailboxes", n)
	}
	for i := range f.ids {
		f.at(i)
	}
	// Two handshakes each, for notices and lifecycle; neither replica knows of the other's.
	if a, b := f.served[0].Load(), f.served[1].Load(); a != 25 || b != 25 {
		t.Errorf("handshakes by replica: %d and %d", a, b)
	}
	if due := f.tick(); len(due) != 0 {
		t.Errorf("%d mailboxes are due again", len(due))
	}
}

func TestASubscriptionIsRenewedAtHalfLifeAndReplacedWhenItsSecretIsOld(t *testing.T) {
	t.Parallel()
	for name, twins := range map[string]bool{"twins refused": false, "twins allowed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 1)
			if twins {
				f.fault(graphsim.Fault{Kind: graphsim.FaultTwinSubscriptions})
			}
			f.tick()
			first := f.at(0)
			f.sim.Advance(3*24*time.Hour + 7*time.Hour)
			f.tick()
			if s := f.at(0); s.ID != first.ID || !s.Expires.After(first.Expires) {
				t.Fatalf("at half-life %+v, was %+v", s, first)
			}
			for f.clock.Now().Before(monday.Add(mailbox.SecretLife)) {
				f.sim.Advance(24 * time.Hour)
				f.tick()
			}
			second := f.at(0)
			if second.ID == first.ID || second.ClientState == first.ClientState {
				t.Fatal("the secret was not replaced")
			}
			// Graph repeats for four hours what it could not deliver: with the old secret.
			if got := f.deliver(first); got.Accepted != 1 {
				t.Errorf("a late notice of the old subscription: %+v", got)
			}
			if got := f.deliver(second); got.Accepted != 1 {
				t.Errorf("a notice of the new subscription: %+v", got)
			}
			f.sim.Advance(mailbox.RetiredLife)
			f.tick()
			if got := f.deliver(first); got.Unknown != 1 {
				t.Errorf("after a while: %+v", got)
			}
		})
	}
}

// deliver posts a notice as Graph would.
func (f *fleet) deliver(s graphsim.Subscription) webhook.Counts {
	f.t.Helper()
	client := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(fmt.Sprintf(`{"value":[{"subscriptionId":%q,"clientState":%q,"changeType":"updated"}]}`, s.ID, s.ClientState)))
	rec := httptest.NewRecorder()
	h := &webhook.Handler{Store: f.store, Log: slog.New(slog.DiscardHandler), Observe: func(c webhook.Counts) { f.notice.Store(&c) }}
	h.ServeHTTP(rec, client)
	if rec.Code != http.StatusAccepted {
		f.t.Fatalf("answered %d", rec.Code)
	}
	return *f.notice.Load()
}

func TestAnotherAddressMovesTheSubscriptionsOnceThoughOldProcessesLive(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	f.tick()
	old, first := f.sub, f.at(0)
	moved := f.webhook()
	f.process(moved)
	f.sub = old // the queue gives the jobs to a process that has not been replaced yet
	if due := f.tick(); len(due) != 3 {
		t.Fatalf("%d mailboxes are moved", len(due))
	}
	for i := range f.ids {
		if s := f.at(i); s.NotificationURL != moved || s.ID == first.ID {
			t.Errorf("subscription %+v", s)
		}
	}
	if due := f.tick(); len(due) != 0 {
		t.Errorf("%d are moved again", len(due))
	}
}

// Expiry, and removal by Graph without a word (graph.md §2.1, §12.22).
func TestASubscriptionThatEndedSilentlyIsMadeAgain(t *testing.T) {
	t.Parallel()
	t.Run("expired while nothing ran", func(t *testing.T) {
		t.Parallel()
		f := newFleet(t, 1)
		f.tick()
		f.sim.Advance(8 * 24 * time.Hour)
		if len(f.sim.Subscriptions()) != 0 {
			t.Fatal("it has not expired")
		}
		f.tick()
		f.at(0)
	})
	t.Run("gone long before its time", func(t *testing.T) {
		t.Parallel()
		f := newFleet(t, 2)
		f.tick()
		gone := f.at(0)
		if err := f.graph.Unsubscribe(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		f.sim.Advance(mailbox.AuditEvery)
		f.tick() // audits
		kept := f.at(1)
		if due := f.tick(); !slices.Equal(due, f.ids[:1]) {
			t.Fatalf("mailboxes %v are seen to, want %v", due, f.ids[:1])
		}
		if s := f.at(0); s.ID == gone.ID {
			t.Fatal("the old one is back")
		}
		if s := f.at(1); s.ID != kept.ID {
			t.Fatal("the other one was replaced")
		}
	})
}

func TestASpareThatACrashLeftGoesAndOneOfAnotherInstallationStays(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	f.fault(graphsim.Fault{Kind: graphsim.FaultTwinSubscriptions})
	f.tick()
	ours := f.at(0)
	spare, err := f.graph.Subscribe(t.Context(), f.users[0], f.sub.URL, f.sub.URL, "spare", monday.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(rw, r.URL.Query().Get("validationToken"))
	}))
	defer elsewhere.Close()
	other, err := f.graph.Subscribe(t.Context(), f.users[0], elsewhere.URL, "", "other", monday.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ids := func() (out []string) {
		for _, s := range f.sim.Subscriptions() {
			out = append(out, s.ID)
		}
		return out
	}
	f.sim.Advance(mailbox.AuditEvery)
	f.tick()
	if !slices.Contains(ids(), spare.ID) {
		t.Fatal("one that may just have been made went at the first sight")
	}
	f.sim.Advance(mailbox.AuditEvery)
	f.tick()
	if left := ids(); slices.Contains(left, spare.ID) || !slices.Contains(left, ours.ID) || !slices.Contains(left, other.ID) {
		t.Fatalf("left %v; spare %s, ours %s, another's %s", left, spare.ID, ours.ID, other.ID)
	}
}

// graph.md §2.3: unanswered, delivery stops.
func TestAReauthorizationThatGraphAsksForIsGiven(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	f.tick()
	s := f.at(0)
	if err := f.sim.Lifecycle(s.ID, graphsim.LifecycleReauthorizationNeeded, time.Hour); err != nil {
		t.Fatal(err)
	}
	f.sim.Settle()
	if due := f.work(); !slices.Equal(due, f.ids) {
		t.Fatalf("the notice led to %v", due)
	}
	f.sim.Advance(2 * time.Hour)
	f.notice.Store(nil)
	o, err := f.sim.Outlook(f.users[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Create(map[string]any{"subject": "x", "start": map[string]string{"dateTime": "2026-12-08T09:00:00", "timeZone": "UTC"}, "end": map[string]string{"dateTime": "2026-12-08T10:00:00", "timeZone": "UTC"}}); err != nil {
		t.Fatal(err)
	}
	f.sim.Settle()
	if got := f.notice.Load(); got == nil || got.Accepted == 0 {
		t.Fatal("no notice after the time that Graph had set")
	}
}

// A wrong address is refused for every mailbox; asking again at each tick would be thousands of requests.
func TestARefusedSubscriptionWaitsLongerAndLonger(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	dead := httptest.NewTLSServer(http.NotFoundHandler())
	defer dead.Close()
	f.sub = f.process(dead.URL)
	tries := 0
	for range 4 * 60 * 3 { // three hours of ticks
		if _, _, err := f.store.StartDue(t.Context(), f.clock.Now(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if due, _ := f.inbox.take(); len(due) == 1 {
			tries++
			if err := f.sub.Ensure(t.Context(), due[0]); err == nil {
				t.Fatal("a dead address was accepted")
			}
		}
		f.clock.Advance(15 * time.Second)
	}
	if tries < 6 || tries > 10 {
		t.Errorf("%d tries in three hours", tries)
	}
	rows, err := f.store.Mailboxes(t.Context())
	if err != nil || rows[0].SubscribeError == nil || *rows[0].SubscribeError != "ValidationError" {
		t.Errorf("administrators see %+v, %v", rows[0].SubscribeError, err)
	}
	f.sub = f.process(f.webhook())
	if ok, err := f.store.Do(t.Context(), f.ids[0], syncdb.Subscribe, "kirsten"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	f.work()
	f.at(0)
	if rows, _ = f.store.Mailboxes(t.Context()); rows[0].SubscribeError != nil || rows[0].SubscribeAfter != nil {
		t.Error("the refusal outlives the cure")
	}
}

func TestAnAdministratorsButtonReplacesTheSecret(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	f.tick()
	before := f.at(0)
	if ok, err := f.store.Do(t.Context(), f.ids[0], syncdb.Subscribe, "kirsten"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	f.work()
	if after := f.at(0); after.ClientState == before.ClientState {
		t.Fatal("the secret is the old one")
	}
}
