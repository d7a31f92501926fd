package certs

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kommunalplanner.example/soap/callers"
)

// Files are the paths of what Write made.
type Files struct {
	CA                    string // root and issuing authority
	ServerCert, ServerKey string
	ClientCert, ClientKey string // a caller that is admitted
	CRLs                  string // of both authorities
	Callers               string // the list of callers
	// Others are further callers, by what is the matter with them; each certificate's key is beside it, with
	// "-key" before the ending.
	Others map[string]string
}

// The organisations and systems of the certificates that Write makes.
const (
	CVR      = "12345678"
	System   = "11111111-2222-4333-8444-555555555555"
	OtherCVR = "87654321"
	FID      = "9100000000518"

	otherSystem = "99999999-2222-4333-8444-555555555555"
)

// Settings are what `planner serve` needs to use the files.
func (f Files) Settings() map[string]string {
	return map[string]string{
		"PLANNER_TLS_CERT": f.ServerCert, "PLANNER_TLS_KEY": f.ServerKey, "PLANNER_CLIENT_CAS": f.CA,
		"PLANNER_CALLERS_FILE": f.Callers, "PLANNER_CRL_FILES": f.CRLs, "PLANNER_REVOCATION": "crl",
	}
}

// Write makes an authority and fills dir with what it issues.
func Write(dir string, now time.Time) (Files, error) {
	f := Files{Others: map[string]string{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, fmt.Errorf("make the folder of certificates: %w", err)
	}
	var a *Authority
	var key, otherKey *rsa.PrivateKey
	var group errgroup.Group
	group.Go(func() (err error) { a, err = NewAuthority(now); return err })
	group.Go(func() (err error) { key, err = rsa.GenerateKey(rand.Reader, authorityBits); return err })
	group.Go(func() (err error) { otherKey, err = rsa.GenerateKey(rand.Reader, 2048); return err })
	if err := group.Wait(); err != nil {
		return f, fmt.Errorf("make keys: %w", err)
	}
	w := writer{dir: dir}
	f.CA = w.write("ca.pem", 0o644, certificates(a.Issuing, a.Root))
	server, serverKey, err := a.Server()
	if err != nil {
		return f, err
	}
	f.ServerCert = w.pair("server", serverKey, server, a.Issuing)
	f.ServerKey = keyOf(f.ServerCert)

	good := Holder{CN: "DFDG (efterligning)", CVR: CVR, System: System}
	cert, err := a.Issue(good, key)
	if err != nil {
		return f, err
	}
	f.ClientCert = w.pair("client", key, cert, a.Issuing)
	f.ClientKey = keyOf(f.ClientCert)

	revoked, err := w.others(&f, a, good, otherKey, now)
	if err != nil {
		return f, err
	}
	// As long as the authority: its key is gone, so that there will be no newer list.
	issued, err := a.Revocations(1, now, a.Root.NotAfter, revoked)
	if err != nil {
		return f, err
	}
	root, err := a.RootRevocations(1, now, a.Root.NotAfter)
	if err != nil {
		return f, err
	}
	f.CRLs = w.write("crl.pem", 0o644, append(block("X509 CRL", issued), block("X509 CRL", root)...))
	list, err := json.MarshalIndent(callers.List{Callers: []callers.Caller{
		{Name: "DFDG (efterligning)", CVR: CVR, Certificates: []string{System, FID}, JobCenters: []string{callers.Any}},
	}}, "", "  ")
	if err != nil {
		return f, fmt.Errorf("write the list of callers: %w", err)
	}
	f.Callers = w.write("callers.json", 0o644, append(list, '\n'))
	return f, w.err
}

// others makes the certificates that are not like the good one, and gives the one to revoke.
func (w *writer) others(f *Files, a *Authority, good Holder, key *rsa.PrivateKey, now time.Time) (revoked *x509.Certificate, err error) {
	with := func(change func(*Holder)) Holder {
		h := good
		change(&h)
		return h
	}
	holders := map[string]Holder{
		"foces":              with(func(h *Holder) { h.FOCES, h.System = true, FID }),
		"other-organisation": with(func(h *Holder) { h.CN, h.CVR, h.System = "Anden organisation (efterligning)", OtherCVR, otherSystem }),
		"spoofed-cn":         with(func(h *Holder) { h.CN, h.CVR, h.System = "NTRDK-"+CVR, OtherCVR, otherSystem }),
		"other-system":       with(func(h *Holder) { h.System = otherSystem }),
		"expired":            with(func(h *Holder) { h.NotBefore, h.NotAfter = now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0) }),
		"not-yet-valid":      with(func(h *Holder) { h.NotBefore, h.NotAfter = now.AddDate(0, 6, 0), now.AddDate(1, 0, 0) }),
		"revoked":            good,
	}
	for _, name := range slices.Sorted(maps.Keys(holders)) {
		cert, err := a.Issue(holders[name], key)
		if err != nil {
			return nil, err
		}
		if name == "revoked" {
			revoked = cert
		}
		f.Others[name] = w.pair("client-"+name, key, cert, a.Issuing)
	}
	strange, err := NewAuthorityWith(now, key, key)
	if err != nil {
		return nil, err
	}
	forged, err := strange.Issue(good, key)
	if err != nil {
		return nil, err
	}
	f.Others["strange-issuer"] = w.pair("client-strange-issuer", key, forged, strange.Issuing, strange.Root)
	self, err := SelfSigned(good, key, now)
	if err != nil {
		return nil, err
	}
	f.Others["self-signed"] = w.pair("client-self-signed", key, self)
	return revoked, nil
}

// writer writes files until one cannot be written.
type writer struct {
	dir string
	err error
}

func (w *writer) write(name string, mode os.FileMode, text []byte) string {
	path := filepath.Join(w.dir, name)
	if w.err == nil {
		w.err = os.WriteFile(path, text, mode)
	}
	return path
}

// pair writes a chain and its key, and gives the chain's path.
func (w *writer) pair(name string, key crypto.Signer, chain ...*x509.Certificate) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil && w.err == nil {
		w.err = err
	}
	path := w.write(name+".pem", 0o644, certificates(chain...))
	w.write(filepath.Base(keyOf(path)), 0o600, block("PRIVATE KEY", der))
	return path
}

// keyOf is the path of the key beside a certificate.
func keyOf(cert string) string { return cert[:len(cert)-len(".pem")] + "-key.pem" }

func certificates(chain ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range chain {
		b.Write(block("CERTIFICATE", c.Raw))
	}
	return b.Bytes()
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
