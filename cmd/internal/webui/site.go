package webui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

// Config is what the site needs.
type Config struct {
	// User and Password let in the administrator that the settings name. Both must be given.
	User, Password string
	// Accounts are the employees that may sign in besides; nil for none.
	Accounts Accounts
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
	// largestForm bounds what a browser may post; River UI posts lists of job ids, a mass summons a list of citizens.
	largestForm = 1 << 20
)

// Site is one server of pages behind one login. Groups of pages are added before it serves; then it is safe for concurrent use.
type Site struct {
	cfg      Config
	base     string
	assets   map[string]asset
	own      *Pages
	notices  map[string]Notice
	menu     []Entry
	sessions *sessions
	throttle *throttle
	mux      *http.ServeMux
	handler  http.Handler
}

// New makes a site that has a login, the pages of which every group is in need, and nothing else.
func New(cfg Config) (*Site, error) {
	switch {
	case cfg.Now == nil || cfg.Log == nil:
		return nil, errors.New("pages need a clock and a log")
	case cfg.User == "" || cfg.Password == "":
		return nil, errors.New("pages need a user name and a password")
	case len(cfg.SessionKey) < shortestSessionKey:
		return nil, fmt.Errorf("pages need a session key of at least %d bytes, not %d", shortestSessionKey, len(cfg.SessionKey))
	}
	s := &Site{
		cfg: cfg, base: cleanPrefix(cfg.Prefix), assets: map[string]asset{}, notices: map[string]Notice{}, mux: http.NewServeMux(),
		sessions: newSessions(cfg.SessionKey), throttle: newThrottle(),
	}
	if err := s.AddAssets(staticFiles); err != nil {
		return nil, err
	}
	var err error
	if s.own, err = s.Load(templateFiles, nil); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

func cleanPrefix(p string) string {
	p = strings.Trim(p, "/")
	if p == "" {
		return ""
	}
	return "/" + p
}

// URL is the address of a page, which begins with a slash, on this site.
func (s *Site) URL(path string) string { return s.base + path }

// Now is the site's clock.
func (s *Site) Now() time.Time { return s.cfg.Now() }

// Log is the site's log.
func (s *Site) Log() *slog.Logger { return s.cfg.Log }

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Handle adds a page below the site's prefix for whoever has the permission; others are told that they have not. method may be "".
func (s *Site) Handle(method, path string, need planner.Permission, h http.HandlerFunc) {
	s.mux.Handle(strings.TrimSpace(method+" "+s.base+path), s.signedIn(func(w http.ResponseWriter, r *http.Request) {
		if !PersonOf(r).May(need) {
			s.deny(w, r)
			return
		}
		h(w, r)
	}))
}

// deny answers who is signed in and may not. The front page leads to what they may see.
func (s *Site) deny(w http.ResponseWriter, r *http.Request) {
	if home := s.home(PersonOf(r)); r.URL.Path == s.base+"/" && r.Method == http.MethodGet && home != r.URL.Path {
		http.Redirect(w, r, home, http.StatusSeeOther)
		return
	}
	s.cfg.Log.WarnContext(r.Context(), "page refused for want of a permission", "who", PersonOf(r).Actor(), "path", r.URL.Path)
	s.Message(w, r, http.StatusForbidden, "Ingen adgang", "Din bruger har ikke adgang til dette. Spørg kommunens administrator, hvis du skal have det.")
}

func (s *Site) routes() {
	open := func(method, path string, h http.HandlerFunc) { s.mux.HandleFunc(method+" "+s.base+path, h) }
	open("GET", "/login", s.loginForm)
	open("POST", "/login", s.login)
	open("GET", "/static/{name}", s.static)
	all := func(method, path string, h http.HandlerFunc) {
		s.mux.Handle(strings.TrimSpace(method+" "+s.base+path), s.signedIn(h))
	}
	all("POST", "/logout", s.logout)
	all("GET", "/tilgaengelighed", func(w http.ResponseWriter, r *http.Request) {
		s.own.Render(w, r, http.StatusOK, "accessibility", "Tilgængelighed", nil)
	})
	if s.base != "" {
		s.mux.Handle("GET "+s.base, http.RedirectHandler(s.base+"/", http.StatusSeeOther))
	}
	all("", "/", s.NotFound)

	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.cfg.Log.WarnContext(r.Context(), "request from another site refused", "path", r.URL.Path)
		s.Message(w, r, http.StatusForbidden, "Afvist", "Forespørgslen kom fra et andet websted og er ikke udført. Åbn siden her, og prøv igen.")
	}))
	s.handler = headers(same.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		s.mux.ServeHTTP(w, r)
	})))
}

// policy is the content security policy of the pages: nothing inline, nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

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

// AddAssets serves the files of the folder static below /static/; templates name them with the function asset.
func (s *Site) AddAssets(files fs.FS) error {
	more, err := loadAssets(files)
	for name, a := range more {
		s.assets[name] = a
	}
	return err
}

// AddAsset serves one file that is made, not embedded.
func (s *Site) AddAsset(name string, body []byte) { s.assets[name] = newAsset(name, body) }

// Accounts are the employees that may sign in.
type Accounts interface {
	// SignIn gives the active account whose password this is, and notes when. ok is false whatever else is wrong.
	SignIn(ctx context.Context, login, password string) (a Account, ok bool, err error)
	// Account gives the active account of a login.
	Account(ctx context.Context, login string) (a Account, ok bool, err error)
	// ByToken gives the active account that an unexpired API token stands for.
	ByToken(ctx context.Context, token string) (a Account, ok bool, err error)
}

// Account is an employee who may sign in.
type Account struct {
	planner.Staff
	// Mark changes when the account's sessions must end. It has no "|".
	Mark string
}
