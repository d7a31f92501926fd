package summonerui

import (
	"context"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb"
)

// site is the staff pages with employees of job centre 10100, one per role, whose login and password are the role.
type site struct{ *webtest.Site }

func newSite(t *testing.T, cfg Config) *site {
	t.Helper()
	return newSiteFor(t, cfg, employees{})
}

func newSiteFor(t *testing.T, cfg Config, accounts webui.Accounts) *site {
	t.Helper()
	if cfg.People == nil {
		cfg.People = &town{}
	}
	s := &site{webtest.New(t, func(c *webui.Config) { c.Accounts = accounts })}
	if err := Add(s.Site.Site, cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// As gets a page as the employee with the role.
func (s *site) As(t *testing.T, role planner.Role, target string) *httptest.ResponseRecorder {
	t.Helper()
	return s.Ask("GET", target, nil, s.SignIn(t, string(role), string(role)), nil)
}

type employees struct{}

func (employees) Account(_ context.Context, login string) (webui.Account, bool, error) {
	role := planner.Role(login)
	known := role == planner.RoleReader || role == planner.RoleSummoner || role == planner.RoleAdministrator
	return webui.Account{Staff: planner.Staff{
		ID: uuid.UUID{15: 1}, Login: login, Name: login, Roles: []planner.Role{role}, JobCenters: []planner.JobCenterCode{"10100"},
	}}, known, nil
}

func (e employees) SignIn(ctx context.Context, login, password string) (webui.Account, bool, error) {
	a, known, err := e.Account(ctx, login)
	return a, known && password == login, err
}

func (e employees) ByToken(ctx context.Context, token string) (webui.Account, bool, error) {
	return e.Account(ctx, token)
}

// realEmployees are those of a store, as the service has them.
type realEmployees struct{ store *staffdb.Store }

func (r realEmployees) SignIn(ctx context.Context, login, password string) (webui.Account, bool, error) {
	return marked(r.store.SignIn(ctx, login, password))
}

func (r realEmployees) Account(ctx context.Context, login string) (webui.Account, bool, error) {
	return marked(r.store.Account(ctx, login))
}

func (r realEmployees) ByToken(ctx context.Context, token string) (webui.Account, bool, error) {
	return marked(r.store.ByToken(ctx, token))
}

func marked(a staffdb.Account, ok bool, err error) (webui.Account, bool, error) {
	return webui.Account{Staff: a.Staff, Mark: strconv.Itoa(a.Epoch)}, ok, err
}

// town is two job centres.
type town struct{ err error }

func (f *town) JobCenters(context.Context) ([]planner.JobCenter, error) {
	return []planner.JobCenter{{Code: "10100", Name: "Prøveby"}, {Code: "10200", Name: "Naboby"}}, f.err
}

func (f *town) ActiveCaseWorkers(context.Context) ([]planner.CaseWorker, error) {
	return []planner.CaseWorker{
		{ID: uuid.UUID{15: 1}, JobCenter: "10100", Identifier: "RID:1", GivenName: "Åse", Surname: "Lund"},
		{ID: uuid.UUID{15: 2}, JobCenter: "10100", Identifier: "RID:2", GivenName: "Anna", MiddleName: "<Maj>", Surname: "Berg"},
		{ID: uuid.UUID{15: 3}, JobCenter: "10200", Identifier: "RID:3", GivenName: "Nabo", Surname: "Nielsen"},
	}, f.err
}

func TestTheStartPageListsWhomOneMaySee(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	page := s.Get(t, "/moeder/")
	webtest.Proper(t, "start", page)
	anna, aase := strings.Index(page, "Anna &lt;Maj&gt; Berg"), strings.Index(page, "Åse Lund")
	if anna < 0 || aase < anna || !strings.Contains(page, "Nabo Nielsen") || !strings.Contains(page, "2 vejledere") {
		t.Errorf("the administrator sees\n%s", page)
	}
	for _, role := range []planner.Role{planner.RoleReader, planner.RoleSummoner, planner.RoleAdministrator} {
		if page := s.As(t, role, "/moeder/").Body.String(); !strings.Contains(page, "Åse Lund") || strings.Contains(page, "Nabo") {
			t.Errorf("%s sees\n%s", role, page)
		}
	}
}

func TestATroubledDatabaseIsToldWithoutItsWords(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{People: &town{err: errors.New("no route to 10.1.2.3")}})
	w := s.Ask("GET", "/moeder/", nil, s.In(t), nil)
	if w.Code != 503 || strings.Contains(w.Body.String(), "10.1.2.3") || !strings.Contains(s.Logged.String(), "10.1.2.3") {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
}
