package summonerui

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

var (
	aase   = uuid.UUID{15: 1}
	bo     = uuid.UUID{15: 2}
	nabo   = uuid.UUID{15: 3}
	talk   = uuid.UUID{15: 10}
	team   = uuid.UUID{15: 20}
	secret = "HEMMELIGT"
)

// weekSite is a job centre of two case workers over a real database, and a neighbour. It is Tuesday 24 November 2026, 11.00.
func weekSite(t *testing.T) (*site, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}, 1, bytes.Repeat([]byte("h"), 32))
	if err != nil {
		t.Fatal(err)
	}
	store := plannerdb.New(pool, plannerdb.Options{Now: func() time.Time { return webtest.Noon }, Sealer: sealer})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for code, name := range map[planner.JobCenterCode]string{"10100": "Prøveby", "10200": "Naboby"} {
		must(store.PutJobCenter(t.Context(), planner.JobCenter{Code: code, Name: name}))
	}
	var hours []planner.WorkingHours
	for d := 1; d <= 5; d++ {
		hours = append(hours, planner.WorkingHours{Weekday: d, StartMinute: 8 * 60, EndMinute: 15 * 60})
	}
	for _, w := range []planner.CaseWorker{
		{ID: aase, JobCenter: "10100", Identifier: "RID:1", GivenName: "Åse", Surname: "Lund", Email: "a@kommune.example", Hours: hours},
		{ID: bo, JobCenter: "10100", Identifier: "RID:2", GivenName: "Bo", Surname: "Bæk", Email: "b@kommune.example", Hours: hours},
		{ID: nabo, JobCenter: "10200", Identifier: "RID:3", GivenName: "Nabo", Surname: "Nielsen", Email: "n@kommune.example", Hours: hours},
	} {
		must(store.PutCaseWorker(t.Context(), w))
	}
	must(store.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{
		ID: talk, Title: "Jobsamtale", InterviewType: 1, InterviewForm: 1, ContactTypes: []int{2}, Duration: 30 * time.Minute, SlotStep: 30 * time.Minute, HorizonDays: 30,
	}, []uuid.UUID{aase, bo}))
	_, err = pool.Exec(t.Context(), `
		insert into team (id, job_center_code, name) values ('00000000-0000-0000-0000-000000000014', '10100', 'Hold 1');
		insert into team_member (team_id, case_worker_id) select '00000000-0000-0000-0000-000000000014', id from case_worker where job_center_code = '10100';
		insert into code_list_entry (list, code, name) values ('InterviewContactType', 2, 'Telefon');
		insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as, private) values
			('00000000-0000-0000-0000-000000000001', 'graph', 'x', '2026-11-24 09:00+01', '2026-11-24 10:30+01', 'busy', false),
			('00000000-0000-0000-0000-000000000001', 'graph', 'y', '2026-11-25 09:00+01', '2026-11-25 10:00+01', 'busy', true);
		insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at)
			values ('00000000-0000-0000-0000-0000000000b0', '10100', 'HEMMELIGT', 'HEMMELIGT', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000001', '2026-11-26 13:00+01', '2026-11-26 13:30+01', 2, 'Jobsamtale', 'self', '', now(), now());
		insert into held_time (id, case_worker_id, during, booking_id) values
			('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-000000000001', tstzrange('2026-11-26 13:00+01', '2026-11-26 13:30+01'), '00000000-0000-0000-0000-0000000000b0');
		insert into held_time (id, case_worker_id, during, expires_at, job_center_code, citizen_hash, contact_type) values
			('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-000000000001', tstzrange('2026-11-27 08:00+01', '2026-11-27 08:30+01'), '2026-11-24 11:05+01', '10100', 'a', 2),
			('00000000-0000-0000-0000-0000000000b3', '00000000-0000-0000-0000-000000000001', tstzrange('2026-11-27 09:00+01', '2026-11-27 09:30+01'), '2026-11-24 10:55+01', '10100', 'b', 2);
		insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at) values ('00000000-0000-0000-0000-000000000002', 'u', 'b@kommune.example', 'denied', now(), now(), now())`)
	must(err)
	return newSite(t, Config{Weeks: store, People: store}), pool
}

// stretch is what a page says of the stretch that begins then.
func stretch(t *testing.T, page, from string) string {
	t.Helper()
	m := regexp.MustCompile(`<li class="([^"]*)"><a href="[^"]*"><time>` + regexp.QuoteMeta(from) + `</time>(.*?)</a></li>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no stretch %s in\n%s", from, page)
	}
	return m[1] + ":" + strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[2], "")), " ")
}

func TestAWeekTellsEachUseInWordsAndShapeAndNothingOfWhoOrWhat(t *testing.T) {
	t.Parallel()
	s, _ := weekSite(t)
	page := s.Get(t, "/moeder/uge?vejleder="+aase.String())
	webtest.Proper(t, "week", page)
	for from, want := range map[string]string{
		"09.00–10.30": "f5 s6 busy:Optaget", "09.00–10.00": "f5 s4 busy:Optaget (Privat)", "10.30–15.00": "f11 s18 free:Ledig", "13.00–13.30": "f21 s2 meeting:Møde Jobsamtale, Telefon",
		"08.00–08.30": "f1 s2 reserved:Reserveret", "08.30–15.00": "f3 s26 free:Ledig",
	} {
		if got := stretch(t, page, from); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
	if got := stretch(t, page[strings.Index(page, ">Mandag"):], "08.00–15.00"); got != "f1 s28 outside:Passeret" {
		t.Errorf("yesterday: %q", got)
	}
	if strings.Contains(page, secret) || strings.Contains(page, "Lørdag") || !strings.Contains(page, "<h1>Uge 48</h1>") || strings.Count(page, `class="day today"`) != 1 {
		t.Errorf("week:\n%s", page)
	}
	table := s.Get(t, "/moeder/uge?vis=tabel&vejleder="+aase.String())
	webtest.Proper(t, "table", table)
	if !strings.Contains(table, `<tr><th scope="row">Torsdag 26. nov.</th><td>13.00–13.30</td>`) || strings.Contains(table, secret) {
		t.Errorf("table:\n%s", table)
	}
}

func TestATeamIsShownSideBySideAndWhoseCalendarIsUnknownIsWithheld(t *testing.T) {
	t.Parallel()
	s, _ := weekSite(t)
	page := s.Get(t, "/moeder/uge?jobcenter=10100&team="+team.String())
	webtest.Proper(t, "team", page)
	if n := strings.Count(page, `<section class="day`); n != 10 {
		t.Errorf("%d columns", n)
	}
	if got := stretch(t, page[strings.Index(page, ">Fredag"):], "08.00–15.00"); got != "f1 s28 withheld:Tilbageholdt" {
		t.Errorf("%q", got)
	}
	if !strings.Contains(page, "withheld") || !strings.Contains(page, planner.ReasonUnknown.Danish()) || strings.Contains(page, "Nabo") && !strings.Contains(page, "Naboby") {
		t.Errorf("team:\n%s", page)
	}
}

