package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
)

// Authority is a root with one issuing authority below it.
type Authority struct {
	Root, Issuing *x509.Certificate
	// IssuingKey signs certificates, revocation lists and OCSP answers.
	IssuingKey *rsa.PrivateKey

	rootKey *rsa.PrivateKey
	now     time.Time
}

// authorityBits is what OCES3's issuing authorities have.
const authorityBits = 3072

var (
	organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
	// policies of OCES3: NCP, and the Danish one for organisations' certificates.
	policies = []string{"0.4.0.2042.1.1", "1.2.208.169.1.1.1.3.7"}
)

// NewAuthority makes one, valid from an hour before now for two years.
func NewAuthority(now time.Time) (*Authority, error) {
	var keys [2]*rsa.PrivateKey
	var group errgroup.Group
	for i := range keys {
		group.Go(func() (err error) {
			keys[i], err = rsa.GenerateKey(rand.Reader, authorityBits)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("make the authorities' keys: %w", err)
	}
	return NewAuthorityWith(now, keys[0], keys[1])
}

// NewAuthorityWith makes one with the given keys.
func NewAuthorityWith(now time.Time, rootKey, issuingKey *rsa.PrivateKey) (*Authority, error) {
	a := &Authority{now: now, rootKey: rootKey, IssuingKey: issuingKey}
	template := func(cn string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: serial(), Subject: pkix.Name{Country: []string{"DK"}, Organization: []string{"Den Danske Stat (efterligning)"}, CommonName: cn},
			NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(2, 0, 0), IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SignatureAlgorithm: x509.SHA256WithRSAPSS,
		}
	}
	root := template("OCES rod-CA (efterligning til udvikling)")
	var err error
	if a.Root, err = sign(root, root, &a.rootKey.PublicKey, a.rootKey); err != nil {
		return nil, fmt.Errorf("make the root: %w", err)
	}
	issuing := template("OCES udstedende-CA 1 (efterligning til udvikling)")
	issuing.MaxPathLenZero = true
	if a.Issuing, err = sign(issuing, a.Root, &a.IssuingKey.PublicKey, a.rootKey); err != nil {
		return nil, fmt.Errorf("make the issuing authority: %w", err)
	}
	return a, nil
}

func sign(template, parent *x509.Certificate, public any, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Holder is who a certificate is for.
type Holder struct {
	CN  string
	CVR string
	// System is a UUID, or with FOCES a FID.
	System string
	// FOCES asks for the older form of subject.
	FOCES bool
	// NotBefore and NotAfter; zero: an hour before the authority's now, and a year after it.
	NotBefore, NotAfter time.Time
	// CRLs and OCSP are where the certificate says that its revocation can be learnt.
	CRLs, OCSP []string
}

func (h Holder) template(now time.Time) *x509.Certificate {
	if h.NotBefore.IsZero() {
		h.NotBefore = now.Add(-time.Hour)
	}
	if h.NotAfter.IsZero() {
		h.NotAfter = now.AddDate(1, 0, 0)
	}
	name := pkix.Name{Country: []string{"DK"}, Organization: []string{"Ærøby Kommune (efterligning)"}, CommonName: h.CN}
	if h.FOCES {
		name.SerialNumber = "CVR:" + h.CVR + "-FID:" + h.System
	} else {
		name.SerialNumber = "UI:DK-O:G:" + h.System
		name.ExtraNames = []pkix.AttributeTypeAndValue{{Type: organizationIdentifier, Value: "NTRDK-" + h.CVR}}
	}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: name, NotBefore: h.NotBefore, NotAfter: h.NotAfter, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment, SignatureAlgorithm: x509.SHA256WithRSAPSS,
		CRLDistributionPoints: h.CRLs, OCSPServer: h.OCSP,
	}
	for _, p := range policies {
		oid, err := x509.ParseOID(p)
		if err != nil {
			panic(err) // a constant
		}
		t.Policies = append(t.Policies, oid)
	}
	return t
}

// Issue makes a caller's certificate for the key.
func (a *Authority) Issue(h Holder, key crypto.Signer) (*x509.Certificate, error) {
	cert, err := sign(h.template(a.now), a.Issuing, key.Public(), a.IssuingKey)
	if err != nil {
		return nil, fmt.Errorf("issue the certificate of %s: %w", h.CN, err)
	}
	return cert, nil
}

// SelfSigned makes a certificate with an OCES3 subject that nobody stands behind.
func SelfSigned(h Holder, key crypto.Signer, now time.Time) (*x509.Certificate, error) {
	t := h.template(now)
	cert, err := sign(t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of %s: %w", h.CN, err)
	}
	return cert, nil
}

// Server makes the certificate of a server on this machine.
func (a *Authority) Server() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the server's key: %w", err)
	}
	cert, err := sign(&x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Country: []string{"DK"}, Organization: []string{"Ærøby Kommune (efterligning)"}, CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.AddDate(1, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, SignatureAlgorithm: x509.SHA256WithRSAPSS,
	}, a.Issuing, &key.PublicKey, a.IssuingKey)
	if err != nil {
		return nil, nil, fmt.Errorf("issue the server's certificate: %w", err)
	}
	return cert, key, nil
}

// Revocations makes the issuing authority's list, DER, that holds from an hour before now until next. number must grow.
func (a *Authority) Revocations(number int64, now, next time.Time, revoked ...*x509.Certificate) ([]byte, error) {
	return list(number, now, next, revoked, a.Issuing, a.IssuingKey)
}

// RootRevocations is the root's list, which is empty.
func (a *Authority) RootRevocations(number int64, now, next time.Time) ([]byte, error) {
	return list(number, now, next, nil, a.Root, a.rootKey)
}

func list(number int64, now, next time.Time, revoked []*x509.Certificate, issuer *x509.Certificate, key *rsa.PrivateKey) ([]byte, error) {
	t := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: now.Add(-time.Hour), NextUpdate: next, SignatureAlgorithm: x509.SHA256WithRSAPSS}
	for _, c := range revoked {
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: now.Add(-time.Hour), ReasonCode: 1})
	}
	der, err := x509.CreateRevocationList(rand.Reader, t, issuer, key)
	if err != nil {
		return nil, fmt.Errorf("make the revocation list of %s: %w", issuer.Subject.CommonName, err)
	}
	return der, nil
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return n.Add(n, big.NewInt(1))
}
