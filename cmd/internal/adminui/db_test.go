package adminui

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
	plannersql "kommunalplanner.example/planner/plannerdb/dbsqlc"
	"kommunalplanner.example/sync/syncdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// town has one calendar per name in a real database.
func town(t *testing.T, pool *pgxpool.Pool, surnames ...string) (*syncdb.Store, *jobs.Outbox, []int64) {
	t.Helper()
	outbox, err := jobs.NewOutbox(pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	store := syncdb.New(pool, outbox, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	if _, err := pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, len(surnames))
	for i, name := range surnames {
		worker := uuid.New()
		_, err := pool.Exec(t.Context(), `insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, '10100', $2, 'Åse', $2, $3)`,
			worker, name, fmt.Sprintf("m%d@kommune.example", i))
		if err != nil {
			t.Fatal(err)
		}
		if ids[i], err = store.AddMailbox(t.Context(), worker, fmt.Sprint("user-", i), fmt.Sprintf("m%d@kommune.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	return store, outbox, ids
}

func TestTheCalendarsCalledWithheldAreThoseThatThePlannerDoesNotOffer(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	states := []string{"new", "active", "held", "denied", "missing", "paused"}
	names := append([]string{"late"}, states...)
	store, _, ids := town(t, pool, names...)
	for i, name := range names {
		state, asOf := name, noon.Add(-time.Minute)
		if name == "late" {
			state, asOf = "active", noon.Add(-30*time.Hour)
		}
		if _, err := pool.Exec(t.Context(), `update mailbox set state = $2, as_of = case when $2 = 'new' then null else $3::timestamptz end where id = $1`, ids[i], state, asOf); err != nil {
			t.Fatal(err)
		}
	}
	offered := map[string]bool{}
	calendars, err := plannersql.New(pool).JobCenterCalendars(t.Context(), plannersql.JobCenterCalendarsParams{
		FromAt: noon, ToAt: noon.AddDate(0, 0, 7), Now: noon, CitizenHash: []byte{}, JobCenterCode: "10100",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calendars {
		offered[c.Identifier] = true
	}
	rows, err := store.Mailboxes(t.Context())
	if err != nil || len(rows) != len(names) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if h := healthOf(r, noon); h.Withheld == offered[r.Identifier] {
			t.Errorf("%s: withheld %v, and the planner offers it %v", r.Identifier, h.Withheld, offered[r.Identifier])
		}
	}
}

func TestAButtonLeavesAJobAndAnAuditRowAndTheQueueIsShownBehindTheLogin(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	pool := pgtest.New(t)
	store, outbox, ids := town(t, pool, "Ærø")
	// The run of the first reading is over, so that the button's job is the only one.
	if _, err := pool.Exec(t.Context(), `delete from river_job`); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(c *settings) { c.Pages.Store, c.Pages.River, c.Prefix = store, outbox.River(), "/drift" })
	if err := s.ui.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.ui.Close)

	if page := s.Get(t, "/drift/"); !strings.Contains(page, "Åse Ærø") || !strings.Contains(page, "Venter på første læsning") || !strings.Contains(page, `href="/drift/koe/"`) {
		t.Fatalf("the calendar is not shown:\n%s", page)
	}
	here := fmt.Sprintf("/drift/kalendere/%d", ids[0])
	w := s.Ask("POST", here, url.Values{"handling": {"reread"}}, s.In(t), nil)
	if page := s.Follow(t, w).Body.String(); !strings.Contains(page, notices["reread"].Text) || !strings.Contains(page, "En læsning er bestilt") {
		t.Errorf("after the button:\n%s", page)
	}
	var audit string
	if err := pool.QueryRow(t.Context(), `select actor || ' ' || action || ' ' || mailbox_id from audit_entry`).Scan(&audit); err != nil || audit != fmt.Sprintf("admin:admin mailbox:reread %d", ids[0]) {
		t.Errorf("audit %q, %v", audit, err)
	}

	var listed struct {
		Data []struct {
			ID   int64  `json:"id"`
			Kind string `json:"kind"`
		} `json:"data"`
	}
	const list = "/drift/koe/api/jobs?state=available"
	plain := func(r *http.Request) { r.Header.Set("Accept", "application/json") }
	w = s.Ask("GET", list, nil, s.In(t), plain)
	if err := json.Unmarshal(w.Body.Bytes(), &listed); err != nil || len(listed.Data) != 1 || listed.Data[0].Kind != "sync_mailbox" {
		t.Fatalf("queue %d %s, %v", w.Code, w.Body, err)
	}
	if w := s.Ask("GET", list, nil, nil, plain); w.Code != http.StatusUnauthorized {
		t.Errorf("the queue without a login: %d", w.Code)
	}
	cancel := func(site string) int {
		return s.Ask("POST", "/drift/koe/api/jobs/cancel", nil, s.In(t), func(r *http.Request) {
			body := fmt.Sprintf(`{"ids":["%d"]}`, listed.Data[0].ID)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Sec-Fetch-Site", site)
			r.Body = io.NopCloser(strings.NewReader(body))
		}).Code
	}
	stateOfJob := func() (state string) {
		if err := pool.QueryRow(t.Context(), `select state from river_job where id = $1`, listed.Data[0].ID).Scan(&state); err != nil {
			t.Fatal(err)
		}
		return state
	}
	if code := cancel("cross-site"); code != http.StatusForbidden || stateOfJob() != "available" {
		t.Errorf("another site cancels a job: %d, %s", code, stateOfJob())
	}
	if code := cancel("same-origin"); code != http.StatusOK || stateOfJob() != "cancelled" {
		t.Errorf("an administrator cancels a job: %d, %s", code, stateOfJob())
	}
	if !strings.Contains(s.Logged.String(), "job queue changed by an administrator") {
		t.Error("who cancelled is not logged")
	}
	if features := s.Ask("GET", "/drift/koe/api/features", nil, s.In(t), plain).Body.String(); !strings.Contains(features, `"job_list_hide_args_by_default":true`) {
		t.Errorf("arguments are not hidden: %s", features)
	}
	page := s.Ask("GET", "/drift/koe/jobs", nil, s.In(t), nil)
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), `"/drift/koe/api"`) {
		t.Errorf("River UI: %d\n%s", page.Code, page.Body)
	}
	if err := s.ui.Start(t.Context()); err != nil {
		t.Errorf("a second start: %v", err)
	}
}
