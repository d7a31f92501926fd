package callers

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// authorities are the certificates of PLANNER_CLIENT_CAS: roots and issuing authorities, each trusted by itself,
// because callers often send their own certificate alone.
type authorities struct {
	certs   []*x509.Certificate
	pool    *x509.CertPool
	trusted map[[32]byte]bool // by SHA-256
}

func readAuthorities(text []byte) (*authorities, error) {
	a := &authorities{pool: x509.NewCertPool(), trusted: map[[32]byte]bool{}}
	for len(text) > 0 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("a PEM block %q among the authorities", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("parse an authority's certificate: %w", err)
		}
		if !cert.BasicConstraintsValid || !cert.IsCA {
			return nil, fmt.Errorf("%q is no authority's certificate", cert.Subject.CommonName)
		}
		if err := strong(cert); err != nil {
			return nil, fmt.Errorf("authority %q: %w", cert.Subject.CommonName, err)
		}
		a.certs = append(a.certs, cert)
		a.pool.AddCert(cert)
		a.trusted[sha256.Sum256(cert.Raw)] = true
	}
	if len(a.certs) == 0 {
		return nil, errors.New("no certificate among the authorities")
	}
	return a, nil
}

// verify is what crypto/tls does with a client's certificates, for those that come another way.
func (a *authorities) verify(sent []*x509.Certificate, now time.Time) ([][]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	return sent[0].Verify(x509.VerifyOptions{
		Roots: a.pool, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// issuer finds the authority that issued cert; nil when it is not among ours.
func (a *authorities) issuer(cert *x509.Certificate) *x509.Certificate {
	for _, c := range a.certs {
		if string(c.RawSubject) == string(cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

var (
	errWeak    = errors.New("key too weak")
	errExpired = errors.New("a certificate of the chain has expired, or its authority is no longer trusted")
)

// standing picks the first of the chains, verified once, that holds now too: a connection may outlive a certificate
// or the trust in an authority.
func (a *authorities) standing(chains [][]*x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	err := errExpired
	for _, chain := range chains {
		if len(chain) == 0 || !a.trusted[sha256.Sum256(chain[len(chain)-1].Raw)] || !valid(chain, now) {
			continue
		}
		if err = allStrong(chain); err == nil {
			return chain, nil
		}
	}
	return nil, err
}

func valid(chain []*x509.Certificate, now time.Time) bool {
	for _, c := range chain {
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return false
		}
	}
	return true
}

func allStrong(chain []*x509.Certificate) error {
	for _, c := range chain {
		if err := strong(c); err != nil {
			return err
		}
	}
	return nil
}

// strong refuses keys below 112 bits of security (RSA 2048, EC 224), which OCES has never issued since 2010;
// crypto/x509 refuses weak digests by itself but takes RSA keys of 1024 bits.
func strong(c *x509.Certificate) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Errorf("RSA of %d bits: %w", key.N.BitLen(), errWeak)
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 224 {
			return fmt.Errorf("EC of %d bits: %w", key.Curve.Params().BitSize, errWeak)
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("key of a kind that is not known: %w", errWeak)
	}
	return nil
}
