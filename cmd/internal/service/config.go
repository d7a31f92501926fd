package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/planner/recorddb"
)

// Config is every setting. Names in the environment stand beside each; a name with _FILE appended reads the
// value from a file, which is how secrets should come.
type Config struct {
	Roles       []string // PLANNER_ROLES, comma-separated: soap,worker,webhook,admin
	DatabaseURL string   // DATABASE_URL; empty: a private PostgreSQL is started, see StateDir
	StateDir    string   // PLANNER_STATE_DIR

	SOAPAddr     string // PLANNER_SOAP_ADDR: plain HTTP, for loopback or behind a proxy that ends TLS; empty: none
	SOAPTLSAddr  string // PLANNER_SOAP_TLS_ADDR: mutual TLS; empty: none
	TLSCert      string // PLANNER_TLS_CERT, PLANNER_TLS_KEY: PEM files of the server
	TLSKey       string
	ClientCAs    string // PLANNER_CLIENT_CAS: PEM file with the roots and issuing CAs of callers
	Callers      CallersConfig
	PublicURL    string // PLANNER_PUBLIC_URL: how callers reach SOAP; empty: as they asked
	ValidateSOAP bool   // PLANNER_SOAP_VALIDATE_ANSWERS: check our own answers against the contract
	// PLANNER_SOAP_SHOW_ENVELOPES: log every message and answer, masked; only to search for a fault
	ShowEnvelopes bool
	Calendar      CalendarConfig

	AdminAddr     string // PLANNER_ADMIN_ADDR
	AdminUser     string // PLANNER_ADMIN_USER
	AdminPassword string // PLANNER_ADMIN_PASSWORD
	AdminHTTPS    bool   // PLANNER_ADMIN_HTTPS: browsers come over HTTPS, which a proxy ends

	WebhookAddr string // PLANNER_WEBHOOK_ADDR
	WebhookURL  string // PLANNER_WEBHOOK_URL: how Graph reaches it

	HealthAddr string // PLANNER_HEALTH_ADDR: health of a process with the worker role alone

	CPRKey     string // PLANNER_CPR_KEY: 32 bytes in base64, to seal CPR numbers
	CPRKeyID   int    // PLANNER_CPR_KEY_ID: which key that is, 1 to 255
	CPROldKeys string // PLANNER_CPR_OLD_KEYS: earlier keys still needed to read, "1:base64,2:base64"
	CPRHashKey string // PLANNER_CPR_HASH_KEY: 32 bytes in base64, to find a citizen by; never changes

	Graph GraphConfig
	DFDG  DFDGConfig

	// PLANNER_LIVE_CHECK: how long Graph may take to tell of just the time that is about to be taken; 0: it is not asked
	LiveCheck      time.Duration
	MailboxWorkers int           // PLANNER_MAILBOX_WORKERS
	TickEvery      time.Duration // PLANNER_TICK_EVERY
	JobTimeout     time.Duration // PLANNER_JOB_TIMEOUT
	RescueAfter    time.Duration // PLANNER_RESCUE_AFTER
	LogFormat      string        // PLANNER_LOG_FORMAT: json or text

	Retention recorddb.Periods // PLANNER_RETENTION: days that kinds of data are kept, "bookings=1100,evidence=400"; others as they say
}

// GraphConfig is how to reach Microsoft Graph. One of the ways to sign in must be given.
type GraphConfig struct {
	BaseURL             string // GRAPH_BASE_URL; empty: Microsoft's
	AuthorityHost       string // GRAPH_AUTHORITY_HOST; empty: Microsoft's public cloud
	TenantID            string // GRAPH_TENANT_ID
	ClientID            string // GRAPH_CLIENT_ID
	ClientSecret        string // GRAPH_CLIENT_SECRET
	CertificateFile     string // GRAPH_CERTIFICATE: PEM or PKCS#12 file, with key
	CertificatePassword string // GRAPH_CERTIFICATE_PASSWORD
	FederatedTokenFile  string // GRAPH_FEDERATED_TOKEN_FILE
	ManagedIdentity     bool   // GRAPH_MANAGED_IDENTITY
	CAFile              string // GRAPH_CA_FILE: further roots, for a simulator
}

// AllRoles are the roles of a process that is not told otherwise.
var AllRoles = []string{"soap", "worker", "webhook", "admin"}

