package callers

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/soap"
)

var (
	proxyKey = bytes.Repeat([]byte{7}, 32)
	oldKey   = bytes.Repeat([]byte{8}, 32)
)

const target = "/3/ExternalBookingService.svc"

func behindProxy(c *Config) {
	c.CertFile, c.KeyFile = "", ""
	c.Proxy = Proxy{Sources: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/30"), netip.MustParsePrefix("::1/128")}, Keys: [][]byte{proxyKey, oldKey}}
}

// passedOn is a call as the proxy passes it on.
func passedOn(value string, at time.Time) *http.Request {
	r := httptest.NewRequest("POST", target, nil)
	r.RemoteAddr = "10.1.2.3:4711"
	r.Header.Set(proxyHeader, value)
	r.Header.Set(proxyHeader+signatureSuffix, Sign(proxyKey, at, "POST", target, value))
	return r
}

// ask gives what the gate answers a call that came to it this way.
func (g *gated) ask(how func(http.Handler) http.Handler, r *http.Request) (call soap.Call, err error) {
	how(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = g.Authorize("ExternalBookingService")(r, &call)
	})).ServeHTTP(httptest.NewRecorder(), r)
	return call, err
}

func escaped(certs ...*x509.Certificate) string {
	var ders [][]byte
	for _, c := range certs {
		ders = append(ders, c.Raw)
	}
	return strings.ReplaceAll(url.QueryEscape(string(pemOf(ders...))), "+", "%20")
}

func fault(err error) int {
	if f := (*soap.Fault)(nil); errors.As(err, &f) {
		return f.Number
	}
	return 0
}

func TestAProxyPassesACertificateOnInAnyOfTheUsualForms(t *testing.T) {
	g := newGate(t, behindProxy)
	between := issue(t, g.ca, x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign})
	direct, below := system(t, g.ca, nil), system(t, between, nil)
	for name, value := range map[string]string{
		"nginx":                escaped(direct.Certificate),
		"HAProxy":              base64.StdEncoding.EncodeToString(direct.Raw),
		"Envoy":                `By=spiffe://x;Hash=ab;Subject="CN=a, O=b;c";Cert="` + escaped(direct.Certificate) + `"`,
		"Envoy with its chain": `Hash=ab;Cert="` + escaped(below.Certificate) + `";Chain="` + escaped(below.Certificate, between.Certificate) + `"`,
		"nginx with its chain": escaped(below.Certificate, between.Certificate),
	} {
		call, err := g.ask(g.Proxied, passedOn(value, noon))
		if err != nil || call.CallerCVR != cvr {
			t.Errorf("%s: %v, caller %q", name, err, call.CallerCVR)
		}
		if err := call.ActFor("10100"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := call.ActFor("20200"); fault(err) != 4575 {
			t.Errorf("%s: %v for another job centre", name, err)
		}
	}
	r := passedOn(escaped(direct.Certificate), noon)
	r.Header.Set(proxyHeader+signatureSuffix, Sign(oldKey, noon, "POST", target, r.Header.Get(proxyHeader)))
	if _, err := g.ask(g.Proxied, r); err != nil {
		t.Errorf("signed with the key before: %v", err)
	}
}

