package summonerui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/summonsdb"
)

type noJobs struct{}

func (noJobs) AddTx(context.Context, pgx.Tx, jobargs.Job) error { return nil }

// desk is the pages over real stores: the job centre 10100, where Anna and Bo hold an option's meetings from nine to twelve.
type desk struct {
	*site
	pool    *pgxpool.Pool
	seal    *plannerdb.Sealer
	planner *plannerdb.Store
	batches *summonsdb.Store
	option  planner.InterviewOption
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pool := pgtest.New(t)
	seal, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	must(err)
	clock := func() time.Time { return webtest.Noon }
	d := &desk{pool: pool, seal: seal, planner: plannerdb.New(pool, plannerdb.Options{Now: clock, Sealer: seal})}
	d.batches = summonsdb.New(pool, summonsdb.Options{Planner: d.planner, Sealer: seal, Outbox: noJobs{}, Now: clock})
	ctx := t.Context()
	must(d.planner.PutJobCenter(ctx, planner.JobCenter{Code: "10100", Name: "Prøveby"}))
	must(d.planner.PutJobCenter(ctx, planner.JobCenter{Code: "10200", Name: "Naboby"}))
	var ids []uuid.UUID
	for i, name := range []string{"Anna", "Bo"} {
		c := planner.CaseWorker{ID: uuid.UUID{15: byte(10 + i)}, JobCenter: "10100", Identifier: "RID-" + name, GivenName: name, Surname: "Lund", Email: name + "@kommune.example"}
		for day := 1; day <= 5; day++ {
			c.Hours = append(c.Hours, planner.WorkingHours{Weekday: day, StartMinute: 9 * 60, EndMinute: 12 * 60})
		}
		must(d.planner.PutCaseWorker(ctx, c))
		ids = append(ids, c.ID)
	}
	day := 24 * time.Hour
	d.option = planner.InterviewOption{
		ID: uuid.UUID{15: 99}, InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 60,
		Title: "Jobsamtale <nu>", Location: planner.Location{Description: "Lokale 3"}, RebookingDeadline: &day,
	}
	must(d.planner.PutInterviewOption(ctx, "10100", d.option, ids))
	d.site = newSite(t, Config{People: d.planner, Summoning: d.planner, Batches: d.batches})
	return d
}

// cameFrom is where the audit trail says that an action came from, of all that there is of it.
func (d *desk) cameFrom(t *testing.T, action string) string {
	t.Helper()
	var from string
	if err := d.pool.QueryRow(t.Context(), `select coalesce(string_agg(distinct came_from, ', '), '') from audit_entry where action = $1`, action).Scan(&from); err != nil {
		t.Fatal(err)
	}
	return from
}

func (d *desk) choice() string { return "10100/" + d.option.ID.String() }

// page fails unless the answer has the status and all the words.
func page(t *testing.T, w *httptest.ResponseRecorder, status int, words ...string) string {
	t.Helper()
	text := w.Body.String()
	if w.Code != status {
		t.Fatalf("%d, want %d\n%s", w.Code, status, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not on the page\n%s", word, text)
		}
	}
	webtest.Proper(t, "page", text)
	return text
}

