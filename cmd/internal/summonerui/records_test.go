package summonerui

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/recorddb"
)

func TestACitizensHistoryIsToldAndThatItWasReadIsPartOfIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	records := recorddb.New(d.pool, recorddb.Options{Hasher: d.seal, Now: func() time.Time { return d.Clock }})
	d.site = newSite(t, Config{People: d.planner, Summoning: d.planner, Batches: d.batches, Records: records})
	cpr, _ := planner.ParseCPR("0101901234")
	id := uuid.New()
	if _, err := d.planner.Summon(t.Context(), planner.SummonRequest{
		JobCenter: "10100", CPR: cpr, BookingID: id, Option: &d.option.ID, Start: time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC),
		Staff: planner.Staff{ID: uuid.UUID{1}, Login: "lone", From: "pages 198.51.100.4"},
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.planner.CancelBooking(t.Context(), planner.CancelRequest{JobCenter: "10100", BookingID: id, Staff: planner.Bootstrap("kim"), Why: "fraflyttet <nu>"}); err != nil {
		t.Fatal(err)
	}
	const here = "/moeder/historik"
	page(t, d.Ask("GET", here, nil, d.In(t), nil), 200, "At du slår op")
	page(t, d.Post(t, here, url.Values{"cpr": {"010190"}}), 422, "Skriv borgerens CPR-nummer")
	ask := url.Values{"cpr": {"010190-1234"}, "vis": {"side"}}
	text := page(t, d.Post(t, here, ask), 200, "Historik for 010190-1234", "staff:lone", "pages 198.51.100.4", "Oprettet", "Aflyst", "fraflyttet &lt;nu&gt;",
		"admin:kim", "7. dec.", "/moeder/moede/"+id.String(), "Historik læst", "pages 192.0.2.1")
	if strings.Contains(text, "Kun møder i dine") {
		t.Error("who acts for all is told of some")
	}

	ask.Set("vis", "json")
	file := d.Post(t, here, ask)
	var e recorddb.Export
	if err := json.Unmarshal(file.Body.Bytes(), &e); err != nil || len(e.Bookings) != 1 || len(e.Entries) != 4 || e.Entries[3].Action != "audit-export" || e.Entries[3].Actor != "admin:admin" {
		t.Errorf("%v %s", err, file.Body)
	}
	if h := file.Header(); h.Get("Content-Disposition") != `attachment; filename="historik.json"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", h)
	}
	ask.Set("vis", "csv")
	if file := d.Post(t, here, ask); strings.Count(file.Body.String(), "\n") != 6 || !strings.Contains(file.Body.String(), ",cancel,fraflyttet <nu>,10100,RID-Anna,"+id.String()) {
		t.Errorf("%s", file.Body)
	}
	if strings.Contains(d.Logged.String(), "010190") || !strings.Contains(d.Logged.String(), "audit trail of a citizen read") {
		t.Errorf("logged %s", d.Logged.String())
	}

	for role, want := range map[planner.Role]int{planner.RoleReader: 403, planner.RoleAdministrator: 403, planner.RoleSummoner: 200} {
		if code := d.Ask("POST", here, ask, d.SignIn(t, string(role), string(role)), nil).Code; code != want {
			t.Errorf("%s: %d, want %d", role, code, want)
		}
	}
}
