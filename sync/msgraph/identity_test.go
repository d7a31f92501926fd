package msgraph

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

// platformOf stands in for the Azure machine we run on (App Service: an endpoint and a secret header named in the
// environment), and gives out tokens of the simulator.
type platformOf struct {
	mu      sync.Mutex
	asked   []http.Request
	refuse  int
	expires time.Time
}

func (p *platformOf) serve(t *testing.T, s *simulated) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, *r)
		refuse := p.refuse
		p.mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		if refuse != 0 {
			rw.WriteHeader(refuse)
			_, _ = rw.Write([]byte(`{"error":"invalid_request","error_description":"` + secretText + `"}`))
			return
		}
		_, _ = rw.Write([]byte(`{"access_token":"` + s.sim.NewAccessToken() + `","expires_on":"` + strconv.FormatInt(p.expires.Unix(), 10) +
			`","resource":"https://graph.microsoft.com","token_type":"Bearer"}`))
	}))
	t.Cleanup(srv.Close)
	t.Setenv("IDENTITY_ENDPOINT", srv.URL)
	t.Setenv("IDENTITY_HEADER", "header-secret")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // the platform is asked directly
}

func TestAManagedIdentitySignsInByThePlatformsEndpoint(t *testing.T) {
	for name, clientID := range map[string]string{"system-assigned": "", "user-assigned": "11111111-2222-4333-8444-555555555555"} {
		t.Run(name, func(t *testing.T) {
			s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock()})
			p := &platformOf{expires: time.Now().Add(time.Hour)}
			p.serve(t, s)
			cfg := s.cfg
			cfg.ClientSecret, cfg.TenantID, cfg.ClientID, cfg.ManagedIdentity = "", "", clientID, true
			c := s.connect(cfg)
			for range 3 {
				if _, err := c.Changes(t.Context(), s.user, "", simWindow, nil); err != nil {
					t.Fatal(err)
				}
			}
			if len(p.asked) != 1 {
				t.Fatalf("%d tokens for three calls", len(p.asked))
			}
			q := p.asked[0].URL.Query()
			if q.Get("resource") != "https://graph.microsoft.com" || q.Get("client_id") != clientID || p.asked[0].Header.Get("X-Identity-Header") != "header-secret" {
				t.Errorf("asked %s with %v", p.asked[0].URL, p.asked[0].Header)
			}
		})
	}
}

func TestAPlatformThatGivesNoTokenIsAskedOnceAndQuotedNowhere(t *testing.T) {
	// An identity of its own for each: the process remembers tokens by it.
	for status, want := range map[int]string{400: "mailbox denied token-http-400", 500: "unavailable token-http-500 0s"} {
		s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock()})
		p := &platformOf{refuse: status}
		p.serve(t, s)
		cfg := s.cfg
		cfg.ClientSecret, cfg.TenantID, cfg.ClientID, cfg.ManagedIdentity = "", "", "refused-"+strconv.Itoa(status), true
		_, err := s.connect(cfg).Changes(t.Context(), s.user, "", simWindow, nil)
		if got := told(err); got != want {
			t.Errorf("%d: got %s, want %s (%v)", status, got, want, err)
		}
		if len(p.asked) != 1 {
			t.Errorf("%d: asked %d times", status, len(p.asked))
		}
		assertNoSecret(t, "error", err)
	}
}

func TestARevokedTokenOfAManagedIdentityIsReplaced(t *testing.T) {
	s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock()})
	p := &platformOf{expires: time.Now().Add(time.Hour)}
	p.serve(t, s)
	cfg := s.cfg
	cfg.ClientSecret, cfg.TenantID, cfg.ClientID, cfg.ManagedIdentity = "", "", "revoked", true
	c := s.connect(cfg)
	for range 2 {
		if _, err := c.Changes(t.Context(), s.user, "", simWindow, nil); err != nil {
			t.Fatal(err)
		}
		s.sim.RevokeTokens()
	}
	if len(p.asked) != 2 {
		t.Errorf("asked %d times", len(p.asked))
	}
}

// testdata/legacy.p12 and modern.p12 hold one certificate of no use elsewhere, written by
// openssl 3 with and without -legacy, password "prøve".
func TestAPKCS12FileSignsInOrSaysHowToConvertIt(t *testing.T) {
	s := newSimulated(t, graphsim.Config{Clock: graphsim.RealClock()})
	cfg := s.cfg
	cfg.ClientSecret, cfg.CertificateFile, cfg.CertificatePassword = "", "testdata/legacy.p12", "prøve"
	if _, err := s.connect(cfg).Changes(t.Context(), s.user, "", simWindow, nil); err != nil {
		t.Errorf("legacy: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"modern encryption": func(c *Config) { c.CertificateFile = "testdata/modern.p12" },
		"wrong password":    func(c *Config) { c.CertificatePassword = "forkert" },
	} {
		bad := cfg
		change(&bad)
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), "openssl pkcs12 -in") {
			t.Errorf("%s: %v", name, err)
		}
	}
	pem := filepath.Join(t.TempDir(), "half.pem")
	if err := os.WriteFile(pem, []byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.CertificateFile = pem
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "takes no password") {
		t.Errorf("PEM with a password: %v", err)
	}
}