func TestASummonerSummonsOneCitizenThroughThePages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := page(t, d.Ask("GET", "/moeder/indkald", nil, d.In(t), nil), 200, "Jobsamtale &lt;nu&gt; (Prøveby)")
	booking := regexp.MustCompile(`name="booking" value="([^"]+)"`).FindStringSubmatch(first)[1]
	f := url.Values{"booking": {booking}, "tilbud": {d.choice()}, "cpr": {"010190-123"}, "fra": {"2026-12-07"}, "til": {"2026-12-08"}, "trin": {"tider"}}
	page(t, d.Post(t, "/moeder/indkald", f), 422, "Skriv borgerens CPR-nummer med ti cifre.")
	f.Set("cpr", "010190-1234")
	page(t, d.Post(t, "/moeder/indkald", f), 200, "mandag den 7. december 2026", "2026-12-07T08:00:00Z", "2 vejledere", "Anna Lund")

	f.Set("trin", "bekraeft")
	f.Set("start", "2026-12-07T08:00:00Z")
	f.Set("vejleder", "RID-Bo")
	page(t, d.Post(t, "/moeder/indkald", f), 200, "010190-1234", "Bo Lund", "Lokale 3", "til og med søndag den 6. december 2026 kl. 09.00", "Mangler her")

	f.Set("trin", "book")
	f.Set("start", "2026-12-07T08:30:00Z")
	refused := page(t, d.Post(t, "/moeder/indkald", f), 422, "Møder begynder ikke på det minut", `name="regel" value="grid"`)
	if strings.Contains(refused, ">Indkald</button>") {
		t.Error("the page does not say that a rule is to be broken")
	}
	f.Set("regel", "grid")
	page(t, d.Post(t, "/moeder/indkald", f), 422, "kun tilsidesættes med en begrundelse")
	f.Set("hvorfor", "bussen går kl. 9")
	done := d.Post(t, "/moeder/indkald", f)
	page(t, d.Follow(t, done), 200, "Borgeren er indkaldt", "bussen går kl. 9", "admin:admin", "010190-1234")
	if from := d.cameFrom(t, "create"); from != "pages 192.0.2.1" {
		t.Errorf("the audit trail has it from %q", from)
	}
	if again := d.Post(t, "/moeder/indkald", f); again.Code != 303 {
		t.Errorf("sent twice: %d", again.Code)
	}
	f.Set("booking", uuid.NewString())
	f.Set("cpr", "0202901234")
	page(t, d.Post(t, "/moeder/indkald", f), 422, "Tiden er ikke ledig")

	if w := d.As(t, planner.RoleReader, "/moeder/indkald"); w.Code != 403 {
		t.Errorf("a reader may summon: %d", w.Code)
	}
	if text := d.As(t, planner.RoleReader, "/moeder/moede/"+booking).Body.String(); strings.Contains(text, "010190") || strings.Contains(text, "Flyt mødet") {
		t.Errorf("a reader sees the citizen, or may move\n%s", text)
	}
}

func TestStaffMoveExcuseAndCancelOnTheMeetingsPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := uuid.New()
	cpr, _ := planner.ParseCPR("0101901234")
	if _, err := d.planner.Summon(t.Context(), planner.SummonRequest{
		JobCenter: "10100", CPR: cpr, BookingID: id, Option: &d.option.ID, Start: time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC), Staff: planner.Staff{ID: uuid.UUID{1}, Login: "lone"},
	}); err != nil {
		t.Fatal(err)
	}
	here := "/moeder/moede/" + id.String()
	page(t, d.Ask("GET", here, nil, d.In(t), nil), 200, "Flyt mødet", "staff:lone", "Jobcenteret")
	page(t, d.Post(t, here, url.Values{"handling": {"flyt"}, "dag": {""}}), 422, "Skriv den nye dag", "Skriv, hvorfor mødet flyttes.")
	move := url.Values{"handling": {"flyt"}, "dag": {"2026-12-08"}, "kl": {"10:30"}, "flyt-hvorfor": {"lokalet er optaget"}}
	page(t, d.Post(t, here, move), 422, `name="regel" value="grid"`, `value="10:30"`)
	move.Set("kl", "10:00")
	page(t, d.Follow(t, d.Post(t, here, move)), 200, "Mødet er flyttet.", "lokalet er optaget")
	excuse := url.Values{"handling": {"afbud"}, "aarsag": {"illness"}, "modtaget-dag": {"2026-11-24"}, "modtaget-kl": {"10:00"}, "modtaget-af": {"Omstillingen"}, "note": {"0101901234"}}
	page(t, d.Post(t, here, excuse), 422, "intet CPR-nummer", "må ikke indeholde et CPR-nummer")
	excuse.Set("note", "ringer igen")
	page(t, d.Follow(t, d.Post(t, here, excuse)), 200, "Afbuddet er noteret", "Sygdom", "Omstillingen", "ringer igen")
	page(t, d.Post(t, here, url.Values{"handling": {"aflys"}}), 422, "Skriv, hvorfor mødet aflyses.")
	page(t, d.Follow(t, d.Post(t, here, url.Values{"handling": {"aflys"}, "aflys-hvorfor": {"fraflyttet"}})), 200, "Mødet er aflyst.", "fraflyttet")
	for _, other := range []string{uuid.NewString(), "vrøvl"} {
		if w := d.Ask("GET", "/moeder/moede/"+other, nil, d.In(t), nil); w.Code != 404 {
			t.Errorf("%s: %d", other, w.Code)
		}
	}
}

