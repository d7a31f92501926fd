package msgraph

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/subscriptions"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

// Config says which Graph, as whom. Exactly one of ClientSecret, CertificateFile, FederatedTokenFile
// and ManagedIdentity is given.
type Config struct {
	// BaseURL is Graph with its version; empty means https://graph.microsoft.com/v1.0. http is allowed
	// on loopback only.
	BaseURL string
	// AuthorityHost is where tokens come from, an https URL; empty means the public cloud.
	AuthorityHost      string
	TenantID, ClientID string

	ClientSecret string
	// CertificateFile holds certificate and private key, PEM or PKCS #12. It is read again when a
	// token is refused, so that it may be replaced while we run.
	CertificateFile, CertificatePassword string
	// FederatedTokenFile holds a token of somebody whom Entra trusts (workload identity, Kubernetes).
	FederatedTokenFile string
	// ManagedIdentity: of the Azure machine we run on. ClientID then names a user-assigned one.
	ManagedIdentity bool

	// RootCAs are the certificate authorities to trust; nil means the system's. To add to those,
	// start from x509.SystemCertPool.
	RootCAs *x509.CertPool
	// Timeout bounds each call as a whole, fetching a token and reading the answer included; zero
	// means 30 s. Making a subscription takes long, since Graph calls our webhook meanwhile.
	Timeout time.Duration
	// Observe is told of every HTTP exchange, from the goroutine that made it; it must be quick and
	// safe for concurrent use. Nil: nobody is.
	Observe func(Call)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Client is Microsoft Graph for one tenant. Its methods may be called from several goroutines; how
// many at once is the caller's affair (Graph allows 4 per mailbox).
//
// Every method answers within Config.Timeout, tries once, and returns errors of package calendar only.
// user is the object id of a mailbox's owner; addresses work too, but Graph finds fewer mailboxes by
// them while they move (graph.md §6.1).
type Client struct {
	graph         *url.URL
	users         *users.UsersRequestBuilder
	subscriptions *subscriptions.SubscriptionsRequestBuilder
	adapter       abs.RequestAdapter
	base          *http.Transport
	tokens        *tokens
	timeout       time.Duration
	now           func() time.Time
}

const (
	defaultBaseURL = "https://graph.microsoft.com/v1.0"
	defaultTimeout = 30 * time.Second
)

// New builds the client. It asks nobody: a wrong secret shows at the first call.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Call) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	graph, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("configure Microsoft Graph: %w", err)
	}
	base := newBaseTransport(cfg.RootCAs)
	build, err := credential(cfg, base)
	if err != nil {
		return nil, fmt.Errorf("configure Microsoft Graph: %w", err)
	}
	tok, err := newTokens(scopeOf(graph), cfg.Now, build)
	if err != nil {
		return nil, fmt.Errorf("configure Microsoft Graph: %w", err)
	}
	tok.managed = cfg.ManagedIdentity
	client := &http.Client{
		// None of the SDK's middleware: it retries, compresses, follows redirects, in an order that is
		// drawn anew for each client (see doc.go). The deadline is the context's.
		Transport:     &transport{base: base, graph: graph, tokens: tok, observe: cfg.Observe, now: cfg.Now},
		CheckRedirect: noRedirects,
	}
	// A registry of our own; the SDK's root package, which fills the global one, costs too much to
	// compile.
	writers := serialization.NewSerializationWriterFactoryRegistry()
	writers.ContentTypeAssociatedFactories["application/json"] = kjson.NewJsonSerializationWriterFactory()
	adapter, err := msgraphcore.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, msgraphcore.GraphClientOptions{}, nil, writers, client)
	if err != nil {
		return nil, fmt.Errorf("configure Microsoft Graph: %w", err)
	}
	adapter.SetBaseUrl(graph.String())
	path := map[string]string{"baseurl": graph.String()}
	return &Client{
		graph:         graph,
		users:         users.NewUsersRequestBuilderInternal(path, adapter),
		subscriptions: subscriptions.NewSubscriptionsRequestBuilderInternal(path, adapter),
		adapter:       adapter,
		base:          base,
		tokens:        tok,
		timeout:       cfg.Timeout,
		now:           cfg.Now,
	}, nil
}

func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("base URL must be like " + defaultBaseURL)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, errors.New("base URL must be https, or http on loopback")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// scopeOf names what the token is for. A simulator or a gateway stands in for the public cloud.
func scopeOf(graph *url.URL) string {
	switch host := strings.ToLower(graph.Hostname()); host {
	case "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn":
		return "https://" + host + "/.default"
	default:
		return "https://graph.microsoft.com/.default"
	}
}

// validLink tells whether requests may go there: links are absolute, and come from answers and from
// the database.
func (c *Client) validLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.User == nil && sameHost(c.graph, u) && strings.HasPrefix(u.Path, c.graph.Path+"/")
}

// CloseIdleConnections lets go of connections that no call uses. The client stays usable.
func (c *Client) CloseIdleConnections() { c.base.CloseIdleConnections() }
