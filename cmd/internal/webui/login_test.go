package webui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func credentials(name, secret, next string) url.Values {
	return url.Values{"bruger": {name}, "adgangskode": {secret}, "next": {next}}
}

func sessionOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == cookieName {
			return c
		}
	}
	t.Fatalf("no session cookie in %v", w.Result().Header)
	return nil
}

func TestEverythingButLoginAndStaticNeedsALogin(t *testing.T) {
	s := newSite(t, nil)
	for _, p := range []string{"/", "/?q=a", "/ting/1", "/tilgaengelighed", "/nowhere"} {
		w := s.ask("GET", p, nil, nil, nil)
		if want := "/login?next=" + url.QueryEscape(p); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("GET %s: %d to %q, want a redirect to %q", p, w.Code, w.Header().Get("Location"), want)
		}
		if strings.Contains(w.Body.String(), "Hemmeligt") {
			t.Errorf("GET %s tells a name", p)
		}
	}
	for _, p := range []string{"/login", "/static/style.css", "/static/htmx-4.0.1.min.js"} {
		if w := s.ask("GET", p, nil, nil, nil); w.Code != http.StatusOK {
			t.Errorf("GET %s: %d", p, w.Code)
		}
	}
	if w := s.ask("POST", "/ting/1", url.Values{"handling": {"pause"}}, nil, nil); w.Header().Get("Location") != "/login?next=%2Fting%2F1" {
		t.Errorf("a form that comes too late leads to %q", w.Header().Get("Location"))
	}
	if len(s.did) != 0 {
		t.Errorf("done without a login: %v", s.did)
	}
}

func TestTheRightPasswordOpensThePageThatWasAskedFor(t *testing.T) {
	s := newSite(t, nil)
	w := s.ask("POST", "/login", credentials(user, password, "/ting/1"), nil, nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/ting/1" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	c := sessionOf(t, w)
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != int(sessionLife.Seconds()) || c.Secure {
		t.Errorf("cookie %+v", c)
	}
	if w := s.ask("GET", "/ting/1", nil, []*http.Cookie{c}, nil); w.Code != http.StatusOK {
		t.Errorf("with the cookie: %d", w.Code)
	}
	if w := s.ask("GET", "/login?next=/tilgaengelighed", nil, []*http.Cookie{c}, nil); w.Header().Get("Location") != "/tilgaengelighed" {
		t.Errorf("login when logged in leads to %q", w.Header().Get("Location"))
	}
	if strings.Contains(s.log.String(), password) {
		t.Error("the log has the password")
	}
}

func TestCookiesAreSecureBehindHTTPS(t *testing.T) {
	s := newSite(t, func(c *Config) { c.HTTPS = true })
	if c := sessionOf(t, s.ask("POST", "/login", credentials(user, password, ""), nil, nil)); !c.Secure {
		t.Errorf("cookie %+v", c)
	}
}

func TestAWrongPasswordIsToldWithoutTellingWhatIsWrong(t *testing.T) {
	s := newSite(t, nil)
	var bodies []string
	for _, pair := range [][2]string{{user, "forkert"}, {"anden", password}, {user, ""}} {
		w := s.ask("POST", "/login", credentials(pair[0], pair[1], "/"), nil, nil)
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) != 0 {
			t.Errorf("%q: %d with cookies %v", pair, w.Code, w.Result().Cookies())
		}
		bodies = append(bodies, between(t, w.Body.String(), `id="fejl"`, "</p>"))
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] {
		t.Errorf("answers differ: %q", bodies)
	}
}