func TestAMassSummonsIsMadeApprovedFollowedAndDownloaded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := page(t, d.Ask("GET", "/moeder/masse/ny", nil, d.In(t), nil), 200, "Anna Lund")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(form)[1]
	f := url.Values{"id": {id}, "tilbud": {d.choice()}, "liste": {""}, "fra": {"2026-12-07"}, "til": {"2026-12-07"}}
	page(t, d.Post(t, "/moeder/masse/ny", f), 422, "Indsæt mindst ét CPR-nummer")
	f.Set("liste", "0101901234\n0202901234;rid-bo\nvrøvl\n101901234")
	made := d.Post(t, "/moeder/masse/ny", f)
	here := "/moeder/masse/" + id
	page(t, d.Follow(t, made), 200, "Klar til godkendelse", "Godkend og indkald 2 borgere", "Ikke et CPR-nummer", "foranstillet nul", "Anna Lund: 1", "Bo Lund: 1", "010190-1234")
	if again := d.Post(t, "/moeder/masse/ny", f); again.Code != 303 || again.Header().Get("Location") != made.Header().Get("Location") {
		t.Errorf("sent twice: %d", again.Code)
	}
	page(t, d.Follow(t, d.Post(t, here, url.Values{"handling": {"godkend"}})), 200, "Planen er godkendt", "I gang: 0 af 2", `data-hx-trigger="every 2s"`)
	page(t, d.Follow(t, d.Post(t, here, url.Values{"handling": {"godkend"}})), 200, "i en anden tilstand")
	page(t, d.Follow(t, d.Post(t, here, url.Values{"handling": {"pause"}})), 200, "Sat på pause")
	page(t, d.Follow(t, d.Post(t, here, url.Values{"handling": {"fortsaet"}})), 200, "I gang")
	if _, err := d.batches.CarryOut(t.Context(), uuid.MustParse(id)); err != nil {
		t.Fatal(err)
	}
	if from := d.cameFrom(t, "create"); from != "mass summons "+id {
		t.Errorf("the audit trail has it from %q", from)
	}
	live := d.Ask("GET", here, nil, d.In(t), func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if live.Header().Get("HX-Refresh") == "" || !strings.Contains(live.Body.String(), "Færdig: 2 af 2") || strings.Contains(live.Body.String(), "<html") {
		t.Errorf("the live part %v\n%s", live.Header(), live.Body)
	}
	page(t, d.Ask("GET", "/moeder/masse", nil, d.In(t), nil), 200, "Jobsamtale &lt;nu&gt;", "Færdig")
	csv := d.Ask("GET", here+"/liste.csv", nil, d.In(t), nil)
	if text := csv.Body.String(); !strings.HasPrefix(text, "\ufeffLinje;CPR;") || !strings.Contains(text, "1;010190-1234;Indkaldt;;2026-12-07;09:00;Anna Lund;") ||
		!strings.Contains(text, "3;;Fejl i listen;Ikke et CPR-nummer;") || csv.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("downloaded %v\n%s", csv.Header(), text)
	}
	if w := d.As(t, planner.RoleReader, here); w.Code != 403 {
		t.Errorf("a reader sees a list of citizens: %d", w.Code)
	}
}

// ask sends JSON as a program does, with a token; the tests' tokens are roles.
func (d *desk) ask(t *testing.T, role planner.Role, method, path, key, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+string(role))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	var out map[string]any
	if raw := w.Body.Bytes(); len(raw) > 0 && raw[0] == '{' {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, raw)
		}
	}
	if kind := w.Header().Get("Content-Type"); w.Code >= 400 && out != nil && kind != "application/problem+json" {
		t.Errorf("%s %s: a problem as %s", method, path, kind)
	}
	return w.Code, out
}

func TestAProgramSummonsThroughTheJSONAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	key := uuid.NewString()
	summons := fmt.Sprintf(`{"jobCenter":"10100","cpr":"0101901234","option":%q,"start":"2026-12-07T09:00:00+01:00"}`, d.option.ID)
	check := func(what string, status int, out map[string]any, want int, code any) {
		t.Helper()
		if status != want || code != nil && out["code"] != code {
			t.Errorf("%s: %d %v, want %d %v", what, status, out, want, code)
		}
	}
	s, out := d.ask(t, planner.RoleReader, "POST", "/api/v1/bookings", key, summons)
	check("a reader", s, out, 403, nil)
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", "", summons)
	check("no key", s, out, 400, "bad-request")
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", key, strings.Replace(summons, `"start"`, `"strat":1,"start"`, 1))
	check("a slip of the pen", s, out, 400, "bad-request")
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", key, strings.Replace(summons, "10100", "10200", 1))
	check("another job centre", s, out, 404, "not-found")
	for range 2 {
		s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", key, summons)
		if check("summoned", s, out, 201, nil); out["id"] != key || out["origin"] != "planner" || out["caseWorker"] != "RID-Anna" || out["cpr"] != "010190-1234" {
			t.Errorf("summoned %v", out)
		}
	}
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", uuid.NewString(), strings.NewReplacer("0101901234", "0202901234", "09:00:00+01", "09:30:00+01").Replace(summons))
	if check("off the grid", s, out, 409, "breaks-rules"); fmt.Sprint(out["rules"]) != "[grid]" {
		t.Errorf("rules %v", out["rules"])
	}
	own := `{"jobCenter":"10100","cpr":"0303901234","meeting":{"interviewType":12,"interviewForm":2,"contactType":1,"minutes":45,"title":"Rundbord"},"caseWorker":"RID-Bo","start":"2026-12-07T10:00:00+01:00"}`
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/bookings", uuid.NewString(), own)
	if check("without option", s, out, 201, nil); out["title"] != "Rundbord" {
		t.Errorf("%v", out)
	}
	at := "/api/v1/bookings/" + key
	s, out = d.ask(t, planner.RoleReader, "GET", at, "", "")
	if check("read", s, out, 200, nil); out["cpr"] != "******-****" {
		t.Errorf("a reader sees %v", out["cpr"])
	}
	s, out = d.ask(t, planner.RoleSummoner, "POST", at+"/move", "", `{"start":"2026-12-08T09:00:00+01:00","why":"aftalt"}`)
	check("moved", s, out, 200, nil)
	s, out = d.ask(t, planner.RoleSummoner, "POST", at+"/excuse", "", `{"receivedAt":"2026-11-24T09:00:00Z","receivedBy":"Omstillingen","reason":"work"}`)
	if check("excused", s, out, 200, nil); out["excuse"] == nil {
		t.Errorf("%v", out)
	}
	s, out = d.ask(t, planner.RoleSummoner, "POST", at+"/cancel", "", `{"why":"afbud"}`)
	if check("cancelled", s, out, 200, nil); out["cancelled"] != true {
		t.Errorf("%v", out)
	}
	if from := d.cameFrom(t, "cancel"); from != "api 192.0.2.1" {
		t.Errorf("the audit trail has it from %q", from)
	}

	batch := uuid.NewString()
	list := fmt.Sprintf(`{"jobCenter":"10100","option":%q,"from":"2026-12-09T00:00:00+01:00","to":"2026-12-10T00:00:00+01:00","citizens":[{"cpr":"0404901234"},{"cpr":"0505901234","caseWorker":"RID-Bo"},{"cpr":"x"}]}`, d.option.ID)
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/summonses", batch, list)
	if check("planned", s, out, 201, nil); out["state"] != "planned" || len(out["lines"].([]any)) != 3 {
		t.Errorf("%v", out)
	}
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/summonses/"+batch+"/approve", "", "")
	check("approved", s, out, 200, nil)
	s, out = d.ask(t, planner.RoleSummoner, "POST", "/api/v1/summonses/"+batch+"/approve", "", "")
	check("approved twice", s, out, 409, "state")
	if _, err := d.batches.CarryOut(t.Context(), uuid.MustParse(batch)); err != nil {
		t.Fatal(err)
	}
	s, out = d.ask(t, planner.RoleSummoner, "GET", "/api/v1/summonses/"+batch, "", "")
	if check("done", s, out, 200, nil); out["state"] != "done" || out["lines"].([]any)[0].(map[string]any)["state"] != "booked" {
		t.Errorf("%v", out)
	}
	s, _ = d.ask(t, planner.RoleReader, "GET", "/api/v1/timeslots?jobCenter=10100&option="+d.option.ID.String()+"&from=2026-12-09T00:00:00Z&to=2026-12-10T00:00:00Z", "", "")
	check("times", s, nil, 200, nil)
}