func TestAForgedCertificateHeaderIsNeverBelieved(t *testing.T) {
	g := newGate(t, behindProxy)
	good := escaped(system(t, g.ca, nil).Certificate)
	another := escaped(system(t, g.ca, func(c *x509.Certificate) { c.Subject.CommonName = "another" }).Certificate)
	for name, forge := range map[string]func(*http.Request){
		"from another address":                func(r *http.Request) { r.RemoteAddr = "10.1.2.4:4711" },
		"from loopback":                       func(r *http.Request) { r.RemoteAddr = "127.0.0.1:4711" },
		"from another address that says so":   func(r *http.Request) { r.RemoteAddr = "10.9.9.9:1"; r.Header.Set("X-Forwarded-For", "10.1.2.3") },
		"from an address that is none":        func(r *http.Request) { r.RemoteAddr = "@" },
		"without a signature":                 func(r *http.Request) { r.Header.Del(proxyHeader + signatureSuffix) },
		"with an empty signature":             func(r *http.Request) { r.Header.Set(proxyHeader+signatureSuffix, "t=,v1=") },
		"signed with another key":             func(r *http.Request) { sign(r, bytes.Repeat([]byte{9}, 32), noon) },
		"signed with an empty key":            func(r *http.Request) { sign(r, nil, noon) },
		"signed for another certificate":      func(r *http.Request) { r.Header.Set(proxyHeader, another) },
		"signed for another method":           func(r *http.Request) { r.Method = "PUT" },
		"signed for another address":          func(r *http.Request) { r.RequestURI = "/1/PlannerExternalCalendarService.svc" },
		"signed for the address, and a query": func(r *http.Request) { r.RequestURI += "?wsdl" },
		"signed an hour ago":                  func(r *http.Request) { sign(r, proxyKey, noon.Add(-time.Hour)) },
		"signed for later":                    func(r *http.Request) { sign(r, proxyKey, noon.Add(2*time.Minute)) },
		"with a second header":                func(r *http.Request) { r.Header.Add(proxyHeader, good) },
		"with a second signature": func(r *http.Request) {
			r.Header.Add(proxyHeader+signatureSuffix, r.Header.Get(proxyHeader+signatureSuffix))
		},
		"cut from the signature": func(r *http.Request) {
			h := r.Header
			h.Set(proxyHeader+signatureSuffix, h.Get(proxyHeader + signatureSuffix)[:30])
		},
		"what another proxy added, signed": func(r *http.Request) {
			r.Header.Set(proxyHeader, `Cert="`+good+`",Cert="`+another+`"`)
			sign(r, proxyKey, noon)
		},
		"no certificate, signed": func(r *http.Request) { r.Header.Set(proxyHeader, "(null)"); sign(r, proxyKey, noon) },
		"an empty one, signed":   func(r *http.Request) { r.Header.Set(proxyHeader, ""); sign(r, proxyKey, noon) },
		"none at all":            func(r *http.Request) { r.Header.Del(proxyHeader); r.Header.Del(proxyHeader + signatureSuffix) },
	} {
		r := passedOn(good, noon)
		forge(r)
		if call, err := g.ask(g.Proxied, r); fault(err) != 1101 || call.MayActFor != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.ask(g.Proxied, passedOn(good, noon)); err != nil {
		t.Errorf("the honest one: %v", err)
	}
	// The same honest call at a port that is not the proxy's.
	if _, err := g.ask(g.Direct, passedOn(good, noon)); fault(err) != 1101 {
		t.Errorf("at the TLS port: %v", err)
	}
	if _, err := g.ask(func(h http.Handler) http.Handler { return h }, passedOn(good, noon)); fault(err) != 1101 {
		t.Errorf("at a port of no kind: %v", err)
	}
}

func sign(r *http.Request, key []byte, at time.Time) {
	r.Header.Set(proxyHeader+signatureSuffix, Sign(key, at, r.Method, r.RequestURI, r.Header.Get(proxyHeader)))
}

// A proxy that was told to pass anything on is not believed about the certificate itself.
func TestABadCertificateFromTheProxyIsAFault(t *testing.T) {
	g := newGate(t, behindProxy)
	strange := authority(t, "CA")
	for name, c := range map[string]struct {
		cert *signer
		want int
	}{
		"expired":                       {system(t, g.ca, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon.AddDate(-2, 0, 0), noon.AddDate(-1, 0, 0) }), 1012},
		"not yet valid":                 {system(t, g.ca, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon.AddDate(1, 0, 0), noon.AddDate(2, 0, 0) }), 1012},
		"another authority of the name": {system(t, strange, nil), 1012},
		"self-signed":                   {system(t, nil, nil), 1012},
		"a server's":                    {system(t, g.ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), 1012},
		"RSA-1024":                      {weakSystem(t, g.ca), 1012},
		"another organisation":          {system(t, g.ca, func(c *x509.Certificate) { c.Subject.ExtraNames[0] = org("NTRDK-99887766") }), 1013},
	} {
		if _, err := g.ask(g.Proxied, passedOn(escaped(c.cert.Certificate), noon)); fault(err) != c.want {
			t.Errorf("%s: %v, want %d", name, err, c.want)
		}
	}
}

func weakSystem(t *testing.T, ca *signer) *signer {
	return issueFor(t, ca, *system(t, ca, nil).Certificate, rsaKey(t, 1024))
}

func TestAPortThatIsOpenAdmitsEverybodyAndANilGateNobodyElse(t *testing.T) {
	var g *Gate
	var err error
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { err = g.Authorize("x")(r, new(soap.Call)) })
	Open(h).ServeHTTP(nil, httptest.NewRequest("POST", "/", nil))
	if err != nil {
		t.Errorf("open: %v", err)
	}
	h.ServeHTTP(nil, httptest.NewRequest("POST", "/", nil).WithContext(context.Background()))
	if fault(err) != 1101 {
		t.Errorf("not open: %v", err)
	}
}

func FuzzCertificateHeader(f *testing.F) {
	cert := system(f, authority(f, "CA"), nil).Certificate
	f.Add(escaped(cert))
	f.Add(base64.StdEncoding.EncodeToString(cert.Raw))
	f.Add(`By=x;Hash=ab;Cert="` + escaped(cert) + `";Chain="` + escaped(cert, cert) + `"`)
	f.Add(`Cert="";Cert=`)
	f.Fuzz(func(t *testing.T, value string) {
		certs, err := parseHeader(value)
		if (err == nil) != (len(certs) > 0) || len(certs) > maxCertificates+1 {
			t.Errorf("%d certificates, %v", len(certs), err)
		}
		if err != nil && !errors.Is(err, errHeader) {
			t.Errorf("%v", err)
		}
		if p := (Proxy{Keys: [][]byte{proxyKey}}); p.verify("POST", target, value, value, noon) == nil && !strings.Contains(value, "v1=") {
			t.Error("believed without a signature")
		}
	})
}
