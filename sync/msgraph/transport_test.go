package msgraph

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kommunalplanner.example/sync/calendar"
)

func TestAConnectionCutAfterTheWriteIsAnUnknownOutcome(t *testing.T) {
	for _, op := range []operation{opCreate, opUpdate, opDelete, opSubscribe} {
		w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
			conn, _, err := rw.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		})
		err := verbs[op](t.Context(), w.client(), w.URL)
		if got := told(err); got != "unavailable connection 0s" {
			t.Errorf("%s: got %s (%v)", op, got, err)
		}
		if n := len(w.seen()); n != 1 {
			t.Errorf("%s: %d requests, want 1", op, n)
		}
	}
}

func TestABodyCutShortIsAnUnknownOutcome(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "5000")
		rw.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(rw, oneEvent)
	})
	// The event is whole, and still the answer is not: that is fine, and the event is taken.
	if _, err := w.client().Create(t.Context(), user, draft, "tx"); err != nil {
		t.Errorf("a whole event in a cut body: %v", err)
	}
	w = newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "5000")
		rw.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(rw, `{"value":[`+oneEvent+`,`)
	})
	_, err := w.client().Changes(t.Context(), user, "", calendar.Window{}, nil)
	if got := told(err); got != "unavailable connection 0s" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut page: %s (%v)", got, err)
	}
}

func TestAnAnswerThatTakesTooLongIsATimeout(t *testing.T) {
	release := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the server's own Close
	cfg := w.config()
	cfg.Timeout = 50 * time.Millisecond
	c := w.clientOf(cfg)
	_, err := c.Create(t.Context(), user, draft, "tx")
	if got := told(err); got != "unavailable timeout 0s" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestABodyThatTakesTooLongIsATimeout(t *testing.T) {
	release := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, `{"value":[`)
		rw.(http.Flusher).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })
	cfg := w.config()
	cfg.Timeout = 50 * time.Millisecond
	_, err := w.clientOf(cfg).Changes(t.Context(), user, "", calendar.Window{}, nil)
	if got := told(err); got != "unavailable timeout 0s" {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestTheCallersCancellationIsToldAsSuch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { cancel(); <-release })
	t.Cleanup(func() { close(release) })
	_, err := w.client().Update(ctx, user, "AAk", winter, "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatIsNotThereIsUnavailableAndNamesTheAddress(t *testing.T) {
	w := newWorld(t)
	cfg := w.config()
	dead := httptest.NewServer(nil)
	cfg.BaseURL = dead.URL + "/v1.0"
	dead.Close()
	_, err := w.clientOf(cfg).Event(t.Context(), user, "AAk", false)
	var op *net.OpError
	if told(err) != "unavailable connection 0s" || !errors.As(err, &op) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), user) {
		t.Errorf("the error holds the URL: %v", err)
	}
}

func TestAnUnknownCertificateIsNamedInTheError(t *testing.T) {
	w := newWorld(t, answerWith(200, oneEvent))
	cfg := w.config()
	cfg.RootCAs = nil // the system's do not know it
	_, err := w.clientOf(cfg).Event(t.Context(), user, "AAk", false)
	var certificate *tls.CertificateVerificationError
	if told(err) != "unavailable "+codeToken+" 0s" || !errors.As(err, &certificate) {
		t.Errorf("got %v", err)
	}
	if n := len(w.seen()); n != 0 {
		t.Errorf("%d requests reached Graph", n)
	}
}

func TestATokenIsFetchedOnceAndUsedAgain(t *testing.T) {
	w := newWorld(t, answerWith(200, oneEvent))
	c := w.client()
	for range 5 {
		if _, err := c.Event(t.Context(), user, "AAk", false); err != nil {
			t.Fatal(err)
		}
	}
	if w.tokens != 1 {
		t.Errorf("%d tokens fetched, want 1", w.tokens)
	}
}

func TestARefusedTokenIsReplacedOnceAndTheBodySentAgain(t *testing.T) {
	w := newWorld(t, answerWith(201, oneEvent))
	w.refuse["token-1"] = true
	c := w.client()
	if _, err := c.Create(t.Context(), user, draft, "tx"); err != nil {
		t.Fatal(err)
	}
	seen := w.seen()
	if len(seen) != 2 || seen[1].Header.Get("Authorization") != "Bearer token-2" || string(seen[0].Body) != string(seen[1].Body) || len(seen[1].Body) == 0 {
		t.Errorf("requests: %+v", seen)
	}
	if _, err := c.Event(t.Context(), user, "AAk", false); err != nil || w.tokens != 2 {
		t.Errorf("the fresh token was not kept: %v, %d tokens", err, w.tokens)
	}
}

