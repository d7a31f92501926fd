package msgraph

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

// simulated is the client against the whole of a Graph, tokens and TLS included.
type simulated struct {
	t   *testing.T
	sim *graphsim.Server
	cfg Config
	*Client
	user string
}

var simStart = time.Date(2026, time.November, 24, 8, 0, 0, 0, time.UTC)

func newSimulated(t *testing.T, sc graphsim.Config) *simulated {
	t.Helper()
	if sc.Clock == nil {
		sc.Clock = graphsim.NewVirtualClock(simStart)
	}
	sim, base, conf := graphsim.NewTest(t, sc)
	u := sim.AddUser(graphsim.User{UPN: "vejleder@kommune.example"})
	s := &simulated{t: t, sim: sim, user: u.ObjectID, cfg: Config{
		BaseURL: base + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: conf.RootCAs, Timeout: 20 * time.Second, Now: sc.Clock.Now,
	}}
	s.Client = s.connect(s.cfg)
	return s
}

func (s *simulated) connect(cfg Config) *Client {
	s.t.Helper()
	c, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.CloseIdleConnections)
	return c
}

func (s *simulated) fault(f graphsim.Fault) string {
	s.t.Helper()
	id, err := s.sim.SetFault(f)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *simulated) outlook() *graphsim.Outlook {
	s.t.Helper()
	o, err := s.sim.Outlook(s.user)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *simulated) create(d calendar.Draft, tx string) calendar.Written {
	s.t.Helper()
	w, err := s.Create(s.t.Context(), s.user, d, tx)
	if err != nil {
		s.t.Fatalf("create: %v", err)
	}
	return w
}

// round reads a round to its end.
func (s *simulated) round(at calendar.Cursor, own func(calendar.EventID) bool) (events map[calendar.EventID]calendar.Event, removed map[calendar.EventID]bool, link calendar.Cursor, pages int) {
	s.t.Helper()
	events, removed = map[calendar.EventID]calendar.Event{}, map[calendar.EventID]bool{}
	for {
		p, err := s.Changes(s.t.Context(), s.user, at, simWindow, own)
		if err != nil {
			s.t.Fatalf("page %d: %v", pages+1, err)
		}
		pages++
		for _, e := range p.Events {
			events[e.ID] = e
		}
		for _, id := range p.Removed {
			removed[id] = true
		}
		if at = p.Next; p.Final {
			return events, removed, at, pages
		}
		if pages > 100 {
			s.t.Fatal("the round does not end")
		}
	}
}

var simWindow = calendar.Window{Start: simStart.AddDate(0, 0, -1), End: simStart.AddDate(0, 7, 0)}

func graphEvent(subject, start, end string) map[string]any {
	at := func(s string) map[string]string {
		return map[string]string{"dateTime": s, "timeZone": "Romance Standard Time"}
	}
	return map[string]any{"subject": subject, "start": at(start), "end": at(end)}
}

func TestEachWayOfSigningInReachesTheSimulator(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// Assertions are dated by the machine's clock, so the simulator goes by it here.
	s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock(), AssertionKeys: []graphsim.PublicKey{&key.PublicKey}})
	dir := t.TempDir()
	certificate, federated := filepath.Join(dir, "client.pem"), filepath.Join(dir, "token")
	writeCertificate(t, certificate, key)
	writeAssertion(t, federated, key, strings.TrimSuffix(s.cfg.BaseURL, "/v1.0")+"/"+graphsim.DefaultTenant+"/oauth2/v2.0/token")
	s.create(draft, "tx")
	for name, change := range map[string]func(*Config){
		"certificate":     func(c *Config) { c.CertificateFile = certificate },
		"federated token": func(c *Config) { c.FederatedTokenFile = federated },
	} {
		cfg := s.cfg
		cfg.ClientSecret = ""
		change(&cfg)
		if _, err := s.connect(cfg).Changes(t.Context(), s.user, "", simWindow, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"wrong secret": {func(c *Config) { c.ClientSecret = "wrong" }, "mailbox denied invalid_client-AADSTS7000215"},
		"wrong tenant": {func(c *Config) { c.TenantID = "another" }, "mailbox denied invalid_tenant-AADSTS90002"},
		"wrong client": {func(c *Config) { c.ClientID = "another" }, "mailbox denied unauthorized_client-AADSTS700016"},
	} {
		cfg := s.cfg
		tc.change(&cfg)
		_, err := s.connect(cfg).Changes(t.Context(), s.user, "", simWindow, nil)
		if got := told(err); got != tc.want {
			t.Errorf("%s: got %s, want %s (%v)", name, got, tc.want, err)
		}
	}
}

