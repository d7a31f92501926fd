package service

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"kommunalplanner.example/cmd/internal/certs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/callers"
)

// responder is an authority's: its revocation list at /crl, OCSP at /ocsp.
type responder struct {
	authority *certs.Authority
	now       time.Time

	mu      sync.Mutex
	list    []byte
	revoked map[string]bool // by serial number, for OCSP only
}

func (r *responder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.URL.Path == "/crl" {
		_, _ = w.Write(r.list)
		return
	}
	question, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	q, err := ocsp.ParseRequest(question)
	if err != nil {
		http.Error(w, "no OCSP request", http.StatusBadRequest)
		return
	}
	answer := ocsp.Response{SerialNumber: q.SerialNumber, Status: ocsp.Good, ThisUpdate: r.now.Add(-time.Minute), NextUpdate: r.now.Add(time.Hour)}
	if r.revoked[q.SerialNumber.String()] {
		answer.Status, answer.RevokedAt = ocsp.Revoked, r.now.Add(-time.Minute)
	}
	der, err := ocsp.CreateResponse(r.authority.Issuing, r.authority.Issuing, answer, r.authority.IssuingKey)
	if err == nil {
		der, err = signPSS(der, r.authority)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(der)
}

// signPSS signs a response anew as OCES does, with RSASSA-PSS, which x/crypto/ocsp cannot.
func signPSS(response []byte, a *certs.Authority) ([]byte, error) {
	var outer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0"`
	}
	type signed struct {
		Data, Algorithm asn1.RawValue
		Signature       asn1.BitString
	}
	var basic, cert signed
	_, outerErr := asn1.Unmarshal(response, &outer)
	_, basicErr := asn1.Unmarshal(outer.Bytes.Response, &basic)
	_, certErr := asn1.Unmarshal(a.Issuing.Raw, &cert)
	if err := errors.Join(outerErr, basicErr, certErr); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(basic.Data.FullBytes)
	signature, err := a.IssuingKey.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	if err != nil {
		return nil, err
	}
	basic.Algorithm = cert.Algorithm
	basic.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	if outer.Bytes.Response, err = asn1.Marshal(basic); err != nil {
		return nil, err
	}
	return asn1.Marshal(outer)
}

const (
	admitted    = "12345678" // for 10100, with one system
	admittedToo = "11223344" // for 20200, with any
	stranger    = "99887766"
	theSystem   = "11111111-2222-4333-8444-555555555555"
	otherSystem = "99999999-2222-4333-8444-555555555555"
	theFID      = "9100000000518"
)

const callersFile = `{"callers": [
	{"name": "DFDG", "cvr": "12345678", "certificates": ["` + theSystem + `", "` + theFID + `"], "jobCenters": ["10100"]},
	{"name": "Nabo", "cvr": "11223344", "jobCenters": ["20200"]}
]}`

// pki is an authority with its responder, and the files that a service is given.
type pki struct {
	t         *testing.T
	now       time.Time
	authority *certs.Authority
	responder *responder
	url, dead string
	key, weak *rsa.PrivateKey
	dir       string
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{t: t, now: time.Now(), dir: t.TempDir()}
	var err error
	p.authority, err = certs.NewAuthority(p.now)
	p.must(err)
	p.key, err = rsa.GenerateKey(rand.Reader, 2048)
	p.must(err)
	p.weak, err = rsa.GenerateKey(rand.Reader, 1024)
	p.must(err)
	p.responder = &responder{authority: p.authority, now: p.now, revoked: map[string]bool{}}
	srv := httptest.NewServer(p.responder)
	t.Cleanup(srv.Close)
	p.url = srv.URL
	gone := httptest.NewServer(nil)
	gone.Close()
	p.dead = gone.URL

	p.publish()
	server, serverKey, err := p.authority.Server()
	p.must(err)
	der, err := x509.MarshalPKCS8PrivateKey(serverKey)
	p.must(err)
	root, err := p.authority.RootRevocations(1, p.now, p.now.AddDate(0, 1, 0))
	p.must(err)
	p.file("server.pem", "CERTIFICATE", server.Raw, p.authority.Issuing.Raw)
	p.file("server-key.pem", "PRIVATE KEY", der)
	p.file("ca.pem", "CERTIFICATE", p.authority.Root.Raw, p.authority.Issuing.Raw)
	p.file("root.pem", "CERTIFICATE", p.authority.Root.Raw)
	p.file("root-crl.pem", "X509 CRL", root)
	p.must(os.WriteFile(p.path("callers.json"), []byte(callersFile), 0o600))
	return p
}

