package adminui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
)

const secretCPR = "0101701234"

// fakeDFDG holds rows and notes what it was asked to do.
type fakeDFDG struct {
	pollers          []dfdgdb.PollerEntry
	inbox            []dfdgdb.InboxEntry
	pending, refused []dfdgdb.ReportEntry
	did              []string
	err              error // of reading
	fails            error // of acting
	verb             dfdgqueue.Verb
}

func (f *fakeDFDG) note(format string, args ...any) error {
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.fails
}

func (f *fakeDFDG) PollerEntries(context.Context) ([]dfdgdb.PollerEntry, error) {
	return f.pollers, f.err
}

func (f *fakeDFDG) Hurry(_ context.Context, jc planner.JobCenterCode) error {
	return f.note("hurry %s", jc)
}

func (f *fakeDFDG) InboxForPerson(context.Context, int) ([]dfdgdb.InboxEntry, error) {
	return f.inbox, f.err
}

func (f *fakeDFDG) MessageText(_ context.Context, m uuid.UUID, who string) ([]byte, error) {
	return []byte(`<a><PersonCivilRegistrationIdentifier>` + secretCPR + `</PersonCivilRegistrationIdentifier><b>010170-1234 <i>&amp;</i></b></a>`), f.note("read %s by %s", m, who)
}

func (f *fakeDFDG) SettleMessage(_ context.Context, m uuid.UUID, who string) error {
	return f.note("settle %s by %s", m, who)
}

func (f *fakeDFDG) AuditRetry(_ context.Context, m uuid.UUID, who string) error {
	return f.note("audit %s by %s", m, who)
}

func (f *fakeDFDG) Retry(_ context.Context, m uuid.UUID) (dfdgqueue.Verdict, error) {
	return dfdgqueue.Verdict{Decision: dfdgqueue.Decision{Verb: f.verb}}, f.note("retry %s", m)
}

func (f *fakeDFDG) PendingReports(context.Context, int) ([]dfdgdb.ReportEntry, error) {
	return f.pending, f.err
}

func (f *fakeDFDG) RefusedReports(context.Context, int) ([]dfdgdb.ReportEntry, error) {
	return f.refused, f.err
}

func (f *fakeDFDG) RetryReport(_ context.Context, id int64, who string) error {
	return f.note("send %d by %s", id, who)
}

func (f *fakeDFDG) SettleReport(_ context.Context, id int64, who string) error {
	return f.note("settle %d by %s", id, who)
}

var (
	waitingMessage = uuid.MustParse("0b0e7f3c-9f5b-4f9d-8a55-0c6f2f6f3d11")
	aBooking       = uuid.MustParse("7d1f1c5a-2b7e-4f02-9a51-3d5f27a3b6aa")
)