func TestARenewedCertificateIsFoundWithoutARestart(t *testing.T) {
	known, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock(), AssertionKeys: []graphsim.PublicKey{&known.PublicKey}})
	file := filepath.Join(t.TempDir(), "client.pem")
	writeCertificate(t, file, unknown)
	cfg := s.cfg
	cfg.ClientSecret, cfg.CertificateFile = "", file
	c := s.connect(cfg)
	_, err = c.Changes(t.Context(), s.user, "", simWindow, nil)
	if got := told(err); got != "mailbox denied invalid_client-AADSTS700027" {
		t.Fatalf("got %s", got)
	}
	writeCertificate(t, file, known)
	if _, err := c.Changes(t.Context(), s.user, "", simWindow, nil); err != nil {
		t.Errorf("with the new certificate: %v", err)
	}
}

func writeCertificate(t *testing.T, file string, key *rsa.PrivateKey) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Planner"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeAssertion writes what Kubernetes would: a token that somebody else signed for us.
func writeAssertion(t *testing.T, file string, key *rsa.PrivateKey, audience string) {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	signed := enc([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc(fmt.Appendf(nil, `{"iss":%q,"sub":%q,"aud":%q,"nbf":%d,"exp":%d}`,
		graphsim.DefaultClientID, graphsim.DefaultClientID, audience, time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(signed+"."+enc(signature)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOurEventLivesAndDies(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	ctx := t.Context()
	first := s.create(draft, "tx-1")
	if len(first.ID) != 72 || first.ETag == "" {
		t.Fatalf("created %+v", first)
	}
	if again := s.create(draft, "tx-1"); again.ID != first.ID {
		t.Errorf("the repeated creation made %s beside %s", again.ID, first.ID)
	}
	other := draft
	other.Subject = "Noget andet"
	_, err := s.Create(ctx, s.user, other, "tx-1")
	if got := told(err); got != "duplicate of "+string(first.ID) {
		t.Errorf("other content, same transaction: %s", got)
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultDuplicateTxn409})
	_, err = s.Create(ctx, s.user, other, "tx-1")
	if got := told(err); got != "duplicate of "+string(first.ID) {
		t.Errorf("the same with 409: %s", got)
	}

	e, err := s.Event(ctx, s.user, first.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	want := calendar.Event{ID: first.ID, ETag: first.ETag, Kind: calendar.Single, Start: winter.Start, End: winter.End, ShowAs: calendar.Busy, Owned: &winter}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("what was written reads differently (-want +got):\n%s", diff)
	}
	if e.Owned.Fingerprint() != winter.Fingerprint() {
		t.Error("fingerprints differ")
	}
	stored, err := s.sim.Events(s.user)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d events stored (%v)", len(stored), err)
	}
	if got := stored[0]; got.TransactionID != "tx-1" || len(got.Attendees) != 0 || !strings.Contains(got.BodyText, "Hilsen <Planner> & co") || !strings.Contains(fmt.Sprint(got.Properties), draft.Stamp) {
		t.Errorf("stored: %+v", got)
	}

	s.sim.Advance(10 * time.Second) // Exchange changes the etag by itself
	moved := winter
	moved.Start, moved.End, moved.Subject = winter.Start.Add(time.Hour), winter.End.Add(time.Hour), "Flyttet"
	if _, err := s.Update(ctx, s.user, first.ID, moved, first.ETag); !errors.Is(err, calendar.ErrConflict) {
		t.Errorf("an old etag: %v", err)
	}
	if e, err = s.Event(ctx, s.user, first.ID, true); err != nil {
		t.Fatal(err)
	}
	w, err := s.Update(ctx, s.user, first.ID, moved, e.ETag)
	if err != nil || w.ID != first.ID || w.ETag == e.ETag {
		t.Fatalf("update: %+v, %v", w, err)
	}
	if e, err = s.Event(ctx, s.user, first.ID, true); err != nil || *e.Owned != moved {
		t.Errorf("after the update: %+v, %v", e.Owned, err)
	}
	if stored, _ = s.sim.Events(s.user); !strings.Contains(stored[0].BodyText, "Hilsen <Planner>") {
		t.Error("the update touched the body")
	}

	if err := s.Delete(ctx, s.user, first.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, s.user, first.ID); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("a second delete: %v", err)
	}
	if _, err := s.Update(ctx, s.user, first.ID, moved, ""); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("an update of nothing: %v", err)
	}
	if _, err := s.Event(ctx, s.user, "AAMkGarbled", false); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("an id that is none: %v", err)
	}
	if mail := s.sim.Mail(""); len(mail) != 0 {
		t.Errorf("mail was sent: %v", mail)
	}
}

// TestAnEventMadeIntoWholeDaysCanBePutBack: Graph refuses a clock time on an all-day event, so the
// update has to say that it is none.
func TestAnEventMadeIntoWholeDaysCanBePutBack(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	w := s.create(draft, "tx")
	if err := s.outlook().SetAllDay(string(w.ID), winter.Start, 2); err != nil {
		t.Fatal(err)
	}
	e, err := s.Event(t.Context(), s.user, w.ID, true)
	if err != nil || !e.AllDay || !e.Owned.Start.Equal(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)) || !e.Owned.End.Equal(time.Date(2026, 12, 2, 23, 0, 0, 0, time.UTC)) {
		t.Fatalf("whole days read as %+v (%v)", e, err)
	}
	if _, err := s.Update(t.Context(), s.user, w.ID, winter, e.ETag); err != nil {
		t.Fatal(err)
	}
	if e, err = s.Event(t.Context(), s.user, w.ID, true); err != nil || e.AllDay || *e.Owned != winter {
		t.Errorf("put back: %+v (%v)", e, err)
	}
}