// FromEnv reads the settings. lookup is os.LookupEnv or a stand-in. All that is wrong is told at once.
func FromEnv(lookup func(string) (string, bool)) (Config, error) {
	e := env{lookup: lookup}
	c := Config{
		Roles:       strings.FieldsFunc(e.text("PLANNER_ROLES", strings.Join(AllRoles, ",")), func(r rune) bool { return r == ',' || r == ' ' }),
		DatabaseURL: e.text("DATABASE_URL", ""), StateDir: e.text("PLANNER_STATE_DIR", ""),
		SOAPAddr: e.text("PLANNER_SOAP_ADDR", "127.0.0.1:8080"), SOAPTLSAddr: e.text("PLANNER_SOAP_TLS_ADDR", ""),
		TLSCert: e.text("PLANNER_TLS_CERT", ""), TLSKey: e.text("PLANNER_TLS_KEY", ""), ClientCAs: e.text("PLANNER_CLIENT_CAS", ""),
		Callers:   callersFromEnv(&e),
		PublicURL: e.text("PLANNER_PUBLIC_URL", ""), ValidateSOAP: e.flag("PLANNER_SOAP_VALIDATE_ANSWERS", false),
		ShowEnvelopes: e.flag("PLANNER_SOAP_SHOW_ENVELOPES", false), Calendar: calendarFromEnv(&e),
		AdminAddr: e.text("PLANNER_ADMIN_ADDR", "127.0.0.1:8081"), AdminUser: e.text("PLANNER_ADMIN_USER", "admin"), AdminPassword: e.text("PLANNER_ADMIN_PASSWORD", ""), AdminHTTPS: e.flag("PLANNER_ADMIN_HTTPS", false),
		WebhookAddr: e.text("PLANNER_WEBHOOK_ADDR", "127.0.0.1:8084"), WebhookURL: e.text("PLANNER_WEBHOOK_URL", ""),
		HealthAddr: e.text("PLANNER_HEALTH_ADDR", ""),
		Graph: GraphConfig{
			BaseURL: e.text("GRAPH_BASE_URL", ""), AuthorityHost: e.text("GRAPH_AUTHORITY_HOST", ""),
			TenantID: e.text("GRAPH_TENANT_ID", ""), ClientID: e.text("GRAPH_CLIENT_ID", ""), ClientSecret: e.text("GRAPH_CLIENT_SECRET", ""),
			CertificateFile: e.text("GRAPH_CERTIFICATE", ""), CertificatePassword: e.text("GRAPH_CERTIFICATE_PASSWORD", ""),
			FederatedTokenFile: e.text("GRAPH_FEDERATED_TOKEN_FILE", ""), ManagedIdentity: e.flag("GRAPH_MANAGED_IDENTITY", false), CAFile: e.text("GRAPH_CA_FILE", ""),
		},
		DFDG:           dfdgFromEnv(&e),
		LiveCheck:      e.spanOrNone("PLANNER_LIVE_CHECK"),
		MailboxWorkers: e.number("PLANNER_MAILBOX_WORKERS", 16), TickEvery: e.span("PLANNER_TICK_EVERY", 15*time.Second),
		JobTimeout: e.span("PLANNER_JOB_TIMEOUT", 2*time.Minute), RescueAfter: e.span("PLANNER_RESCUE_AFTER", 5*time.Minute),
		LogFormat: e.text("PLANNER_LOG_FORMAT", "json"),
	}
	cprFromEnv(&e, &c)
	c.Retention = retentionFromEnv(&e)
	return c, errors.Join(append(e.wrong, c.check())...)
}

// Has tells whether the process takes the role.
func (c Config) Has(role string) bool { return slices.Contains(c.Roles, role) }

// asksGraph tells whether the process needs Graph: to work mailboxes, or to look at a time before SOAP takes it.
func (c Config) asksGraph() bool { return c.Has("worker") || c.Has("soap") && c.LiveCheck > 0 }

