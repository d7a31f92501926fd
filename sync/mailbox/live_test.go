package mailbox_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
)

// lookout is one mailbox at the simulator, read once, and who looks into it live.
type lookout struct {
	*world
	sim      *graphsim.Server
	outlook  *graphsim.Outlook
	user     string
	live     *mailbox.Live
	bell     *doorbell
	outcomes []string
}

func newLookout(t *testing.T) *lookout {
	t.Helper()
	l := &lookout{world: newWorld(t, pgtest.New(t)), bell: &doorbell{}}
	now := func() time.Time { return l.now }
	sim, base, conf := graphsim.NewTest(t, graphsim.Config{Clock: graphsim.NewVirtualClock(monday)})
	graph, err := msgraph.New(msgraph.Config{
		BaseURL: base + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: conf.RootCAs, Now: now,
	})
	l.must(err)
	t.Cleanup(graph.CloseIdleConnections)
	l.sim, l.user = sim, sim.AddUser(graphsim.User{UPN: "v@kommune.example"}).ObjectID
	l.exec(`update mailbox set graph_user_id = $1`, l.user)
	l.outlook, err = sim.Outlook(l.user)
	l.must(err)
	l.store = syncdb.New(l.pool, l.bell, now, slog.New(slog.DiscardHandler))
	l.syncer.Graph, l.syncer.Store = graph, l.store
	l.live = &mailbox.Live{
		Graph: graph, Store: l.store, Limiter: &mailbox.Limiter{Store: l.store, Rule: mailbox.DefaultLimitRule(), Now: now},
		Budget: 20 * time.Second, Now: now, Log: slog.New(slog.DiscardHandler), Observe: func(o string) { l.outcomes = append(l.outcomes, o) },
	}
	return l
}

// has puts an appointment into the calendar.
func (l *lookout) has(start, end time.Time, more map[string]any) {
	l.t.Helper()
	at := func(t time.Time) map[string]any {
		return map[string]any{"dateTime": t.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
	}
	body := map[string]any{"subject": "Tandlæge", "showAs": "busy", "start": at(start), "end": at(end)}
	for k, v := range more {
		body[k] = v
	}
	_, err := l.outlook.Create(body)
	l.must(err)
}

// look looks at the span, and checks what the look found and how it ended.
func (l *lookout) look(within planner.Span, outcome string, want ...planner.Span) {
	l.t.Helper()
	l.outcomes = nil
	busy, known := l.live.BusyNow(context.Background(), l.worker, within)
	if len(l.outcomes) != 1 || l.outcomes[0] != outcome || known != (outcome == mailbox.LookFree || outcome == mailbox.LookTaken) {
		l.t.Fatalf("known %v, outcomes %v; want %s", known, l.outcomes, outcome)
	}
	if d := cmp.Diff(want, busy); d != "" {
		l.t.Fatalf("busy (-want +got):\n%s", d)
	}
}

func hour(start time.Time) planner.Span { return planner.Span{Start: start, End: start.Add(time.Hour)} }

func TestALiveLookSeesWhatNobodyToldAndWakesTheSync(t *testing.T) {
	t.Parallel()
	l := newLookout(t)
	at := monday.Add(24 * time.Hour)
	l.has(at.Add(2*time.Hour), at.Add(3*time.Hour), nil)
	ours := l.book(at.Add(5*time.Hour), time.Hour)
	l.sync()
	if n := l.count(`select count(*) from outlook_event where booking_id = $1 and event_id is not null`, ours); n != 1 {
		t.Fatal("our event was not made")
	}
	before := l.bell.rung.Load()
	l.look(hour(at), mailbox.LookFree)
	l.look(hour(at.Add(2*time.Hour)), mailbox.LookFree, hour(at.Add(2*time.Hour))) // known
	l.look(hour(at.Add(3*time.Hour)), mailbox.LookFree)                            // next to it
	l.look(hour(at.Add(5*time.Hour)), mailbox.LookFree)                            // our own
	if l.bell.rung.Load() != before {
		t.Error("what is known woke the sync")
	}
	l.has(at.Add(30*time.Minute), at.Add(40*time.Minute), map[string]any{"sensitivity": "private"})
	l.has(at, at.Add(time.Hour), map[string]any{"showAs": "free"})
	l.look(hour(at), mailbox.LookTaken, planner.Span{Start: at.Add(30 * time.Minute), End: at.Add(40 * time.Minute)})
	if l.bell.rung.Load() != before+1 || l.count(`select count(*) from mailbox where wanted_generation > synced_generation`) != 1 {
		t.Error("what was seen did not wake the sync")
	}
	// A day off, told as a date: it begins at Danish midnight, which is the day before in UTC.
	day := time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC)
	l.has(day, day.AddDate(0, 0, 1), map[string]any{"isAllDay": true})
	off := planner.Span{Start: day.Add(-time.Hour), End: day.Add(23 * time.Hour)}
	l.look(planner.Span{Start: day.Add(-time.Hour), End: day.Add(-30 * time.Minute)}, mailbox.LookTaken, off)
	l.look(planner.Span{Start: day.Add(-90 * time.Minute), End: day.Add(-time.Hour)}, mailbox.LookFree)
	l.look(planner.Span{Start: day.Add(23 * time.Hour), End: day.Add(24 * time.Hour)}, mailbox.LookFree)
}