func TestEachInstantOfTheNightsOfChangedClocksGoesThere(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	for i, night := range []time.Time{time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC)} {
		for n := range 12 {
			o := winter
			o.Start = night.Add(time.Duration(n) * 30 * time.Minute)
			o.End = o.Start.Add(45 * time.Minute)
			w := s.create(calendar.Draft{Owned: o, Body: "x"}, fmt.Sprint("tx-", i, "-", n))
			e, err := s.Event(t.Context(), s.user, w.ID, true)
			if err != nil || *e.Owned != o {
				t.Errorf("%s came back as %+v (%v)", o.Start, e.Owned, err)
			}
		}
	}
}

func TestARoundReadsEveryPageWithImmutableIDs(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	o := s.outlook()
	want := map[calendar.EventID]bool{}
	for i := range 450 {
		id, err := o.Create(graphEvent(secretText, fmt.Sprintf("2026-12-01T%02d:00:00", i%20), fmt.Sprintf("2026-12-01T%02d:30:00", i%20)))
		if err != nil {
			t.Fatal(err)
		}
		want[calendar.EventID(id)] = true
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultDeltaNull})
	s.fault(graphsim.Fault{Kind: graphsim.FaultDeltaEmptyFirst})
	events, removed, link, pages := s.round("", nil)
	if pages < 3 || len(events) != len(want) || len(removed) != 0 || link == "" {
		t.Fatalf("%d pages, %d events, %d removed", pages, len(events), len(removed))
	}
	for id, e := range events {
		if !want[id] || len(id) != 72 {
			t.Fatalf("event %s is not among those made", id)
		}
		if e.Start.Location() != time.UTC || e.Owned != nil {
			t.Fatalf("event %+v", e)
		}
	}
	assertNoSecret(t, "round", events)
}

