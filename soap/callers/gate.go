package callers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
)

// Config says who is admitted. Files are followed while the Gate runs.
type Config struct {
	CertFile, KeyFile string // the server's chain and key, PEM; "": no TLS of its own
	CAFile            string // the callers' roots and issuing authorities, PEM
	CallersFile       string // List
	CRLFiles          []string

	Methods  []Method      // in the order in which they are asked; none: revocation is not looked up
	FailOpen bool          // let callers in whose revocation cannot be learnt
	Timeout  time.Duration // how long a caller waits to be looked up; 0 = 5 s

	Proxy Proxy // without Sources: none

	Client  *http.Client // for lists and OCSP; nil: one that obeys HTTP_PROXY and follows three redirects
	Now     func() time.Time
	Log     *slog.Logger
	Observe Observe
}

// Observe is told what happens, concurrently; nil functions are not called.
type Observe struct {
	Revocation func(Revocation)
	// Refused is told why a caller was: a word of a closed list.
	Refused func(reason string)
}

// Revocation is one certificate looked up by one method.
type Revocation struct {
	Method Method
	standing
}

// Outcome is good, revoked or unknown.
func (r Revocation) Outcome() string {
	return [...]string{unknown: "unknown", good: "good", revoked: "revoked"}[r.standing]
}

// Gate admits callers. For concurrent use.
type Gate struct {
	config      Config
	revocations *revocations

	mu          sync.Mutex // of Look
	server      followed[*tls.Certificate]
	authorities followed[*authorities]
	list        followed[List]
	files       followed[[]*crl]
	tls         atomic.Pointer[tls.Config]
	warned      map[string]time.Time
}

// New reads all files; each must be usable.
func New(c Config) (*Gate, error) {
	if err := c.Proxy.check(); err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Client == nil {
		c.Client = polite()
	}
	if c.Observe.Revocation == nil {
		c.Observe.Revocation = func(Revocation) {}
	}
	if c.Observe.Refused == nil {
		c.Observe.Refused = func(string) {}
	}
	g := &Gate{config: c, warned: map[string]time.Time{}}
	g.revocations = &revocations{
		methods: c.Methods, failOpen: c.FailOpen, timeout: c.Timeout, client: c.Client, now: c.Now, log: c.Log,
		observe: c.Observe.Revocation, local: g.files.value,
		lists: statements[*crl]{now: c.Now}, answers: statements[ocspAnswer]{now: c.Now},
	}
	if c.CertFile != "" {
		g.server = followed[*tls.Certificate]{name: "PLANNER_TLS_CERT, PLANNER_TLS_KEY", paths: []string{c.CertFile, c.KeyFile}, read: g.readServer}
	}
	g.authorities = followed[*authorities]{name: "PLANNER_CLIENT_CAS", paths: []string{c.CAFile}, read: func(t [][]byte) (*authorities, error) { return readAuthorities(t[0]) }}
	g.list = followed[List]{name: "PLANNER_CALLERS_FILE", paths: []string{c.CallersFile}, read: func(t [][]byte) (List, error) { return ParseList(t[0]) }}
	g.files = followed[[]*crl]{name: "PLANNER_CRL_FILES", paths: c.CRLFiles, read: g.readLists}

	var errs []error
	first := func(look func(bool) (bool, error), wanted bool) {
		if wanted {
			_, err := look(false)
			errs = append(errs, err)
		}
	}
	first(g.server.look, c.CertFile != "")
	first(g.authorities.look, true)
	first(g.list.look, true)
	first(g.files.look, len(c.CRLFiles) > 0)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	g.compose()
	g.warn(context.Background())
	return g, nil
}

// polite is a client for the addresses in certificates.
func polite() *http.Client {
	return &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			if len(via) > 3 || !fetchable(to.URL.String()) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

// readServer refuses an expired certificate in place of one that is not; at the start it is better than none, since a
// caller that does not mind is answered.
func (g *Gate) readServer(texts [][]byte) (*tls.Certificate, error) {
	cert, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, fmt.Errorf("read the server's certificate: %w", err)
	}
	if g.server.value() != nil && !valid([]*x509.Certificate{cert.Leaf}, g.config.Now()) {
		return nil, fmt.Errorf("the server's certificate of %s to %s is not valid now", cert.Leaf.NotBefore.Format(time.DateOnly), cert.Leaf.NotAfter.Format(time.DateOnly))
	}
	return &cert, nil
}

