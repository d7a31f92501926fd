package summonerui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// staffSite is a site over a real database with two job centres, whose employees are those of the database.
func staffSite(t *testing.T) (*site, *staffdb.Store) {
	t.Helper()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby'), ('10200', 'Naboby')`); err != nil {
		t.Fatal(err)
	}
	accounts := staffdb.New(pool, func() time.Time { return webtest.Noon })
	return newSiteFor(t, Config{Accounts: accounts}, realEmployees{accounts}), accounts
}

func newcomer() url.Values {
	return url.Values{"login": {"ida"}, "navn": {"Ida"}, "roller": {"summoner"}, "jobcentre": {"10100"}, "adgangskode": {"fire tilfældige ord"}}
}

func TestAnAdministratorMakesClosesAndOpensAnAccount(t *testing.T) {
	t.Parallel()
	s, accounts := staffSite(t)
	page := s.Get(t, "/moeder/medarbejdere/ny")
	webtest.Proper(t, "new account", page)
	if page := s.Follow(t, s.Post(t, "/moeder/medarbejdere/ny", newcomer())).Body.String(); !strings.Contains(page, "Brugeren er gemt.") || !strings.Contains(page, "<code>ida</code>") {
		t.Fatalf("after the form:\n%s", page)
	}
	ida := s.SignIn(t, "ida", "fire tilfældige ord")
	if w := s.Ask("GET", "/moeder/", nil, ida, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Prøveby") || strings.Contains(w.Body.String(), "Naboby") {
		t.Errorf("Ida's start page: %d\n%s", w.Code, w.Body)
	}
	if w := s.Ask("GET", "/moeder/medarbejdere", nil, ida, nil); w.Code != http.StatusForbidden {
		t.Errorf("a summoner among the accounts: %d", w.Code)
	}
	here := "/moeder/medarbejdere/konto/ida"
	webtest.Proper(t, "account", s.Get(t, here))
	changed := newcomer()
	changed["jobcentre"], changed["roller"] = []string{"alle"}, []string{"reader"}
	s.Follow(t, s.Post(t, here, changed))
	if a, err := accounts.Named(t.Context(), "ida"); err != nil || !a.AllJobCenters || a.May(planner.MaySummon) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, c := range []struct {
		to   string
		form url.Values
		told string
		code int
	}{
		{here + "/adgangskode", url.Values{"adgangskode": {"en helt anden en"}}, "konto-kode", http.StatusSeeOther},
		{here + "/aktiv", url.Values{"aktiv": {"nej"}}, "konto-lukket", http.StatusSeeOther},
		{here + "/aktiv", url.Values{"aktiv": {"nej"}}, "konto-som-foer", http.StatusSeeOther},
		{here + "/aktiv", url.Values{"aktiv": {"ja"}}, "konto-aabnet", http.StatusSeeOther},
		{here + "/adgangskode", url.Values{"adgangskode": {"kort"}}, "", http.StatusUnprocessableEntity},
		{"/moeder/medarbejdere/konto/bo/aktiv", url.Values{"aktiv": {"nej"}}, "", http.StatusNotFound},
	} {
		w := s.Post(t, c.to, c.form)
		told := ""
		for _, cookie := range w.Result().Cookies() {
			told = cookie.Value
		}
		if w.Code != c.code || told != c.told {
			t.Errorf("%s %v: %d, told %q", c.to, c.form, w.Code, told)
		}
		if w := s.Ask("GET", "/moeder/", nil, ida, nil); w.Code != http.StatusSeeOther {
			t.Errorf("%s: the session goes on: %d", c.to, w.Code)
		}
	}
}

