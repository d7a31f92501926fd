package msgraph

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const user = "cd209b0b-1111-4222-8333-444455556666"

var testNow = time.Date(2026, time.November, 24, 8, 0, 0, 0, time.UTC)

// world is Entra and Graph on one TLS server, where Graph says what the test scripts.
type world struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	requests []recorded
	tokens   int
	claims   []string
	calls    []Call
	refuse   map[string]bool // tokens that Graph refuses
	// entra, when set, answers requests for tokens instead.
	entra http.HandlerFunc
}

type recorded struct {
	Method, Target string
	Header         http.Header
	Body           []byte
	Chunked        bool
}

func newWorld(t *testing.T, answers ...http.HandlerFunc) *world {
	t.Helper()
	w := &world{t: t, refuse: map[string]bool{}}
	next := 0
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/oauth2/") || strings.Contains(r.URL.Path, "/.well-known/") {
			w.serveEntra(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.requests = append(w.requests, recorded{r.Method, r.RequestURI, r.Header.Clone(), body, len(r.TransferEncoding) > 0})
		refused := w.refuse[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		var answer http.HandlerFunc
		if !refused && len(answers) > 0 {
			answer = answers[min(next, len(answers)-1)]
			next++
		}
		w.mu.Unlock()
		switch {
		case refused:
			rw.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.example/common"`)
			graphError(http.StatusUnauthorized, "InvalidAuthenticationToken")(rw, r)
		case answer != nil:
			answer(rw, r)
		}
	}))
	w.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail on purpose
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

func (w *world) serveEntra(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	custom := w.entra
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.URL.Path, "/.well-known/") {
		_, _ = fmt.Fprintf(rw, `{"token_endpoint":"%[1]s/t/oauth2/v2.0/token","authorization_endpoint":"%[1]s/t/oauth2/v2.0/authorize","issuer":"%[1]s/t/v2.0"}`, w.URL)
		return
	}
	if custom != nil {
		custom(rw, r)
		return
	}
	_ = r.ParseForm()
	w.mu.Lock()
	w.tokens++
	n := w.tokens
	w.claims = append(w.claims, r.PostForm.Get("claims"))
	w.mu.Unlock()
	_, _ = fmt.Fprintf(rw, `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"token-%d"}`, n)
}

func (w *world) config() Config {
	roots := x509.NewCertPool()
	roots.AddCert(w.Certificate())
	return Config{
		BaseURL: w.URL + "/v1.0", AuthorityHost: w.URL, TenantID: "t", ClientID: "app", ClientSecret: "secret",
		RootCAs: roots, Timeout: 10 * time.Second, Now: func() time.Time { return testNow },
		Observe: func(c Call) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.calls = append(w.calls, c)
		},
	}
}

func (w *world) client() *Client { return w.clientOf(w.config()) }

func (w *world) clientOf(cfg Config) *Client {
	w.t.Helper()
	c, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.CloseIdleConnections)
	return c
}

func (w *world) seen() []recorded {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]recorded(nil), w.requests...)
}

// answer replies with JSON.
func answerWith(status int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json;odata.metadata=minimal")
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	}
}

// graphError replies with Graph's envelope. The message holds what must never come out again.
func graphError(status int, code string) http.HandlerFunc {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": code, "message": "The thing '" + secretText + "' is wrong.",
		"innerError": map[string]any{"date": "2026-12-01T08:00:00", "request-id": "9f5f3a52-0000-4000-8000-000000000000"},
	}})
	return answerWith(status, string(body))
}

// withHeader sets headers before h answers.
func withHeader(h http.HandlerFunc, pairs ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			rw.Header().Set(pairs[i], pairs[i+1])
		}
		h(rw, r)
	}
}

// secretText stands in everything that is nobody's business.
const secretText = "SECRET-MARKER"
