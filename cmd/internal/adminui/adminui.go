package adminui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"riverqueue.com/riverui"

	"kommunalplanner.example/sync/syncdb"
)

// Config is what the pages need.
type Config struct {
	Store Store
	// River shows the queue; nil leaves the job pages out.
	River *river.Client[pgx.Tx]
	// DFDG has what passes between DFDG and us; nil, where none is configured, leaves its page out. Intake takes up again what
	// waits; nil leaves that button out.
	DFDG   DFDG
	Intake Intake
	// User and Password let administrators in. Both must be given.
	User, Password string
	// SessionKey signs cookies, at least 32 bytes; the same in all copies of the service.
	SessionKey []byte
	Now        func() time.Time
	Log        *slog.Logger
	// Prefix is the path below which all pages lie ("" or "/admin").
	Prefix string
	// HTTPS tells that browsers come over HTTPS although a proxy ends it: cookies are then marked Secure.
	HTTPS bool
}

const (
	shortestSessionKey = 32
	// largestForm bounds what a browser may post; River UI posts lists of job ids.
	largestForm = 1 << 20
)

// UI serves the pages. It is safe for concurrent use.
type UI struct {
	cfg      Config
	store    Store
	now      func() time.Time
	log      *slog.Logger
	base     string
	pages    map[string]*page
	assets   map[string]asset
	sessions *sessions
	throttle *throttle
	jobs     *riverui.Handler
	handler  http.Handler

	mu   sync.Mutex
	stop context.CancelFunc
}

// New makes the pages. If cfg.River is given, Start must be called before the job pages are asked for.
func New(cfg Config) (*UI, error) {
	switch {
	case cfg.Store == nil || cfg.Now == nil || cfg.Log == nil:
		return nil, errors.New("admin pages need a store, a clock and a log")
	case cfg.User == "" || cfg.Password == "":
		return nil, errors.New("admin pages need a user name and a password")
	case len(cfg.SessionKey) < shortestSessionKey:
		return nil, fmt.Errorf("admin pages need a session key of at least %d bytes, not %d", shortestSessionKey, len(cfg.SessionKey))
	}
	u := &UI{cfg: cfg, store: cfg.Store, now: cfg.Now, log: cfg.Log, base: cleanPrefix(cfg.Prefix)}
	u.sessions = newSessions(cfg.SessionKey, cfg.User, cfg.Password)
	u.throttle = newThrottle()
	var err error
	if u.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if u.pages, err = loadPages(u.assetURL); err != nil {
		return nil, err
	}
	if cfg.River != nil {
		u.jobs, err = riverui.NewHandler(&riverui.HandlerOpts{
			Endpoints: riverui.NewEndpoints(cfg.River, nil), Logger: cfg.Log, Prefix: u.base + jobsPath, JobListHideArgsByDefault: true,
		})
		if err != nil {
			return nil, fmt.Errorf("make the job pages: %w", err)
		}
	}
	u.handler = u.routes()
	return u, nil
}

const jobsPath = "/koe"

func cleanPrefix(p string) string {
	p = strings.Trim(p, "/")
	if p == "" {
		return ""
	}
	return "/" + p
}

// Start lets River UI start what it counts with; it ends with ctx or Close. Without job pages it does nothing.
func (u *UI) Start(ctx context.Context) error {
	if u.jobs == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	if err := u.jobs.Start(ctx); err != nil {
		stop()
		return fmt.Errorf("start the job pages: %w", err)
	}
	u.stop = stop
	return nil
}

// Close ends what Start began.
func (u *UI) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		u.stop()
		u.stop = nil
	}
}

// ServeHTTP implements http.Handler.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) { u.handler.ServeHTTP(w, r) }

func (u *UI) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(method, path string, h http.HandlerFunc) { mux.HandleFunc(method+" "+u.base+path, h) }
	closed := func(method, path string, h http.HandlerFunc) {
		mux.Handle(strings.TrimSpace(method+" "+u.base+path), u.loggedIn(h))
	}
	open("GET", "/login", u.loginForm)
	open("POST", "/login", u.login)
	open("GET", "/static/{name}", u.static)
	closed("POST", "/logout", u.logout)
	closed("GET", "/{$}", u.calendars)
	closed("GET", "/kalendere/{id}", u.calendar)
	closed("POST", "/kalendere/{id}", u.act)
	closed("GET", "/kalendere/{id}/godkend", u.confirmApproval)
	closed("GET", "/tilgaengelighed", u.accessibility)
	if u.cfg.DFDG != nil {
		closed("GET", dfdgPath, u.showDFDG)
		closed("POST", dfdgPath+"/koer/{code}", u.hurryQueue)
		closed("GET", dfdgPath+"/meddelelser/{id}", u.showMessage)
		closed("POST", dfdgPath+"/meddelelser/{id}", u.actOnMessage)
		closed("GET", dfdgPath+"/meddelelser/{id}/afslut", u.confirmMessage)
		closed("POST", dfdgPath+"/indberetninger/{id}", u.actOnReport)
		closed("GET", dfdgPath+"/indberetninger/{id}/afslut", u.confirmReport)
	}
	if u.jobs != nil {
		closed("", jobsPath+"/", u.showJobs)
	}
	if u.base != "" {
		mux.Handle("GET "+u.base, http.RedirectHandler(u.base+"/", http.StatusSeeOther))
	}
	closed("", "/", u.notFound)

	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.log.WarnContext(r.Context(), "admin request from another site refused", "path", r.URL.Path)
		u.message(w, r, http.StatusForbidden, "Afvist", "Forespørgslen kom fra et andet websted og er ikke udført. Åbn siden her, og prøv igen.")
	}))
	return headers(same.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		mux.ServeHTTP(w, r)
	})))
}

// policy is the content security policy of our own pages: nothing inline, nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// jobsPolicy is River UI's: its widgets set styles inline. Scripts are held to the same rule as ours.
const jobsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// showJobs is River UI behind our login. It changes jobs on its own, so who did it is logged here.
func (u *UI) showJobs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", jobsPolicy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		u.log.InfoContext(r.Context(), "job queue changed by an administrator", "who", userOf(r), "method", r.Method, "path", r.URL.Path)
	}
	u.jobs.ServeHTTP(w, r)
}

// actions that a button may ask for, by the word it posts.
var actions = map[string]syncdb.Action{
	string(syncdb.SyncNow): syncdb.SyncNow, string(syncdb.RereadAll): syncdb.RereadAll, string(syncdb.Pause): syncdb.Pause,
	string(syncdb.Resume): syncdb.Resume, string(syncdb.Approve): syncdb.Approve, string(syncdb.Subscribe): syncdb.Subscribe,
	string(syncdb.Unflag): syncdb.Unflag,
}
