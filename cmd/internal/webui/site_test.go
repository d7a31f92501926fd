package webui

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// noon is the clock of the tests: Tuesday, 11.00 in Denmark.
var noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

const user, password = "admin", "rød grød"

// site is a site with one group of pages: things, for administrators and summoners, and a front page for administrators.
type site struct {
	*Site
	log   *bytes.Buffer
	clock time.Time
	did   []string
}

func newSite(t *testing.T, change func(*Config)) *site {
	t.Helper()
	s := &site{log: &bytes.Buffer{}, clock: noon}
	cfg := Config{
		User: user, Password: password, SessionKey: []byte(strings.Repeat("k", shortestSessionKey)),
		Now: func() time.Time { return s.clock }, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if s.Site, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	pages, err := s.Load(fstest.MapFS{"templates/thing.html": {Data: []byte(`{{define "content"}}<h1>Hemmeligt</h1>{{with .Content}}` +
		`{{template "errors" .}}{{template "input" (field . "navn" "Navn" "Som i passet" "required")}}{{template "area" (field . "tekst" "Tekst" "")}}{{end}}{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	show := func(w http.ResponseWriter, r *http.Request) { pages.Render(w, r, http.StatusOK, "thing", "Ting", nil) }
	s.Menu(Entry{Path: "/", Name: "Forside", Need: planner.MayAdminister})
	s.Menu(Entry{Path: "/ting/", Name: "Ting", Need: planner.MaySummon})
	s.Menu(Entry{Path: "/ting/", Name: "Alle ting", Need: planner.MaySummon, Under: "/ting/"})
	s.Menu(Entry{Path: "/ting/nye", Name: "Nye ting", Need: planner.MayAdminister, Under: "/ting/"})
	s.Handle("GET", "/{$}", planner.MayAdminister, show)
	s.Handle("GET", "/ting/{$}", planner.MaySummon, show)
	s.Handle("GET", "/ting/{id}", planner.MaySummon, show)
	s.Handle("POST", "/ting/{id}", planner.MaySummon, func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("handling") != "" {
			s.did = append(s.did, r.PostFormValue("handling")+" by "+PersonOf(r).Actor())
		}
		s.Back(w, r, "ting-gjort", s.URL("/ting/1"))
	})
	s.Handle("POST", "/formular", planner.MaySummon, func(w http.ResponseWriter, r *http.Request) {
		f := ReadForm(r)
		f.Check(f.Get("navn") != "", "navn", "Skriv et navn.")
		f.Check(len(f.Get("tekst")) < 5, "tekst", "Teksten må højst være fire tegn.")
		pages.Render(w, r, http.StatusUnprocessableEntity, "thing", f.Title("Ting"), f)
	})
	s.Notices(map[string]Notice{"ting-gjort": {Text: "Det er gjort."}})
	return s
}

// ask sends one request as a browser would, with the cookies given.
func (s *site) ask(method, target string, form url.Values, cookies []*http.Cookie, change func(*http.Request)) *httptest.ResponseRecorder {
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

func (s *site) cookie() string {
	return s.sessions.issue(user, s.bootstrap().Mark, s.clock)
}

// in is the cookies of the settings' administrator.
func (s *site) in() []*http.Cookie { return []*http.Cookie{{Name: cookieName, Value: s.cookie()}} }

// between is what stands after a and before the next b.
func between(t *testing.T, text, a, b string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, a)
	if !found {
		t.Fatalf("no %q in\n%s", a, text)
	}
	in, _, found := strings.Cut(rest, b)
	if !found {
		t.Fatalf("no %q after %q in\n%s", b, a, text)
	}
	return in
}

// accounts are employees by login. The password and the token of each are the login.
type accounts struct {
	of  map[string]Account
	err error
}

func (a *accounts) SignIn(_ context.Context, login, password string) (Account, bool, error) {
	found, ok := a.of[login]
	return found, ok && login == password, a.err
}

func (a *accounts) Account(_ context.Context, login string) (Account, bool, error) {
	found, ok := a.of[login]
	return found, ok, a.err
}

func (a *accounts) ByToken(_ context.Context, token string) (Account, bool, error) {
	found, ok := a.of[token]
	return found, ok, a.err
}

func staff() *accounts {
	of := map[string]Account{}
	for login, role := range map[string]planner.Role{"rita": planner.RoleReader, "ida": planner.RoleSummoner, "adam": planner.RoleAdministrator} {
		of[login] = Account{planner.Staff{ID: uuid.New(), Login: login, Name: "Fru " + login, Roles: []planner.Role{role}}, "1"}
	}
	return &accounts{of: of}
}

func (s *site) signIn(t *testing.T, login string) []*http.Cookie {
	t.Helper()
	w := s.ask("POST", "/login", credentials(login, login, ""), nil, nil)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%s cannot sign in: %d", login, w.Code)
	}
	return []*http.Cookie{sessionOf(t, w)}
}

func TestWithoutCredentialsOrKeyThereIsNoSite(t *testing.T) {
	good := newSite(t, nil).cfg
	for name, change := range map[string]func(*Config){
		"no user": func(c *Config) { c.User = "" }, "no password": func(c *Config) { c.Password = "" },
		"short key": func(c *Config) { c.SessionKey = c.SessionKey[:31] }, "no clock": func(c *Config) { c.Now = nil }, "no log": func(c *Config) { c.Log = nil },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestEachPageIsForWhoHasItsPermission(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Accounts = staff() })
	for login, want := range map[string]map[string]int{
		"rita": {"/": 403, "/ting/1": 403, "/tilgaengelighed": 200},
		"ida":  {"/": 303, "/ting/1": 200, "/tilgaengelighed": 200},
		"adam": {"/": 200, "/ting/1": 403, "/tilgaengelighed": 200},
		user:   {"/": 200, "/ting/1": 200},
	} {
		cookies := s.in()
		if login != user {
			cookies = s.signIn(t, login)
		}
		for p, code := range want {
			w := s.ask("GET", p, nil, cookies, nil)
			if w.Code != code {
				t.Errorf("%s GET %s: %d, want %d", login, p, w.Code, code)
			}
			if w.Code == 403 && strings.Contains(w.Body.String(), "Hemmeligt") {
				t.Errorf("%s sees %s", login, p)
			}
		}
	}
	if w := s.ask("GET", "/", nil, s.signIn(t, "ida"), nil); w.Header().Get("Location") != "/ting/" {
		t.Errorf("the front page leads a summoner to %q", w.Header().Get("Location"))
	}
	for login, did := range map[string][]string{"rita": nil, "ida": {"tag by staff:ida"}, "adam": nil} {
		s.did = nil
		s.ask("POST", "/ting/1", url.Values{"handling": {"tag"}}, s.signIn(t, login), nil)
		if !slices.Equal(s.did, did) {
			t.Errorf("%s did %v, want %v", login, s.did, did)
		}
	}
}

func TestTheMenuHasWhatOneMaySee(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Accounts = staff() })
	menu := regexp.MustCompile(`<li><a href="([^"]*)"(?: aria-current="([^"]*)")?>([^<]*)</a></li>`)
	for _, c := range []struct {
		login, page string
		want        []string
	}{
		{user, "/", []string{"/ page Forside", "/ting/  Ting"}},
		{user, "/ting/1", []string{"/  Forside", "/ting/ true Ting", "/ting/  Alle ting", "/ting/nye  Nye ting"}},
		{user, "/ting/nye", []string{"/  Forside", "/ting/ true Ting", "/ting/  Alle ting", "/ting/nye page Nye ting"}},
		{"ida", "/ting/", []string{"/ting/ page Ting", "/ting/ page Alle ting"}},
		{"rita", "/tilgaengelighed", nil},
	} {
		cookies := s.in()
		if c.login != user {
			cookies = s.signIn(t, c.login)
		}
		var got []string
		for _, m := range menu.FindAllStringSubmatch(s.ask("GET", c.page, nil, cookies, nil).Body.String(), -1) {
			got = append(got, m[1]+" "+m[2]+" "+m[3])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s at %s: %q, want %q", c.login, c.page, got, c.want)
		}
	}
}

func TestASessionEndsWithTheAccountOrItsMark(t *testing.T) {
	known := staff()
	s := newSite(t, func(c *Config) { c.Accounts = known })
	c := s.signIn(t, "ida")
	if w := s.ask("GET", "/ting/1", nil, c, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Fru ida") {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	changed := known.of["ida"]
	changed.Mark = "2" // a new password
	known.of["ida"] = changed
	if w := s.ask("GET", "/ting/1", nil, c, nil); w.Code != http.StatusSeeOther {
		t.Errorf("after a new password: %d", w.Code)
	}
	c = s.signIn(t, "ida")
	delete(known.of, "ida")
	if w := s.ask("GET", "/ting/1", nil, c, nil); w.Code != http.StatusSeeOther {
		t.Errorf("after the account: %d", w.Code)
	}
}

func TestATroubledDatabaseLetsOnlyTheSettingsAdministratorIn(t *testing.T) {
	known := staff()
	s := newSite(t, func(c *Config) { c.Accounts = known })
	c := s.signIn(t, "ida")
	known.err = errors.New("no route to 10.1.2.3")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"session": s.ask("GET", "/ting/1", nil, c, nil), "sign in": s.ask("POST", "/login", credentials("ida", "ida", ""), nil, nil),
	} {
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s: %d\n%s", name, w.Code, w.Body)
		}
	}
	if w := s.ask("GET", "/", nil, s.in(), nil); w.Code != http.StatusOK {
		t.Errorf("the settings' administrator: %d", w.Code)
	}
}

func TestAnAPITokenStandsForItsAccount(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Accounts = staff() })
	with := func(header string) *httptest.ResponseRecorder {
		return s.ask("POST", "/ting/1", url.Values{"handling": {"tag"}}, nil, func(r *http.Request) {
			r.Header = http.Header{"Authorization": {header}, "Content-Type": r.Header["Content-Type"], "Accept": {"application/json"}}
		})
	}
	if w := with("Bearer ida"); w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"tag by staff:ida"}) {
		t.Errorf("%d, did %v", w.Code, s.did)
	}
	for header, code := range map[string]int{"Bearer rita": 403, "Bearer nobody": 401, "Bearer": 401, "Basic aWRhOmlkYQ==": 401} {
		if w := with(header); w.Code != code {
			t.Errorf("%q: %d, want %d", header, w.Code, code)
		}
	}
	if len(s.did) != 1 {
		t.Errorf("did %v", s.did)
	}
}

func TestAFormComesBackWithWhatWasWrittenAndWhatIsWrong(t *testing.T) {
	s := newSite(t, nil)
	w := s.ask("POST", "/formular", url.Values{"navn": {" "}, "tekst": {`<b>"lang"`}}, s.in(), nil)
	page := w.Body.String()
	for _, want := range []string{
		`<title>Fejl: Ting – Kommunal Planner</title>`, `<a href="#navn">Skriv et navn.</a>`, `<a href="#tekst">Teksten må højst være fire tegn.</a>`,
		`id="navn" name="navn" type="text" value=" " required aria-invalid="true" aria-describedby="om-navn fejl-navn"`, `<span id="om-navn" class="small">Som i passet</span>`,
		`id="fejl-navn"`, `aria-describedby="fejl-tekst">&lt;b&gt;&#34;lang&#34;</textarea>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	w = s.ask("POST", "/formular", url.Values{"navn": {"Ida"}, "tekst": {"ok"}}, s.in(), nil)
	if page := w.Body.String(); strings.Contains(page, "Fejl:") || strings.Contains(page, "aria-invalid") || !strings.Contains(page, `value="Ida"`) {
		t.Errorf("nothing wrong:\n%s", page)
	}
}

func TestANoticeIsToldOnce(t *testing.T) {
	s := newSite(t, nil)
	w := s.ask("POST", "/ting/1", url.Values{"handling": {"tag"}}, s.in(), nil)
	next := s.ask("GET", w.Header().Get("Location"), nil, append(s.in(), w.Result().Cookies()...), nil)
	if !strings.Contains(next.Body.String(), "Det er gjort.") {
		t.Errorf("not told:\n%s", next.Body)
	}
	if i := slices.IndexFunc(next.Result().Cookies(), func(c *http.Cookie) bool { return c.Name == noticeCookie }); i < 0 || next.Result().Cookies()[i].MaxAge >= 0 {
		t.Error("it would be told again")
	}
	forged := append(s.in(), &http.Cookie{Name: noticeCookie, Value: "<b>Ring til mig"})
	if page := s.ask("GET", "/ting/1", nil, forged, nil).Body.String(); strings.Contains(page, "Ring til mig") || strings.Contains(page, `class="notice`) {
		t.Error("a notice of somebody else's is shown")
	}
}

func TestAPageOfAListHasItsNeighbours(t *testing.T) {
	address := func(page int) string { return "?" + string(rune('0'+page)) }
	for _, c := range []struct {
		page, total int
		want        Pager
		from, to    int
	}{
		{1, 0, Pager{1, 0, 0, 0, "", ""}, 0, 0},
		{1, 10, Pager{1, 10, 1, 10, "", ""}, 0, 10},
		{1, 11, Pager{1, 11, 1, 10, "", "?2"}, 0, 10},
		{2, 21, Pager{2, 21, 11, 20, "?1", "?3"}, 10, 20},
		{9, 21, Pager{3, 21, 21, 21, "?2", ""}, 20, 21},
		{-1, 21, Pager{1, 21, 1, 10, "", "?2"}, 0, 10},
	} {
		p, from, to := Paged(c.page, 10, c.total, address)
		if p != c.want || from != c.from || to != c.to {
			t.Errorf("page %d of %d: %+v, [%d, %d)", c.page, c.total, p, from, to)
		}
	}
	for text, want := range map[string]int{"": 1, "3": 3, "-3": 1, "x": 1, "99999999999999999999": 1} {
		if got := PageNumber(text); got != want {
			t.Errorf("page %q is %d", text, got)
		}
	}
}

func TestDanesSortTheirLettersLast(t *testing.T) {
	names := []string{"Aase", "Zebra", "Øst", "Ærø", "Anna", "Åse", "ål"}
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(DanishKey(a), DanishKey(b)) })
	if want := []string{"Anna", "Zebra", "Ærø", "Øst", "ål", "Aase", "Åse"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
}