func TestAFreshTokenThatIsRefusedTooMeansDenied(t *testing.T) {
	w := newWorld(t, answerWith(200, oneEvent))
	w.refuse["token-1"], w.refuse["token-2"] = true, true
	_, err := w.client().Event(t.Context(), user, "AAk", false)
	if got := told(err); got != "mailbox denied InvalidAuthenticationToken" {
		t.Errorf("got %s", got)
	}
	if len(w.seen()) != 2 || w.tokens != 2 {
		t.Errorf("%d requests, %d tokens; want 2 and 2", len(w.seen()), w.tokens)
	}
}

func TestManyCallsWithOneRefusedTokenFetchOneFreshOne(t *testing.T) {
	w := newWorld(t, answerWith(200, oneEvent))
	c := w.client()
	if _, err := c.Event(t.Context(), user, "AAk", false); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.refuse["token-1"] = true
	w.mu.Unlock()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Event(t.Context(), user, "AAk", false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if w.tokens != 2 {
		t.Errorf("%d tokens fetched, want 2", w.tokens)
	}
}

// TestAClaimsChallengeIsPassedToEntra: the SDK's own way with challenges indexes into nothing when
// the claims are not quoted.
func TestAClaimsChallengeIsPassedToEntra(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}`
	b64 := base64.StdEncoding.EncodeToString([]byte(claims))
	for _, header := range []string{
		`Bearer realm="", error="insufficient_claims", claims="` + b64 + `"`,
		`Bearer error="insufficient_claims", claims=` + b64,
		`Bearer claims="` + base64.RawURLEncoding.EncodeToString([]byte(claims)) + `"`,
	} {
		w := newWorld(t, withHeader(graphError(401, "InvalidAuthenticationToken"), "WWW-Authenticate", header), answerWith(200, oneEvent))
		if _, err := w.client().Event(t.Context(), user, "AAk", false); err != nil {
			t.Fatalf("%s: %v", header, err)
		}
		if len(w.claims) != 2 || !strings.Contains(w.claims[1], `"1764000000"`) {
			t.Errorf("%s: Entra was asked for claims %q", header, w.claims)
		}
	}
}

func TestAMalformedChallengeDoesNoHarm(t *testing.T) {
	for _, header := range []string{`Bearer claims`, `Bearer claims=`, `Bearer claims="`, `Bearer claims=%%%`, `Bearer claims="AA=A"`, `claims="e30="`, `Bearer ,,claims,`} {
		w := newWorld(t, withHeader(graphError(401, "InvalidAuthenticationToken"), "WWW-Authenticate", header))
		_, err := w.client().Event(t.Context(), user, "AAk", false)
		if got := told(err); got != "mailbox denied InvalidAuthenticationToken" {
			t.Errorf("%s: got %s", header, got)
		}
		if n := len(w.seen()); n != 2 {
			t.Errorf("%s: %d requests, want 2", header, n)
		}
	}
}

func TestNoTokenFromEntraIsToldWithItsCodesOnly(t *testing.T) {
	cases := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"wrong secret", answerWith(401, `{"error":"invalid_client","error_description":"AADSTS7000215: `+secretText+`","error_codes":[7000215]}`), "mailbox denied invalid_client-AADSTS7000215"},
		{"unknown tenant", answerWith(400, `{"error":"invalid_request","error_codes":[90002]}`), "mailbox denied invalid_request-AADSTS90002"},
		{"throttled", withHeader(answerWith(429, `{"error":"temporarily_unavailable"}`), "Retry-After", "11"), "throttled 11s"},
		{"down", withHeader(answerWith(503, `<html>`+secretText), "Retry-After", "4"), "unavailable token-http-503 4s"},
		{"nonsense", answerWith(200, `<html>`+secretText), "unavailable token-not-available 0s"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, answerWith(200, oneEvent))
			asked := 0
			w.entra = func(rw http.ResponseWriter, r *http.Request) { asked++; tc.answer(rw, r) }
			c := w.client()
			_, err := c.Event(t.Context(), user, "AAk", false)
			if got := told(err); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			assertNoSecret(t, "error", err)
			if asked != 1 || len(w.seen()) != 0 {
				t.Errorf("Entra was asked %d times, Graph %d times; want 1 and 0", asked, len(w.seen()))
			}
			// Once mended, the next call works.
			w.mu.Lock()
			w.entra = nil
			w.mu.Unlock()
			if _, err := c.Event(t.Context(), user, "AAk", false); err != nil {
				t.Errorf("after Entra recovered: %v", err)
			}
		})
	}
}