func TestWeeksAreFoundByDayAndNotOutsideOnesJobCentres(t *testing.T) {
	t.Parallel()
	s, _ := weekSite(t)
	at := "/moeder/uge?vejleder=" + aase.String()
	page := s.Get(t, at)
	for _, day := range []string{"2026-11-16", "2026-11-30"} {
		if !strings.Contains(page, "dag="+day) {
			t.Errorf("no way to the week of %s", day)
		}
	}
	for day, want := range map[string]string{"2026-10-25": "Uge 43", "2027-01-01": "Uge 53", "nonsense": "Uge 48"} {
		if got := s.Get(t, at+"&dag="+day); !strings.Contains(got, "<h1>"+want+"</h1>") {
			t.Errorf("%s is not in %s", day, want)
		}
	}
	if w := s.As(t, planner.RoleReader, "/moeder/uge?jobcenter=10200"); w.Code != http.StatusNotFound {
		t.Errorf("a reader of another job centre: %d", w.Code)
	}
	if page := s.As(t, planner.RoleReader, "/moeder/uge?vejleder="+nabo.String()).Body.String(); strings.Contains(page, "Nabo") || !strings.Contains(page, "Vælg en eller flere") {
		t.Errorf("another job centre's case worker is shown:\n%s", page)
	}
}

func TestTheNightsWhenClocksChangeAreToldAndDrawnInTheirLength(t *testing.T) {
	t.Parallel()
	s, pool := weekSite(t)
	for day, hours := range map[string]int{"2026-10-25": 25, "2027-03-28": 23} {
		date, err := time.ParseInLocation(time.DateOnly, day, planner.Copenhagen())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', $2, $3, $4, 'busy')`,
			aase, day, date, date.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
		page := s.Get(t, "/moeder/uge?vejleder="+aase.String()+"&dag="+day)
		if got, want := stretch(t, page[strings.Index(page, ">Søndag"):], "00.00–24.00"), fmt.Sprintf("f1 s%d busy:Optaget", hours*4); got != want || !strings.Contains(page, "Sommertid") {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
}

func TestWhyNotListsTheRulesForACellOfTheWeek(t *testing.T) {
	t.Parallel()
	s, _ := weekSite(t)
	week := s.Get(t, "/moeder/uge?dag=2026-11-30&vejleder="+aase.String())
	link := regexp.MustCompile(`href="(/moeder/hvorfor\?[^"]*)"`).FindStringSubmatch(week)
	if link == nil {
		t.Fatalf("no link in\n%s", week)
	}
	form := s.Get(t, strings.ReplaceAll(link[1], "&amp;", "&"))
	webtest.Proper(t, "form", form)
	if !strings.Contains(form, `value="2026-11-30"`) || !strings.Contains(form, `value="`+aase.String()+`" selected`) || strings.Contains(form, "Fejl") {
		t.Errorf("the form:\n%s", form)
	}
	ask := url.Values{"jobcenter": {"10100"}, "tilbud": {talk.String()}, "dag": {"2026-11-26"}, "kl": {"13:00"}}
	page := s.Get(t, "/moeder/hvorfor?"+ask.Encode())
	webtest.Proper(t, "answer", page)
	for _, want := range []string{"Jobsamtale, torsdag den 26. november 2026 kl. 13.00", planner.ReasonHeld.Danish() + " (13.00 – 13.30)", planner.ReasonUnknown.Danish(), "Bo Bæk", "Åse Lund"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	ask.Set("dag", "2026-12-03")
	ask.Set("vejleder", aase.String())
	if page := s.Get(t, "/moeder/hvorfor?"+ask.Encode()); !strings.Contains(page, "Tilbydes") || strings.Contains(page, "Bo Bæk</h3>") {
		t.Errorf("a free time:\n%s", page)
	}
	for field, value := range map[string]string{"tilbud": "", "kl": "25:00", "dag": "i dag", "vejleder": nabo.String()} {
		wrong := url.Values{"jobcenter": {"10100"}, "tilbud": {talk.String()}, "dag": {"2026-11-26"}, "kl": {"13:00"}}
		wrong.Set(field, value)
		w := s.Ask("GET", "/moeder/hvorfor?"+wrong.Encode(), nil, s.In(t), nil)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="fejl-`+field+`"`) {
			t.Errorf("%s: %d\n%s", field, w.Code, w.Body)
		}
	}
}
