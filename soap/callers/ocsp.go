package callers

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// OCSP answers are read here and not by x/crypto/ocsp, which knows no RSASSA-PSS; that is what OCES signs with.
// The structures are RFC 6960, 4.2.1.
type (
	ocspResponse struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	basicResponse struct {
		Data         responseData
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	responseData struct {
		Raw        asn1.RawContent
		Version    int `asn1:"optional,default:0,explicit,tag:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []singleResponse
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	singleResponse struct {
		ID         certID
		Status     asn1.RawValue
		ThisUpdate time.Time        `asn1:"generalized"`
		NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	certID struct {
		Hash   pkix.AlgorithmIdentifier
		Name   []byte
		Key    []byte
		Serial *big.Int
	}
	pssParameters struct {
		Hash    pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		Mask    pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
		Salt    int                      `asn1:"explicit,tag:2"`
		Trailer int                      `asn1:"explicit,tag:3,optional,default:1"`
	}
)

var (
	idBasicOCSP = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	idSHA1      = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	idPSS       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	idMGF1      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}

	errOCSP          = errors.New("the OCSP answer cannot be used")
	errOCSPSignature = errors.New("nobody who may signed the OCSP answer")
)

var signatures = []struct {
	id        asn1.ObjectIdentifier
	algorithm x509.SignatureAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512},
	{asn1.ObjectIdentifier{1, 3, 101, 112}, x509.PureEd25519},
}

// pssHashes are the digests that crypto/x509 verifies PSS with, each with a salt of its own length.
var pssHashes = []struct {
	id        asn1.ObjectIdentifier
	salt      int
	algorithm x509.SignatureAlgorithm
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, 32, x509.SHA256WithRSAPSS},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, 48, x509.SHA384WithRSAPSS},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, 64, x509.SHA512WithRSAPSS},
}

func signatureAlgorithm(id pkix.AlgorithmIdentifier) (x509.SignatureAlgorithm, error) {
	if !id.Algorithm.Equal(idPSS) {
		for _, s := range signatures {
			if s.id.Equal(id.Algorithm) {
				return s.algorithm, nil
			}
		}
		return 0, fmt.Errorf("signature algorithm %s: %w", id.Algorithm, errOCSP)
	}
	var p pssParameters
	var mask pkix.AlgorithmIdentifier
	if err := unmarshal(id.Parameters.FullBytes, &p); err != nil {
		return 0, err
	}
	if err := unmarshal(p.Mask.Parameters.FullBytes, &mask); err != nil {
		return 0, err
	}
	for _, h := range pssHashes {
		if h.id.Equal(p.Hash.Algorithm) && p.Mask.Algorithm.Equal(idMGF1) && mask.Algorithm.Equal(h.id) && p.Salt == h.salt && p.Trailer == 1 {
			return h.algorithm, nil
		}
	}
	return 0, fmt.Errorf("RSASSA-PSS with parameters that are not known: %w", errOCSP)
}

// unmarshal reads all of der.
func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err != nil {
		return errors.Join(errOCSP, err)
	}
	if len(rest) > 0 {
		return errOCSP
	}
	return nil
}

// ocspAnswer is what an authority said of one certificate.
type ocspAnswer struct {
	standing   standing
	thisUpdate time.Time
	until      time.Time
}

// readOCSP reads an answer about cert that its issuer, or who it delegated that to, signed and that holds now.
func readOCSP(der []byte, cert, issuer *x509.Certificate, now time.Time) (ocspAnswer, error) {
	var outer ocspResponse
	if err := unmarshal(der, &outer); err != nil {
		return ocspAnswer{}, err
	}
	if outer.Status != 0 || !outer.Bytes.Type.Equal(idBasicOCSP) {
		return ocspAnswer{}, fmt.Errorf("response status %d: %w", outer.Status, errOCSP)
	}
	var basic basicResponse
	if err := unmarshal(outer.Bytes.Response, &basic); err != nil {
		return ocspAnswer{}, err
	}
	if err := basic.signedFor(issuer, now); err != nil {
		return ocspAnswer{}, err
	}
	if critical(basic.Data.Extensions) {
		return ocspAnswer{}, errOCSP
	}
	name, key, err := sha1ID(issuer)
	if err != nil {
		return ocspAnswer{}, err
	}
	for _, s := range basic.Data.Responses {
		if s.ID.Hash.Algorithm.Equal(idSHA1) && bytes.Equal(s.ID.Name, name) && bytes.Equal(s.ID.Key, key) &&
			s.ID.Serial != nil && s.ID.Serial.Cmp(cert.SerialNumber) == 0 {
			return s.answer(now)
		}
	}
	return ocspAnswer{}, fmt.Errorf("it is about another certificate: %w", errOCSP)
}

// withoutEnd is how long an answer that names no end is used: it says only that newer ones can always be had.
const withoutEnd = 5 * time.Minute

func (s singleResponse) answer(now time.Time) (ocspAnswer, error) {
	until := s.NextUpdate
	if until.IsZero() {
		until = s.ThisUpdate.Add(clockSkew + withoutEnd)
	}
	if critical(s.Extensions) || s.ThisUpdate.After(now.Add(clockSkew)) || !now.Before(until) {
		return ocspAnswer{}, fmt.Errorf("for %s to %s: %w", s.ThisUpdate.Format(time.RFC3339), until.Format(time.RFC3339), errOCSP)
	}
	a := ocspAnswer{thisUpdate: s.ThisUpdate, until: until}
	if s.Status.Class != asn1.ClassContextSpecific {
		return ocspAnswer{}, errOCSP
	}
	switch s.Status.Tag {
	case 0:
		a.standing = good
	case 1:
		a.standing = revoked
	case 2: // the responder does not know it
		return ocspAnswer{}, fmt.Errorf("the responder does not know the certificate: %w", errOCSP)
	default:
		return ocspAnswer{}, errOCSP
	}
	return a, nil
}

// signedFor verifies the signature: the issuer's own, or that of a certificate that it issued for this purpose.
func (b basicResponse) signedFor(issuer *x509.Certificate, now time.Time) error {
	algorithm, err := signatureAlgorithm(b.Algorithm)
	if err != nil {
		return err
	}
	signature := b.Signature.RightAlign()
	if issuer.CheckSignature(algorithm, b.Data.Raw, signature) == nil {
		return nil
	}
	for _, raw := range b.Certificates[:min(len(b.Certificates), 4)] {
		responder, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil || !valid([]*x509.Certificate{responder}, now) || strong(responder) != nil ||
			!slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) ||
			!bytes.Equal(responder.RawIssuer, issuer.RawSubject) || responder.CheckSignatureFrom(issuer) != nil {
			continue
		}
		if responder.CheckSignature(algorithm, b.Data.Raw, signature) == nil {
			return nil
		}
	}
	return errOCSPSignature
}

func critical(extensions []pkix.Extension) bool {
	return slices.ContainsFunc(extensions, func(e pkix.Extension) bool { return e.Critical })
}

// sha1ID names an issuer as our requests do. SHA-1 is only a name here, and the one that every responder knows.
func sha1ID(issuer *x509.Certificate) (name, key []byte, err error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if err := unmarshal(issuer.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, nil, err
	}
	n, k := sha1.Sum(issuer.RawSubject), sha1.Sum(info.Key.RightAlign())
	return n[:], k[:], nil
}

// byOCSP asks the responders that the certificate names. No nonce is sent: the large responders answer with
// responses made beforehand, and times bound how old one may be.
func (r *revocations) byOCSP(ctx context.Context, cert, issuer *x509.Certificate) (standing, error) {
	var tried error
	for _, url := range cert.OCSPServer {
		if !fetchable(url) {
			continue
		}
		key := url + "\x00" + string(issuer.RawSubjectPublicKeyInfo) + "\x00" + string(cert.SerialNumber.Bytes())
		answer, err := r.answers.get(ctx, key, func(ctx context.Context, before *ocspAnswer) (ocspAnswer, time.Time, error) {
			question, err := ocsp.CreateRequest(cert, issuer, &ocsp.RequestOptions{Hash: crypto.SHA1})
			if err != nil {
				return ocspAnswer{}, time.Time{}, fmt.Errorf("make an OCSP request: %w", err)
			}
			text, err := r.fetch(ctx, url, "application/ocsp-request", question, maxOCSP)
			if err != nil {
				return ocspAnswer{}, time.Time{}, err
			}
			a, err := readOCSP(text, cert, issuer, r.now())
			if err != nil {
				return ocspAnswer{}, time.Time{}, err
			}
			if before != nil && a.thisUpdate.Before(before.thisUpdate) {
				return ocspAnswer{}, time.Time{}, fmt.Errorf("older than the one before: %w", errOCSP)
			}
			return a, a.until, nil
		})
		if err == nil {
			return answer.standing, nil
		}
		tried = errors.Join(tried, err)
	}
	if tried == nil {
		tried = errNoSource
	}
	return unknown, tried
}
