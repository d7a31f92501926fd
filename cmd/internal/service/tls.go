package service

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kommunalplanner.example/soap/callers"
)

// CallersConfig says whose certificates open the SOAP services.
type CallersConfig struct {
	File        string           // PLANNER_CALLERS_FILE: who may call, and for which job centres
	CRLFiles    []string         // PLANNER_CRL_FILES: revocation lists, comma-separated
	Methods     []callers.Method // PLANNER_REVOCATION: ocsp and crl, in the order in which they are asked; or off
	FailOpen    bool             // PLANNER_REVOCATION_FAIL: closed or open
	Timeout     time.Duration    // PLANNER_REVOCATION_TIMEOUT: how long a caller waits to be looked up
	ReloadEvery time.Duration    // PLANNER_RELOAD_EVERY: how often the files are looked at; SIGHUP does at once

	ProxySources []netip.Prefix // PLANNER_PROXY_SOURCES: addresses of the proxy that ends TLS, comma-separated
	ProxyKeys    [][]byte       // PLANNER_PROXY_KEYS: what it signs with, each at least 32 bytes in base64, comma-separated
	ProxyHeader  string         // PLANNER_PROXY_HEADER: in which it sends the certificate

	Unprotected bool // PLANNER_SOAP_UNPROTECTED: admit everybody to PLANNER_SOAP_ADDR though others can reach it
}

func callersFromEnv(e *env) CallersConfig {
	c := CallersConfig{
		File: e.text("PLANNER_CALLERS_FILE", ""), CRLFiles: e.list("PLANNER_CRL_FILES"),
		Timeout: e.span("PLANNER_REVOCATION_TIMEOUT", 5*time.Second), ReloadEvery: e.span("PLANNER_RELOAD_EVERY", 10*time.Second),
		ProxyHeader: e.text("PLANNER_PROXY_HEADER", ""), Unprotected: e.flag("PLANNER_SOAP_UNPROTECTED", false),
	}
	bad := func(format string, args ...any) { e.wrong = append(e.wrong, fmt.Errorf(format, args...)) }
	if text := e.text("PLANNER_REVOCATION", "ocsp,crl"); text != "off" {
		for _, m := range parts(text) {
			method := callers.Method(m)
			if method != callers.OCSP && method != callers.CRL || slices.Contains(c.Methods, method) {
				bad("PLANNER_REVOCATION: %q is neither off nor a list of ocsp and crl", text)
			}
			c.Methods = append(c.Methods, method)
		}
		if c.Methods == nil {
			bad("PLANNER_REVOCATION: nothing given; off is said with the word off")
		}
	}
	switch text := e.text("PLANNER_REVOCATION_FAIL", "closed"); text {
	case "closed":
	case "open":
		c.FailOpen = true
	default:
		bad("PLANNER_REVOCATION_FAIL: %q is neither closed nor open", text)
	}
	for _, s := range e.list("PLANNER_PROXY_SOURCES") {
		prefix, err := netip.ParsePrefix(s)
		if addr, single := netip.ParseAddr(s); single == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			bad("PLANNER_PROXY_SOURCES: %q is neither an address nor a prefix like 10.0.0.0/28", s)
		}
		c.ProxySources = append(c.ProxySources, prefix.Masked())
	}
	for i, s := range e.list("PLANNER_PROXY_KEYS") {
		key, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(key) < 32 {
			bad("PLANNER_PROXY_KEYS: key %d is not 32 bytes or more in base64", i+1)
		}
		c.ProxyKeys = append(c.ProxyKeys, key)
	}
	return c
}

func (e *env) list(name string) []string { return parts(e.text(name, "")) }