// troubledDFDG has one of everything.
func troubledDFDG() *fakeDFDG {
	return &fakeDFDG{
		verb: dfdgqueue.VerbCreate,
		pollers: []dfdgdb.PollerEntry{
			{JobCenter: "10100", NextPollAt: noon.Add(3 * time.Minute), PolledAt: ptr(noon.Add(-2 * time.Minute))},
			{JobCenter: "10200", NextPollAt: noon.Add(time.Minute), PolledAt: ptr(noon.Add(-5 * time.Hour)), Failures: 41, LastError: "refused: DFDG afviser kaldet. Kontrollér funktionscertifikatet.", LastErrorAt: ptr(noon.Add(-4 * time.Minute))},
			{JobCenter: "10300", NextPollAt: noon.Add(time.Minute), Failures: 2, LastError: "unavailable: DFDG svarer ikke. Der prøves igen automatisk.", LastErrorAt: ptr(noon.Add(-time.Minute))},
			{JobCenter: "10400", NextPollAt: noon.Add(-time.Hour), PolledAt: ptr(noon.Add(-65 * time.Minute))},
			{JobCenter: "10500", NextPollAt: noon, LeasedUntil: ptr(noon.Add(time.Minute))},
		},
		inbox: []dfdgdb.InboxEntry{
			{Message: waitingMessage, JobCenter: "10100", Transport: "queue", Booking: &aBooking, QueuedAt: noon.Add(-time.Hour), ReceivedAt: noon.Add(-55 * time.Minute), State: "waiting", Reason: string(dfdgqueue.ReasonNoCaseWorker), Times: 2},
			{Message: uuid.UUID{1}, JobCenter: "10200", Transport: "push", QueuedAt: noon, ReceivedAt: noon, State: "unreadable", Reason: "message cannot be understood: no citizen", Times: 1},
		},
		refused: []dfdgdb.ReportEntry{{ID: 7, Booking: aBooking, JobCenter: "10100", Change: "moved", Start: noon.AddDate(0, 0, 1), OccurredAt: noon.Add(-time.Hour), ErrorCode: 4709, Error: "Samtaletypen godtages ikke af DFDG. Ret samtaletilbuddet, og vælg »Prøv igen«.", ErrorAt: ptr(noon.Add(-50 * time.Minute))}},
		pending: []dfdgdb.ReportEntry{{ID: 9, Booking: uuid.UUID{9}, JobCenter: "10100", Change: "created", Start: noon.AddDate(0, 0, 2), OccurredAt: noon.Add(-30 * time.Minute), Attempts: 3, NextTryAt: ptr(noon.Add(2 * time.Minute)), ErrorCode: 1100, Error: "Der opstod en fejl hos DFDG. Der prøves igen automatisk."}},
	}
}

func newDFDGSite(t *testing.T, f *fakeDFDG) *site {
	t.Helper()
	return newSite(t, func(c *settings) { c.Pages.DFDG, c.Pages.Intake = f, f }, everyState()...)
}

var dfdgPages = []string{"/dfdg", "/dfdg?live=fra", "/dfdg/meddelelser/" + waitingMessage.String(), "/dfdg/meddelelser/" + waitingMessage.String() + "/afslut", "/dfdg/indberetninger/7/afslut"}

