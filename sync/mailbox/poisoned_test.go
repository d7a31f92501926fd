package mailbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
)

// syncer runs mailboxes of the fleet through the limiter and the real client.
func (f *fleet) syncer() *mailbox.Syncer {
	limiter := &mailbox.Limiter{Store: f.store, Rule: mailbox.DefaultLimitRule(), Now: f.clock.Now}
	return &mailbox.Syncer{Graph: mailbox.Limited{Graph: f.graph, Limiter: limiter}, Store: f.store, Now: f.clock.Now, Log: f.sub.Log}
}

// count is how many requests for the feed and for plain pages went out.
func (f *fleet) count() (feed, plain int) {
	for _, q := range f.sim.Requests(graphsim.RequestFilter{}) {
		switch {
		case q.Method != http.MethodGet || !strings.Contains(q.Path, "/calendarView"):
		case strings.Contains(q.Path, "/delta"):
			feed++
		default:
			plain++
		}
	}
	return feed, plain
}

// graph.md §1.5, §10.45, §10.51, §12.14, §12.42: both ways in which Graph's feed is known to break, through the wire.
func TestACalendarWithABrokenFeedIsKnownAsItIsAndFollowsTheCounsellor(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{graphsim.FaultDeltaEndless, graphsim.FaultDeltaGatewayTimeout} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 1)
			o, err := f.sim.Outlook(f.users[0])
			if err != nil {
				t.Fatal(err)
			}
			event := func(start, end string) map[string]any {
				return map[string]any{"subject": "privat", "showAs": "busy", "start": map[string]string{"dateTime": start, "timeZone": "UTC"}, "end": map[string]string{"dateTime": end, "timeZone": "UTC"}}
			}
			series := event("2026-12-14T09:00:00", "2026-12-14T09:30:00")
			series["recurrence"] = map[string]any{
				"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []string{"monday"}, "firstDayOfWeek": "monday"},
				"range":   map[string]any{"type": "noEnd", "startDate": "2026-12-14"},
			}
			master, err := o.Create(series)
			if err != nil {
				t.Fatal(err)
			}
			single, err := o.Create(event("2026-12-09T09:00:00", "2026-12-09T10:00:00"))
			if err != nil {
				t.Fatal(err)
			}
			f.fault(graphsim.Fault{Kind: kind})
			s := f.syncer()
			for tries := 1; ; tries++ {
				if _, err = s.Sync(t.Context(), f.ids[0]); err == nil {
					break
				}
				if tries == 3 {
					t.Fatalf("not read after three rounds: %v", err)
				}
				f.sim.Advance(time.Minute)
			}
			blocks := func() int {
				rows, err := f.store.Mailboxes(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return int(rows[0].Blocks)
			}
			whole := blocks() // 29 or 30 Mondays in seven months, and the single one
			if whole < 29 || whole > 32 {
				t.Fatalf("%d blocks", whole)
			}
			if err := o.DeleteOccurrence(master, time.Date(2026, 12, 21, 0, 0, 0, 0, time.UTC)); err != nil {
				t.Fatal(err)
			}
			if err := o.Delete(single); err != nil {
				t.Fatal(err)
			}
			f.sim.ResetRequests()
			if _, err := s.Sync(t.Context(), f.ids[0]); err != nil {
				t.Fatal(err)
			}
			if feed, plain := f.count(); feed != 0 || plain != 1 || blocks() != whole-2 {
				t.Fatalf("%d requests of the feed, %d plain, %d blocks; want 0, 1, %d", feed, plain, blocks(), whole-2)
			}
			f.sim.ClearFaults("")
			f.sim.Advance(5 * time.Hour)
			f.sim.ResetRequests()
			for range 2 {
				if _, err := s.Sync(t.Context(), f.ids[0]); err != nil {
					t.Fatal(err)
				}
			}
			if feed, plain := f.count(); feed == 0 || plain != 0 || blocks() != whole-2 {
				t.Fatalf("after the feed is well: %d requests of it, %d plain, %d blocks", feed, plain, blocks())
			}
			if n := f.sim.MaxConcurrency(f.users[0]); n > 4 {
				t.Errorf("%d requests at once", n)
			}
		})
	}
}
