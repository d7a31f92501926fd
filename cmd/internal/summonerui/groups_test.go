package summonerui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/planner"
)

func TestASummonerLooksAfterTeamsAndRooms(t *testing.T) {
	t.Parallel()
	s, store, pool := rosterSite(t)
	for _, path := range []string{teamsPath, roomsPath} {
		fresh := path + "/ny/10100"
		webtest.Proper(t, "list at first", s.Get(t, path))
		webtest.Proper(t, "new one", s.Get(t, fresh))
		form := url.Values{"version": {"0"}, "name": {"<Nord>"}, "members": {aase.String()}, "active": {"ja"}}
		w := s.Post(t, fresh, with(form, url.Values{"name": {""}}))
		webtest.Proper(t, "errors", w.Body.String())
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#name">Navn skal udfyldes.`) || !strings.Contains(w.Body.String(), " checked") {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
		page := s.Follow(t, s.Post(t, fresh, form)).Body.String()
		webtest.Proper(t, "list", page)
		needs(t, page, " er gemt.", "&lt;Nord&gt;")
		if w := s.Post(t, fresh, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Navn er en andens.") {
			t.Errorf("%s: the name twice: %d", path, w.Code)
		}
	}
	teams, err := store.Teams(t.Context(), "10100")
	if err != nil || len(teams) != 2 || teams[0].Value.Name != "<Nord>" || len(teams[0].Value.Members) != 1 || teams[0].Value.Members[0] != aase {
		t.Fatal(teams, err)
	}
	rooms, err := store.Rooms(t.Context(), "10100")
	if err != nil || len(rooms) != 1 || !rooms[0].Value.Active {
		t.Fatal(rooms, err)
	}
	oneTeam, oneRoom := teamsPath+"/id/"+teams[0].Value.ID.String(), roomsPath+"/id/"+rooms[0].Value.ID.String()
	for _, here := range []string{oneTeam, oneRoom} {
		page := s.Get(t, here)
		webtest.Proper(t, "one", page)
		needs(t, page, " checked")
		change := url.Values{"version": {"1"}, "name": {"Syd"}}
		needs(t, s.Follow(t, s.Post(t, here, change)).Body.String(), "Syd")
		if w := s.Post(t, here, change); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "En anden har ændret") {
			t.Errorf("%s: the second editor: %d", here, w.Code)
		}
		if w := s.As(t, planner.RoleReader, here); w.Code != http.StatusForbidden {
			t.Errorf("%s: a reader: %d", here, w.Code)
		}
	}
	needs(t, s.Get(t, roomsPath), "Ude af brug")
	needs(t, s.Get(t, teamsPath), "0 vejledere")
	if w := s.Post(t, oneTeam+"/fjern", url.Values{"version": {"1"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("removed by the second editor: %d", w.Code)
	}
	if page := s.Follow(t, s.Post(t, oneTeam+"/fjern", url.Values{"version": {"2"}})).Body.String(); !strings.Contains(page, "Holdet er fjernet.") || strings.Contains(page, "Syd") {
		t.Errorf("%s", page)
	}
	var audited int
	if err := pool.QueryRow(t.Context(), `select count(*) from audit_entry where actor like 'admin:%' and action in ('roster:team', 'roster:room')`).Scan(&audited); err != nil || audited != 5 {
		t.Error(audited, err)
	}
	for target, want := range map[string]int{
		oneRoom: http.StatusOK, teamsPath + "/ny/10200": http.StatusNotFound, roomsPath + "/ny/10200": http.StatusNotFound,
		roomsPath + "/id/" + uuid.NewString(): http.StatusNotFound, teamsPath + "/id/x": http.StatusNotFound,
	} {
		if w := s.As(t, planner.RoleSummoner, target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
}

func TestACaseWorkersTeamsAreSetOnTheirPage(t *testing.T) {
	t.Parallel()
	s, store, _ := rosterSite(t)
	here := caseWorkersPath + "/id/" + bo.String()
	page := s.Get(t, here)
	webtest.Proper(t, "case worker with teams", page)
	needs(t, page, `value="`+team.String()+`" checked`)
	w, err := store.Worker(t.Context(), bo)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"version": {strconv.Itoa(w.Version)}, "givenName": {"Bo"}, "surname": {"Bæk"}, "email": {"b@kommune.example"}, "identifier": {"RID:2"},
	}
	s.Follow(t, s.Post(t, here, form))
	if w, err = store.Worker(t.Context(), bo); err != nil || len(w.Teams) != 0 {
		t.Fatal(w.Teams, err)
	}
	form["version"], form["teams"] = []string{strconv.Itoa(w.Version)}, []string{team.String()}
	s.Follow(t, s.Post(t, here, form))
	if w, err = store.Worker(t.Context(), bo); err != nil || len(w.Teams) != 1 || w.Teams[0] != team {
		t.Fatal(w.Teams, err)
	}
}
