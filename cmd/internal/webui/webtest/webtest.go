// Package webtest asks pages as a browser would, for the tests of groups of pages.
package webtest

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
)

// User and Password are the settings' administrator of a site.
const User, Password = "admin", "rød grød"

// Noon is a site's clock until a test moves it: a Tuesday, 11.00 in Denmark.
var Noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// Site is a site with a clock that tests move and a log that they read.
type Site struct {
	*webui.Site
	Clock  time.Time
	Logged Log

	base string
	mu   sync.Mutex
	in   map[string][]*http.Cookie
}

// Log keeps what was logged. Safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// New makes a site; change may be nil. Groups of pages are added by the test.
func New(t testing.TB, change func(*webui.Config)) *Site {
	t.Helper()
	s := &Site{Clock: Noon, in: map[string][]*http.Cookie{}}
	cfg := webui.Config{
		User: User, Password: Password, SessionKey: []byte(strings.Repeat("k", 32)),
		Now: func() time.Time { return s.Clock }, Log: slog.New(slog.NewTextHandler(&s.Logged, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if s.Site, err = webui.New(cfg); err != nil {
		t.Fatal(err)
	}
	s.base = strings.TrimSuffix(s.URL("/"), "/")
	return s
}

// Ask sends one request as a browser would, with the cookies given; form and change may be nil.
func (s *Site) Ask(method, target string, form url.Values, cookies []*http.Cookie, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// SignIn gives the cookies of somebody who is signed in.
func (s *Site) SignIn(t testing.TB, user, password string) []*http.Cookie {
	t.Helper()
	w := s.Ask("POST", s.base+"/login", url.Values{"bruger": {user}, "adgangskode": {password}}, nil, nil)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%s cannot sign in: %d\n%s", user, w.Code, w.Body)
	}
	return w.Result().Cookies()
}

// In gives the cookies of the settings' administrator, who may do everything.
func (s *Site) In(t testing.TB) []*http.Cookie {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in[User] == nil {
		s.in[User] = s.SignIn(t, User, Password)
	}
	return s.in[User]
}

// Get is a page for the settings' administrator; it must be there.
func (s *Site) Get(t testing.TB, target string) string {
	t.Helper()
	w := s.Ask("GET", target, nil, s.In(t), nil)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// Post sends a form as the settings' administrator.
func (s *Site) Post(t testing.TB, target string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	return s.Ask("POST", target, form, s.In(t), nil)
}

// Follow gets the page that an answer leads to, with its cookies, as the settings' administrator.
func (s *Site) Follow(t testing.TB, w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	t.Helper()
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d instead of a redirect\n%s", w.Code, w.Body)
	}
	return s.Ask("GET", w.Header().Get("Location"), nil, append(s.In(t), w.Result().Cookies()...), nil)
}

// inline finds what the policy would stop: handlers, styles and scripts within the page.
var inline = regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=|<style|<script(?:>|[^>]*>[^<])|javascript:`)

// Inline is what the content security policy would stop in a page, "" for nothing.
func Inline(page string) string { return inline.FindString(page) }

var idAttribute = regexp.MustCompile(` id="([^"]*)"`)

// Proper fails the test if a page has something inline or an id twice.
func Proper(t testing.TB, name, page string) {
	t.Helper()
	if found := Inline(page); found != "" {
		t.Errorf("%s has %q", name, found)
	}
	seen := map[string]bool{}
	for _, m := range idAttribute.FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("%s has the id %q twice", name, m[1])
		}
		seen[m[1]] = true
	}
}
