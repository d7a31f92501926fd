package msgraph

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

func echo(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(rw, r.URL.Query().Get("validationToken"))
}

func TestAProbedWebhookLeavesNoSubscriptionAndTheOneInUseStays(t *testing.T) {
	hook := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer hook.Close()
	for name, c := range map[string]struct {
		fault *graphsim.Fault
		want  string
	}{
		"all is well":        {nil, "nil"},
		"the answer is lost": {&graphsim.Fault{Kind: graphsim.FaultCutAfter, Path: "/subscriptions", Method: http.MethodPost, Count: 1}, "unavailable connection 0s"},
	} {
		s := newSimulated(t, graphsim.Config{})
		used, err := s.Subscribe(t.Context(), s.user, hook.URL, hook.URL, "state", simStart.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if c.fault != nil {
			s.fault(*c.fault)
		}
		err = s.ProbeWebhook(t.Context(), s.user, hook.URL)
		if c.fault == nil && err != nil || c.fault != nil && told(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if left := s.sim.Subscriptions(); len(left) != 1 || left[0].ID != used.ID {
			t.Errorf("%s: left %+v", name, left)
		}
	}
}

func TestAWebhookThatGraphCannotReachIsRefused(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	hook := httptest.NewTLSServer(http.NotFoundHandler())
	defer hook.Close()
	var refused *calendar.RefusedError
	if err := s.ProbeWebhook(t.Context(), s.user, hook.URL); !errors.As(err, &refused) || refused.Code != "ValidationError" {
		t.Fatalf("got %v", err)
	}
}

func TestAPurgedEventDoesNotLieInDeletedItems(t *testing.T) {
	s := newSimulated(t, graphsim.Config{})
	w := s.create(draft, "tx")
	if err := s.Purge(t.Context(), s.user, w.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.outlook().Restore(string(w.ID)); err == nil {
		t.Error("the event could be restored")
	}
	if err := s.Purge(t.Context(), s.user, w.ID); !errors.Is(err, calendar.ErrGone) {
		t.Errorf("purged twice: %v", err)
	}
}

func TestTheRolesOfATokenAreReadAndNothingElseMatters(t *testing.T) {
	jwt := func(body string) string { return "e30." + base64.RawURLEncoding.EncodeToString([]byte(body)) + ".sig" }
	for token, want := range map[string][]string{
		jwt(`{"roles":["Calendars.ReadWrite","bad role"],"sub":"x"}`): {"Calendars.ReadWrite"},
		jwt(`{}`):          nil,
		jwt(`{"roles":7}`): nil,
		"opaque":           nil,
		"a.%.c":            nil,
	} {
		if got := rolesOf(token); !slices.Equal(got, want) {
			t.Errorf("%s: %v", token, got)
		}
	}
	s := newSimulated(t, graphsim.Config{})
	if roles, err := s.SignIn(t.Context()); err != nil || roles != nil {
		t.Errorf("sign in: %v %v", roles, err)
	}
}

func TestTheOtherSidesClockIsObserved(t *testing.T) {
	w := newWorld(t, answerWith(200, oneEvent))
	if _, err := w.client().Event(t.Context(), user, "AAk", false); err != nil {
		t.Fatal(err)
	}
	if last := w.calls[len(w.calls)-1]; last.Date.IsZero() || time.Since(last.Date) > time.Minute {
		t.Errorf("date %s", last.Date)
	}
}
