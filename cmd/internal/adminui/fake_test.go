package adminui

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/sync/syncdb"
)

// noon is the clock of the tests: Tuesday, 11.00 in Denmark.
var noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

const testUser, testPassword = "admin", "rød grød"

// fakeStore holds rows and notes what it was asked to do.
type fakeStore struct {
	mu        sync.Mutex
	rows      []syncdb.MailboxRow
	decisions []syncdb.DecisionRow
	flagged   []syncdb.FlaggedRow
	did       []string
	declines  bool
	err       error
}

func (f *fakeStore) Mailboxes(context.Context) ([]syncdb.MailboxRow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]syncdb.MailboxRow(nil), f.rows...), f.err
}

func (f *fakeStore) Decisions(context.Context, int64, int) ([]syncdb.DecisionRow, error) {
	return f.decisions, f.err
}

func (f *fakeStore) Flagged(context.Context, int64) ([]syncdb.FlaggedRow, error) {
	return f.flagged, f.err
}

func (f *fakeStore) Do(_ context.Context, mailbox int64, a syncdb.Action, who string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.declines {
		return false, nil
	}
	f.did = append(f.did, fmt.Sprintf("%s %d by %s", a, mailbox, who))
	return true, nil
}

func ptr[T any](v T) *T { return &v }

// row is a calendar in good health; change tells what is different.
func row(id int64, change func(*syncdb.MailboxRow)) syncdb.MailboxRow {
	r := syncdb.MailboxRow{
		ID: id, GivenName: "Anna", Surname: "Østergaard", Identifier: "CVR:29189846-RID:4711", Email: "anna@kommune.example",
		GraphUserID: "5f0e", JobCenterCode: "10100", CaseWorkerID: uuid.UUID{15: byte(id)}, State: "active", StateSince: noon.Add(-48 * time.Hour),
		AsOf: ptr(noon.Add(-4 * time.Minute)), FullRoundAt: ptr(noon.Add(-8 * time.Hour)), FullRoundDueAt: noon.Add(16 * time.Hour),
		NextSweepAt: noon.Add(11 * time.Minute), Blocks: 40,
	}
	if change != nil {
		change(&r)
	}
	return r
}

// site is a UI with a fake store and a clock that tests move.
type site struct {
	*UI
	store *fakeStore
	log   *bytes.Buffer
	clock time.Time
}

func newSite(t *testing.T, change func(*Config), rows ...syncdb.MailboxRow) *site {
	t.Helper()
	s := &site{store: &fakeStore{rows: rows}, log: &bytes.Buffer{}, clock: noon}
	cfg := Config{
		Store: s.store, User: testUser, Password: testPassword, SessionKey: []byte(strings.Repeat("k", shortestSessionKey)),
		Now: func() time.Time { return s.clock }, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	ui, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.UI = ui
	return s
}

// ask sends one request as a browser would, with the cookies given.
func (s *site) ask(method, target string, form url.Values, cookies []*http.Cookie, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// in is the cookies of somebody who is logged in.
func (s *site) in() []*http.Cookie {
	return []*http.Cookie{{Name: cookieName, Value: s.sessions.issue(s.clock)}}
}

// get is a page for somebody who is logged in; it must be there.
func (s *site) get(t *testing.T, target string) string {
	t.Helper()
	w := s.ask("GET", target, nil, s.in(), nil)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// between is what stands after a and before the next b.
func between(t *testing.T, text, a, b string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, a)
	if !found {
		t.Fatalf("no %q in\n%s", a, text)
	}
	in, _, found := strings.Cut(rest, b)
	if !found {
		t.Fatalf("no %q after %q in\n%s", b, a, text)
	}
	return in
}
