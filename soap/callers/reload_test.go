package callers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kommunalplanner.example/soap"
)

// served is a Gate before a server that tells the fault's number, 0 for none.
func (g *gated) served() (addr string) {
	g.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		g.t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: nil, Handler: g.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := g.Authorize("ExternalBookingService")(r, new(soap.Call))
		_, _ = fmt.Fprint(w, fault(err))
	}))}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(tls.NewListener(l, g.TLS())) }()
	g.t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return l.Addr().String()
}

// caller keeps its connection and its session.
type caller struct {
	*http.Client
	transport *http.Transport
	states    []tls.ConnectionState
}

func newCaller(t *testing.T, roots []*x509.Certificate, show *signer) *caller {
	pool := x509.NewCertPool()
	for _, r := range roots {
		pool.AddCert(r)
	}
	c := &caller{}
	c.transport = &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4),
		Time: func() time.Time { return noon },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &tls.Certificate{Certificate: [][]byte{show.Raw}, PrivateKey: show.key}, nil
		},
		VerifyConnection: func(s tls.ConnectionState) error { c.states = append(c.states, s); return nil },
	}}
	c.Client = &http.Client{Transport: c.transport, Timeout: 30 * time.Second}
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

// ask gives the fault's number, or that no answer came.
func (c *caller) ask(addr string) string {
	res, err := c.Post("https://"+addr+"/", "text/xml", nil)
	if err != nil {
		return "no answer"
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "no answer"
	}
	return string(body)
}

func TestANewListIsInForceOnConnectionsThatAreOpenAndABadOneIsNot(t *testing.T) {
	g := newGate(t, nil)
	addr := g.served()
	c := newCaller(t, []*x509.Certificate{g.ca.Certificate}, system(t, g.ca, nil))
	ask := func(want string) {
		t.Helper()
		g.Look(t.Context())
		if got := c.ask(addr); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	ask("0")
	g.write("callers.json", []byte(strings.ReplaceAll(listText, cvr, "99887766")))
	ask("1013")
	g.write("callers.json", []byte(listText))
	ask("0")
	g.logged()
	for name, text := range map[string]string{"cut off": listText[:20], "emptied": "", "misspelt": strings.Replace(listText, "cvr", "cvrr", 1)} {
		g.write("callers.json", []byte(text))
		ask("0")
		if log := g.logged(); !strings.Contains(log, "PLANNER_CALLERS_FILE") || !strings.Contains(log, "stays in force") || !g.Broken()["callers"] {
			t.Errorf("%s: %v, %q", name, g.Broken(), log)
		}
		ask("0")
		if log := g.logged(); log != "" {
			t.Errorf("%s: told again: %q", name, log)
		}
	}
	if err := os.Remove(g.path("callers.json")); err != nil {
		t.Fatal(err)
	}
	ask("0")
	g.write("callers.json", []byte(`{"callers": []}`))
	ask("1013")
	if g.Broken()["callers"] {
		t.Error("still broken")
	}
	if n := len(c.states); n != 1 {
		t.Errorf("%d connections, want one kept alive", n)
	}
}

func TestAnAuthorityThatIsNoLongerTrustedOpensNeitherOpenConnectionsNorResumedSessions(t *testing.T) {
	g := newGate(t, nil)
	second := authority(t, "second CA")
	g.write("ca.pem", pemOf(g.ca.Raw, second.Raw))
	g.Look(t.Context())
	addr := g.served()
	kept := newCaller(t, []*x509.Certificate{g.ca.Certificate}, system(t, second, nil))
	resuming := newCaller(t, []*x509.Certificate{g.ca.Certificate}, system(t, second, nil))
	for range 2 {
		if got := kept.ask(addr); got != "0" {
			t.Fatalf("kept: %s", got)
		}
		if got := resuming.ask(addr); got != "0" {
			t.Fatalf("resuming: %s", got)
		}
		resuming.transport.CloseIdleConnections()
	}
	if n := len(resuming.states); n != 2 || !resuming.states[1].DidResume {
		t.Fatalf("%d connections, the last one resumed: %v", n, n == 2 && resuming.states[1].DidResume)
	}
	// A new server's certificate, and another reload, keep sessions.
	server := issue(t, g.ca, x509.Certificate{Subject: pkix.Name{CommonName: "renewed"}, DNSNames: []string{"localhost"}})
	g.write("server.pem", pemOf(server.Raw))
	g.write("key.pem", keyPEM(t, server.key))
	g.Look(t.Context())
	if got := resuming.ask(addr); got != "0" || !resuming.states[2].DidResume {
		t.Errorf("after a reload: %s, resumed %v", got, resuming.states[2].DidResume)
	}
	resuming.transport.CloseIdleConnections()

	g.write("ca.pem", pemOf(g.ca.Raw))
	g.Look(t.Context())
	if got := kept.ask(addr); got != "1012" {
		t.Errorf("on the open connection: %s", got)
	}
	if got := resuming.ask(addr); got != "no answer" {
		t.Errorf("with a session to resume: %s", got)
	}
}

func TestACertificateThatExpiresOnAnOpenConnectionIsRefused(t *testing.T) {
	g := newGate(t, nil)
	addr := g.served()
	c := newCaller(t, []*x509.Certificate{g.ca.Certificate}, system(t, g.ca, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = noon.AddDate(-1, 0, 0), noon.Add(time.Hour)
	}))
	if got := c.ask(addr); got != "0" {
		t.Fatal(got)
	}
	g.clock.pass(2 * time.Hour)
	if got := c.ask(addr); got != "1012" || len(c.states) != 1 {
		t.Errorf("%s on connection %d", got, len(c.states))
	}
	c.transport.CloseIdleConnections()
	if got := c.ask(addr); got != "no answer" {
		t.Errorf("%s on a new connection", got)
	}
}