func TestWhatIsWrongWithANewAccountStandsByItsField(t *testing.T) {
	t.Parallel()
	s, accounts := staffSite(t)
	s.Post(t, "/moeder/medarbejdere/ny", newcomer())
	for field, change := range map[string]func(url.Values){
		"navn": func(f url.Values) { f.Set("navn", " ") }, "roller": func(f url.Values) { f.Del("roller") }, "jobcentre": func(f url.Values) { f.Del("jobcentre") },
		"adgangskode": func(f url.Values) { f.Set("adgangskode", "kort") }, "login": func(f url.Values) {},
	} {
		f := newcomer()
		if change(f); field != "login" {
			f.Set("login", "bo")
		}
		w := s.Post(t, "/moeder/medarbejdere/ny", f)
		page := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, `href="#`+field+`"`) || !strings.Contains(page, `id="fejl-`+field+`"`) {
			t.Errorf("%s: %d\n%s", field, w.Code, page)
		}
		if strings.Contains(page, "fire tilfældige ord") {
			t.Errorf("%s: the password comes back", field)
		}
		webtest.Proper(t, field, page)
	}
	if all, err := accounts.Accounts(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d accounts, %v", len(all), err)
	}
}

func TestAnEmployeeChangesTheirPasswordAndHasKeysForPrograms(t *testing.T) {
	t.Parallel()
	s, _ := staffSite(t)
	s.Post(t, "/moeder/medarbejdere/ny", newcomer())
	ida := s.SignIn(t, "ida", "fire tilfældige ord")
	post := func(form url.Values) (int, string) {
		w := s.Ask("POST", "/moeder/konto", form, ida, nil)
		return w.Code, w.Body.String()
	}
	_, page := post(url.Values{"handling": {"ny-noegle"}, "navn": {"fagsystem"}, "dage": {"30"}})
	webtest.Proper(t, "own", page)
	token := regexp.MustCompile(`kp_[A-Z0-9]+`).FindString(page)
	program := func() int {
		return s.Ask("GET", "/moeder/", nil, nil, func(r *http.Request) { r.Header = http.Header{"Authorization": {"Bearer " + token}} }).Code
	}
	if token == "" || program() != http.StatusOK {
		t.Fatalf("token %q opens with %d\n%s", token, program(), page)
	}
	again := s.Ask("GET", "/moeder/konto", nil, ida, nil).Body.String()
	if strings.Contains(again, token) || !strings.Contains(again, "fagsystem, til") || !strings.Contains(again, "24. dec.") {
		t.Errorf("afterwards:\n%s", again)
	}
	id := regexp.MustCompile(`name="noegle" value="([^"]*)"`).FindStringSubmatch(again)[1]
	if code, _ := post(url.Values{"handling": {"tilbagekald"}, "noegle": {id}}); code != http.StatusSeeOther || program() != http.StatusUnauthorized {
		t.Errorf("revoked: %d, then %d", code, program())
	}
	for field, form := range map[string]url.Values{
		"nuvaerende": {"handling": {"adgangskode"}, "nuvaerende": {"forkert"}, "adgangskode": {"en helt anden en"}},
		"navn":       {"handling": {"ny-noegle"}, "dage": {"30"}},
		"dage":       {"handling": {"ny-noegle"}, "navn": {"x"}, "dage": {"9999"}},
	} {
		if code, page := post(form); code != http.StatusUnprocessableEntity || !strings.Contains(page, `id="fejl-`+field+`"`) || strings.Contains(page, "kp_") {
			t.Errorf("%s: %d\n%s", field, code, page)
		}
	}
	if code, _ := post(url.Values{"handling": {"adgangskode"}, "nuvaerende": {"fire tilfældige ord"}, "adgangskode": {"en helt anden en"}}); code != http.StatusSeeOther {
		t.Errorf("a new password: %d", code)
	}
	s.SignIn(t, "ida", "en helt anden en")
	if w := s.Post(t, "/moeder/konto", url.Values{"handling": {"ny-noegle"}, "navn": {"x"}, "dage": {"30"}}); w.Code != http.StatusNotFound {
		t.Errorf("a token for the settings' administrator: %d", w.Code)
	}
}
