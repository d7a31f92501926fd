package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
)

// Should Graph count requests in flight per app after all (graph.md §3, disputed), two processes of eight workers
// each find out what it allows, together, and stay near it.
func TestALimitOfGraphsOnTheWholeAppIsFound(t *testing.T) {
	t.Parallel()
	sim, base, conf := graphsim.NewTest(t, graphsim.Config{})
	// Each call takes so long that calls meet on a busy machine too; or Graph would refuse fewer, and allow for more.
	for _, f := range []graphsim.Fault{{Kind: graphsim.FaultThrottlePerApp}, {Kind: graphsim.FaultDelay, Path: "/calendarView", Delay: graphsim.Duration(10 * time.Millisecond)}} {
		if _, err := sim.SetFault(f); err != nil {
			t.Fatal(err)
		}
	}
	graph, err := msgraph.New(msgraph.Config{
		BaseURL: base + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: conf.RootCAs, Timeout: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(graph.CloseIdleConnections)
	var users []string
	for i := range 40 {
		users = append(users, sim.AddUser(graphsim.User{UPN: fmt.Sprintf("v%d@kommune.example", i)}).ObjectID)
	}
	pool := pgtest.New(t)
	// A clock that goes on with the work: 20 ms at each look.
	var looks atomic.Int64
	now := func() time.Time { return monday.Add(time.Duration(looks.Add(1)) * 20 * time.Millisecond) }
	store := syncdb.New(pool, &doorbell{}, now, slog.New(slog.DiscardHandler))

	const each = 150
	var refusedEarly, refusedLate, late atomic.Int64
	var all sync.WaitGroup
	for range 2 {
		limited := mailbox.Limited{Graph: graph, Limiter: &mailbox.Limiter{Store: store, Rule: mailbox.DefaultLimitRule(), Now: now}}
		for w := range 8 {
			all.Go(func() {
				for i := range each {
					_, err := limited.CalendarView(context.Background(), users[(w*5+i)%len(users)], "", calendar.Window{Start: monday, End: monday.Add(time.Hour)}, nil)
					var throttled *calendar.ThrottledError
					refused := errors.As(err, &throttled)
					if err != nil && !refused {
						t.Error(err)
						return
					}
					switch {
					case i < each/5 && refused:
						refusedEarly.Add(1)
					case i >= each/2:
						late.Add(1)
						if refused {
							refusedLate.Add(1)
						}
					}
				}
			})
		}
	}
	all.Wait()
	var slots int
	if err := pool.QueryRow(t.Context(), "select slots from graph_limit").Scan(&slots); err != nil {
		t.Fatal(err)
	}
	t.Logf("limit %d; refused: %d in the first fifth, %d of %d in the second half", slots, refusedEarly.Load(), refusedLate.Load(), late.Load())
	if refusedEarly.Load() == 0 {
		t.Fatal("Graph refused nothing, so this test proves nothing")
	}
	if slots > 8 || refusedLate.Load()*4 > late.Load() {
		t.Errorf("limit %d, %d of %d refused in the second half", slots, refusedLate.Load(), late.Load())
	}
}