func TestANewServerCertificateIsShownAndABadOneIsNot(t *testing.T) {
	g := newGate(t, nil)
	addr := g.served()
	shown := func() string {
		g.Look(t.Context())
		c := newCaller(t, []*x509.Certificate{g.ca.Certificate}, system(t, g.ca, nil))
		if got := c.ask(addr); got != "0" {
			t.Errorf("%s", got)
		}
		return c.states[0].PeerCertificates[0].Subject.CommonName
	}
	server := func(cn string, change func(*x509.Certificate)) *signer {
		c := x509.Certificate{Subject: pkix.Name{CommonName: cn}, DNSNames: []string{"localhost"}}
		if change != nil {
			change(&c)
		}
		return issue(t, g.ca, c)
	}
	if cn := shown(); cn != "planner" {
		t.Fatal(cn)
	}
	next := server("next", nil)
	g.write("server.pem", pemOf(next.Raw)) // its key is not there yet
	if cn := shown(); cn != "planner" || !g.Broken()["server"] {
		t.Errorf("with half a pair: %s", cn)
	}
	g.write("key.pem", keyPEM(t, next.key))
	if cn := shown(); cn != "next" || g.Broken()["server"] {
		t.Errorf("with the pair: %s", cn)
	}
	expired := server("expired", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon.AddDate(-1, 0, 0), noon.Add(-time.Hour) })
	g.write("server.pem", pemOf(expired.Raw))
	g.write("key.pem", keyPEM(t, expired.key))
	if cn := shown(); cn != "next" {
		t.Errorf("with an expired one: %s", cn)
	}
	g.write("ca.pem", pemOf(next.Raw)) // no authority
	if cn := shown(); cn != "next" || !g.Broken()["authorities"] {
		t.Errorf("with authorities that are none: %s", cn)
	}
}

func TestAGateDoesNotOpenWithoutUsableFiles(t *testing.T) {
	g := newGate(t, nil)
	weak := issueFor(t, nil, x509.Certificate{Subject: pkix.Name{CommonName: "weak"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, rsaKey(t, 1024))
	g.write("weak.pem", pemOf(weak.Raw))
	g.write("foreign.crl", list(t, authority(t, "CA"), nil))
	for name, change := range map[string]func(*Config){
		"no callers":         func(c *Config) { c.CallersFile = g.path("none.json") },
		"no authorities":     func(c *Config) { c.CAFile = g.path("callers.json") },
		"a key among them":   func(c *Config) { c.CAFile = g.path("key.pem") },
		"a weak authority":   func(c *Config) { c.CAFile = g.path("weak.pem") },
		"no certificate":     func(c *Config) { c.CertFile = g.path("none.pem") },
		"a stranger's list":  func(c *Config) { c.CRLFiles = []string{g.path("foreign.crl")} },
		"a proxy, no key":    func(c *Config) { behindProxy(c); c.Proxy.Keys = nil },
		"a proxy, short key": func(c *Config) { behindProxy(c); c.Proxy.Keys = [][]byte{[]byte("short")} },
	} {
		c := g.config
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestRunLooksWhenToldAndStopsWhenDone(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	g := newGate(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, again, done := make(chan time.Time), make(chan os.Signal), make(chan struct{})
	go func() { g.Run(ctx, ticks, again); close(done) }()
	g.write("callers.json", []byte(`{"callers": []}`))
	ticks <- noon
	again <- syscall.SIGHUP // taken when the look before has ended
	if n := len(g.Gate.list.value().Callers); n != 0 {
		t.Errorf("%d callers after a tick", n)
	}
	g.write("callers.json", []byte(listText))
	ticks <- noon
	again <- syscall.SIGHUP
	ticks <- noon
	if n := len(g.Gate.list.value().Callers); n != 1 {
		t.Errorf("%d callers after a signal", n)
	}
	cancel()
	<-done
}

func TestWhatEndsSoonIsToldOnceADay(t *testing.T) {
	g := newGate(t, nil)
	if log := g.logged(); log != "" {
		t.Errorf("half a year before: %q", log)
	}
	g.clock.pass(g.ca.NotAfter.Sub(noon) - 60*24*time.Hour)
	tell := func(want ...string) {
		t.Helper()
		g.Look(t.Context())
		log := g.logged()
		if strings.Count(log, "\n") != len(want) {
			t.Errorf("told %q, want %v", log, want)
		}
		for _, w := range want {
			if !strings.Contains(log, w) {
				t.Errorf("told %q, want %q", log, w)
			}
		}
	}
	tell("what=authority") // people need longer for an authority
	tell()
	g.clock.pass(31 * 24 * time.Hour)
	tell("what=authority", "what=server")
	g.clock.pass(23 * time.Hour)
	tell()
	g.clock.pass(time.Hour)
	tell("what=authority", "what=server")
	g.clock.pass(28*24*time.Hour - time.Minute)
	tell("what=authority", "what=server")
	g.clock.pass(2 * time.Minute) // past the end: not only once a day
	tell("level=ERROR", "has ended")
	tell()
}

func TestTheReasonsToldAreAClosedList(t *testing.T) {
	for _, r := range reasons {
		for _, err := range r.errs {
			if reasonOf(fmt.Errorf("x: %w", err)) != r.reason {
				t.Errorf("%v: %s", err, reasonOf(err))
			}
		}
	}
	told := map[string]bool{"certificate": true, "job centre": true}
	for _, r := range reasons {
		told[r.reason] = true
	}
	for _, r := range Reasons {
		delete(told, r)
	}
	if len(told) > 0 || reasonOf(errors.New("x")) != "certificate" {
		t.Errorf("not in Reasons: %v", told)
	}
}
