package graphsim

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config is what a Server starts from. The zero value works: a tenant and an application with the
// fixed ids below, the real clock, no log.
type Config struct {
	// Tenant, ClientID and ClientSecret are what a client-credentials flow must name.
	Tenant, ClientID, ClientSecret string
	// AssertionKeys verify client assertions (RS256, PS256). Empty: any well-formed assertion of
	// ClientID is taken.
	AssertionKeys []PublicKey
	// OutlookToken is the bearer of whoever plays the counsellor in Outlook on the ordinary routes.
	// Faults and throttling leave it alone unless a Fault says otherwise.
	OutlookToken string
	// Clock is RealClock unless set. See VirtualClock.
	Clock Clock
	// Seed makes ids, tokens and chance repeatable.
	Seed uint64
	// Log gets a line per request at debug level and one per fault that struck at info.
	Log *slog.Logger
	// Limits are Graph's own unless set.
	Limits Limits
	// TokenLife is how long access tokens live; 3599 s unless set.
	TokenLife time.Duration
	// DeltaTokenLife expires delta tokens by age. 0: they live until a fault ends them.
	DeltaTokenLife time.Duration
	// NoticeClient delivers notices. The default trusts the machine's roots, and any certificate of
	// a loopback address.
	NoticeClient *http.Client
	// NoticeDelay waits before a notice is sent, so that a burst becomes one POST. 0: at once.
	NoticeDelay time.Duration
	// NoticeTimeout is what a receiver has to answer a notice; 3 s unless set. Real time.
	NoticeTimeout time.Duration
	// HandshakeTimeout is what a receiver has to echo a validation token; 10 s unless set. Real time.
	HandshakeTimeout time.Duration
	// LogLimit is how many requests and notices are remembered; 100,000 unless set.
	LogLimit int
}

// The ids of a Config that names none.
const (
	DefaultTenant   = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0"
	DefaultClientID = "5b1c0d3e-2a4f-4c6d-9e8b-7a6f5e4d3c2b"
	DefaultSecret   = "graphsim-secret"
)

// Limits are Graph's throttles, per application and mailbox.
type Limits struct {
	Concurrent  int           // requests in flight; 4
	Requests    int           // requests per Window; 10,000
	Window      time.Duration // 10 min
	UploadBytes int64         // request bodies per UploadTime; 150 MB
	UploadTime  time.Duration // 5 min
}

// User is a mailbox of the tenant.
type User struct {
	ObjectID    string `json:"objectId"` // made from UPN when empty
	UPN         string `json:"upn"`      // also its mail address
	DisplayName string `json:"displayName"`
	// TimeZone is the mailbox's own, "Romance Standard Time" when empty.
	TimeZone     string       `json:"timeZone"`
	WorkingHours WorkingHours `json:"workingHours"`
	// What the directory tells besides; see Group.
	GivenName string `json:"givenName,omitempty"`
	Surname   string `json:"surname,omitempty"`
	Phone     string `json:"phone,omitempty"`
	NoMail    bool   `json:"noMail,omitempty"`   // without a mail address
	Guest     bool   `json:"guest,omitempty"`    // of another organisation
	Disabled  bool   `json:"disabled,omitempty"` // may not sign in
}

// WorkingHours are told by getSchedule and mailboxSettings. Empty: Monday to Friday, 8 to 17.
type WorkingHours struct {
	Days  []string `json:"days"`  // monday …
	Start string   `json:"start"` // 15:04
	End   string   `json:"end"`
}

// Server is the simulated tenant. All methods are safe for concurrent use.
type Server struct {
	cfg   Config
	clock Clock
	log   *slog.Logger
	zones zones

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	idle      *sync.Cond // signalled when background work ends
	busy      int        // background work that Settle waits for
	timers    map[*pendingTimer]struct{}
	rand      *rand.Rand
	users     map[string]*mailbox // by object id, lower case
	byUPN     map[string]*mailbox
	upns      map[string]string // the key in byUPN, by object id
	userOrder []*mailbox
	groups    []Group
	revoked   int // generation of access tokens; older ones are void

	faults   faultList
	throttle throttle
	requests requestLog
	subs     subscriptions
}