func TestALiveLookAsksForNoText(t *testing.T) {
	t.Parallel()
	l := newLookout(t)
	l.look(hour(monday.Add(time.Hour)), mailbox.LookFree)
	for _, r := range l.sim.Requests(graphsim.RequestFilter{Path: "/calendarView"}) {
		if !strings.Contains(r.Query, "select=") || strings.Contains(r.Query, "subject") {
			t.Errorf("asked %s", r.Query)
		}
	}
}

func TestAThrottledMailboxIsNotLookedInto(t *testing.T) {
	t.Parallel()
	l := newLookout(t)
	if _, err := l.sim.SetFault(graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "30", Count: 1}); err != nil {
		t.Fatal(err)
	}
	span := hour(monday.Add(time.Hour))
	l.look(span, mailbox.LookPaused)
	n := len(l.sim.Requests(graphsim.RequestFilter{Path: "/calendarView"}))
	l.look(span, mailbox.LookPaused)
	if _, err := l.syncer.Sync(l.ctx, l.mailbox); err == nil {
		t.Error("the sync asks a mailbox that the look was told to leave alone")
	}
	if after := len(l.sim.Requests(graphsim.RequestFilter{Path: "/calendarView"})); after != n {
		t.Errorf("%d requests before Retry-After", after-n)
	}
	l.now = l.now.Add(31 * time.Second)
	l.look(span, mailbox.LookFree)
}

func TestALookThatFindsNoAnswerLeavesWhatIsStored(t *testing.T) {
	t.Parallel()
	l := newLookout(t)
	span := hour(monday.Add(time.Hour))
	for _, f := range []graphsim.Fault{{Kind: graphsim.FaultUnavailable}, {Kind: graphsim.FaultCut}, {Kind: graphsim.FaultDenied}, {Kind: graphsim.FaultMissing}} {
		id, err := l.sim.SetFault(f)
		l.must(err)
		l.look(span, mailbox.LookFailed)
		l.sim.ClearFault(id)
	}
	hold, err := l.sim.SetFault(graphsim.Fault{Kind: graphsim.FaultHold})
	l.must(err)
	l.live.Budget = 200 * time.Millisecond
	l.look(span, mailbox.LookLate)
	l.sim.ClearFault(hold)
	l.live.Budget = 20 * time.Second
	l.exec(`update mailbox set state = 'paused'`)
	l.look(span, mailbox.LookNobody)
	l.exec(`update mailbox set state = 'active'`)
	l.exec(`insert into calendar_source (case_worker_id, source, since) values ($1, 'kommuneklient', $2)`, l.worker, monday)
	l.look(span, mailbox.LookNobody)
	l.exec(`delete from calendar_source`)
	l.look(span, mailbox.LookFree)
}
