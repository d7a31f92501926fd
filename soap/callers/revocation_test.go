package callers

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// list makes a revocation list of ca's.
func list(t testing.TB, ca *signer, change func(*x509.RevocationList), revoked ...*signer) []byte {
	t.Helper()
	l := x509.RevocationList{Number: big.NewInt(1), ThisUpdate: noon.Add(-time.Hour), NextUpdate: noon.Add(24 * time.Hour)}
	for _, c := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: noon.Add(-time.Hour)})
	}
	if change != nil {
		change(&l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &l, ca.Certificate, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// scope is the extension that says what a list speaks of.
func scope(t testing.TB, value any) func(*x509.RevocationList) {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: idIssuingDistributionPoint, Critical: true, Value: der})
	}
}

type flag struct {
	Users       bool           `asn1:"optional,tag:1"`
	Authorities bool           `asn1:"optional,tag:2"`
	Reasons     asn1.BitString `asn1:"optional,tag:3"`
	Indirect    bool           `asn1:"optional,tag:4"`
}

type pointName struct {
	Name struct {
		Full []asn1.RawValue `asn1:"tag:0"`
	} `asn1:"tag:0"`
}

func point(uri string) (p pointName) {
	p.Name.Full = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(uri)}}
	return p
}

func TestARevocationListCountsOnlyForWhatItSpeaksOf(t *testing.T) {
	ca, strange := authority(t, "CA"), authority(t, "CA")
	other := authority(t, "another CA")
	const url = "http://crl.example/issuing.crl"
	cert := system(t, ca, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{url} })
	for name, c := range map[string]struct {
		der  []byte
		want standing
	}{
		"not on the list":             {list(t, ca, nil), good},
		"on the list":                 {list(t, ca, nil, cert), revoked},
		"on a stranger's of the name": {list(t, strange, nil, cert), unknown},
		"not on a stranger's":         {list(t, strange, nil), unknown},
		"on another authority's":      {list(t, other, nil), unknown},
		"out of date":                 {list(t, ca, func(l *x509.RevocationList) { l.NextUpdate = noon }), unknown},
		"of tomorrow":                 {list(t, ca, func(l *x509.RevocationList) { l.ThisUpdate = noon.Add(time.Hour) }), unknown},
		"of this point":               {list(t, ca, scope(t, point(url))), good},
		"of another point":            {list(t, ca, scope(t, point("http://crl.example/other.crl"))), unknown},
		"of users":                    {list(t, ca, scope(t, flag{Users: true})), good},
		"of authorities":              {list(t, ca, scope(t, flag{Authorities: true})), unknown},
		"of some reasons":             {list(t, ca, scope(t, flag{Reasons: asn1.BitString{Bytes: []byte{0x40}, BitLength: 2}})), unknown},
		"indirect":                    {list(t, ca, scope(t, flag{Indirect: true})), unknown},
		"of changes": {list(t, ca, func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
		}), unknown},
		"with an entry of somebody else's": {list(t, ca, func(l *x509.RevocationList) {
			l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: noon,
				ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0}}}}}
		}), unknown},
		"cut off": {list(t, ca, nil)[:100], unknown},
	} {
		got, l := unknown, (*crl)(nil)
		l, err := readCRL(c.der, ca.Certificate, noon)
		if err == nil {
			got, err = l.status(cert.Certificate)
		}
		if got != c.want || (err == nil) != (got != unknown) {
			t.Errorf("%s: %d (%v), want %d", name, got, err, c.want)
		}
	}
}