// New returns a server without users. Close it.
func New(cfg Config) *Server {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&cfg.Tenant, DefaultTenant)
	def(&cfg.ClientID, DefaultClientID)
	def(&cfg.ClientSecret, DefaultSecret)
	defaultTo(&cfg.TokenLife, 3599*time.Second)
	defaultTo(&cfg.NoticeTimeout, 3*time.Second)
	defaultTo(&cfg.HandshakeTimeout, 10*time.Second)
	defaultTo(&cfg.LogLimit, 100_000)
	defaultTo(&cfg.Limits.Concurrent, 4)
	defaultTo(&cfg.Limits.Requests, 10_000)
	defaultTo(&cfg.Limits.Window, 10*time.Minute)
	defaultTo(&cfg.Limits.UploadBytes, 150_000_000)
	defaultTo(&cfg.Limits.UploadTime, 5*time.Minute)
	if cfg.Clock == nil {
		cfg.Clock = RealClock()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, clock: cfg.Clock, log: cfg.Log, timers: map[*pendingTimer]struct{}{},
		users: map[string]*mailbox{}, byUPN: map[string]*mailbox{}, upns: map[string]string{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.idle = sync.NewCond(&s.mu)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], cfg.Seed)
	s.rand = rand.New(rand.NewChaCha8(seed))
	s.faults.init(s.now)
	s.throttle.init(cfg.Limits)
	s.requests.limit = cfg.LogLimit
	s.subs.init(s)
	return s
}

func defaultTo[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Close ends deliveries and timers and waits for the goroutines. Requests that are being held are
// let go.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	timers := s.timers
	s.timers = nil
	s.mu.Unlock()
	s.cancel()
	for t := range timers {
		t.stop()
	}
	s.wg.Wait()
	s.subs.close()
}

// AddUser adds a mailbox and answers the user as completed. A user that is there already (by object
// id) keeps the mailbox and takes the new names.
func (s *Server) AddUser(u User) User {
	if u.ObjectID == "" {
		u.ObjectID = guidFrom("user " + strings.ToLower(u.UPN))
	}
	if u.UPN == "" {
		u.UPN = u.ObjectID + "@graphsim.example"
	}
	defaultTo(&u.DisplayName, u.UPN)
	defaultTo(&u.TimeZone, "Romance Standard Time")
	if len(u.WorkingHours.Days) == 0 {
		u.WorkingHours.Days = []string{"monday", "tuesday", "wednesday", "thursday", "friday"}
	}
	defaultTo(&u.WorkingHours.Start, "08:00")
	defaultTo(&u.WorkingHours.End, "17:00")
	id := strings.ToLower(u.ObjectID)
	s.mu.Lock()
	m := s.users[id]
	if m == nil {
		m = newMailbox(s.cfg.Seed, u)
		s.users[id] = m
		s.userOrder = append(s.userOrder, m)
	}
	delete(s.byUPN, s.upns[id])
	s.upns[id] = strings.ToLower(u.UPN)
	s.byUPN[s.upns[id]] = m
	s.mu.Unlock()
	m.mu.Lock() // never while mu is held: writers ask the server for ids and chance
	defer m.mu.Unlock()
	m.user = u
	return u
}

// Users lists the mailboxes in the order they were added.
func (s *Server) Users() []User {
	var out []User
	for _, m := range s.mailboxes() {
		out = append(out, m.userNow())
	}
	return out
}

func (s *Server) mailboxes() []*mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*mailbox(nil), s.userOrder...)
}

func (m *mailbox) userNow() User {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.user
}

// mailbox finds a user by object id or UPN.
func (s *Server) mailbox(name string) (m *mailbox, byUPN bool) {
	name = strings.ToLower(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if m = s.users[name]; m != nil {
		return m, false
	}
	m = s.byUPN[name]
	return m, m != nil
}

// inMailbox runs f under the mailbox's lock and then publishes what f changed.
func (s *Server) inMailbox(m *mailbox, f func()) {
	m.mu.Lock()
	f()
	pending := m.pending
	m.pending = nil
	m.mu.Unlock()
	for _, p := range pending {
		p()
	}
}

func (s *Server) now() time.Time { return s.clock.Now().UTC() }

// chance draws from [0, n).
func (s *Server) chance(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n)
}

func (s *Server) newGUID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], s.rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], s.rand.Uint64())
	return guidString(b)
}

func (s *Server) newUID() (b [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.LittleEndian.PutUint64(b[:], s.rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], s.rand.Uint64())
	return b
}

func u64(n uint64) string { return strconv.FormatUint(n, 16) }