func (c Config) check() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for _, r := range c.Roles {
		if !slices.Contains(AllRoles, r) {
			bad("PLANNER_ROLES: no role %q (there are %s)", r, strings.Join(AllRoles, ", "))
		}
	}
	if len(c.Roles) == 0 {
		bad("PLANNER_ROLES: none given")
	}
	if err := c.DFDG.check(); err != nil {
		wrong = append(wrong, err)
	}
	if _, _, _, err := c.cprKeys(); err != nil {
		wrong = append(wrong, err)
	}
	if c.Has("admin") && c.AdminPassword == "" {
		bad("PLANNER_ADMIN_PASSWORD: needed for the role admin")
	}
	if err := c.checkCallers(); err != nil {
		wrong = append(wrong, err)
	}
	if c.asksGraph() {
		what := "the role worker"
		if !c.Has("worker") {
			what = "PLANNER_LIVE_CHECK"
		}
		g := c.Graph
		if g.TenantID == "" || g.ClientID == "" && !g.ManagedIdentity {
			bad("GRAPH_TENANT_ID and GRAPH_CLIENT_ID: needed for %s", what)
		}
		if g.ClientSecret == "" && g.CertificateFile == "" && g.FederatedTokenFile == "" && !g.ManagedIdentity {
			bad("one of GRAPH_CERTIFICATE, GRAPH_CLIENT_SECRET, GRAPH_FEDERATED_TOKEN_FILE, GRAPH_MANAGED_IDENTITY: needed for %s", what)
		}
		if c.Has("worker") && c.WebhookURL == "" {
			bad("PLANNER_WEBHOOK_URL: needed for the role worker, which makes the subscriptions")
		}
	}
	if c.RescueAfter <= c.JobTimeout {
		bad("PLANNER_RESCUE_AFTER (%s) must be longer than PLANNER_JOB_TIMEOUT (%s)", c.RescueAfter, c.JobTimeout)
	}
	return errors.Join(wrong...)
}

// cprKeys decodes the keys for CPR numbers.
func (c Config) cprKeys() (keys map[byte][]byte, current byte, hashKey []byte, err error) {
	decode := func(name, text string) []byte {
		key, derr := base64.StdEncoding.DecodeString(text)
		if derr != nil || len(key) != 32 {
			err = errors.Join(err, fmt.Errorf("%s: must be 32 bytes in base64", name))
		}
		return key
	}
	if c.CPRKeyID < 1 || c.CPRKeyID > 255 {
		return nil, 0, nil, fmt.Errorf("PLANNER_CPR_KEY_ID: must be 1 to 255")
	}
	current = byte(c.CPRKeyID)
	keys = map[byte][]byte{current: decode("PLANNER_CPR_KEY", c.CPRKey)}
	for _, part := range strings.FieldsFunc(c.CPROldKeys, func(r rune) bool { return r == ',' }) {
		id, text, _ := strings.Cut(part, ":")
		n, nerr := strconv.ParseUint(id, 10, 8)
		if nerr != nil || n == 0 || byte(n) == current {
			err = errors.Join(err, fmt.Errorf("PLANNER_CPR_OLD_KEYS: key number %q", id))
			continue
		}
		keys[byte(n)] = decode("PLANNER_CPR_OLD_KEYS", text)
	}
	hashKey = decode("PLANNER_CPR_HASH_KEY", c.CPRHashKey)
	if err == nil && bytes.Equal(hashKey, keys[current]) {
		err = errors.New("PLANNER_CPR_HASH_KEY: must differ from PLANNER_CPR_KEY")
	}
	return keys, current, hashKey, err
}

// sessionKey is derived from a secret that every replica has, so that a login holds on all of them.
func (c Config) sessionKey() []byte {
	sum := sha256.Sum256([]byte("planner admin session\x00" + c.CPRHashKey + "\x00" + c.AdminPassword))
	return sum[:]
}

// env reads settings and collects what is wrong with them.
type env struct {
	lookup func(string) (string, bool)
	wrong  []error
}

func (e *env) text(name, otherwise string) string {
	if v, ok := e.lookup(name); ok {
		return v
	}
	file, ok := e.lookup(name + "_FILE")
	if !ok {
		return otherwise
	}
	v, err := os.ReadFile(file)
	if err != nil {
		e.wrong = append(e.wrong, fmt.Errorf("%s_FILE: %w", name, err))
	}
	return strings.TrimRight(string(v), "\r\n")
}

func (e *env) number(name string, otherwise int) int {
	v := e.text(name, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		e.wrong = append(e.wrong, fmt.Errorf("%s: %q is no number above 0", name, v))
	}
	return n
}

func (e *env) span(name string, otherwise time.Duration) time.Duration {
	v := e.text(name, otherwise.String())
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		e.wrong = append(e.wrong, fmt.Errorf("%s: %q is no duration like 15s", name, v))
	}
	return d
}

// spanOrNone is a span for which nothing, or 0, means none.
func (e *env) spanOrNone(name string) time.Duration {
	v := e.text(name, "0")
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		e.wrong = append(e.wrong, fmt.Errorf("%s: %q is no duration like 400ms, nor 0", name, v))
	}
	return d
}

func (e *env) flag(name string, otherwise bool) bool {
	v := e.text(name, strconv.FormatBool(otherwise))
	b, err := strconv.ParseBool(v)
	if err != nil {
		e.wrong = append(e.wrong, fmt.Errorf("%s: %q is neither true nor false", name, v))
	}
	return b
}
