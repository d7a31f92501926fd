package summonerui

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// rosterSite is the pages of the roster over real stores: job centre 10100, where Åse and Bo work on weekdays, and a neighbour.
func rosterSite(t *testing.T) (*site, *rosterdb.Store, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return webtest.Noon }
	store := plannerdb.New(pool, plannerdb.Options{Now: now, Sealer: sealer})
	if _, err := pool.Exec(t.Context(), `
		insert into job_center (code, name) values ('10100', 'Prøveby'), ('10200', 'Naboby');
		insert into code_list_entry (list, code, name) values ('InterviewType', 7, 'Jobsamtale'), ('InterviewType', 8, 'CV-samtale'),
			('InterviewContactType', 1, 'Personligt'), ('InterviewContactType', 2, 'Telefon')`); err != nil {
		t.Fatal(err)
	}
	staff := rosterdb.New(pool, rosterdb.Options{Codes: store, Times: store, Mailboxes: noMailboxes{}, Now: now})
	hours, err := roster.ParseWeek("man-fre 8-16")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []roster.Worker{
		{ID: aase, JobCenter: "10100", Identifier: "RID:1", GivenName: "Åse", Surname: "Lund", Email: "a@kommune.example", Hours: hours, Active: true},
		{ID: bo, JobCenter: "10100", Identifier: "RID:2", GivenName: "Bo", Surname: "<Bæk>", Email: "b@kommune.example", Hours: hours, Active: true},
	} {
		if _, err := staff.PutWorker(t.Context(), w, 0, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := staff.PutTeam(t.Context(), roster.Team{ID: team, JobCenter: "10100", Name: "Hold 1", Members: []uuid.UUID{bo}}, 0, "test"); err != nil {
		t.Fatal(err)
	}
	return newSite(t, Config{Options: staff, Groups: staff, Roster: staff}), staff, pool
}

var talkForm = url.Values{
	"version": {"0"}, "title": {"Første <samtale>"}, "interviewType": {"7"}, "interviewForm": {"2"}, "contactTypes": {"1", "2"},
	"durationMinutes": {"1 time"}, "slotStepMinutes": {"60"}, "noticeMinutes": {"2 timer"}, "horizonDays": {"30"}, "caseWorkers": {aase.String()},
	"rebookingDeadlineMinutes": {"1 dag"}, "contactGroups": {"1, 2"}, "competences": {""},
}

func with(form url.Values, change url.Values) url.Values {
	f := url.Values{}
	for _, from := range []url.Values{form, change} {
		for k, v := range from {
			f[k] = v
		}
	}
	return f
}

func needs(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, want := range parts {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestASummonerMakesAnOptionThatCitizensAreOffered(t *testing.T) {
	t.Parallel()
	s, store, pool := rosterSite(t)
	webtest.Proper(t, "no options", s.Get(t, optionsPath))
	fresh := optionsPath + "/ny/10100"
	page := s.Get(t, fresh)
	webtest.Proper(t, "new option", page)
	needs(t, page, `<option value="7">Jobsamtale</option>`, `value="45 minutter"`, `value="2 timer"`, "STAR&#39;s koder", "Bo &lt;Bæk&gt;", "Hold 1")

	w := s.Post(t, fresh, with(talkForm, url.Values{
		"title": {""}, "durationMinutes": {"lang"}, "horizonDays": {"500"}, "noticeMinutes": {"9000 timer"}, "caseWorkers": {}, "contactGroups": {"x"},
		"personGroupProjects": {"y"}, "streetName": {"Gade"}, "email": {"odd"}, "contactTypes": {},
	}))
	webtest.Proper(t, "option with errors", w.Body.String())
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", w.Code)
	}
	needs(t, w.Body.String(), "<title>Fejl: ", `href="#title">Titel skal udfyldes.`, `href="#durationMinutes">Længde: Skriv minutter`, `href="#horizonDays">Dage frem skal være 1-200.`,
		`href="#noticeMinutes">Varsel skal være 0-288000 minutter.`, `href="#caseWorkers">Vejledere eller hold skal udfyldes.`, `href="#contactGroups">Kontaktgrupper: Skriv koder`,
		`href="#personGroupProjects"`, `href="#postCode"`, `href="#email"`, `href="#contactTypes">Samtaleform skal udfyldes.`, `value="lang"`)
	w = s.Post(t, fresh, with(talkForm, url.Values{"interviewType": {"9"}}))
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a code that is on no list: %d", w.Code)
	}
	needs(t, w.Body.String(), `href="#interviewType">Samtaletype har en kode, der ikke er på listen i dag: 9.`)

	w = s.Post(t, fresh, with(talkForm, url.Values{"act": {"preview"}}))
	webtest.Proper(t, "preview", w.Body.String())
	if n := regexp.MustCompile(`før 0, efter [1-9][0-9]+\.`).FindString(w.Body.String()); w.Code != http.StatusOK || n == "" {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	if list, err := store.Options(t.Context(), "10100"); err != nil || len(list) != 0 {
		t.Fatalf("the preview was kept: %v %v", list, err)
	}
	id := uuid.New()
	make := with(talkForm, url.Values{"id": {id.String()}})
	page = s.Follow(t, s.Post(t, fresh, make)).Body.String()
	webtest.Proper(t, "options", page)
	needs(t, page, "Mødetilbuddet er gemt.", "Første &lt;samtale&gt;", "Tilbydes", "Jobsamtale", "1 time", "Åse Lund")
	if w := s.Post(t, fresh, make); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the form sent twice: %d", w.Code)
	}
	var actor string
	if err := pool.QueryRow(t.Context(), `select actor from audit_entry where action = 'roster:option'`).Scan(&actor); err != nil || !strings.HasPrefix(actor, "admin:") {
		t.Error(actor, err)
	}
	got, err := store.Option(t.Context(), id)
	if o := got.Value; err != nil || o.DurationMinutes != 60 || o.NoticeMinutes != 120 || *o.RebookingMinutes != 1440 || o.CancellationMinutes != nil || len(o.ContactGroups) != 2 {
		t.Fatalf("%+v %v", got, err)
	}

	here := optionsPath + "/id/" + id.String()
	page = s.Get(t, here)
	webtest.Proper(t, "option", page)
	needs(t, page, `value="24 timer"`, `value="1, 2"`, `<option value="7" selected>`)
	w = s.Post(t, here, with(talkForm, url.Values{"version": {"1"}, "durationMinutes": {"9 timer"}, "act": {"preview"}}))
	if n := regexp.MustCompile(`før [1-9][0-9]+, efter 0\.`).FindString(w.Body.String()); n == "" {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	page = s.Follow(t, s.Post(t, here+"/tilbydes", url.Values{"version": {"1"}})).Body.String()
	webtest.Proper(t, "withdrawn option", page)
	needs(t, page, "trukket tilbage. Møder", "Genoptag")
	for name, w := range map[string]int{
		"the second editor":  s.Post(t, here, with(talkForm, url.Values{"version": {"1"}})).Code,
		"the second press":   s.Post(t, here+"/tilbydes", url.Values{"version": {"1"}, "active": {"ja"}}).Code,
		"the second preview": s.Post(t, here, with(talkForm, url.Values{"version": {"1"}, "act": {"preview"}})).Code,
	} {
		if w != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w)
		}
	}
	needs(t, s.Follow(t, s.Post(t, here+"/tilbydes", url.Values{"version": {"2"}, "active": {"ja"}})).Body.String(), "tilbydes igen", "Træk tilbage")

	for target, want := range map[string]int{
		here: http.StatusOK, fresh: http.StatusOK, optionsPath + "/ny/10200": http.StatusNotFound, optionsPath + "/id/x": http.StatusNotFound,
		optionsPath + "/id/" + uuid.NewString(): http.StatusNotFound, fresh + "?skabelon=" + uuid.NewString(): http.StatusNotFound,
		templatesPath + "/ny/10200": http.StatusNotFound,
	} {
		if w := s.As(t, planner.RoleSummoner, target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	for _, target := range []string{optionsPath, here, templatesPath + "/ny/10100"} {
		if w := s.As(t, planner.RoleReader, target); w.Code != http.StatusForbidden {
			t.Errorf("a reader of %s: %d", target, w.Code)
		}
	}
	if page := s.As(t, planner.RoleSummoner, optionsPath).Body.String(); strings.Contains(page, "Naboby") {
		t.Error("a summoner of one job centre sees another's")
	}
}

func TestAVariantTellsHowItDiffersAndFollowsItsTemplate(t *testing.T) {
	t.Parallel()
	s, store, _ := rosterSite(t)
	fresh := templatesPath + "/ny/10100"
	webtest.Proper(t, "new template", s.Get(t, fresh))
	form := with(talkForm, url.Values{"name": {"Samtaler"}})
	if w := s.Post(t, fresh, with(form, url.Values{"name": {""}})); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#name"`) {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	page := s.Follow(t, s.Post(t, fresh, form)).Body.String()
	webtest.Proper(t, "templates", page)
	needs(t, page, "Skabelonen er gemt.", "Samtaler", "0 tilbud")
	list, err := store.Templates(t.Context(), "10100")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	from := optionsPath + "/ny/10100?skabelon=" + list[0].ID.String()
	page = s.Get(t, from)
	webtest.Proper(t, "option from a template", page)
	needs(t, page, "Efter skabelonen", `value="Første &lt;samtale&gt;"`, `action="`+from+`"`)
	id := uuid.New()
	s.Follow(t, s.Post(t, from, with(talkForm, url.Values{"id": {id.String()}, "title": {"Sidste"}, "contactTypes": {"2"}, "teams": {team.String()}, "caseWorkers": {}})))
	needs(t, s.Get(t, optionsPath), "1 tilbud", "Efter skabelonen Samtaler", "Hold 1")

	here := optionsPath + "/id/" + id.String()
	page = s.Get(t, here)
	webtest.Proper(t, "variant", page)
	needs(t, page, "undtagen her", `<th scope="row">Samtaleform</th><td>Telefon</td><td>Personligt, Telefon</td>`, `<th scope="row">Titel</th><td>Sidste</td>`)
	if w := s.Post(t, here+"/foelg", url.Values{"version": {"1"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#felt">Vælg`) {
		t.Errorf("nothing to follow: %d\n%s", w.Code, w.Body)
	}
	page = s.Follow(t, s.Post(t, here+"/foelg", url.Values{"version": {"1"}, "felt": {"contactTypes"}})).Body.String()
	if strings.Contains(page, `<th scope="row">Samtaleform</th>`) || !strings.Contains(page, `<th scope="row">Titel</th>`) {
		t.Errorf("%s", page)
	}
	one := templatesPath + "/id/" + list[0].ID.String()
	s.Follow(t, s.Post(t, one, with(form, url.Values{"version": {"1"}, "durationMinutes": {"20"}, "title": {"Anden"}})))
	if got, err := store.Option(t.Context(), id); err != nil || got.Value.DurationMinutes != 20 || got.Value.Title != "Sidste" {
		t.Errorf("%+v %v", got, err)
	}
	for _, at := range []string{one, one + "/fjern"} {
		if w := s.Post(t, at, with(form, url.Values{"version": {"1"}})); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "En anden har ændret skabelonen") {
			t.Errorf("%s: the second editor: %d\n%s", at, w.Code, w.Body)
		}
	}
	webtest.Proper(t, "template", s.Get(t, one))
	needs(t, s.Follow(t, s.Post(t, one+"/fjern", url.Values{"version": {"2"}})).Body.String(), "Skabelonen er fjernet.", "Sidste")
}

func TestWhatTheFormShowsOfASpecIsReadBackTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := func(most int) int { return rapid.IntRange(0, most).Draw(t, "number") }
		limit := n(288000)
		s := roster.Spec{
			Title: "Samtale", Description: "To\nlinjer", InterviewType: 1 + n(9), InterviewForm: 1 + n(9), ContactTypes: []int{3, 1, 2}[:1+n(2)],
			DurationMinutes: 5 + n(715), SlotStepMinutes: 5 + n(715), NoticeMinutes: n(288000), HorizonDays: 1 + n(199), IsCompulsory: n(1) == 1,
			Location: "Her", StreetName: "Gade", StreetBuilding: "1", Floor: "ST", Suite: "tv", PostCode: "1550", District: "By", Phone: "11", Email: "a@b.dk",
			RebookingMinutes: &limit, ContactGroups: []int{1, 2}[:n(2)], PersonCategories: []int{4}[:n(1)], PersonGroupProjects: []uuid.UUID{{1}, {2}}[:n(2)],
			BufferBeforeMinutes: n(120), BufferAfterMinutes: n(120), MaxPerDay: n(9), Seats: 2 * n(9), RoomFor: []int{3}[:n(1)], Competences: []string{"a", "b"}[:n(2)],
		}
		f := &webui.Form{Values: specTexts(s)}
		back, _ := readSpec(f, s).Checked()
		if d := roster.Differences(s, back); len(d) > 0 || !f.OK() {
			t.Fatalf("%v differ, %v:\n%+v\n%+v", d, f.Errors, s, back)
		}
		if !reflect.DeepEqual(back.ContactTypes, s.ContactTypes) {
			t.Fatalf("contact types %v became %v", s.ContactTypes, back.ContactTypes)
		}
	})
}