func TestAnIncrementalRoundTellsOfMovesDeletionsAndStubs(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	o := s.outlook()
	ours := s.create(draft, "tx")
	gone, err := o.Create(graphEvent("a", "2026-12-02T09:00:00", "2026-12-02T10:00:00"))
	if err != nil {
		t.Fatal(err)
	}
	isOurs := func(id calendar.EventID) bool { return id == ours.ID }
	_, _, link, _ := s.round("", isOurs)
	if err := o.Drag(string(ours.ID), winter.Start.Add(24*time.Hour), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := o.Delete(gone); err != nil {
		t.Fatal(err)
	}
	series := graphEvent("standup", "2026-12-07T09:00:00", "2026-12-07T09:15:00")
	series["recurrence"] = map[string]any{
		"pattern": map[string]any{"type": "daily", "interval": 1},
		"range":   map[string]any{"type": "numbered", "startDate": "2026-12-07", "numberOfOccurrences": 5},
	}
	master, err := o.Create(series)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.EditOccurrence(master, time.Date(2026, 12, 9, 0, 0, 0, 0, time.UTC), map[string]any{"showAs": "oof"}); err != nil {
		t.Fatal(err)
	}
	events, removed, _, _ := s.round(link, isOurs)
	if e := events[ours.ID]; e.Owned == nil || !e.Owned.Start.Equal(winter.Start.Add(24*time.Hour)) || e.Owned.Subject != winter.Subject {
		t.Errorf("ours, moved: %+v %+v", e, e.Owned)
	}
	if !removed[calendar.EventID(gone)] || len(removed) != 1 {
		t.Errorf("removed: %v", removed)
	}
	count := map[calendar.Kind]int{}
	for _, e := range events {
		count[e.Kind]++
		if e.Kind == calendar.Occurrence && (e.SeriesID != calendar.EventID(master) || e.ShowAs != "" || e.Start.Hour() != 8) {
			t.Errorf("stub %+v", e)
		}
		if e.Kind == calendar.Exception && (e.SeriesID != calendar.EventID(master) || e.ShowAs != calendar.OutOfOffice) {
			t.Errorf("exception %+v", e)
		}
	}
	if diff := cmp.Diff(map[calendar.Kind]int{calendar.Single: 1, calendar.Master: 1, calendar.Occurrence: 4, calendar.Exception: 1}, count); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestALinkThatExpiredAsksForAFullRound(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	for _, v := range []graphsim.Fault{{}, {Code: "syncStateNotFound", Status: 404}, {Code: "resyncRequired"}, {Code: "SyncStateInvalid", Status: 400}} {
		_, _, link, _ := s.round("", nil)
		v.Kind, v.User = graphsim.FaultDeltaExpired, s.user
		s.fault(v)
		if _, err := s.Changes(t.Context(), s.user, link, simWindow, nil); !errors.Is(err, calendar.ErrResync) {
			t.Errorf("%s %d: %v", v.Code, v.Status, err)
		}
		s.sim.ClearFaults("")
	}
	_, _, link, _ := s.round("", nil)
	if _, err := s.Changes(t.Context(), s.user, link[:len(link)-5]+"AAAAA", simWindow, nil); !errors.Is(err, calendar.ErrResync) {
		t.Errorf("garbled: %v", err)
	}
}

func TestACreationOfUnknownOutcomeIsRepeatedWithoutATwin(t *testing.T) {
	for _, kind := range []string{graphsim.FaultConcurrentItemSave, graphsim.FaultCutAfter, graphsim.FaultErrorAfter, graphsim.FaultCut} {
		t.Run(kind, func(t *testing.T) {
			s := newSimulated(t, graphsim.Config{})
			s.fault(graphsim.Fault{Kind: kind, Method: http.MethodPost, Count: 1})
			_, err := s.Create(t.Context(), s.user, draft, "tx")
			var unavailable *calendar.UnavailableError
			if !errors.As(err, &unavailable) {
				t.Fatalf("first try: %v", err)
			}
			w := s.create(draft, "tx")
			if n, err := s.sim.CountEvents(s.user, "tx", ""); err != nil || n != 1 {
				t.Errorf("%d events (%v)", n, err)
			}
			if _, err := s.Event(t.Context(), s.user, w.ID, true); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestATimeoutAfterTheWriteIsRepeatedWithoutATwin(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	if _, err := s.Changes(t.Context(), s.user, "", simWindow, nil); err != nil { // has the token
		t.Fatal(err)
	}
	id := s.fault(graphsim.Fault{Kind: graphsim.FaultHoldAfter, Method: http.MethodPost, Count: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := s.Create(ctx, s.user, draft, "tx")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("first try: %v", err)
	}
	s.sim.Release(id)
	s.create(draft, "tx")
	if n, err := s.sim.CountEvents(s.user, "tx", ""); err != nil || n != 1 {
		t.Errorf("%d events (%v)", n, err)
	}
}

func TestFaultsOfGraphAreToldApart(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault graphsim.Fault
		want  string
	}{
		{"throttled", graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "17"}, "throttled 17s"},
		{"throttled by date", graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "date:30s"}, "throttled 30s"},
		{"throttled, no time", graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "none"}, "throttled 0s"},
		{"throttled as 503", graphsim.Fault{Kind: graphsim.FaultThrottle, Status: 503, RetryAfter: "2"}, "throttled 2s"},
		{"gateway, a web page", graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: 502, Body: "html"}, "unavailable http-502 0s"},
		{"gateway, nothing", graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: 404, Body: "empty"}, "unavailable http-404 0s"},
		{"cut", graphsim.Fault{Kind: graphsim.FaultCut}, "unavailable connection 0s"},
		{"denied", graphsim.Fault{Kind: graphsim.FaultDenied}, "mailbox denied ErrorAccessDenied"},
		{"missing", graphsim.Fault{Kind: graphsim.FaultMissing}, "mailbox missing ErrorInvalidUser"},
		{"on-premises", graphsim.Fault{Kind: graphsim.FaultOnPremises}, "mailbox missing MailboxNotEnabledForRESTAPI"},
		{"moving", graphsim.Fault{Kind: graphsim.FaultMoving}, "unavailable ErrorMailboxMoveInProgress 0s"},
		{"unauthorised for good", graphsim.Fault{Kind: graphsim.FaultUnauthorized}, "mailbox denied InvalidAuthenticationToken"},
		{"challenged for good", graphsim.Fault{Kind: graphsim.FaultUnauthorized, Variant: "claims"}, "mailbox denied InvalidAuthenticationToken"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSimulated(t, graphsim.Config{})
			tc.fault.User = s.user
			s.fault(tc.fault)
			_, err := s.Changes(t.Context(), s.user, "", simWindow, nil)
			if got := told(err); got != tc.want {
				t.Errorf("a page: got %s, want %s (%v)", got, tc.want, err)
			}
			_, err = s.Update(t.Context(), s.user, "AAk", winter, "")
			if got := told(err); got != tc.want {
				t.Errorf("an update: got %s, want %s (%v)", got, tc.want, err)
			}
		})
	}
}