func (p *pki) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pki) path(name string) string { return filepath.Join(p.dir, name) }

func (p *pki) file(name, kind string, ders ...[]byte) {
	p.t.Helper()
	var b bytes.Buffer
	for _, der := range ders {
		p.must(pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}))
	}
	p.must(os.WriteFile(p.path(name), b.Bytes(), 0o600))
}

// publish puts out a new revocation list.
func (p *pki) publish(revoked ...*x509.Certificate) {
	p.t.Helper()
	list, err := p.authority.Revocations(2, p.now, p.now.AddDate(0, 1, 0), revoked...)
	p.must(err)
	p.responder.mu.Lock()
	defer p.responder.mu.Unlock()
	p.responder.list = list
}

func (p *pki) holder(change func(*certs.Holder)) certs.Holder {
	h := certs.Holder{CN: "DFDG (efterligning)", CVR: admitted, System: theSystem, CRLs: []string{p.url + "/crl"}, OCSP: []string{p.url + "/ocsp"}}
	if change != nil {
		change(&h)
	}
	return h
}

func (p *pki) issue(change func(*certs.Holder)) *x509.Certificate {
	p.t.Helper()
	cert, err := p.authority.Issue(p.holder(change), p.key)
	p.must(err)
	return cert
}

func (p *pki) shown(key crypto.Signer, chain ...*x509.Certificate) *tls.Certificate {
	c := &tls.Certificate{PrivateKey: key}
	for _, cert := range chain {
		c.Certificate = append(c.Certificate, cert.Raw)
	}
	return c
}

