package callers

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// clock is one that tests turn.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// signer is a certificate with its key.
type signer struct {
	*x509.Certificate
	key crypto.Signer
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate below parent, its own without one. Without times it holds for a year around noon.
func issue(t testing.TB, parent *signer, template x509.Certificate) *signer {
	t.Helper()
	return issueFor(t, parent, template, newKey(t))
}

func issueFor(t testing.TB, parent *signer, template x509.Certificate, key crypto.Signer) *signer {
	t.Helper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = noon.AddDate(0, -6, 0), noon.AddDate(0, 6, 0)
	}
	template.BasicConstraintsValid = true
	s := &signer{key: key}
	above, by := &template, key
	if parent != nil {
		above, by = parent.Certificate, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, above, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	if s.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return s
}

func authority(t testing.TB, cn string) *signer {
	return issue(t, nil, x509.Certificate{Subject: pkix.Name{CommonName: cn}, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign})
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

const (
	cvr  = "12345678"
	uuid = "11111111-2222-4333-8444-555555555555"
)

func part(oid asn1.ObjectIdentifier, v string) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: v}
}

func org(v string) pkix.AttributeTypeAndValue    { return part(organizationIdentifier, v) }
func holder(v string) pkix.AttributeTypeAndValue { return part(subjectSerialNumber, v) }

// system is a certificate that is good for the organisation.
func system(t testing.TB, parent *signer, change func(*x509.Certificate)) *signer {
	t.Helper()
	c := x509.Certificate{Subject: pkix.Name{CommonName: "DFDG", ExtraNames: []pkix.AttributeTypeAndValue{org("NTRDK-" + cvr), holder("UI:DK-O:G:" + uuid)}}}
	if change != nil {
		change(&c)
	}
	return issue(t, parent, c)
}

func pemOf(ders ...[]byte) []byte {
	var all []byte
	for _, d := range ders {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d})...)
	}
	return all
}

func keyPEM(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

const listText = `{"callers": [{"cvr": "` + cvr + `", "jobCenters": ["10100"]}]}`

// gated is a Gate over files in a folder.
type gated struct {
	*Gate
	t     *testing.T
	dir   string
	clock *clock
	log   *strings.Builder
	ca    *signer
}

func newGate(t *testing.T, change func(*Config)) *gated {
	t.Helper()
	g := &gated{t: t, dir: t.TempDir(), clock: &clock{at: noon}, log: new(strings.Builder), ca: authority(t, "CA")}
	server := issue(t, g.ca, x509.Certificate{Subject: pkix.Name{CommonName: "planner"}, DNSNames: []string{"localhost"}})
	g.write("ca.pem", pemOf(g.ca.Raw))
	g.write("server.pem", pemOf(server.Raw))
	g.write("key.pem", keyPEM(t, server.key))
	g.write("callers.json", []byte(listText))
	c := Config{
		CertFile: g.path("server.pem"), KeyFile: g.path("key.pem"), CAFile: g.path("ca.pem"), CallersFile: g.path("callers.json"),
		Now: g.clock.now, Log: slog.New(slog.NewTextHandler(g.log, nil)),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if g.Gate, err = New(c); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gated) path(name string) string { return filepath.Join(g.dir, name) }

func (g *gated) write(name string, text []byte) {
	g.t.Helper()
	if err := os.WriteFile(g.path(name), text, 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// logged gives what was logged since it was last asked.
func (g *gated) logged() string {
	defer g.log.Reset()
	return g.log.String()
}

// answers is an http.RoundTripper in place of the world.
type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
