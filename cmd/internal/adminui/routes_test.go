package adminui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/sync/syncdb"
)

func TestChangesFromOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, nil, row(1, nil))
	foreign := map[string]func(*http.Request){
		"cross-site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"old browser": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"with basic": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.SetBasicAuth(webtest.User, webtest.Password)
		},
	}
	for name, change := range foreign {
		for _, p := range []string{"/kalendere/1", "/login", "/logout", "/koe/api/jobs/cancel"} {
			w := s.Ask("POST", p, url.Values{"handling": {"pause"}}, s.In(t), change)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s POST %s: %d", name, p, w.Code)
			}
		}
	}
	if len(s.store.did) != 0 {
		t.Errorf("done for another site: %v", s.store.did)
	}
	if w := s.Ask("GET", "/", nil, s.In(t), foreign["cross-site"]); w.Code != http.StatusOK {
		t.Errorf("a link from another site: %d", w.Code)
	}
}

func TestAllAnswersCarryTheSecurityHeaders(t *testing.T) {
	s := newSite(t, nil, row(1, nil))
	for _, p := range []string{"/", "/login", "/kalendere/1", "/kalendere/99", "/static/style.css"} {
		h := s.Ask("GET", p, nil, s.In(t), nil).Header()
		csp := h.Get("Content-Security-Policy")
		if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", p, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", p, h)
		}
	}
	sheet := regexp.MustCompile(`/static/style\.css\?v=[0-9a-f]+`).FindString(s.Get(t, "/"))
	if h := s.Ask("GET", sheet, nil, nil, nil).Header(); !strings.Contains(h.Get("Cache-Control"), "immutable") || !strings.HasPrefix(h.Get("Content-Type"), "text/css") {
		t.Errorf("%s: %v", sheet, h)
	}
}

func TestPagesHaveNothingInline(t *testing.T) {
	s := newSite(t, nil, everyState()...)
	s.store.held = heldPlan()
	for _, p := range []string{"/", "/kalendere/1", "/kalendere/4/godkend", "/tilgaengelighed", "/nowhere"} {
		w := s.Ask("GET", p, nil, s.In(t), nil)
		if found := webtest.Inline(w.Body.String()); found != "" {
			t.Errorf("%s has %q", p, found)
		}
	}
}

func TestNamesAndReasonsAreEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	s := newSite(t, nil, row(1, func(r *syncdb.MailboxRow) {
		r.Surname, r.Identifier, r.Email, r.State, r.LastError, r.GraphUserID, r.JobCenterCode = evil, evil, evil, evil, ptr(evil), evil, evil
		r.Flagged = 1
	}))
	s.store.decisions = []syncdb.DecisionRow{{At: noon, ItemKind: evil, ItemID: evil, Verb: evil, Reason: evil}}
	s.store.flagged = []syncdb.FlaggedRow{{Title: evil, Flagged: ptr(evil), StartsAt: noon, EndsAt: noon}}
	for _, p := range []string{"/", "/?q=" + url.QueryEscape(evil), "/?tilstand=" + url.QueryEscape(evil) + "&sorter=" + url.QueryEscape(evil), "/kalendere/1", "/login?next=" + url.QueryEscape("/"+evil)} {
		w := s.Ask("GET", p, nil, s.In(t), nil)
		if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), `"><`+"script") {
			t.Errorf("%s passes a script on", p)
		}
		if w.Code == http.StatusOK && !strings.Contains(w.Body.String(), "&lt;script&gt;") {
			t.Errorf("%s shows nothing of it; the test has no teeth", p)
		}
	}
}

func TestAPrefixHoldsForAllAddresses(t *testing.T) {
	s := newSite(t, func(c *settings) { c.Prefix = "admin" }, everyState()...)
	s.store.held = heldPlan()
	for _, p := range []string{"/admin/", "/admin/kalendere/4", "/admin/kalendere/4/godkend"} {
		page := s.Get(t, p)
		for _, m := range regexp.MustCompile(`(?:href|src|action|data-hx-get)="(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "/admin/") {
				t.Errorf("%s leads out to %q", p, m[1])
			}
		}
	}
	if w := s.Ask("GET", "/admin", nil, nil, nil); w.Header().Get("Location") != "/admin/" {
		t.Errorf("/admin leads to %q", w.Header().Get("Location"))
	}
	for _, c := range s.In(t) {
		if c.Path != "/admin/" {
			t.Errorf("cookie %s has the path %q", c.Name, c.Path)
		}
	}
}

func TestATroubledDatabaseIsToldWithoutItsWords(t *testing.T) {
	s := newSite(t, nil, row(1, nil))
	s.store.err = errSecret
	for _, p := range []string{"/", "/kalendere/1"} {
		w := s.Ask("GET", p, nil, s.In(t), nil)
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), errSecret.Error()) {
			t.Errorf("%s: %d\n%s", p, w.Code, w.Body)
		}
	}
	if !strings.Contains(s.Logged.String(), errSecret.Error()) {
		t.Error("the log does not tell why")
	}
}

func TestUnknownCalendarsAreNotFound(t *testing.T) {
	s := newSite(t, nil, row(1, nil))
	for _, p := range []string{"/kalendere/2", "/kalendere/x", "/kalendere/1/x", "/kalendere/99999999999999999999", "/nowhere", "/koe/"} {
		if w := s.Ask("GET", p, nil, s.In(t), nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	if w := s.Ask("POST", "/kalendere/2", url.Values{"handling": {"sync"}}, s.In(t), nil); w.Code != http.StatusNotFound || len(s.store.did) != 0 {
		t.Errorf("%d, did %v", w.Code, s.store.did)
	}
}