// serve runs the service for SOAP with these settings besides, and gives its ports. The job centre 10100 is there.
func (p *pki) serve(more map[string]string) map[string]string {
	t := p.t
	t.Helper()
	env := map[string]string{
		"PLANNER_ROLES": "soap", "DATABASE_URL": pgtest.URL(t), "PLANNER_SOAP_ADDR": "127.0.0.1:0", "PLANNER_SOAP_TLS_ADDR": "127.0.0.1:0",
		"PLANNER_TLS_CERT": p.path("server.pem"), "PLANNER_TLS_KEY": p.path("server-key.pem"), "PLANNER_CLIENT_CAS": p.path("ca.pem"),
		"PLANNER_CALLERS_FILE": p.path("callers.json"), "PLANNER_CRL_FILES": p.path("root-crl.pem"),
		"PLANNER_CPR_KEY": strings.Repeat("A", 43) + "=", "PLANNER_CPR_HASH_KEY": strings.Repeat("B", 42) + "A=", "PLANNER_SOAP_VALIDATE_ANSWERS": "true",
	}
	maps.Copy(env, more)
	c, err := FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	p.must(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan map[string]string, 1), make(chan error, 1)
	go func() {
		done <- Run(ctx, c, slog.New(slog.DiscardHandler), func(addrs map[string]string) { ready <- addrs })
	}()
	var addrs map[string]string
	select {
	case addrs = <-ready:
	case err := <-done:
		t.Fatalf("serve: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	pool, err := migrations.OpenPool(t.Context(), env["DATABASE_URL"])
	p.must(err)
	defer pool.Close()
	parts, err := Assemble(Config{Roles: []string{"webhook"}, CPRKey: c.CPRKey, CPRKeyID: 1, CPRHashKey: c.CPRHashKey}, pool, time.Now, slog.New(slog.DiscardHandler))
	p.must(err)
	p.must(parts.Planner.PutJobCenter(t.Context(), planner.JobCenter{Code: "10100", Name: "Jobcenter Ærøby"}))
	return addrs
}

func question(jobCenter, as string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><ActiveOrganisationHeader xmlns="http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/">` +
		`<OrganisationTypeIdentifier>8</OrganisationTypeIdentifier><OrganisationCode>` + as + `</OrganisationCode></ActiveOrganisationHeader></s:Header><s:Body>` +
		`<b:GetSelfbookInterviewOptionsRequest xmlns:b="http://service.bm.dk/ExternalBookingService/2017/04/28/" xmlns:clb="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/">` +
		`<b:PersonCivilRegistrationIdentifier>0101801234</b:PersonCivilRegistrationIdentifier><b:JobCenterCode>` + jobCenter + `</b:JobCenterCode>` +
		`<b:ContactGroupTypeIdentifier><clb:CodeListItemIdentifier>1</clb:CodeListItemIdentifier></b:ContactGroupTypeIdentifier>` +
		`<b:HasExternalOperatorReferral>0</b:HasExternalOperatorReferral></b:GetSelfbookInterviewOptionsRequest></s:Body></s:Envelope>`
}

var errorCode = regexp.MustCompile(`ErrorCode>(\d+)</`)

// told is what came of a call: "answered", or "fault" with its number.
func told(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if m := errorCode.FindSubmatch(body); m != nil {
		return "fault " + string(m[1]), nil
	}
	if res.StatusCode == http.StatusOK && bytes.Contains(body, []byte("GetSelfbookInterviewOptionsResponse")) {
		return "answered", nil
	}
	return "", fmt.Errorf("HTTP %d: %s", res.StatusCode, body)
}

// client is a real TLS client, which shows its certificate whatever authorities the server names.
func (p *pki) client(version uint16, shown *tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(p.authority.Root)
	if shown == nil {
		shown = new(tls.Certificate)
	}
	return &tls.Config{
		RootCAs: roots, ServerName: "localhost", MinVersion: version, MaxVersion: version,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown, nil },
	}
}

// call gives what a caller sees: "alert" with its number, else what the service told.
func (p *pki) call(addr string, config *tls.Config, message string, alert bool) (string, error) {
	conn, err := tls.Dial("tcp", addr, config)
	if err == nil && alert {
		// With TLS 1.3 the client has finished before the server has looked. Nothing is sent, so that no reset can
		// take the alert away.
		defer func() { _ = conn.Close() }()
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, err = conn.Read(make([]byte, 1))
	}
	if err != nil {
		if remote := (*net.OpError)(nil); errors.As(err, &remote) && remote.Op == "remote error" {
			return fmt.Sprint("alert ", reflect.ValueOf(remote.Err).Uint()), nil
		}
		return "", err
	}
	if alert {
		return "", errors.New("the server spoke first")
	}
	transport := &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	defer transport.CloseIdleConnections()
	return told((&http.Client{Transport: transport}).Post("https://localhost"+bookingPath, "text/xml; charset=utf-8", strings.NewReader(message)))
}

// Every outcome of showing a certificate, as a real TLS client sees it on the real server.
func TestWhatACallerSeesForEachCertificate(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	issuing, root := p.authority.Issuing, p.authority.Root
	revokedByCRL := p.issue(func(h *certs.Holder) { h.OCSP = nil })
	revokedByOCSP := p.issue(func(h *certs.Holder) { h.CRLs = nil })
	p.publish(revokedByCRL)
	p.responder.revoked[revokedByOCSP.SerialNumber.String()] = true
	strange, err := certs.NewAuthorityWith(p.now, p.key, p.key)
	p.must(err)
	forged, err := strange.Issue(p.holder(nil), p.key)
	p.must(err)
	self, err := certs.SelfSigned(p.holder(nil), p.key, p.now)
	p.must(err)
	weak, err := p.authority.Issue(p.holder(nil), p.weak)
	p.must(err)
	unreachable := p.issue(func(h *certs.Holder) { h.CRLs, h.OCSP = nil, []string{p.dead} })
	good := p.issue(nil)
	chained := func(c *x509.Certificate) *tls.Certificate { return p.shown(p.key, c, issuing) }
	with := func(change func(*certs.Holder)) *tls.Certificate { return chained(p.issue(change)) }

	closed := p.serve(nil)["soap-tls"]
	open := p.serve(map[string]string{"PLANNER_REVOCATION_FAIL": "open"})["soap-tls"]
	off := p.serve(map[string]string{"PLANNER_REVOCATION": "off"})["soap-tls"]
	rootOnly := p.serve(map[string]string{"PLANNER_CLIENT_CAS": p.path("root.pem")})["soap-tls"]
	const ours, theirs = "10100", "20200"

	for _, row := range []struct {
		name  string
		addr  string
		shown *tls.Certificate
		// asked about and on behalf of; "": 10100
		jobCenter, as string
		tls12, tls13  string
	}{
		{name: "valid OCES3", addr: closed, shown: chained(good), tls13: "answered"},
		{name: "valid OCES3, by its revocation list", addr: closed, shown: with(func(h *certs.Holder) { h.OCSP = nil }), tls13: "answered"},
		{name: "valid FOCES form", addr: closed, shown: with(func(h *certs.Holder) { h.FOCES, h.System = true, theFID }), tls13: "answered"},
		{name: "expired", addr: closed, shown: with(func(h *certs.Holder) { h.NotBefore, h.NotAfter = p.now.AddDate(-2, 0, 0), p.now.AddDate(0, 0, -1) }), tls13: "alert 45"},
		{name: "not yet valid", addr: closed, shown: with(func(h *certs.Holder) { h.NotBefore, h.NotAfter = p.now.AddDate(0, 0, 1), p.now.AddDate(1, 0, 0) }), tls13: "alert 45"},
		{name: "revoked by CRL", addr: closed, shown: chained(revokedByCRL), tls13: "alert 42"},
		{name: "revoked by CRL, fail-open", addr: open, shown: chained(revokedByCRL), tls13: "alert 42"},
		{name: "revoked by OCSP", addr: closed, shown: chained(revokedByOCSP), tls13: "alert 42"},
		{name: "revoked by OCSP, fail-open", addr: open, shown: chained(revokedByOCSP), tls13: "alert 42"},
		{name: "revoked, but nobody is to look", addr: off, shown: chained(revokedByOCSP), tls13: "answered"},
		{name: "OCSP unreachable, fail-closed", addr: closed, shown: chained(unreachable), tls13: "fault 1100"},
		{name: "OCSP unreachable, fail-open", addr: open, shown: chained(unreachable), tls13: "answered"},
		{name: "OCSP unreachable, but the list tells", addr: closed, shown: with(func(h *certs.Holder) { h.OCSP = []string{p.dead} }), tls13: "answered"},
		{name: "no source of revocation", addr: closed, shown: with(func(h *certs.Holder) { h.OCSP, h.CRLs = nil, []string{"ldap://dir.example/crl"} }), tls13: "fault 1100"},
		{name: "wrong CVR", addr: closed, shown: with(func(h *certs.Holder) { h.CVR = stranger }), tls13: "fault 1013"},
		{name: "CVR spoofed in CN", addr: closed, shown: with(func(h *certs.Holder) { h.CVR, h.CN = stranger, "NTRDK-"+admitted }), tls13: "fault 1013"},
		{name: "wrong UUID", addr: closed, shown: with(func(h *certs.Holder) { h.System = otherSystem }), tls13: "fault 1013"},
		{name: "wrong FID", addr: closed, shown: with(func(h *certs.Holder) { h.FOCES, h.System = true, "9100000000519" }), tls13: "fault 1013"},
		{name: "wrong issuer of the same name", addr: closed, shown: p.shown(p.key, forged, strange.Issuing, strange.Root), tls13: "alert 48"},
		{name: "self-signed", addr: closed, shown: p.shown(p.key, self), tls13: "alert 48"},
		{name: "no certificate", addr: closed, tls12: "alert 40", tls13: "alert 116"},
		{name: "leaf without intermediate", addr: closed, shown: p.shown(p.key, good), tls13: "answered"},
		{name: "leaf without intermediate, only the root trusted", addr: rootOnly, shown: p.shown(p.key, good), tls13: "alert 48"},
		{name: "leaf with intermediate, only the root trusted", addr: rootOnly, shown: p.shown(p.key, good, issuing), tls13: "answered"},
		{name: "whole chain", addr: closed, shown: p.shown(p.key, good, issuing, root), tls13: "answered"},
		{name: "RSA-1024", addr: closed, shown: p.shown(p.weak, weak, issuing), tls13: "alert 42"},
		{name: "other organisation acting for this job centre", addr: closed, shown: with(func(h *certs.Holder) { h.CVR = admittedToo }), as: theirs, tls13: "fault 4575"},
		{name: "other organisation calling itself this job centre", addr: closed, shown: with(func(h *certs.Holder) { h.CVR = admittedToo }), as: ours, tls13: "fault 4575"},
		{name: "ours asking about another job centre", addr: closed, shown: chained(good), jobCenter: theirs, tls13: "fault 4575"},
	} {
		if row.jobCenter == "" {
			row.jobCenter = ours
		}
		if row.as == "" {
			row.as = ours
		}
		if row.tls12 == "" {
			row.tls12 = row.tls13
		}
		for version, want := range map[uint16]string{tls.VersionTLS12: row.tls12, tls.VersionTLS13: row.tls13} {
			t.Run(row.name+", "+tls.VersionName(version), func(t *testing.T) {
				got, err := p.call(row.addr, p.client(version, row.shown), question(row.jobCenter, row.as), strings.HasPrefix(want, "alert"))
				if err != nil || got != want {
					t.Errorf("%s (%v), want %s", got, err, want)
				}
			})
		}
	}
}

func TestBehindAProxyACallIsAnsweredForTheCertificateThatTheProxySigns(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	key := bytes.Repeat([]byte{7}, 32)
	addr := p.serve(map[string]string{
		"PLANNER_SOAP_TLS_ADDR": "", "PLANNER_PROXY_SOURCES": "127.0.0.1", "PLANNER_PROXY_KEYS": base64.StdEncoding.EncodeToString(key),
	})["soap"]
	revoked := p.issue(nil)
	p.responder.revoked[revoked.SerialNumber.String()] = true
	good, other := p.issue(nil), p.issue(func(h *certs.Holder) { h.CVR = stranger })
	for name, row := range map[string]struct {
		shown *x509.Certificate
		key   []byte
		want  string
	}{
		"signed":                  {good, key, "answered"},
		"signed with another key": {good, bytes.Repeat([]byte{8}, 32), "fault 1101"},
		"not signed":              {good, nil, "fault 1101"},
		"no certificate":          {nil, nil, "fault 1101"},
		"revoked":                 {revoked, key, "fault 1012"},
		"not in the list":         {other, key, "fault 1013"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+bookingPath, strings.NewReader(question("10100", "10100")))
		p.must(err)
		req.Header.Set("Content-Type", "text/xml; charset=utf-8")
		if row.shown != nil {
			value := base64.StdEncoding.EncodeToString(row.shown.Raw)
			req.Header.Set("X-Forwarded-Client-Cert", value)
			if row.key != nil {
				req.Header.Set("X-Forwarded-Client-Cert-Signature", callers.Sign(row.key, time.Now(), http.MethodPost, bookingPath, value))
			}
		}
		if got, err := told(http.DefaultClient.Do(req)); err != nil || got != row.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, row.want)
		}
	}
}

func TestSettingsThatWouldLeaveAPortUnguardedAreRefused(t *testing.T) {
	good := map[string]string{"PLANNER_ROLES": "soap", "PLANNER_CPR_KEY": strings.Repeat("A", 43) + "=", "PLANNER_CPR_HASH_KEY": strings.Repeat("B", 42) + "A="}
	files := map[string]string{"PLANNER_TLS_CERT": "c", "PLANNER_TLS_KEY": "k", "PLANNER_CLIENT_CAS": "a", "PLANNER_CALLERS_FILE": "l"}
	proxy := map[string]string{"PLANNER_PROXY_SOURCES": "10.0.0.1, 10.1.0.0/16,::1", "PLANNER_PROXY_KEYS": strings.Repeat("A", 43) + "=", "PLANNER_SOAP_ADDR": ":8080"}
	for name, row := range map[string]struct {
		sets  []map[string]string
		wrong string // the setting that is named; "": none
	}{
		"loopback":                  {nil, ""},
		"IPv6 loopback":             {[]map[string]string{{"PLANNER_SOAP_ADDR": "[::1]:8080"}}, ""},
		"every address":             {[]map[string]string{{"PLANNER_SOAP_ADDR": ":8080"}}, "PLANNER_SOAP_ADDR"},
		"another address":           {[]map[string]string{{"PLANNER_SOAP_ADDR": "10.0.0.9:8080"}}, "PLANNER_SOAP_ADDR"},
		"every address, on purpose": {[]map[string]string{{"PLANNER_SOAP_ADDR": ":8080", "PLANNER_SOAP_UNPROTECTED": "true"}}, ""},
		"a proxy":                   {[]map[string]string{files, proxy}, ""},
		"a proxy, no list":          {[]map[string]string{files, proxy, {"PLANNER_CALLERS_FILE": ""}}, "PLANNER_CALLERS_FILE"},
		"a proxy, no key":           {[]map[string]string{files, proxy, {"PLANNER_PROXY_KEYS": ""}}, "PLANNER_PROXY_KEYS"},
		"a proxy, a short key":      {[]map[string]string{files, proxy, {"PLANNER_PROXY_KEYS": "AAAA"}}, "PLANNER_PROXY_KEYS"},
		"a proxy with a name":       {[]map[string]string{files, proxy, {"PLANNER_PROXY_SOURCES": "proxy.kommune.dk"}}, "PLANNER_PROXY_SOURCES"},
		"TLS":                       {[]map[string]string{files, {"PLANNER_SOAP_TLS_ADDR": ":8443"}}, ""},
		"TLS without a list":        {[]map[string]string{files, {"PLANNER_SOAP_TLS_ADDR": ":8443", "PLANNER_CALLERS_FILE": ""}}, "PLANNER_CALLERS_FILE"},
		"revocation misspelt":       {[]map[string]string{{"PLANNER_REVOCATION": "oscp"}}, "PLANNER_REVOCATION"},
		"revocation twice":          {[]map[string]string{{"PLANNER_REVOCATION": "crl,crl"}}, "PLANNER_REVOCATION"},
		"revocation emptied":        {[]map[string]string{{"PLANNER_REVOCATION": ""}}, "PLANNER_REVOCATION"},
		"half open":                 {[]map[string]string{{"PLANNER_REVOCATION_FAIL": "ajar"}}, "PLANNER_REVOCATION_FAIL"},
	} {
		env := maps.Clone(good)
		for _, s := range row.sets {
			maps.Copy(env, s)
		}
		_, err := FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
		if (err != nil) != (row.wrong != "") || err != nil && !strings.Contains(err.Error(), row.wrong+":") && !strings.Contains(err.Error(), row.wrong+" ") && !strings.Contains(err.Error(), row.wrong+",") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := FromEnv(func(name string) (string, bool) { v, ok := good[name]; return v, ok })
	if err != nil || c.Callers.FailOpen || len(c.Callers.Methods) != 2 {
		t.Errorf("unless told otherwise, revocation is looked up and fails closed: %+v, %v", c.Callers, err)
	}
}
