package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// memory knows two subscriptions, and remembers what it was told to store.
type memory struct {
	stored []Noticed
	broken error
}

func (m *memory) Subscriptions(_ context.Context, ids []string) (map[string]Subscription, error) {
	all := map[string]Subscription{"sub-1": {Mailbox: 1, ClientState: "secret-1"}, "sub-2": {Mailbox: 2, ClientState: "secret-2"}}
	out := map[string]Subscription{}
	for _, id := range ids {
		if s, ok := all[id]; ok {
			out[id] = s
		}
	}
	return out, nil
}

func (m *memory) Noticed(_ context.Context, n Noticed) error {
	if m.broken != nil {
		return m.broken
	}
	m.stored = append(m.stored, n)
	return nil
}

func entry(sub, state, more string) string {
	return fmt.Sprintf(`{"subscriptionId":%q,"clientState":%q,"changeType":"updated","resource":"Users/x/Events/y"%s}`, sub, state, more)
}

func TestNoticesWakeOnlyMailboxesWhoseSecretTheyCarry(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		want       []Noticed
		counts     Counts
	}{
		{"one change", entry("sub-1", "secret-1", ""), 202, []Noticed{{Wake: []int64{1}}}, Counts{Accepted: 1}},
		{"several mailboxes in one delivery", entry("sub-1", "secret-1", "") + "," + entry("sub-2", "secret-2", ""), 202, []Noticed{{Wake: []int64{1, 2}}}, Counts{Accepted: 2}},
		{"a null entry", "null," + entry("sub-1", "secret-1", ""), 202, []Noticed{{Wake: []int64{1}}}, Counts{Accepted: 1}},
		{"a wrong secret", entry("sub-1", "guess", ""), 202, nil, Counts{Forged: 1}},
		{"no secret", entry("sub-1", "", ""), 202, nil, Counts{Forged: 1}},
		{"an unknown subscription", entry("sub-9", "secret-1", ""), 202, nil, Counts{Unknown: 1}},
		{"a good one among forged", entry("sub-1", "guess", "") + "," + entry("sub-2", "secret-2", ""), 202, []Noticed{{Wake: []int64{2}}}, Counts{Accepted: 1, Forged: 1}},
		{"missed notices", entry("sub-1", "secret-1", `,"lifecycleEvent":"missed"`), 202, []Noticed{{Wake: []int64{1}}}, Counts{Accepted: 1}},
		{"a removed subscription", entry("sub-1", "secret-1", `,"lifecycleEvent":"subscriptionRemoved"`), 202, []Noticed{{Wake: []int64{1}, Resubscribe: []int64{1}, Removed: []string{"sub-1"}}}, Counts{Accepted: 1}},
		{"reauthorization", entry("sub-1", "secret-1", `,"lifecycleEvent":"reauthorizationRequired"`), 202, []Noticed{{Wake: []int64{1}, Resubscribe: []int64{1}}}, Counts{Accepted: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{}
			var counts Counts
			h := &Handler{Store: m, Log: slog.New(slog.DiscardHandler), Observe: func(c Counts) { counts = c }}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"value":[`+c.body+`]}`)))
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if d := cmp.Diff(c.want, m.stored); d != "" {
				t.Errorf("stored (-want +got):\n%s", d)
			}
			if counts != c.counts {
				t.Errorf("counts %+v, want %+v", counts, c.counts)
			}
		})
	}
}

func TestWhatCouldNotBeStoredIsAskedForAgain(t *testing.T) {
	h := &Handler{Store: &memory{broken: errors.New("database gone")}, Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"value":[`+entry("sub-1", "secret-1", "")+`]}`)))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "database") {
		t.Fatalf("%d %q; want 503 without internals", w.Code, w.Body)
	}
}

func TestTheHandshakeIsEchoedAsPlainText(t *testing.T) {
	h := &Handler{Store: &memory{}, Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/?validationToken=Validation%3a+%3Cscript%3Ex%3C%2Fscript%3E", nil))
	if w.Code != 200 || w.Body.String() != "Validation: <script>x</script>" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %q %q", w.Code, w.Body, w.Header().Get("Content-Type"))
	}
}

func TestWhatIsNoNotificationIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		method, body string
		status       int
	}{
		"GET":        {http.MethodGet, "", 405},
		"not JSON":   {http.MethodPost, "<x/>", 400},
		"no value":   {http.MethodPost, "{}", 400},
		"wrong type": {http.MethodPost, `{"value":"x"}`, 400},
		"ten MB":     {http.MethodPost, `{"value":["` + strings.Repeat("x", 10<<20) + `"]}`, 413},
	} {
		m := &memory{}
		w := httptest.NewRecorder()
		(&Handler{Store: m, Log: slog.New(slog.DiscardHandler)}).ServeHTTP(w, httptest.NewRequest(c.method, "/", strings.NewReader(c.body)))
		if w.Code != c.status || m.stored != nil {
			t.Errorf("%s: status %d, stored %v; want %d and nothing", name, w.Code, m.stored, c.status)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"value":[` + entry("sub-1", "secret-1", "") + `,null]}`))
	f.Add([]byte(`{"value":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		notices, err := parse(body)
		if err != nil && notices != nil {
			t.Error("notices beside an error")
		}
		for _, n := range notices {
			if n.SubscriptionID == "" {
				t.Error("a notice about no subscription")
			}
		}
	})
}