func TestWithoutDFDGThereIsNoPageOfIt(t *testing.T) {
	s := newSite(t, nil, row(1, nil))
	if page := s.Get(t, "/"); strings.Contains(page, "/dfdg") {
		t.Error("the menu leads to it")
	}
	for _, p := range dfdgPages {
		if w := s.Ask("GET", p, nil, s.In(t), nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	if page := newDFDGSite(t, &fakeDFDG{}).Get(t, "/dfdg"); !strings.Contains(page, `<a href="/dfdg" aria-current="page">DFDG</a>`) || !strings.Contains(page, "Udvekslingen med DFDG kører") {
		t.Errorf("an idle DFDG:\n%s", page)
	}
}

func TestThePageTellsInWordsWhatWaitsAndWhatToDo(t *testing.T) {
	f := troubledDFDG()
	s := newDFDGSite(t, f)
	page := s.Get(t, "/dfdg")
	for _, want := range []string{
		"Noget kræver en person", "2 meddelelser venter på en person. 1 indberetning er afvist. 1 indberetning er på vej.",
		"Vejlederen kendes ikke i jobcenteret. Opret vejlederen, og vælg »Prøv igen«.", "Hentet fra køen, modtaget 2 gange", aBooking.String(),
		"Meddelelsen kan ikke forstås.", "Teknisk årsag: no citizen", "Besked fra DFDG (WSB)",
		"Samtaletypen godtages ikke af DFDG.", "<code>4709</code>", "Flyttet", "Mødet er i morgen kl. 11.00",
		"Afvises", "DFDG afviser kaldet.", "Kan ikke hentes", "Hentes ikke", "rollen worker", "Hentes nu", "41",
		"Der opstod en fejl hos DFDG.", "om 2 minutter",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if len(f.did) != 0 {
		t.Errorf("looking did %v", f.did)
	}
	part := s.Ask("GET", "/dfdg", nil, s.In(t), func(r *http.Request) { r.Header.Set("HX-Request", "true") }).Body.String()
	if !strings.Contains(page, strings.TrimSpace(part)) || !strings.HasPrefix(strings.TrimSpace(part), `<div id="live">`) {
		t.Errorf("a refresh is not the page's live part:\n%.300s", part)
	}
}

func TestAQueueHasTheLevelOfItsTrouble(t *testing.T) {
	want := []level{upToDate, needsPerson, late, late, waiting}
	for i, e := range troubledDFDG().pollers {
		if q := queueOf(e, noon); q.Level != want[i] {
			t.Errorf("%s: %s", e.JobCenter, q.Level.Name())
		}
	}
}

func TestAMessageIsShownOnlyToWhomAsksAndItsNumbersAreMasked(t *testing.T) {
	f := troubledDFDG()
	s := newDFDGSite(t, f)
	here := "/dfdg/meddelelser/" + waitingMessage.String()
	for _, p := range dfdgPages {
		if page := s.Get(t, p); strings.Contains(page, "PersonCivil") {
			t.Errorf("%s shows it unasked", p)
		}
	}
	if len(f.did) != 0 {
		t.Errorf("did %v", f.did)
	}
	w := s.Ask("POST", here, url.Values{"handling": {"vis"}}, s.In(t), nil)
	text := between(t, w.Body.String(), "<pre", "</pre>")
	if !strings.Contains(text, "&lt;PersonCivilRegistrationIdentifier&gt;******-****&lt;") || strings.Count(text, "******-****") != 2 || strings.Contains(w.Body.String(), secretCPR) {
		t.Errorf("%d %s", w.Code, text)
	}
	if diff := cmp.Diff([]string{"read " + waitingMessage.String() + " by admin:admin"}, f.did); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(s.Logged.String(), "administrator read a message") || strings.Contains(s.Logged.String(), "010170") {
		t.Errorf("log %s", &s.Logged)
	}
	f.fails = dfdgdb.ErrUnsealable
	if again := s.Follow(t, s.Ask("POST", here, url.Values{"handling": {"vis"}}, s.In(t), nil)).Body.String(); !strings.Contains(again, "PLANNER_CPR_OLD_KEYS") {
		t.Errorf("a lost key is not told:\n%s", again)
	}
}

func TestEachDFDGButtonIsCarriedOutForWhoPressedItAndToldOnce(t *testing.T) {
	message := "/dfdg/meddelelser/" + waitingMessage.String()
	id := waitingMessage.String()
	for name, c := range map[string]struct {
		to, handling string
		did          []string
		told         string
		change       func(*fakeDFDG)
	}{
		"retry":              {message, "proev", []string{"audit " + id + " by admin:admin", "retry " + id}, "dfdg-taget", nil},
		"retry in vain":      {message, "proev", []string{"audit " + id + " by admin:admin", "retry " + id}, "dfdg-venter", func(f *fakeDFDG) { f.verb = dfdgqueue.VerbWait }},
		"settle":             {message, "afslut", []string{"settle " + id + " by admin:admin"}, "dfdg-afsluttet", nil},
		"already settled":    {message, "afslut", []string{"settle " + id + " by admin:admin"}, "dfdg-behandlet", func(f *fakeDFDG) { f.fails = fmt.Errorf("settle: %w", dfdgdb.ErrNotWaiting) }},
		"nonsense":           {message, "slet", nil, "dfdg-ukendt", nil},
		"send again":         {"/dfdg/indberetninger/7", "proev", []string{"send 7 by admin:admin"}, "dfdg-sendes", nil},
		"settle report":      {"/dfdg/indberetninger/7", "afslut", []string{"settle 7 by admin:admin"}, "dfdg-afsluttet", nil},
		"report is gone":     {"/dfdg/indberetninger/8", "proev", []string{"send 8 by admin:admin"}, "dfdg-behandlet", func(f *fakeDFDG) { f.fails = dfdgdb.ErrNotWaiting }},
		"nonsense of report": {"/dfdg/indberetninger/7", "", nil, "dfdg-ukendt", nil},
		"fetch":              {"/dfdg/koer/10200", "", []string{"hurry 10200"}, "dfdg-hentes", nil},
	} {
		f := troubledDFDG()
		if c.change != nil {
			c.change(f)
		}
		s := newDFDGSite(t, f)
		w := s.Ask("POST", c.to, url.Values{"handling": {c.handling}}, s.In(t), nil)
		if w.Header().Get("Location") != "/dfdg" {
			t.Errorf("%s: %d, leads to %q", name, w.Code, w.Header().Get("Location"))
			continue
		}
		if diff := cmp.Diff(c.did, f.did); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if told := between(t, s.Follow(t, w).Body.String(), `<p class="notice`, "</p>"); !strings.Contains(told, notices[c.told].Text) || notices[c.told].Text == "" {
			t.Errorf("%s: told %q", name, told)
		}
	}
}

func TestAnotherSiteAndAnOutsiderActOnNothingOfDFDG(t *testing.T) {
	f := troubledDFDG()
	s := newDFDGSite(t, f)
	for _, p := range []string{"/dfdg/meddelelser/" + waitingMessage.String(), "/dfdg/indberetninger/7", "/dfdg/koer/10100"} {
		foreign := s.Ask("POST", p, url.Values{"handling": {"afslut"}}, s.In(t), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
		outside := s.Ask("POST", p, url.Values{"handling": {"vis"}}, nil, nil)
		if foreign.Code != http.StatusForbidden || outside.Code == http.StatusOK || strings.Contains(outside.Body.String(), "PersonCivil") {
			t.Errorf("%s: %d, %d", p, foreign.Code, outside.Code)
		}
	}
	if len(f.did) != 0 {
		t.Errorf("did %v", f.did)
	}
}

func TestWhatNoLongerWaitsIsSaid(t *testing.T) {
	f := troubledDFDG()
	s := newDFDGSite(t, f)
	for _, p := range []string{"/dfdg/meddelelser/" + aBooking.String(), "/dfdg/meddelelser/x", "/dfdg/indberetninger/8/afslut", "/dfdg/indberetninger/x/afslut"} {
		if w := s.Ask("GET", p, nil, s.In(t), nil); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "Venter ikke længere") {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	f.err = errors.New("no route to 10.1.2.3")
	for _, p := range dfdgPages {
		if w := s.Ask("GET", p, nil, s.In(t), nil); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
}

func TestDFDGPagesKeepToThePolicyTheEscapesAndThePrefix(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	f := troubledDFDG()
	f.pollers[1].LastError, f.pollers[1].JobCenter = "x: "+evil, evil
	f.inbox[0].Reason, f.inbox[0].Transport = "message cannot be understood: "+evil, evil
	f.refused[0].Error, f.refused[0].Change = evil, evil
	s := newSite(t, func(c *settings) { c.Prefix, c.Pages.DFDG, c.Pages.Intake = "admin", f, f }, everyState()...)
	for _, p := range dfdgPages {
		page := s.Get(t, "/admin"+p)
		if strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s does not escape", p)
		}
		if found := webtest.Inline(strings.ReplaceAll(page, "&lt;script&gt;", "")); found != "" {
			t.Errorf("%s has %q", p, found)
		}
		for _, m := range regexp.MustCompile(`(?:href|src|action|data-hx-get)="(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "/admin/") {
				t.Errorf("%s leads out to %q", p, m[1])
			}
		}
		ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1)
		var seen []string
		for _, m := range ids {
			if slices.Contains(seen, m[1]) {
				t.Errorf("%s has the id %q twice", p, m[1])
			}
			seen = append(seen, m[1])
		}
	}
}
