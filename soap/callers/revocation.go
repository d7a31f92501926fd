package callers

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Method is a way to learn whether a certificate was revoked.
type Method string

// Methods.
const (
	CRL  Method = "crl"  // lists: from files, or from where the certificate says
	OCSP Method = "ocsp" // a question to the responder that the certificate names
)

// standing is what an authority says of a certificate of its own.
type standing int

const (
	unknown standing = iota
	good
	revoked
)

var (
	errRevoked  = errors.New("the certificate was revoked")
	errNoSource = errors.New("the certificate names no source that is asked")
	// errUnchecked is not knowing: the caller may be in order.
	errUnchecked = errors.New("whether the certificate was revoked cannot be learnt")
)

const (
	maxCRL  = 32 << 20
	maxOCSP = 64 << 10
)

// revocations asks and remembers. For concurrent use.
type revocations struct {
	methods  []Method
	failOpen bool
	timeout  time.Duration // how long a caller waits for all of its chain
	client   *http.Client
	now      func() time.Time
	log      *slog.Logger
	observe  func(Revocation)
	local    func() []*crl // from files

	lists   statements[*crl]
	answers statements[ocspAnswer]
}

// check gives nil for a chain none of whose certificates was revoked, errRevoked or errUnchecked. Every certificate
// is looked up whose issuer is known; the last one's issuer is looked for among the authorities.
func (r *revocations) check(ctx context.Context, chain []*x509.Certificate, known *authorities) error {
	if len(r.methods) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for i, cert := range chain {
		var issuer *x509.Certificate
		if i+1 < len(chain) {
			issuer = chain[i+1]
		} else if issuer = known.issuer(cert); issuer == nil || bytes.Equal(issuer.Raw, cert.Raw) {
			return nil // nobody is above it
		}
		if err := r.checkOne(ctx, cert, issuer); err != nil {
			return err
		}
	}
	return nil
}

// checkOne takes the first definite answer, in the order of the methods.
func (r *revocations) checkOne(ctx context.Context, cert, issuer *x509.Certificate) error {
	var tried error
	for _, m := range r.methods {
		var s standing
		var err error
		if m == OCSP {
			s, err = r.byOCSP(ctx, cert, issuer)
		} else {
			s, err = r.byCRL(ctx, cert, issuer)
		}
		r.observe(Revocation{m, s})
		switch s {
		case good:
			return nil
		case revoked:
			return fmt.Errorf("serial number %x of %q, by %s: %w", cert.SerialNumber, issuer.Subject.CommonName, m, errRevoked)
		}
		tried = errors.Join(tried, fmt.Errorf("%s: %w", m, err))
	}
	if r.failOpen {
		r.log.WarnContext(ctx, "certificate let in without knowing whether it was revoked", "serial", fmt.Sprintf("%x", cert.SerialNumber), "issuer", issuer.Subject.CommonName, "err", tried)
		return nil
	}
	return fmt.Errorf("serial number %x of %q: %w: %w", cert.SerialNumber, issuer.Subject.CommonName, errUnchecked, tried)
}

// refresh renews what is due, so that no caller waits for it.
func (r *revocations) refresh(ctx context.Context) {
	if failed := r.lists.refresh(ctx) + r.answers.refresh(ctx); failed > 0 {
		r.log.WarnContext(ctx, "revocation lists or OCSP answers not renewed; those held are used until they end", "failed", failed)
	}
}

// fetchable tells whether an address in a certificate is one we go to. LDAP is left alone.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https")) && u.Host != ""
}

// fetch gets an address, or posts body to it, and reads at most limit bytes.
func (r *revocations) fetch(ctx context.Context, address, contentType string, body []byte, limit int64) ([]byte, error) {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", address, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask about revocation: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s: HTTP %d", address, res.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", address, err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("the answer of %s is longer than %d bytes", address, limit)
	}
	return text, nil
}
