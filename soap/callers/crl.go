package callers

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// crl is a list of revoked certificates whose issuer's signature was verified.
type crl struct {
	issuer     [32]byte // SHA-256 of the issuer's certificate
	name       string   // the issuer's, for people
	thisUpdate time.Time
	nextUpdate time.Time
	revoked    map[string]struct{} // by serial number, in its big-endian bytes

	onlyUsers, onlyAuthorities bool
	// points are the addresses that a partial list names itself with; nil for a complete one.
	points []string
}

var (
	idIssuingDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}

	errScope = errors.New("the revocation list does not speak of this certificate")
	errStale = errors.New("the revocation list is out of date, or older than the one before")
)

// distributionPoint is RFC 5280, 5.2.5.
type distributionPoint struct {
	Name struct {
		Full     []asn1.RawValue  `asn1:"optional,tag:0"`
		Relative pkix.RDNSequence `asn1:"optional,tag:1"`
	} `asn1:"optional,tag:0"`
	OnlyUsers       bool           `asn1:"optional,tag:1"`
	OnlyAuthorities bool           `asn1:"optional,tag:2"`
	OnlySomeReasons asn1.BitString `asn1:"optional,tag:3"`
	Indirect        bool           `asn1:"optional,tag:4"`
	OnlyAttributes  bool           `asn1:"optional,tag:5"`
}

// ders gives the lists of a file: several in PEM, or one in DER.
func ders(text []byte) (all [][]byte) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		all = append(all, block.Bytes)
	}
	if all == nil {
		return [][]byte{text}
	}
	return all
}

// parseCRL reads a list, DER, unverified. Lists of other authorities' certificates (indirect), of changes
// (delta) or of some reasons only are refused: read as complete ones they would let revoked certificates in.
func parseCRL(text []byte) (*x509.RevocationList, *distributionPoint, error) {
	list, err := x509.ParseRevocationList(text)
	if err != nil {
		return nil, nil, fmt.Errorf("parse a revocation list: %w", err)
	}
	var point distributionPoint
	for _, e := range list.Extensions {
		if e.Id.Equal(idIssuingDistributionPoint) {
			if rest, err := asn1.Unmarshal(e.Value, &point); err != nil || len(rest) > 0 {
				return nil, nil, fmt.Errorf("parse the scope of a revocation list: %w", errors.Join(err, errScope))
			}
		} else if e.Critical {
			return nil, nil, fmt.Errorf("a revocation list with the critical extension %s: %w", e.Id, errScope)
		}
	}
	if point.Indirect || point.OnlyAttributes || point.OnlySomeReasons.BitLength > 0 || len(point.Name.Relative) > 0 {
		return nil, nil, fmt.Errorf("a revocation list of a kind that is not read: %w", errScope)
	}
	for _, r := range list.RevokedCertificateEntries {
		for _, e := range r.Extensions {
			if e.Critical {
				return nil, nil, fmt.Errorf("an entry with the critical extension %s: %w", e.Id, errScope)
			}
		}
	}
	return list, &point, nil
}

// readCRL reads a list that the issuer signed and that holds now.
func readCRL(text []byte, issuer *x509.Certificate, now time.Time) (*crl, error) {
	list, point, err := parseCRL(text)
	if err != nil {
		return nil, err
	}
	if string(list.RawIssuer) != string(issuer.RawSubject) {
		return nil, fmt.Errorf("the revocation list is %q's: %w", list.Issuer.CommonName, errScope)
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return nil, fmt.Errorf("verify the revocation list of %q: %w", issuer.Subject.CommonName, err)
	}
	if list.ThisUpdate.After(now.Add(clockSkew)) || !now.Before(list.NextUpdate) {
		return nil, fmt.Errorf("%q, for %s to %s: %w", issuer.Subject.CommonName, list.ThisUpdate.Format(time.RFC3339), list.NextUpdate.Format(time.RFC3339), errStale)
	}
	c := &crl{
		issuer: sha256.Sum256(issuer.Raw), name: issuer.Subject.CommonName, thisUpdate: list.ThisUpdate, nextUpdate: list.NextUpdate,
		revoked: make(map[string]struct{}, len(list.RevokedCertificateEntries)), onlyUsers: point.OnlyUsers, onlyAuthorities: point.OnlyAuthorities,
	}
	for _, r := range list.RevokedCertificateEntries {
		c.revoked[string(r.SerialNumber.Bytes())] = struct{}{}
	}
	for _, n := range point.Name.Full {
		c.points = append(c.points, "")
		if n.Class == asn1.ClassContextSpecific && n.Tag == 6 { // uniformResourceIdentifier
			c.points[len(c.points)-1] = string(n.Bytes)
		}
	}
	return c, nil
}

// clockSkew is by how much an authority's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// speaksOf tells whether a certificate that is not on the list is thereby not revoked. A list for one
// distribution point speaks only of certificates that name the point: whoever can change what plain HTTP
// carries could else hand us another part of the same authority's list.
func (c *crl) speaksOf(cert *x509.Certificate) bool {
	if c.onlyUsers && cert.IsCA || c.onlyAuthorities && !cert.IsCA {
		return false
	}
	return c.points == nil || slices.ContainsFunc(cert.CRLDistributionPoints, func(p string) bool { return slices.Contains(c.points, p) })
}

func (c *crl) status(cert *x509.Certificate) (standing, error) {
	if _, listed := c.revoked[string(cert.SerialNumber.Bytes())]; listed {
		return revoked, nil
	}
	if !c.speaksOf(cert) {
		return unknown, errScope
	}
	return good, nil
}

// byCRL looks a certificate up in the lists from files, then in those it names itself.
func (r *revocations) byCRL(ctx context.Context, cert, issuer *x509.Certificate) (standing, error) {
	now, sum := r.now(), sha256.Sum256(issuer.Raw)
	var tried error
	for _, c := range r.local() {
		if c.issuer != sum || !now.Before(c.nextUpdate) {
			continue
		}
		s, err := c.status(cert)
		if s != unknown {
			return s, nil
		}
		tried = err
	}
	for _, url := range cert.CRLDistributionPoints {
		if !fetchable(url) {
			continue
		}
		list, err := r.lists.get(ctx, url+"\x00"+string(sum[:]), func(ctx context.Context, before **crl) (*crl, time.Time, error) {
			text, err := r.fetch(ctx, url, "", nil, maxCRL)
			if err != nil {
				return nil, time.Time{}, err
			}
			list, err := readCRL(ders(text)[0], issuer, r.now())
			if err != nil {
				return nil, time.Time{}, err
			}
			if before != nil && list.thisUpdate.Before((*before).thisUpdate) {
				return nil, time.Time{}, errStale
			}
			return list, list.nextUpdate, nil
		})
		if err != nil {
			tried = errors.Join(tried, err)
			continue
		}
		s, err := list.status(cert)
		if s != unknown {
			return s, nil
		}
		tried = errors.Join(tried, err)
	}
	if tried == nil {
		tried = errNoSource
	}
	return unknown, tried
}