func TestATamperedCookieIsNoLogin(t *testing.T) {
	s := newSite(t, nil)
	good := s.cookie()
	payload, mac, _ := strings.Cut(good, ".")
	longer := newSite(t, func(c *Config) { c.Password = "anden" }).cookie()
	otherKey := newSite(t, func(c *Config) { c.SessionKey = []byte(strings.Repeat("x", 32)) }).cookie()
	forged := coding.EncodeToString([]byte(fmt.Sprint(noon.Add(1000*time.Hour).Unix()) + "|x|" + s.bootstrap().Mark + "|" + user))
	for name, value := range map[string]string{
		"empty": "", "no signature": payload, "empty signature": payload + ".", "another's signature": forged + "." + mac,
		"cut": good[:len(good)-1], "padded": good + "=", "no code": "!." + mac, "another password": longer, "another key": otherKey,
		"flipped": strings.ToUpper(good), "twice": good + "." + mac,
	} {
		if w := s.ask("GET", "/", nil, []*http.Cookie{{Name: cookieName, Value: value}}, nil); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := s.ask("GET", "/", nil, []*http.Cookie{{Name: cookieName, Value: good}}, nil); w.Code != http.StatusOK {
		t.Errorf("the good one: %d", w.Code)
	}
}

func TestASessionEnds(t *testing.T) {
	s := newSite(t, nil)
	c := s.in()
	s.clock = noon.Add(sessionLife - time.Second)
	if w := s.ask("GET", "/", nil, c, nil); w.Code != http.StatusOK {
		t.Errorf("before its end: %d", w.Code)
	}
	s.clock = noon.Add(sessionLife)
	if w := s.ask("GET", "/", nil, c, nil); w.Code != http.StatusSeeOther {
		t.Errorf("at its end: %d", w.Code)
	}
}

func TestARefreshAfterTheSessionReloadsThePage(t *testing.T) {
	s := newSite(t, nil)
	w := s.ask("GET", "/", nil, nil, func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if w.Code != http.StatusUnauthorized || w.Header().Get("HX-Refresh") != "true" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestLoggingOutEndsTheSessionAlsoForACopiedCookie(t *testing.T) {
	s := newSite(t, nil)
	c, other := s.in(), s.in()
	w := s.ask("POST", "/logout", nil, c, nil)
	if w.Code != http.StatusSeeOther || sessionOf(t, w).MaxAge >= 0 {
		t.Errorf("%d, cookie %+v", w.Code, sessionOf(t, w))
	}
	if w := s.ask("GET", "/", nil, c, nil); w.Code != http.StatusSeeOther {
		t.Errorf("the copied cookie still opens: %d", w.Code)
	}
	if w := s.ask("GET", "/", nil, other, nil); w.Code != http.StatusOK {
		t.Errorf("another session is closed too: %d", w.Code)
	}
}

func TestRevokedSessionsTakeBoundedMemory(t *testing.T) {
	s := newSessions([]byte("k"))
	for i := range mostRevoked + 50 {
		s.revoke(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second), noon.Add(-time.Second))
	}
	if len(s.revoked) != mostRevoked {
		t.Errorf("%d revoked", len(s.revoked))
	}
	if _, kept := s.revoked[fmt.Sprint(mostRevoked+49)]; !kept {
		t.Error("the newest was forgotten")
	}
	s.revoke("late", noon.Add(48*time.Hour), noon.Add(24*time.Hour))
	if len(s.revoked) != 1 {
		t.Errorf("%d revoked after all but one had ended", len(s.revoked))
	}
}

func TestScriptsMayUseHTTPBasic(t *testing.T) {
	s := newSite(t, nil)
	script := func(name, secret string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header = http.Header{"Accept": {"*/*"}}
			if name != "" {
				r.SetBasicAuth(name, secret)
			}
		}
	}
	if w := s.ask("GET", "/", nil, nil, script(user, password)); w.Code != http.StatusOK {
		t.Errorf("right: %d", w.Code)
	}
	for _, pair := range [][2]string{{"", ""}, {user, "forkert"}, {"anden", password}} {
		w := s.ask("GET", "/", nil, nil, script(pair[0], pair[1]))
		if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%q: %d %q", pair, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
	w := s.ask("POST", "/ting/1", nil, nil, func(r *http.Request) {
		script(user, password)(r)
		r.URL.RawQuery = "handling=sync" // buttons are forms: an address alone does nothing
	})
	if w.Code != http.StatusSeeOther || len(s.did) != 0 {
		t.Errorf("%d, did %v", w.Code, s.did)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := newSite(t, nil)
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = address }
	}
	wrong := credentials(user, "forkert", "/")
	for i := range freeFailures {
		if w := s.ask("POST", "/login", wrong, nil, from("192.0.2.1:1000")); w.Code != http.StatusForbidden {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	right := credentials(user, password, "/")
	w := s.ask("POST", "/login", right, nil, from("192.0.2.1:2000"))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || len(w.Result().Cookies()) != 0 {
		t.Errorf("while it must wait even the right one gets %d, retry after %q", w.Code, w.Header().Get("Retry-After"))
	}
	w = s.ask("GET", "/", nil, nil, func(r *http.Request) {
		from("192.0.2.1:3000")(r)
		r.SetBasicAuth(user, password)
	})
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("HTTP Basic goes round the wait: %d", w.Code)
	}
	if w := s.ask("POST", "/login", right, nil, from("198.51.100.7:1000")); w.Code != http.StatusSeeOther {
		t.Errorf("somebody else waits too: %d", w.Code)
	}
	s.clock = s.clock.Add(time.Second)
	if w := s.ask("POST", "/login", wrong, nil, from("192.0.2.1:1000")); w.Code != http.StatusForbidden {
		t.Errorf("after the wait: %d", w.Code)
	}
	if w := s.ask("POST", "/login", right, nil, from("192.0.2.1:1000")); w.Header().Get("Retry-After") != "2" {
		t.Errorf("the next wait is %q s", w.Header().Get("Retry-After"))
	}
	s.clock = s.clock.Add(2 * time.Second)
	if w := s.ask("POST", "/login", right, nil, from("192.0.2.1:1000")); w.Code != http.StatusSeeOther {
		t.Errorf("right after the wait: %d", w.Code)
	}
}

func TestNoWaitIsLongerThanAMinuteAndMemoryIsBounded(t *testing.T) {
	th := newThrottle()
	no := func() (bool, error) { return false, nil }
	now := noon
	for range 40 {
		_, wait, _ := th.judge("a", now, no)
		if wait > longestWait {
			t.Fatalf("wait %s", wait)
		}
		now = now.Add(wait)
	}
	for i := range 3 * mostNetworks {
		_, _, _ = th.judge(fmt.Sprint(i), now.Add(time.Duration(i)), no)
	}
	if len(th.seen) > mostNetworks {
		t.Errorf("%d networks remembered", len(th.seen))
	}
}

func TestANetworkIsAnAddressOrASixtyFour(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:80": "192.0.2.1", "@": "@",
	} {
		if got := network(remote); got != want {
			t.Errorf("network(%q) = %q, want %q", remote, got, want)
		}
	}
}

var nexts = map[string]string{
	"": "/", "/": "/", "/kalendere/7?live=fra": "/kalendere/7?live=fra", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example/": "/",
	"javascript:alert(1)": "/", "/\t/evil.example": "/", "/login?next=/": "/", "/logout": "/", "evil": "/", "/%zz": "/",
}

func TestALoginLeadsToPagesOfOursOnly(t *testing.T) {
	s := newSite(t, nil)
	for next, want := range nexts {
		if got := s.localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
	s = newSite(t, func(c *Config) { c.Prefix = "/admin/" })
	for next, want := range map[string]string{"/": "/admin/", "/admin/ting/1": "/admin/ting/1", "/adminx": "/admin/", "/admin/login": "/admin/"} {
		if got := s.localPath(next); got != want {
			t.Errorf("below /admin: localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for next := range nexts {
		f.Add(next)
	}
	u := &Site{}
	page, err := url.Parse("https://planner.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		to, err := page.Parse(u.localPath(next))
		if err != nil || to.Host != page.Host || to.Scheme != page.Scheme {
			t.Errorf("%q leads to %v (%v)", next, to, err)
		}
	})
}

func FuzzSessionCookie(f *testing.F) {
	s := newSessions([]byte(strings.Repeat("k", 32)))
	good := s.signed(fmt.Sprint(noon.Add(sessionLife).Unix()) + "|NONCE|mark|admin") // the same in each process that fuzzes
	if _, ok := s.read(good, noon); !ok {
		f.Fatal("the good cookie is refused")
	}
	f.Add(good)
	f.Add(".")
	f.Fuzz(func(t *testing.T, value string) {
		if _, ok := s.read(value, noon); ok && value != good {
			t.Errorf("%q is let in", value)
		}
	})
}