func parts(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

// checkCallers tells what is missing for certificates to be looked at, and of a port that nobody guards.
func (c Config) checkCallers() error {
	if !c.Has("soap") {
		return nil
	}
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if c.SOAPTLSAddr != "" && (c.TLSCert == "" || c.TLSKey == "" || c.ClientCAs == "" || c.Callers.File == "") {
		bad("PLANNER_TLS_CERT, PLANNER_TLS_KEY, PLANNER_CLIENT_CAS and PLANNER_CALLERS_FILE: needed for PLANNER_SOAP_TLS_ADDR")
	}
	if len(c.Callers.ProxySources) > 0 && (len(c.Callers.ProxyKeys) == 0 || c.ClientCAs == "" || c.Callers.File == "") {
		bad("PLANNER_PROXY_KEYS, PLANNER_CLIENT_CAS and PLANNER_CALLERS_FILE: needed for PLANNER_PROXY_SOURCES")
	}
	if c.SOAPAddr != "" && !loopback(c.SOAPAddr) && len(c.Callers.ProxySources) == 0 && !c.Callers.Unprotected {
		bad("PLANNER_SOAP_ADDR: %s can be reached from outside and admits everybody; set PLANNER_PROXY_SOURCES, or use PLANNER_SOAP_TLS_ADDR, "+
			"or, where something else guards the port, set PLANNER_SOAP_UNPROTECTED=true", c.SOAPAddr)
	}
	return errors.Join(wrong...)
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false // the listener will say what is wrong
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// guarded tells whether any port looks at certificates.
func (c Config) guarded() bool { return c.SOAPTLSAddr != "" || len(c.Callers.ProxySources) > 0 }

// newGate gives who admits callers; nil when every port is open to all who reach it.
func newGate(c Config, m *metrics, now func() time.Time, log *slog.Logger) (*callers.Gate, error) {
	if !c.guarded() {
		return nil, nil
	}
	watch := newCallerMetrics(m.registry)
	config := callers.Config{
		CAFile: c.ClientCAs, CallersFile: c.Callers.File, CRLFiles: c.Callers.CRLFiles,
		Methods: c.Callers.Methods, FailOpen: c.Callers.FailOpen, Timeout: c.Callers.Timeout,
		Proxy: callers.Proxy{Sources: c.Callers.ProxySources, Keys: c.Callers.ProxyKeys, Header: c.Callers.ProxyHeader},
		Now:   now, Log: log, Observe: watch.observe(),
	}
	if c.SOAPTLSAddr != "" {
		config.CertFile, config.KeyFile = c.TLSCert, c.TLSKey
	}
	gate, err := callers.New(config)
	if err != nil {
		return nil, fmt.Errorf("set up who may call: %w", err)
	}
	if len(c.Callers.Methods) == 0 {
		log.Warn("revoked certificates are let in: PLANNER_REVOCATION is off")
	}
	watch.show(m.registry, gate, now)
	return gate, nil
}

// plain is SOAP for the port without TLS.
func (p *Parts) plain(c Config) http.Handler {
	if p.SOAP == nil {
		return nil
	}
	if len(c.Callers.ProxySources) > 0 {
		return p.gate.Proxied(p.SOAP)
	}
	return callers.Open(p.SOAP)
}

// follow looks at the certificates and lists until ctx ends.
func (p *Parts) follow(ctx context.Context, every time.Duration) {
	if p.gate == nil {
		return
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	p.gate.Run(ctx, ticks.C, again)
}

// callerMetrics are what /metrics tells of certificates.
type callerMetrics struct {
	refused    *prometheus.CounterVec
	revocation *prometheus.CounterVec
}

func newCallerMetrics(registry *prometheus.Registry) callerMetrics {
	m := callerMetrics{
		refused:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "planner_callers_refused_total", Help: "Callers refused, by reason; handshakes that crypto/tls ends by itself are not counted."}, []string{"reason"}),
		revocation: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "planner_revocation_checks_total", Help: "Certificates looked up."}, []string{"method", "outcome"}),
	}
	for _, r := range callers.Reasons {
		m.refused.WithLabelValues(r)
	}
	registry.MustRegister(m.refused, m.revocation)
	return m
}

func (m callerMetrics) observe() callers.Observe {
	return callers.Observe{
		Refused:    func(reason string) { m.refused.WithLabelValues(reason).Inc() },
		Revocation: func(r callers.Revocation) { m.revocation.WithLabelValues(string(r.Method), r.Outcome()).Inc() },
	}
}

func (m callerMetrics) show(registry *prometheus.Registry, gate *callers.Gate, now func() time.Time) {
	registry.MustRegister(&expiries{gate, now})
}

// expiries tells, at each scrape, what ends first.
type expiries struct {
	gate *callers.Gate
	now  func() time.Time
}

var (
	certificateLeft = prometheus.NewDesc("planner_certificate_remaining_seconds_min", "Time left of the server's certificate, of the callers' authority and of the revocation list that end first.", []string{"kind"}, nil)
	filesBroken     = prometheus.NewDesc("planner_reload_failed", "1 when there is a new version of a file that cannot be used; the one before is in force.", []string{"file"}, nil)
)

// Describe implements prometheus.Collector.
func (*expiries) Describe(ch chan<- *prometheus.Desc) {
	ch <- certificateLeft
	ch <- filesBroken
}

// Collect implements prometheus.Collector.
func (e *expiries) Collect(ch chan<- prometheus.Metric) {
	first := map[string]time.Time{}
	for _, x := range e.gate.Expiries() {
		if at, ok := first[x.Kind]; !ok || x.At.Before(at) {
			first[x.Kind] = x.At
		}
	}
	now := e.now()
	for kind, at := range first {
		ch <- prometheus.MustNewConstMetric(certificateLeft, prometheus.GaugeValue, at.Sub(now).Seconds(), kind)
	}
	for file, broken := range e.gate.Broken() {
		value := 0.0
		if broken {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(filesBroken, prometheus.GaugeValue, value, file)
	}
}
