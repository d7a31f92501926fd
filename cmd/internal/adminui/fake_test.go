package adminui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/sync/syncdb"
)

var noon = webtest.Noon

// fakeStore holds rows and notes what it was asked to do.
type fakeStore struct {
	mu        sync.Mutex
	rows      []syncdb.MailboxRow
	decisions []syncdb.DecisionRow
	flagged   []syncdb.FlaggedRow
	held      []syncdb.HeldRow
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

func (f *fakeStore) HeldPlan(context.Context, int64) ([]syncdb.HeldRow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.held, f.err
}

// DecidePlan is as the real one: a decision makes the number another.
func (f *fakeStore) DecidePlan(_ context.Context, mailbox int64, a syncdb.Action, number int, who string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || len(f.held) == 0 || int(f.held[0].HeldNumber) != number {
		return false, f.err
	}
	f.did = append(f.did, fmt.Sprintf("%s plan %d of %d by %s", a, number, mailbox, who))
	for i := range f.held {
		f.held[i].HeldNumber++
		if a == syncdb.Reject {
			f.held[i].RejectedBy, f.held[i].RejectedAt = &who, ptr(noon)
		}
	}
	return true, nil
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

// site is the pages with a fake store.
type site struct {
	*webtest.Site
	ui    *UI
	store *fakeStore
}

// settings are what a test may change before the pages are made.
type settings struct {
	webui.Config
	Pages Config
}

func newSite(t *testing.T, change func(*settings), rows ...syncdb.MailboxRow) *site {
	t.Helper()
	s := &site{store: &fakeStore{rows: rows}}
	set := settings{Pages: Config{Store: s.store}}
	s.Site = webtest.New(t, func(c *webui.Config) {
		set.Config = *c
		if change != nil {
			change(&set)
		}
		*c = set.Config
	})
	var err error
	if s.ui, err = Add(s.Site.Site, set.Pages); err != nil {
		t.Fatal(err)
	}
	return s
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
