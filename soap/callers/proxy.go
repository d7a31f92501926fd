package callers

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Proxy is the contract with a proxy that ends TLS. It sends two headers:
//
//	X-Forwarded-Client-Cert:           the certificate that the caller showed
//	X-Forwarded-Client-Cert-Signature: t=UNIX-SECONDS,v1=HEX
//
// The first is Envoy's form (Cert="URL-escaped PEM", and Chain= likewise), or the URL-escaped PEM alone (nginx:
// $ssl_client_escaped_cert), or the DER in base64 (HAProxy: ssl_c_der,base64). v1 is the HMAC-SHA-256, under a
// key that only the proxy and we have, of
//
//	UNIX-SECONDS " " METHOD " " REQUEST-TARGET " " the first header's value
//
// A call is believed only from a pinned address and with a fresh signature. The proxy must delete both headers of
// what callers send. We verify the certificate like one that TLS brought: the proxy is believed in that the caller
// has its key, and in nothing else.
type Proxy struct {
	Sources []netip.Prefix // addresses of the proxy itself, as TCP sees them
	Keys    [][]byte       // the current one first; each of 32 bytes or more
	Header  string         // "" = X-Forwarded-Client-Cert; the signature's is this with -Signature
}

const (
	proxyHeader     = "X-Forwarded-Client-Cert"
	signatureSuffix = "-Signature"
	// freshness is how far the proxy's clock may be off, and for how long a signed head could be sent again.
	freshness = time.Minute
	// maxCertificates of a chain that a header may bring.
	maxCertificates = 8
)

var (
	errNotFromProxy = errors.New("a certificate header from an address that is not the proxy's")
	errNoHeader     = errors.New("the proxy sent no certificate")
	errHeader       = errors.New("the proxy's certificate header cannot be read")
	errSignature    = errors.New("the proxy's signature is missing, wrong or old")
)

func (p Proxy) header() string {
	if p.Header == "" {
		return proxyHeader
	}
	return p.Header
}

func (p Proxy) check() error {
	if len(p.Sources) == 0 {
		return nil
	}
	if len(p.Keys) == 0 {
		return errors.New("the proxy's addresses are given but no key to sign with")
	}
	for _, k := range p.Keys {
		if len(k) < 32 {
			return errors.New("the proxy's key is shorter than 32 bytes")
		}
	}
	return nil
}

// certificates gives what the caller showed to the proxy, unverified.
func (p Proxy) certificates(r *http.Request, now time.Time) ([]*x509.Certificate, error) {
	values := r.Header.Values(p.header())
	if !p.pinned(r.RemoteAddr) {
		if len(values) > 0 {
			return nil, errNotFromProxy
		}
		return nil, errNoHeader
	}
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil, errNoHeader
	}
	signed := r.Header.Values(p.header() + signatureSuffix)
	if len(values) > 1 || len(signed) != 1 {
		return nil, errSignature // of two headers one may be the caller's own
	}
	if err := p.verify(r.Method, r.RequestURI, values[0], signed[0], now); err != nil {
		return nil, err
	}
	return parseHeader(values[0])
}

// pinned tells whether a connection comes from the proxy. What any header says of addresses does not matter.
func (p Proxy) pinned(remote string) bool {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap().WithZone("")
	for _, s := range p.Sources {
		if s.Contains(addr) {
			return true
		}
	}
	return false
}

// Sign gives the signature header's value, as the proxy makes it.
func Sign(key []byte, at time.Time, method, target, header string) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(signature(key, t, method, target, header))
}

func signature(key []byte, t, method, target, header string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(t + " " + method + " " + target + " " + header))
	return h.Sum(nil)
}

func (p Proxy) verify(method, target, header, signed string, now time.Time) error {
	t, mac, ok := strings.Cut(signed, ",v1=")
	t, begins := strings.CutPrefix(t, "t=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	got, hexErr := hex.DecodeString(mac)
	if !ok || !begins || err != nil || hexErr != nil {
		return errSignature
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > freshness || off < -freshness {
		return fmt.Errorf("off by %s: %w", off.Round(time.Second), errSignature)
	}
	for _, k := range p.Keys {
		if hmac.Equal(got, signature(k, t, method, target, header)) {
			return nil
		}
	}
	return errSignature
}

// parseHeader reads the certificates, the caller's own first.
func parseHeader(value string) ([]*x509.Certificate, error) {
	if isPEM(value) {
		return parsePEM(value)
	}
	if der, err := base64.StdEncoding.DecodeString(value); err == nil {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errors.Join(errHeader, err)
		}
		return []*x509.Certificate{cert}, nil
	}
	fields, err := forwardedFields(value)
	if err != nil {
		return nil, err
	}
	certs, err := parsePEM(fields["cert"])
	if err != nil || fields["chain"] == "" {
		return certs, err
	}
	chain, err := parsePEM(fields["chain"])
	if err != nil {
		return nil, err
	}
	// Envoy's chain begins with the caller's certificate again.
	return append(certs[:1], chain...), nil
}

func isPEM(value string) bool {
	return strings.HasPrefix(value, "-----BEGIN") || strings.HasPrefix(value, "%2D")
}

// forwardedFields reads Envoy's form: key=value;key="value". A comma outside quotes would begin what another proxy
// before ours added, which nobody has vouched for.
func forwardedFields(value string) (map[string]string, error) {
	fields := map[string]string{}
	for value != "" {
		key, rest, ok := strings.Cut(value, "=")
		if !ok || key == "" {
			return nil, errHeader
		}
		var text string
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			// Within quotes Envoy escapes only quotes; certificates, URL-escaped, have neither those nor backslashes.
			if text, rest, ok = strings.Cut(quoted, `"`); !ok || strings.Contains(text, `\`) {
				return nil, errHeader
			}
		} else {
			end := strings.IndexAny(rest, ";,")
			if end < 0 {
				end = len(rest)
			}
			text, rest = rest[:end], rest[end:]
		}
		key = strings.ToLower(key)
		if _, twice := fields[key]; twice && (key == "cert" || key == "chain") {
			return nil, errHeader
		}
		fields[key] = text
		if rest != "" && rest[0] != ';' {
			return nil, errHeader
		}
		value = strings.TrimPrefix(rest, ";")
	}
	return fields, nil
}

func parsePEM(escaped string) (certs []*x509.Certificate, err error) {
	// Not QueryUnescape, which would make blanks of the plus signs of base64.
	text, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errHeader
	}
	rest := []byte(text)
	for len(rest) > 0 {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(certs) == maxCertificates {
			return nil, errHeader
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.Join(errHeader, err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, errHeader
	}
	return certs, nil
}
