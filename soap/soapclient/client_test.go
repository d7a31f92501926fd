package soapclient

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/soap/wire/dfdg"
)

func callTo(url string, out *dfdg.SequenceReference) Call {
	return Call{
		URL: url, Action: "urn:x#Close",
		Body:         Part{Name: xml.Name{Space: dfdg.NamespaceWSRM, Local: "CloseSequenceRequest"}, Content: &dfdg.SequenceReference{}},
		Answer:       Part{Name: xml.Name{Space: dfdg.NamespaceWSRM, Local: "CloseSequenceResponse"}, Content: out},
		AnswerHeader: []Part{{Name: xml.Name{Space: dfdg.NamespaceWSRM, Local: "Sequence"}, Content: &dfdg.Sequence{}}},
	}
}

func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

const (
	id    = "3f0ad6a2-0000-4000-8000-000000000000"
	good  = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><x xmlns="urn:x" s:mustUnderstand="0"><y/></x><Sequence xmlns="http://docs.oasis-open.org/ws-rx/wsrm/200602" s:mustUnderstand="1"><Identifier>` + id + `</Identifier></Sequence></s:Header><s:Body><q:CloseSequenceResponse xmlns:q="http://docs.oasis-open.org/ws-rx/wsrm/200602"><q:Identifier>` + id + `</q:Identifier></q:CloseSequenceResponse></s:Body></s:Envelope>`
	fault = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>nej til 0101701234</faultstring><detail><FaultDetails xmlns="http://service.bm.dk/xml/schemas/2011/01/12/"><ErrorCode>4768</ErrorCode><Message xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></FaultDetails><other xmlns="urn:o"/></detail></s:Fault></s:Body></s:Envelope>`
)

func TestAnswersAreToldApart(t *testing.T) {
	t.Parallel()
	answer := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const text = "text/xml; charset=utf-8"
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		check func(error) bool
	}{
		{"good", answer(200, text, good), func(err error) bool { return err == nil }},
		{"a fault", answer(500, text, fault), func(err error) bool {
			var f *Fault
			return errors.As(err, &f) && f.Code == 4768 && f.FaultCode == "Client" && f.Text == "nej til ******-****" && f.HTTPStatus == 500
		}},
		{"a fault with HTTP 400", answer(400, text, fault), func(err error) bool { return as[*Fault](err) }},
		{"a proxy's page", answer(200, "text/html", "<html>"), func(err error) bool { return none(err, true) }},
		{"a page with an error", answer(404, "text/html", "<html>"), func(err error) bool { return none(err, false) }},
		{"a bad gateway", answer(502, "text/html", "<html>"), func(err error) bool { return none(err, true) }},
		{"nothing", answer(202, text, ""), func(err error) bool { return none(err, true) }},
		{"no XML", answer(200, text, "<<"), func(err error) bool { return bad(err, false) }},
		{"another element", answer(200, text, strings.ReplaceAll(good, "Close", "Open")), func(err error) bool { return bad(err, true) }},
		{"against the contract", answer(200, text, strings.ReplaceAll(good, id, "x")), func(err error) bool { return bad(err, true) }},
		{"good, but as an error", answer(500, text, good), func(err error) bool { return bad(err, true) }},
		{"two bodies", answer(200, text, strings.Replace(good, "</s:Body>", "<x/></s:Body>", 1)), func(err error) bool { return bad(err, true) }},
		{"more behind", answer(200, text, good+"x"), func(err error) bool { return bad(err, false) }},
		{"too long", answer(200, text, good+strings.Repeat(" ", 5000)), func(err error) bool { return as[*BadAnswer](err) }},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
			func(err error) bool { return none(err, true) }},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", text)
			w.Header().Set("Content-Length", "9999")
			_, _ = w.Write([]byte(good))
		}, func(err error) bool { return none(err, true) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, c.serve)
			var out dfdg.SequenceReference
			client := Client{HTTP: s.Client(), MaxAnswer: 2000}
			a, err := client.Do(t.Context(), callTo(s.URL, &out))
			if !c.check(err) {
				t.Errorf("%v", err)
			}
			if err == nil && (out.Identifier.String() != id || !a.Headers[0] || !strings.HasPrefix(string(a.Body), "<q:CloseSequenceResponse")) {
				t.Errorf("%+v %s", out, a.Body)
			}
			if err != nil && strings.Contains(err.Error(), "0101701234") {
				t.Errorf("the error tells a CPR number: %v", err)
			}
		})
	}
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func none(err error, sent bool) bool {
	var n *NoAnswer
	return errors.As(err, &n) && n.Sent == sent
}

func bad(err error, wellFormed bool) bool {
	var b *BadAnswer
	return errors.As(err, &b) && b.WellFormed == wellFormed && len(b.Raw) > 0
}

func TestWhatWasNeverSentIsKnown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	_ = l.Close()
	client := Client{HTTP: &http.Client{Transport: &http.Transport{}}}
	if _, err := client.Do(t.Context(), callTo(address, &dfdg.SequenceReference{})); !none(err, false) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Do(ctx, callTo(address, &dfdg.SequenceReference{})); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestNumbersWithinIdsAreNotMasked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"open: 12345678-1234-4123-8123-123456789012, 0101701234": "open: 12345678-1234-4123-8123-123456789012, ******-****",
		"010170-1234 and 99010170123499":                         "******-**** and ******-****3499",
		"none":                                                   "none",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// authority makes certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (a *authority) issue(from, to time.Time) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Prøve", ExtraNames: []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 97}, Value: "NTRDK-12345678"}}},
		NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: a.cert == nil,
	}
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.cert == nil {
		a.cert, a.key = leaf, key
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestACertificateIsShownAndAnExpiredOneRefused(t *testing.T) {
	t.Parallel()
	ca := &authority{t: t}
	now := time.Now()
	ca.issue(now.Add(-time.Hour), now.Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(good))
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(now.Add(-time.Hour), now.Add(time.Hour))}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	for _, c := range []struct {
		name string
		own  []tls.Certificate
		ok   bool
	}{
		{"valid", []tls.Certificate{ca.issue(now.Add(-time.Hour), now.Add(time.Hour))}, true},
		{"expired", []tls.Certificate{ca.issue(now.Add(-2*time.Hour), now.Add(-time.Hour))}, false},
		{"none", nil, false},
	} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: c.own}}
		client := Client{HTTP: &http.Client{Transport: transport}}
		_, err := client.Do(t.Context(), callTo(s.URL, &dfdg.SequenceReference{}))
		if (err == nil) != c.ok || err != nil && !as[*NoAnswer](err) {
			t.Errorf("%s: %v", c.name, err)
		}
		transport.CloseIdleConnections()
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(fault))
	f.Add([]byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var out dfdg.SequenceReference
		a, err := decode(callTo("", &out), http.StatusOK, text)
		switch {
		case err == nil && (a == nil || len(a.Body) == 0):
			t.Fatal("an answer without body")
		case err != nil && !as[*Fault](err) && !as[*BadAnswer](err):
			t.Fatalf("%T", err)
		}
	})
}