func TestRevokedTokensAreReplacedWithoutAnError(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	w := s.create(draft, "tx")
	s.sim.RevokeTokens()
	if _, err := s.Update(t.Context(), s.user, w.ID, winter, ""); err != nil {
		t.Errorf("revoked: %v", err)
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultUnauthorized, Variant: "claims", Count: 1})
	if _, err := s.Update(t.Context(), s.user, w.ID, winter, ""); err != nil {
		t.Errorf("challenged: %v", err)
	}
	s.fault(graphsim.Fault{Kind: graphsim.FaultUnauthorized, Count: 1})
	if _, err := s.Update(t.Context(), s.user, w.ID, winter, ""); err != nil {
		t.Errorf("refused once: %v", err)
	}
}

func TestAStampFindsTheEventAndItsCopies(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	w := s.create(draft, "tx")
	another := draft
	another.Stamp = "b1d5a7f0-0000-4000-8000-000000000009"
	s.create(another, "tx-2")
	copied, err := s.outlook().Copy(string(w.ID), winter.Start.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.FindStamped(t.Context(), s.user, draft.Stamp)
	if err != nil {
		t.Fatal(err)
	}
	got := map[calendar.EventID]bool{}
	for _, e := range found {
		got[e.ID] = true
		if e.Owned != nil {
			t.Errorf("%s is told as ours", e.ID)
		}
	}
	if diff := cmp.Diff(map[calendar.EventID]bool{w.ID: true, calendar.EventID(copied): true}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, stamp := range []string{"nobody's", "' or 1 eq 1 or '"} {
		if found, err := s.FindStamped(t.Context(), s.user, stamp); err != nil || len(found) != 0 {
			t.Errorf("%q: %d found (%v)", stamp, len(found), err)
		}
	}
}

func TestASubscriptionIsMadeRenewedListedAndEnded(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	hook := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(rw, r.URL.Query().Get("validationToken"))
	}))
	defer hook.Close()
	ctx, expires := t.Context(), simStart.Add(LongestSubscription-time.Hour)
	sub, err := s.Subscribe(ctx, s.user, hook.URL+"/notices", hook.URL+"/lifecycle", "state", expires)
	if err != nil {
		t.Fatal(err)
	}
	if sub.ID == "" || sub.NotificationURL != hook.URL+"/notices" || !sub.Expires.Equal(expires) || !strings.Contains(sub.Resource, s.user) {
		t.Errorf("made %+v", sub)
	}
	kept := s.sim.Subscriptions()
	if len(kept) != 1 || !kept[0].ImmutableIDs || kept[0].ClientState != "state" || kept[0].LifecycleURL != hook.URL+"/lifecycle" {
		t.Errorf("kept %+v", kept)
	}
	_, err = s.Subscribe(ctx, s.user, hook.URL+"/notices", hook.URL+"/lifecycle", "state", expires)
	if got := told(err); got != "refused 409 ExtensionError" {
		t.Errorf("a second one: %s", got)
	}
	list, err := s.Subscriptions(ctx)
	if err != nil || len(list) != 1 || list[0] != sub {
		t.Errorf("listed %+v (%v)", list, err)
	}
	if got, err := s.Renew(ctx, sub.ID, expires.Add(time.Minute)); err != nil || !got.Equal(expires.Add(time.Minute)) {
		t.Errorf("renewed until %s (%v)", got, err)
	}
	if err := s.Unsubscribe(ctx, sub.ID); err != nil {
		t.Error(err)
	}
	if err := s.Unsubscribe(ctx, sub.ID); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := s.Renew(ctx, sub.ID, expires); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("renewed after the end: %v", err)
	}
	hook.Close()
	_, err = s.Subscribe(ctx, s.user, hook.URL+"/notices", hook.URL+"/lifecycle", "state", expires)
	if got := told(err); got != "refused 400 ValidationError" {
		t.Errorf("an endpoint that does not answer: %s", got)
	}
}