// response makes an OCSP answer.
func response(t testing.TB, ca, by *signer, embed bool, change func(*ocsp.Response), about *signer) []byte {
	t.Helper()
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: about.SerialNumber, ThisUpdate: noon.Add(-time.Minute), NextUpdate: noon.Add(2 * time.Hour)}
	if embed {
		r.Certificate = by.Certificate
	}
	if change != nil {
		change(&r)
	}
	der, err := ocsp.CreateResponse(ca.Certificate, by.Certificate, r, by.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAnOCSPAnswerCountsOnlyFromWhoMayGiveItAndForItsTime(t *testing.T) {
	key := rsaKey(t, 2048)
	ca := issueFor(t, nil, x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, key)
	strange := authority(t, "CA")
	signing := []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	delegate := issue(t, ca, x509.Certificate{Subject: pkix.Name{CommonName: "OCSP"}, ExtKeyUsage: signing})
	expired := issue(t, ca, x509.Certificate{ExtKeyUsage: signing, NotBefore: noon.AddDate(-2, 0, 0), NotAfter: noon.AddDate(-1, 0, 0)})
	self := issue(t, nil, x509.Certificate{Subject: pkix.Name{CommonName: "OCSP"}, ExtKeyUsage: signing})
	foreign := issue(t, strange, x509.Certificate{Subject: pkix.Name{CommonName: "OCSP"}, ExtKeyUsage: signing})
	caller, other := system(t, ca, nil), system(t, ca, nil)
	times := func(from, to time.Time) func(*ocsp.Response) {
		return func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = from, to }
	}
	tampered := response(t, ca, ca, false, nil, caller)
	tampered[len(tampered)-1] ^= 1
	for name, c := range map[string]struct {
		der  []byte
		want standing
	}{
		"by the issuer":              {response(t, ca, ca, false, nil, caller), good},
		"by the issuer, RSASSA-PSS":  {signPSS(t, response(t, ca, ca, false, nil, caller), key, 32), good},
		"PSS with an unknown salt":   {signPSS(t, response(t, ca, ca, false, nil, caller), key, 20), unknown},
		"by a delegate":              {response(t, ca, delegate, true, nil, caller), good},
		"by a delegate not shown":    {response(t, ca, delegate, false, nil, caller), unknown},
		"by a delegate of yesterday": {response(t, ca, expired, true, nil, caller), unknown},
		"by another caller":          {response(t, ca, other, true, nil, caller), unknown},
		"by the caller itself":       {response(t, ca, caller, true, nil, caller), unknown},
		"by itself":                  {response(t, ca, self, true, nil, caller), unknown},
		"by a stranger's delegate":   {response(t, ca, foreign, true, nil, caller), unknown},
		"by a stranger of the name":  {response(t, ca, strange, false, nil, caller), unknown},
		"tampered with":              {tampered, unknown},
		"revoked":                    {response(t, ca, ca, false, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, noon }, caller), revoked},
		"revoked, by a delegate":     {response(t, ca, delegate, true, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, noon }, caller), revoked},
		"not known":                  {response(t, ca, ca, false, func(r *ocsp.Response) { r.Status = ocsp.Unknown }, caller), unknown},
		"about another":              {response(t, ca, ca, false, nil, other), unknown},
		"about another authority's":  {response(t, strange, ca, false, nil, caller), unknown},
		"out of date":                {response(t, ca, ca, false, times(noon.Add(-2*time.Hour), noon), caller), unknown},
		"of tomorrow":                {response(t, ca, ca, false, times(noon.Add(time.Hour), noon.Add(2*time.Hour)), caller), unknown},
		"without an end":             {response(t, ca, ca, false, times(noon.Add(-time.Minute), time.Time{}), caller), good},
		"without an end, old":        {response(t, ca, ca, false, times(noon.Add(-time.Hour), time.Time{}), caller), unknown},
		"critical and not known": {response(t, ca, ca, false, func(r *ocsp.Response) {
			r.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true}}
		}, caller), unknown},
		"try later":      {ocsp.TryLaterErrorResponse, unknown},
		"not authorised": {ocsp.UnauthorizedErrorResponse, unknown},
		"nothing":        {nil, unknown},
	} {
		got, err := readOCSP(c.der, caller.Certificate, ca.Certificate, noon)
		if got.standing != c.want || (err == nil) != (c.want != unknown) {
			t.Errorf("%s: %d (%v), want %d", name, got.standing, err, c.want)
		}
	}
}

