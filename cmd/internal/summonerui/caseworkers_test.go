package summonerui

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/rosterdb"
)

type noMailboxes struct{}

func (noMailboxes) AddMailboxTx(context.Context, pgx.Tx, uuid.UUID, string, string) (int64, error) {
	return 0, nil
}

func TestASummonerSetsACaseWorkersHoursAndLastDay(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`insert into job_center (code, name) values ('10100', 'Prøveby'), ('10200', 'Naboby')`)
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return webtest.Noon }
	store := plannerdb.New(pool, plannerdb.Options{Now: now, Sealer: sealer})
	s := newSite(t, Config{Roster: rosterdb.New(pool, rosterdb.Options{Codes: store, Times: store, Mailboxes: noMailboxes{}, Now: now})})

	fresh := caseWorkersPath + "/ny/10100"
	webtest.Proper(t, "new case worker", s.Get(t, fresh))
	form := func(change url.Values) url.Values {
		f := url.Values{
			"version": {"0"}, "givenName": {"Åse"}, "surname": {"<Lund>"}, "email": {"aase@kommune.dk"}, "identifier": {"RID-1"},
			"dag1": {"8:30-12, 12:30-15"}, "dag5": {"9-13"}, "exceptions": {"2030-12-24 fri"}, "competences": {"tolk, engelsk"}, "maxPerDay": {"4"},
		}
		for k, v := range change {
			f[k] = v
		}
		return f
	}
	w := s.Post(t, fresh, form(url.Values{"email": {"odd"}, "dag2": {"8-12, 11-13"}, "surname": {""}, "exceptions": {"jul"}, "maxPerDay": {"x"}, "lastDay": {"snart"}}))
	webtest.Proper(t, "case worker with errors", w.Body.String())
	for _, want := range []string{
		"6 ting skal rettes", `<a href="#email">E-mail er ikke skrevet rigtigt.</a>`, `<a href="#dag2">Tirsdag: Skriv tider`, `href="#surname">Efternavn skal udfyldes.`,
		`href="#exceptions"`, `href="#maxPerDay"`, `href="#lastDay"`, `value="8-12, 11-13"`, "<title>Fejl: ",
	} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, no %q in\n%s", w.Code, want, w.Body)
		}
	}
	page := s.Follow(t, s.Post(t, fresh, form(nil))).Body.String()
	webtest.Proper(t, "case workers", page)
	for _, want := range []string{"Vejlederen er gemt.", "Åse &lt;Lund&gt;", "man 8:30-12, 12:30-15; fre 9-13", "engelsk, tolk", "Naboby"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	var id uuid.UUID
	var actor string
	if err := pool.QueryRow(t.Context(), `select w.id, a.actor from case_worker w join audit_entry a on a.case_worker_id = w.id`).Scan(&id, &actor); err != nil || !strings.HasPrefix(actor, "admin:") {
		t.Fatal(id, actor, err)
	}
	here := caseWorkersPath + "/id/" + id.String()
	if page := s.Get(t, here); !strings.Contains(page, `value="8:30-12, 12:30-15"`) || !strings.Contains(page, "2030-12-24 fri") {
		t.Errorf("%s", page)
	}
	// A meeting after the last day is listed, and stays.
	exec(`insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
		values ($1, '10100', '\x01', '\x01', $2, $3, $4, 1, 'CV-samtale', 'self', '\x01', $3, $3)`, uuid.New(), id, webtest.Noon.AddDate(0, 0, 9), webtest.Noon.AddDate(0, 0, 9).Add(time.Hour))
	last := planner.DateOf(webtest.Noon.AddDate(0, 0, 3)).String()
	page = s.Follow(t, s.Post(t, here, form(url.Values{"version": {"1"}, "lastDay": {last}}))).Body.String()
	if !strings.Contains(page, "Møder efter sidste dag skal flyttes") || !strings.Contains(page, "1 møde skal flyttes") || !strings.Contains(page, "CV-samtale") || !strings.Contains(page, "Sidste dag ") {
		t.Errorf("%s", page)
	}
	webtest.Proper(t, "case workers with a meeting to move", page)
	if w := s.Post(t, here, form(url.Values{"version": {"1"}})); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "En anden har ændret") {
		t.Errorf("the second editor: %d\n%s", w.Code, w.Body)
	}
	for target, want := range map[string]int{
		caseWorkersPath + "/ny/10200": http.StatusNotFound, here: http.StatusOK, caseWorkersPath + "/id/x": http.StatusNotFound,
		caseWorkersPath + "/id/" + uuid.NewString(): http.StatusNotFound,
	} {
		if w := s.As(t, planner.RoleSummoner, target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	if w := s.As(t, planner.RoleReader, here); w.Code != http.StatusForbidden {
		t.Errorf("a reader: %d", w.Code)
	}
}
