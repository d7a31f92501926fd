package dfdgqueue

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgsim"
)

func (w *world) pushed() (*Pushed, *Poller) {
	p := NewPushed(PushedConfig{
		Notices: w.memory, Serves: func(_ *http.Request, jc planner.JobCenterCode) bool { return jc == jobCenter },
		URL: w.http.URL + dfdgsim.PathRegister, HTTP: &http.Client{Transport: w.sent}, Caller: us, Now: w.clock,
	})
	return p, NewPoller(PollerConfig{Transport: p, Intake: w.intake(), Pollers: w.memory, Now: w.clock})
}

func TestAPushedNoticeIsStoredAndWhatItSpeaksOfFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, poller := w.pushed()
	hook := httptest.NewServer(p)
	t.Cleanup(hook.Close)
	w.sim.SetWebhook(string(jobCenter), hook.URL)
	booking, _ := w.create()
	_, _, err := w.sim.KSS(dfdgsim.Meeting{Act: dfdgsim.Moved, Booking: booking, Start: now.Add(72 * time.Hour)})
	w.must(err)
	if n, err := w.sim.Push(t.Context()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	out, err := poller.Poll(t.Context(), jobCenter)
	w.must(err)
	// Two notices, one booking: it is fetched once, as it is now.
	if out.Messages != 1 || out.Changed != 1 || len(w.memory.notices) != 0 {
		t.Fatalf("%+v, %d notices left", out, len(w.memory.notices))
	}
	s := w.memory.rows[w.memory.order[0]].Summons
	if s.Booking != booking || !s.Span.Start.Equal(now.Add(72*time.Hour)) {
		t.Errorf("%+v", s)
	}
	golden(t, "get-booking.txt", w.sent.sent[0])
}

func TestANoticeWaitsWhileItsBookingMayStillTurnUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, poller := w.pushed()
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	w.must(w.memory.AddNotice(t.Context(), Notice{ID: uuid.UUID{1}, JobCenter: jobCenter, Booking: uuid.UUID{2}, Change: 1, CPR: cpr, At: now}))
	w.must(w.memory.AddNotice(t.Context(), Notice{ID: uuid.UUID{3}, JobCenter: jobCenter, Booking: uuid.UUID{4}, Change: 3, CPR: cpr, At: now}))
	out, err := poller.Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != 1 || len(w.memory.notices) != 1 || !w.memory.rows[uuid.UUID{3}].Summons.Gone {
		t.Fatalf("%+v, notices %+v", out, w.memory.notices)
	}
	p.cfg.Now = func() time.Time { return now.Add(2 * time.Hour) }
	if out, err = poller.Poll(t.Context(), jobCenter); err != nil || out.Messages != 1 || len(w.memory.notices) != 0 {
		t.Errorf("%+v %v", out, err)
	}
}

func post(h http.Handler, body string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	return w.Code
}

func TestOnlyNoticesForUsAreStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.pushed()
	good := notice{
		ID: uuid.NewString(), EntityType: entityIndkaldelse, ChangeType: 1, IdentificationType: 1, Identification: citizen,
		ExternalID: uuid.NewString(), OrganisationType: 8, OrganisationCode: string(jobCenter),
	}
	for _, c := range []struct {
		name   string
		change func(*notice)
		code   int
		stored int
	}{
		{"a summons", func(*notice) {}, 202, 1},
		{"a deadline", func(n *notice) { n.EntityType = 90001 }, 202, 0},
		{"no entity", func(n *notice) { n.EntityType = 0 }, 400, 0},
		{"no booking", func(n *notice) { n.ExternalID = "" }, 400, 0},
		{"no message id", func(n *notice) { n.ID = "7" }, 400, 0},
		{"an unknown change", func(n *notice) { n.ChangeType = 4 }, 400, 0},
		{"no citizen", func(n *notice) { n.Identification = "0000000000" }, 400, 0},
		{"another kind of id", func(n *notice) { n.IdentificationType = 2 }, 400, 0},
		{"a municipality", func(n *notice) { n.OrganisationType = 7 }, 400, 0},
		{"another job centre", func(n *notice) { n.OrganisationCode = "20200" }, 400, 0},
	} {
		w.memory.notices = nil
		n := good
		c.change(&n)
		body, err := json.Marshal(n)
		w.must(err)
		if code := post(p, string(body)); code != c.code || len(w.memory.notices) != c.stored {
			t.Errorf("%s: HTTP %d, %d stored", c.name, code, len(w.memory.notices))
		}
	}
	body, err := json.Marshal(good)
	w.must(err)
	w.memory.fail = errors.New("the database is away")
	if code := post(p, string(body)); code != http.StatusServiceUnavailable {
		t.Errorf("not stored, but HTTP %d", code)
	}
	if code := post(p, "{"); code != http.StatusBadRequest {
		t.Errorf("half a notice: HTTP %d", code)
	}
}

func FuzzNotice(f *testing.F) {
	f.Add([]byte(`{"beskedId":"3f0ad6a2-0000-4000-8000-000000000000","entitetType":90000,"aendringType":1,"identifikationType":1,"identifikation":"0101701234","eksternId":"3f0ad6a2-0000-4000-8000-000000000001","organisationType":8,"organisationKode":"10100"}`))
	f.Add([]byte(`{"entitetType":90001}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, ours, err := parseNotice(raw, now)
		if err != nil && ours {
			t.Fatal("both a notice and none")
		}
		if ours && (n.ID == uuid.Nil || n.Booking == uuid.Nil || n.CPR.Unknown() || n.Change < 1 || n.Change > 3) {
			t.Fatalf("%+v", n)
		}
		if err != nil && err.Error() != errNotice.Error() {
			t.Fatalf("the error quotes the notice: %v", err)
		}
	})
}