// TestATokenGoesToGraphOnly: the SDK sends to any host that a link names, without a token if it is not
// on its list, with one if it is.
func TestATokenGoesToGraphOnly(t *testing.T) {
	reached := make(chan string, 10)
	thief := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Header.Get("Authorization") }))
	defer thief.Close()
	stolen := thief.URL + "/v1.0/users/x/calendarView/delta?$deltatoken=1"

	w := newWorld(t, answerWith(200, `{"value":[],"@odata.nextLink":"`+stolen+`"}`))
	c := w.client()
	_, err := c.Changes(t.Context(), user, calendar.Cursor(stolen), calendar.Window{}, nil)
	if got := told(err); got != "resync" {
		t.Errorf("a stored link to elsewhere: got %s", got)
	}
	_, err = c.Changes(t.Context(), user, "", calendar.Window{}, nil)
	if got := told(err); got != "unavailable foreign-link 0s" {
		t.Errorf("an answer's link to elsewhere: got %s", got)
	}
	_, err = c.FindStamped(t.Context(), user, "s")
	if got := told(err); got != "unavailable foreign-link 0s" {
		t.Errorf("a list's link to elsewhere: got %s", got)
	}
	for _, link := range []string{"/v1.0/users/x", "v1.0", "http" + strings.TrimPrefix(w.URL, "https") + "/v1.0/x", w.URL + "/beta/x", w.URL + "/v1.0", "https://u:p@" + strings.TrimPrefix(w.URL, "https://") + "/v1.0/x", "::", "https://[::1/v1.0/"} {
		if c.validLink(link) {
			t.Errorf("link %q is taken", link)
		}
	}
	// And should one slip through, the transport is the last to check.
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, stolen, nil)
	tr := &transport{base: http.DefaultTransport, graph: c.graph, observe: func(Call) {}, now: time.Now}
	if _, err := tr.RoundTrip(req); err == nil {
		t.Error("the transport sent it")
	}
	select {
	case h := <-reached:
		t.Errorf("another host was reached, with %q", h)
	default:
	}
}

func TestEveryExchangeIsObserved(t *testing.T) {
	w := newWorld(t, withHeader(answerWith(200, oneEvent), "request-id", "9f5f3a52-0000-4000-8000-000000000000"))
	w.refuse["token-1"] = true
	c := w.client()
	if _, err := c.Event(t.Context(), user, "AAk", false); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, call := range w.calls {
		if call.Operation == string(opToken) && call.Method == http.MethodGet {
			continue // discovery
		}
		got = append(got, call.Method+" "+call.Operation+" "+http.StatusText(call.Status)+" "+call.RequestID)
	}
	want := []string{"POST token OK ", "GET event Unauthorized ", "POST token OK ", "GET event OK 9f5f3a52-0000-4000-8000-000000000000"}
	if !slices.Equal(got, want) {
		t.Errorf("observed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAConnectionIsUsedAgainAfterEveryKindOfAnswer(t *testing.T) {
	long := strings.Repeat("x", 4096)
	w := newWorld(t, answerWith(200, oneEvent+long), answerWith(404, long), answerWith(503, long), answerWith(200, oneEvent))
	remotes := map[string]bool{}
	inner := w.Config.Handler
	w.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		remotes[r.RemoteAddr] = true
		w.mu.Unlock()
		inner.ServeHTTP(rw, r)
	})
	c := w.client()
	for range 6 {
		_, _ = c.Event(t.Context(), user, "AAk", false)
	}
	if len(remotes) != 1 {
		t.Errorf("%d connections, want 1", len(remotes))
	}
}

func TestAConfigurationThatCannotWorkIsRefusedAtOnce(t *testing.T) {
	good := Config{TenantID: "t", ClientID: "c", ClientSecret: "s"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*Config){
		"no credential":          func(c *Config) { c.ClientSecret = "" },
		"two credentials":        func(c *Config) { c.ManagedIdentity = true },
		"no tenant":              func(c *Config) { c.TenantID = "" },
		"no client":              func(c *Config) { c.ClientID = "" },
		"plain http abroad":      func(c *Config) { c.BaseURL = "http://graph.example/v1.0" },
		"no host":                func(c *Config) { c.BaseURL = "/v1.0" },
		"a query":                func(c *Config) { c.BaseURL = "https://graph.microsoft.com/v1.0?x=1" },
		"a password in the URL":  func(c *Config) { c.BaseURL = "https://u:p@graph.microsoft.com/v1.0" },
		"authority without TLS":  func(c *Config) { c.AuthorityHost = "http://127.0.0.1:1/" },
		"no such certificate":    func(c *Config) { c.ClientSecret, c.CertificateFile = "", "testdata/none.pem" },
		"certificate unreadable": func(c *Config) { c.ClientSecret, c.CertificateFile = "", "testdata/requests.golden" },
	}
	for name, spoil := range cases {
		cfg := good
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
