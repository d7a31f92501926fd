package service

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/syncdb"
)

func TestMetricsTellWhichCalendarsAreIllAndWhenTheFirstSubscriptionEnds(t *testing.T) {
	t.Parallel()
	pool, now := pgtest.New(t), time.Date(2026, 12, 7, 11, 0, 0, 0, time.UTC)
	quiet := slog.New(slog.DiscardHandler)
	out, err := jobs.NewOutbox(pool, quiet)
	if err != nil {
		t.Fatal(err)
	}
	store := syncdb.New(pool, out, func() time.Time { return now }, quiet)
	if _, err := pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	for i, change := range []string{
		`quarantined_until = $2`, `feed_shunned_until = $2`, `subscribe_error = 'ValidationError', subscribe_after = $2`,
		`quarantined_until = $2, state = 'paused'`, `next_sweep_at = $2`,
	} {
		worker := uuid.New()
		if _, err := pool.Exec(t.Context(), `insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', $2, 'A', 'B', $2)`, worker, worker.String()); err != nil {
			t.Fatal(err)
		}
		id, err := store.AddMailbox(t.Context(), worker, worker.String(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `update mailbox set `+change+` where id = $1`, id, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			_, err = pool.Exec(t.Context(), `insert into subscription (id, mailbox_id, client_state, expires_at, renew_at, created_at) values ($1, $2, 'x', $3, $3, $4)`,
				worker.String(), id, now.Add(time.Duration(i+1)*time.Hour), now)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	m := newMetrics(pool, store, func() time.Time { return now })
	want := `
# HELP planner_mailboxes_in_quarantine Calendars that Graph cannot read, left unread for a while so that they do not hold up the others.
# TYPE planner_mailboxes_in_quarantine gauge
planner_mailboxes_in_quarantine 1
# HELP planner_mailboxes_read_page_by_page Calendars whose change feed is out of order.
# TYPE planner_mailboxes_read_page_by_page gauge
planner_mailboxes_read_page_by_page 1
# HELP planner_subscription_refused Calendars to which Graph refuses a subscription.
# TYPE planner_subscription_refused gauge
planner_subscription_refused 1
# HELP planner_subscription_remaining_seconds_min Time left of the subscription that ends first.
# TYPE planner_subscription_remaining_seconds_min gauge
planner_subscription_remaining_seconds_min 3600
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want), "planner_mailboxes_in_quarantine", "planner_mailboxes_read_page_by_page",
		"planner_subscription_refused", "planner_subscription_remaining_seconds_min"); err != nil {
		t.Error(err)
	}
}