// signPSS signs a response anew as OCES does, which x/crypto/ocsp cannot.
func signPSS(t testing.TB, der []byte, key *rsa.PrivateKey, salt int) []byte {
	t.Helper()
	var outer ocspResponse
	var basic struct {
		Data, Algorithm asn1.RawValue
		Signature       asn1.BitString
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: pssHashes[0].id, Parameters: asn1.NullRawValue}
	marshal := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	if err := unmarshal(der, &outer); err != nil {
		t.Fatal(err)
	}
	if err := unmarshal(outer.Bytes.Response, &basic); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(basic.Data.FullBytes)
	signature, err := key.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	basic.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	basic.Algorithm = asn1.RawValue{FullBytes: marshal(pkix.AlgorithmIdentifier{Algorithm: idPSS, Parameters: asn1.RawValue{FullBytes: marshal(pssParameters{
		Hash: sha, Mask: pkix.AlgorithmIdentifier{Algorithm: idMGF1, Parameters: asn1.RawValue{FullBytes: marshal(sha)}}, Salt: salt, Trailer: 1,
	})}})}
	outer.Bytes.Response = marshal(basic)
	return marshal(outer)
}

// sources are an authority's list and responder as a client sees them.
type sources struct {
	list, ocsp func() ([]byte, error)
	asked      []string
}

func (s *sources) client() *http.Client {
	return &http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
		s.asked = append(s.asked, r.Method+" "+r.URL.String())
		get := s.list
		if r.Method == http.MethodPost {
			get = s.ocsp
		}
		der, err := get()
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(der)), Request: r}, nil
	})}
}

var errAway = errors.New("away")

func away() ([]byte, error) { return nil, errAway }

func (g *gated) revocable() *signer {
	return system(g.t, g.ca, func(c *x509.Certificate) {
		c.CRLDistributionPoints, c.OCSPServer = []string{"http://ca.example/crl"}, []string{"http://ca.example/ocsp"}
	})
}

func (g *gated) check(ctx context.Context, c *signer) error {
	return g.revocations.check(ctx, []*x509.Certificate{c.Certificate, g.ca.Certificate}, g.authorities.value())
}

func TestAnAnswerIsAskedForOnceAndRenewedInTheBackground(t *testing.T) {
	s := &sources{list: away}
	g := newGate(t, func(c *Config) { c.Methods, c.Client = []Method{OCSP, CRL}, s.client() })
	caller := g.revocable()
	say := func(status int, until time.Duration) {
		at := g.clock.now()
		der := response(t, g.ca, g.ca, false, func(r *ocsp.Response) {
			r.Status, r.RevokedAt, r.ThisUpdate, r.NextUpdate = status, at, at, at.Add(until)
		}, caller)
		s.ocsp = func() ([]byte, error) { return der, nil }
	}
	ask := func(want error, questions int) {
		t.Helper()
		s.asked = nil
		if err := g.check(within(t), caller); !errors.Is(err, want) || len(s.asked) != questions {
			t.Errorf("%v after %v, want %v after %d questions", err, s.asked, want, questions)
		}
	}
	renew := func(questions int) {
		t.Helper()
		s.asked = nil
		if g.Refresh(within(t)); len(s.asked) != questions {
			t.Errorf("renewing asked %v, want %d", s.asked, questions)
		}
	}
	say(ocsp.Good, 3*time.Hour)
	ask(nil, 1)
	ask(nil, 0)
	renew(0) // not due
	g.clock.pass(renewAfter)
	say(ocsp.Good, 3*time.Hour)
	ask(nil, 0) // nobody waits
	renew(1)
	// The responder is away: what it said holds until its end, and no caller asks.
	g.clock.pass(renewAfter)
	s.ocsp = away
	renew(1)
	renew(0) // not at once again
	g.clock.pass(retryAfter)
	renew(1)
	ask(nil, 0)
	g.clock.pass(2 * time.Hour)
	ask(errUnchecked, 1) // only the list is new to be asked
	ask(errUnchecked, 0)
	// Back, and the caller was revoked.
	say(ocsp.Revoked, 3*time.Hour)
	renew(1) // the list was asked just now
	ask(errRevoked, 0)
	// Nobody wants it any more.
	g.clock.pass(forgetAfter + time.Second)
	renew(0)
	if n := len(g.revocations.answers.slots); n != 0 {
		t.Errorf("%d answers kept", n)
	}
}

