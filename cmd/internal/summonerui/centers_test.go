package summonerui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/webui/webtest"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/rosterdb"
)

func TestAnAdministratorMakesAJobCentreAndSetsItsClosingDays(t *testing.T) {
	t.Parallel()
	store := rosterdb.New(pgtest.New(t), rosterdb.Options{Now: func() time.Time { return webtest.Noon }})
	s := newSite(t, Config{Centers: store})
	webtest.Proper(t, "no job centres", s.Get(t, centersPath))
	fresh := centersPath + "/ny"
	webtest.Proper(t, "new job centre", s.Get(t, fresh))
	form := func(change url.Values) url.Values {
		f := url.Values{
			"version": {"0"}, "code": {"10100"}, "name": {"Prøveby"}, "closingDays": {"2026-12-23 Personaledag\r\n2026-05-15"}, "valg": {"helligdage", "uge"},
			"reservationMinutes": {"15"}, "outlookMove": {"accept"}, "outlookDelete": {"restore"},
		}
		for k, v := range change {
			f[k] = v
		}
		return f
	}
	w := s.Post(t, fresh, form(url.Values{"code": {"1"}, "closingDays": {"23/12"}, "reservationMinutes": {"x"}, "name": {""}}))
	webtest.Proper(t, "job centre with errors", w.Body.String())
	for _, want := range []string{`href="#code">Koden er ikke`, `href="#closingDays">En lukkedag er ikke`, `href="#reservationMinutes">Skriv et helt tal`, `href="#name">Navn skal udfyldes`} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, no %q in\n%s", w.Code, want, w.Body)
		}
	}
	page := s.Follow(t, s.Post(t, fresh, form(nil))).Body.String()
	webtest.Proper(t, "job centres", page)
	if !strings.Contains(page, "Jobcenteret er gemt.") || !strings.Contains(page, "2 lukkedage") {
		t.Errorf("%s", page)
	}
	c, err := store.Center(t.Context(), "10100")
	if v := c.Value; err != nil || !v.PublicHolidays || !v.SpreadByWeek || v.LabourDay || v.ReservationMinutes != 15 || v.OutlookMove != "accept" || v.ClosingDays[1].Note != "Personaledag" {
		t.Errorf("%+v %v", c, err)
	}
	if w := s.Post(t, fresh, form(nil)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Koden er en andens.") {
		t.Errorf("made twice: %d\n%s", w.Code, w.Body)
	}
	here := centersPath + "/kode/10100"
	if page := s.Get(t, here); !strings.Contains(page, "2026-05-15\n2026-12-23 Personaledag") || !strings.Contains(page, `value="helligdage" checked`) {
		t.Errorf("%s", page)
	}
	s.Follow(t, s.Post(t, here, form(url.Values{"version": {"1"}, "valg": {}})))
	if w := s.Post(t, here, form(url.Values{"version": {"1"}})); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "En anden har ændret") {
		t.Errorf("the second editor: %d", w.Code)
	}
	for target, want := range map[string]int{here: http.StatusOK, fresh: http.StatusNotFound, centersPath + "/kode/10200": http.StatusNotFound} {
		if w := s.As(t, planner.RoleAdministrator, target); w.Code != want {
			t.Errorf("%s for the administrator of one job centre: %d, want %d", target, w.Code, want)
		}
	}
	if w := s.As(t, planner.RoleSummoner, here); w.Code != http.StatusForbidden {
		t.Errorf("a summoner: %d", w.Code)
	}
}
