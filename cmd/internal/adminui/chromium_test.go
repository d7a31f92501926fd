//go:build peers

package adminui

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"kommunalplanner.example/sync/syncdb"
)

// TestABrowserRefreshesThePageWithinItsPolicy needs chromium on the PATH: go test -tags peers.
func TestABrowserRefreshesThePageWithinItsPolicy(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, nil, everyState()...)
	cookie := s.In(t)[0]
	var refreshed atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(cookie) // a browser that is logged in
		if r.Header.Get("HX-Request") != "" {
			s.store.mu.Lock()
			switch refreshed.Add(1) {
			case 1:
				s.store.rows = append(s.store.rows, row(99, func(r *syncdb.MailboxRow) { r.Surname = "Nytilkommen" }))
			case 2:
				s.store.err = errSecret
			}
			s.store.mu.Unlock()
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	// Virtual time passes forty seconds at once: the page has fetched its live part by then, and once more
	// in vain.
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--virtual-time-budget=40000", "--dump-dom", server.URL+"/").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	if refreshed.Load() == 0 || !strings.Contains(text, "Nytilkommen") {
		t.Errorf("refreshed %d times, and the new calendar is not shown:\n%s", refreshed.Load(), text)
	}
	if !strings.Contains(text, `<p id="stale" class="notice wrong" role="alert"><`) {
		t.Error("old figures pass for new ones")
	}
	if strings.Contains(text, "Content Security Policy") || strings.Contains(text, "Uncaught") {
		t.Errorf("the browser objects:\n%s", text)
	}
}

// TestABrowserShowsTheDFDGPagesWithinTheirPolicy refreshes the page of DFDG, and opens a message as a click on its button does.
func TestABrowserShowsTheDFDGPagesWithinTheirPolicy(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	f := troubledDFDG()
	s := newDFDGSite(t, f)
	cookie := s.In(t)[0]
	here := "/dfdg/meddelelser/" + waitingMessage.String()
	var refreshed atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(cookie)
		if r.Header.Get("HX-Request") != "" {
			refreshed.Add(1)
		}
		if r.URL.Path == "/tryk" { // the browser cannot be made to click without a driver
			r = r.Clone(r.Context())
			r.Method, r.URL.Path, r.Form, r.PostForm = http.MethodPost, here, url.Values{"handling": {"vis"}}, url.Values{"handling": {"vis"}}
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	for page, want := range map[string]string{"/dfdg": "Vejlederen kendes ikke", here: "Vis meddelelsen", here + "/afslut": "kan ikke hentes frem igen", "/tryk": "******-****"} {
		out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
			"--enable-logging=stderr", "--virtual-time-budget=40000", "--dump-dom", server.URL+page).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text := string(out)
		if !strings.Contains(text, want) || strings.Contains(text, "Content Security Policy") || strings.Contains(text, "Uncaught") || strings.Contains(text, secretCPR) {
			t.Errorf("%s:\n%s", page, text)
		}
	}
	if refreshed.Load() == 0 {
		t.Error("the page did not refresh")
	}
}