// readLists reads CRL files, each signed by one of the authorities.
func (g *Gate) readLists(texts [][]byte) (lists []*crl, err error) {
	for i, text := range texts {
		for _, der := range ders(text) {
			list, err := g.readList(der)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", g.config.CRLFiles[i], err)
			}
			lists = append(lists, list)
		}
	}
	return lists, nil
}

func (g *Gate) readList(der []byte) (*crl, error) {
	list, _, err := parseCRL(der)
	if err != nil {
		return nil, err
	}
	err = errScope
	for _, issuer := range g.authorities.value().certs {
		if string(issuer.RawSubject) != string(list.RawIssuer) {
			continue
		}
		var read *crl
		if read, err = readCRL(der, issuer, g.config.Now()); err == nil {
			return read, nil
		}
	}
	return nil, fmt.Errorf("no authority of PLANNER_CLIENT_CAS stands behind it: %w", err)
}

// suites are those of TLS 1.2 with forward secrecy and authenticated encryption; TLS 1.3 has no others.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// compose makes the TLS configuration of new connections.
func (g *Gate) compose() {
	if g.server.value() == nil {
		return
	}
	g.tls.Store(&tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: suites, Time: g.config.Now,
		Certificates: []tls.Certificate{*g.server.value()},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: g.authorities.value().pool,
		VerifyConnection: g.verifyConnection,
	})
}

// TLS gives the configuration for the listener; nil without a certificate of our own. Sessions are resumed, across
// reloads too: crypto/tls looks at the chain again, and so do we.
func (g *Gate) TLS() *tls.Config {
	now := g.tls.Load()
	if now == nil {
		return nil
	}
	outer := now.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.tls.Load(), nil }
	return outer
}

// verifyConnection ends a handshake, a resumed one too, for a certificate that is known to be bad. Not knowing whether
// it was revoked is no reason: an alert would blame the certificate, while the call itself can be answered
// with a fault that asks to try again.
func (g *Gate) verifyConnection(s tls.ConnectionState) error {
	_, err := g.examine(context.Background(), s.VerifiedChains)
	if err == nil || errors.Is(err, errUnchecked) {
		return nil
	}
	g.refused(err)
	return err
}

// examine gives a chain that holds now and of which nothing was revoked.
func (g *Gate) examine(ctx context.Context, chains [][]*x509.Certificate) ([]*x509.Certificate, error) {
	known := g.authorities.value()
	chain, err := known.standing(chains, g.config.Now())
	if err != nil {
		return nil, err
	}
	return chain, g.revocations.check(ctx, chain, known)
}

// arrival is how a request came in.
type arrival int

const (
	direct  arrival = iota + 1 // over our own TLS
	proxied                    // from a proxy
	open                       // over a port that admits everybody
)

type arrivalKey struct{}

func arriving(how arrival, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), arrivalKey{}, how)))
	})
}

// Direct stands before what is served over our own TLS. Whatever headers say of certificates is not read there.
func (g *Gate) Direct(next http.Handler) http.Handler { return arriving(direct, next) }

// Proxied stands before what is served to the proxy.
func (g *Gate) Proxied(next http.Handler) http.Handler { return arriving(proxied, next) }

// Open stands before what is served to whoever can reach the port.
func Open(next http.Handler) http.Handler { return arriving(open, next) }

// Authorize is soap.Config.Authorize for the service of that name. A request that came through none of Direct, Proxied
// and Open is refused. g may be nil where only Open is used.
func (g *Gate) Authorize(service string) func(*http.Request, *soap.Call) error {
	return func(r *http.Request, call *soap.Call) error {
		how, _ := r.Context().Value(arrivalKey{}).(arrival)
		if how == open {
			return nil
		}
		if g == nil {
			return soap.FaultNoCertificate
		}
		err := g.admit(r, call, how, service)
		if err != nil {
			g.refused(err)
			return faultOf(err)
		}
		return nil
	}
}