func TestAnOlderListOrAnswerDoesNotReplaceANewerOne(t *testing.T) {
	s := &sources{ocsp: away}
	g := newGate(t, func(c *Config) { c.Methods, c.Client = []Method{CRL}, s.client() })
	caller := g.revocable()
	newer := list(t, g.ca, nil, caller)
	older := list(t, g.ca, func(l *x509.RevocationList) { l.ThisUpdate = noon.Add(-2 * time.Hour) })
	s.list = func() ([]byte, error) { return newer, nil }
	if err := g.check(within(t), caller); !errors.Is(err, errRevoked) {
		t.Fatal(err)
	}
	g.clock.pass(renewAfter)
	s.list = func() ([]byte, error) { return older, nil }
	g.Refresh(within(t))
	if err := g.check(within(t), caller); !errors.Is(err, errRevoked) {
		t.Errorf("after an older list: %v", err)
	}
}

func TestACallerDoesNotWaitForASourceThatIsSilentAndNoneWaitsTwice(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	g := newGate(t, func(c *Config) {
		c.Methods = []Method{OCSP}
		c.Timeout = time.Nanosecond
		c.Client = &http.Client{Transport: answers(func(*http.Request) (*http.Response, error) {
			close(asked) // a second question would panic
			<-answer
			return nil, errAway
		})}
	})
	caller := g.revocable()
	for range 3 {
		if err := g.check(within(t), caller); !errors.Is(err, errUnchecked) {
			t.Errorf("%v", err)
		}
	}
	<-asked
	close(answer)
}

func TestAListFromAFileAnswersWithoutAskingAnybody(t *testing.T) {
	s := &sources{list: away, ocsp: away}
	var bad *signer
	g := newGate(t, func(c *Config) { c.Methods, c.Client = []Method{CRL}, s.client() })
	caller := g.revocable()
	bad = g.revocable()
	g.write("ca.crl", list(t, g.ca, nil, bad))
	c := g.config
	c.CRLFiles = []string{g.path("ca.crl")}
	var err error
	if g.Gate, err = New(c); err != nil {
		t.Fatal(err)
	}
	if err := g.check(within(t), caller); err != nil || len(s.asked) > 0 {
		t.Errorf("%v, asked %v", err, s.asked)
	}
	if err := g.check(within(t), bad); !errors.Is(err, errRevoked) || len(s.asked) > 0 {
		t.Errorf("%v, asked %v", err, s.asked)
	}
	g.clock.pass(48 * time.Hour)
	if err := g.check(within(t), caller); !errors.Is(err, errUnchecked) || len(s.asked) != 1 {
		t.Errorf("out of date: %v, asked %v", err, s.asked)
	}
}

func FuzzReadOCSP(f *testing.F) {
	ca := authority(f, "CA")
	caller := system(f, ca, nil)
	f.Add(response(f, ca, ca, true, nil, caller))
	f.Add(response(f, ca, ca, false, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, noon }, caller))
	f.Add(ocsp.TryLaterErrorResponse)
	strange := authority(f, "CA")
	f.Fuzz(func(t *testing.T, der []byte) {
		// Nothing here was signed by this one.
		if a, err := readOCSP(der, caller.Certificate, strange.Certificate, noon); err == nil {
			t.Errorf("believed: %+v", a)
		}
	})
}

func FuzzParseCRL(f *testing.F) {
	ca := authority(f, "CA")
	f.Add(list(f, ca, nil, ca))
	f.Add(list(f, ca, scope(f, point("http://x/y"))))
	f.Fuzz(func(t *testing.T, der []byte) {
		if l, p, err := parseCRL(der); err == nil && (l == nil || p.Indirect) {
			t.Errorf("%+v", p)
		}
	})
}
