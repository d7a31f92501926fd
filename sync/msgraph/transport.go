package msgraph

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Call is one HTTP exchange, as metrics see it.
type Call struct {
	Method string
	// Operation is the method of Client in words: changes, continue, calendar-view, event, create, update, delete, purge,
	// find-stamped, subscribe, renew, unsubscribe, subscriptions, group, group-members, working-hours, or token for Entra.
	Operation string
	// Status is zero when there was no answer.
	Status int
	// Duration is until the answer's headers.
	Duration time.Duration
	// RequestID is Graph's own, which Microsoft's support asks for. Empty without an answer.
	RequestID string
	// Date is the other side's clock, to the second. Zero when it was not told.
	Date time.Time
}

type operationKey struct{}

func operationOf(ctx context.Context) operation {
	op, _ := ctx.Value(operationKey{}).(operation)
	return op
}

// newBaseTransport holds connections to two hosts, Graph and Entra. HTTP/2 is checked for life,
// because a connection that a firewall forgot would otherwise swallow calls until their deadline.
func newBaseTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		MaxConnsPerHost:       256,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// noRedirects hands a redirect back as the answer. Graph's calendar calls have none, and a token must
// not follow one.
func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport authorises requests, and only those to Graph's own address: links come from the database
// and from answers, and a token sent elsewhere is a token lost.
type transport struct {
	base    http.RoundTripper
	graph   *url.URL
	tokens  *tokens
	observe func(Call)
	now     func() time.Time
}

// RoundTrip implements http.RoundTripper. A 401 is answered once with a fresh token, for which the
// body is sent again: a request that was not authorised had no effect.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := takeBody(req)
	if err != nil {
		return nil, err
	}
	if !sameHost(t.graph, req.URL) {
		return nil, &unreadableError{codeForeign}
	}
	ctx := req.Context()
	token, err := t.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := t.send(req, body, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	claims := claimsOf(resp.Header)
	_, _ = io.CopyN(io.Discard, resp.Body, largestRefusal)
	_ = resp.Body.Close()
	fresh, err := t.tokens.refresh(ctx, token, claims)
	if err != nil {
		return nil, err
	}
	resp, err = t.send(req, body, fresh)
	if err == nil {
		// The SDK would answer a challenge by itself, and stumbles over some (see doc.go).
		resp.Header.Del("WWW-Authenticate")
	}
	return resp, err
}

func (t *transport) send(req *http.Request, body []byte, token string) (*http.Response, error) {
	out := req.Clone(req.Context())
	if body != nil {
		// The SDK leaves the length out, which would make it chunked.
		out.ContentLength = int64(len(body))
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	out.URL.RawQuery = plainNames(out.URL.RawQuery)
	out.Header.Set("Authorization", "Bearer "+token)
	out.Header.Set("Client-Request-Id", uuid.NewString())
	out.Header.Set("User-Agent", userAgent)
	return observed(t.base, out, operationOf(req.Context()), t.observe, t.now)
}

// plainNames writes $select for the %24select of the SDK's templates, as its middleware would.
func plainNames(query string) string {
	if rest, ok := strings.CutPrefix(query, "%24"); ok {
		query = "$" + rest
	}
	return strings.ReplaceAll(query, "&%24", "&$")
}

const userAgent = "KommunalPlanner/1"

func observed(base http.RoundTripper, req *http.Request, op operation, observe func(Call), now func() time.Time) (*http.Response, error) {
	started := now()
	resp, err := base.RoundTrip(req)
	c := Call{Method: req.Method, Operation: string(op), Duration: now().Sub(started)}
	if err == nil {
		c.Status = resp.StatusCode
		c.Date, _ = http.ParseTime(resp.Header.Get("Date"))
		if id := resp.Header.Get("Request-Id"); plain(id, 64) {
			c.RequestID = id
		}
	}
	observe(c)
	return resp, err
}

func takeBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	return io.ReadAll(req.Body)
}

func sameHost(graph, u *url.URL) bool {
	return u.Scheme == graph.Scheme && strings.EqualFold(u.Host, graph.Host)
}

var challenge = regexp.MustCompile(`(?i)\bclaims="?([A-Za-z0-9+/_=-]+)"?`)

// claimsOf reads a claims challenge (continuous access evaluation): what Entra is to be asked for so
// that Graph accepts the next token. Empty when there is none.
func claimsOf(h http.Header) string {
	for _, v := range h.Values("WWW-Authenticate") {
		m := challenge.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		text := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(m[1]), "=")
		if decoded, err := base64.RawStdEncoding.DecodeString(text); err == nil {
			return string(decoded)
		}
	}
	return ""
}