func (g *Gate) admit(r *http.Request, call *soap.Call, how arrival, service string) error {
	chains, err := g.chains(r, how)
	if err != nil {
		return err
	}
	chain, err := g.examine(r.Context(), chains)
	if len(chain) == 0 {
		return err
	}
	who, unreadable := Identify(chain[0])
	call.CallerCVR = who.CVR // for the log, of those refused too
	if err != nil {
		return err
	}
	if unreadable != nil {
		return unreadable
	}
	entitled := g.list.value().entitled(who, service)
	if len(entitled) == 0 {
		return fmt.Errorf("CVR %s, system %s: %w", who.CVR, who.System, errNotListed)
	}
	call.MayActFor = func(as *wire.ActiveOrganisation, jobCenter string) error {
		err := mayActFor(entitled, as, jobCenter)
		if err != nil {
			g.config.Observe.Refused("job centre")
		}
		return err
	}
	return nil
}

func (g *Gate) chains(r *http.Request, how arrival) ([][]*x509.Certificate, error) {
	switch how {
	case direct:
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
			return nil, errNoCertificate
		}
		return r.TLS.VerifiedChains, nil
	case proxied:
		now := g.config.Now()
		sent, err := g.config.Proxy.certificates(r, now)
		if err != nil {
			return nil, err
		}
		return g.authorities.value().verify(sent, now)
	}
	return nil, errNoCertificate
}

var (
	errNoCertificate = errors.New("no certificate came with the call")
	errNotListed     = errors.New("not in the list of callers")
)

// faultOf says what a refused caller is told: as much as lets an honest one mend its side.
func faultOf(err error) error {
	switch reasonOf(err) {
	case "no certificate", "proxy":
		return soap.FaultNoCertificate.Because(err)
	case "not listed":
		return soap.FaultNoAccess.Because(err)
	case "unchecked":
		return soap.FaultUnchecked.Because(err)
	}
	return soap.FaultBadCertificate.Because(err)
}

// reasons are in the order in which they are looked for.
var reasons = []struct {
	errs   []error
	reason string
}{
	{[]error{errRevoked}, "revoked"},
	{[]error{errUnchecked}, "unchecked"},
	{[]error{errNoCertificate, errNoHeader}, "no certificate"},
	{[]error{errNotFromProxy, errSignature, errHeader}, "proxy"},
	{[]error{errNotListed, errNoOrganisation, errNoSystem, errAmbiguous}, "not listed"},
}

// Reasons are the words that Observe.Refused is told.
var Reasons = []string{"revoked", "unchecked", "no certificate", "proxy", "not listed", "certificate", "job centre"}

func reasonOf(err error) string {
	for _, r := range reasons {
		if slices.ContainsFunc(r.errs, func(e error) bool { return errors.Is(err, e) }) {
			return r.reason
		}
	}
	return "certificate"
}

func (g *Gate) refused(err error) { g.config.Observe.Refused(reasonOf(err)) }

// Look takes over what has changed in the files and warns of what ends soon.
func (g *Gate) Look(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	served := g.server.take(ctx, g.config.Log, false)
	trusted := g.authorities.take(ctx, g.config.Log, false)
	g.list.take(ctx, g.config.Log, false)
	// Lists are verified against the authorities, so that new ones may make a list usable, or not.
	g.files.take(ctx, g.config.Log, trusted)
	if served || trusted {
		g.compose()
	}
	g.warn(ctx)
}

// Refresh renews revocation lists and OCSP answers that are due.
func (g *Gate) Refresh(ctx context.Context) { g.revocations.refresh(ctx) }

// Broken tells of which files there is a version that could not be taken over.
func (g *Gate) Broken() map[string]bool {
	return map[string]bool{
		"server": g.server.broken.Load(), "authorities": g.authorities.broken.Load(), "callers": g.list.broken.Load(), "crl": g.files.broken.Load(),
	}
}

// Run looks at the files whenever ticks says so, or again does (SIGHUP), until ctx ends.
func (g *Gate) Run(ctx context.Context, ticks <-chan time.Time, again <-chan os.Signal) {
	wake, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for range wake {
			g.Refresh(ctx)
		}
	}()
	defer func() { close(wake); <-done }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		case <-again:
			g.config.Log.InfoContext(ctx, "asked to read certificates and lists anew")
		}
		g.Look(ctx)
		select {
		case wake <- struct{}{}:
		default: // still refreshing
		}
	}
}
