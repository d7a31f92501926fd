package graphsim_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kommunalplanner.example/sync/graphsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type client struct {
	t     *testing.T
	http  *http.Client
	base  string
	token string
}

func newClient(t *testing.T, cfg graphsim.Config) (*graphsim.Server, *client) {
	t.Helper()
	s, base, conf := graphsim.NewTest(t, cfg)
	tr := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(tr.CloseIdleConnections)
	c := &client{t: t, http: &http.Client{Transport: tr}, base: base}
	answer, err := c.http.PostForm(base+"/"+graphsim.DefaultTenant+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {graphsim.DefaultClientID}, "client_secret": {graphsim.DefaultSecret}, "scope": {"https://graph.microsoft.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.Token == "" {
		t.Fatalf("token: %v %v", answer.Status, err)
	}
	c.token = got.Token
	return s, c
}

type object = map[string]any

func (c *client) do(method, path string, body any, header ...string) (int, object, http.Header) {
	c.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	if path[0] == '/' {
		path = c.base + "/v1.0" + path
	}
	r, err := http.NewRequest(method, path, in)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var out object
	if len(raw) > 0 && json.Unmarshal(raw, &out) != nil {
		c.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, raw)
	}
	return answer.StatusCode, out, answer.Header
}

func event(subject, start, end string) object {
	return object{"subject": subject, "start": object{"dateTime": start, "timeZone": "Romance Standard Time"}, "end": object{"dateTime": end, "timeZone": "Romance Standard Time"}}
}

func TestOneEventGoesThroughWriteFeedAndNotice(t *testing.T) {
	t.Parallel()
	clock := graphsim.NewVirtualClock(time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC))
	s, c := newClient(t, graphsim.Config{Clock: clock})
	u := s.AddUser(graphsim.User{UPN: "ane@kommune.example"})
	var mu sync.Mutex
	var got []object
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, token)
			return
		}
		var in struct{ Value []object }
		_ = json.NewDecoder(r.Body).Decode(&in)
		mu.Lock()
		got = append(got, in.Value...)
		mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	defer hook.Close()
	path := "/users/" + u.ObjectID
	status, sub, _ := c.do("POST", "/subscriptions", object{"changeType": "created,updated,deleted", "notificationUrl": hook.URL, "resource": "users/" + u.ObjectID + "/events",
		"expirationDateTime": clock.Now().Add(24 * time.Hour).Format(time.RFC3339), "clientState": "secret"})
	if status != 201 {
		t.Fatal(status, sub)
	}
	window := path + "/calendarView/delta?startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-08T00:00:00Z"
	_, page, _ := c.do("GET", window, nil)
	if page["@odata.deltaLink"] == nil || len(page["value"].([]any)) != 0 {
		t.Fatal(page)
	}
	link := page["@odata.deltaLink"].(string)
	status, ev, _ := c.do("POST", path+"/events", event("Samtale", "2026-12-01T09:00:00", "2026-12-01T10:00:00"), "Prefer", `IdType="ImmutableId"`)
	if status != 201 || len(ev["id"].(string)) != 72 || ev["start"].(object)["dateTime"] != "2026-12-01T08:00:00.0000000" {
		t.Fatal(status, ev)
	}
	_, page, _ = c.do("GET", link, nil, "Prefer", `IdType="ImmutableId"`)
	values := page["value"].([]any)
	if len(values) != 1 || values[0].(object)["id"] != ev["id"] {
		t.Fatal(page)
	}
	s.Settle()
	mu.Lock()
	if len(got) == 0 || got[0]["changeType"] != "created" || got[0]["clientState"] != "secret" {
		t.Fatal(got)
	}
	mu.Unlock()
	status, after, _ := c.do("PATCH", path+"/events/"+ev["id"].(string), object{"subject": "Flyttet"}, "If-Match", ev["@odata.etag"].(string), "Prefer", `IdType="ImmutableId"`)
	if status != 200 || after["subject"] != "Flyttet" || after["@odata.etag"] == ev["@odata.etag"] {
		t.Fatal(status, after)
	}
	s.Advance(5 * time.Second) // the server touches the event
	if status, out, _ := c.do("PATCH", path+"/events/"+ev["id"].(string), object{"subject": "x"}, "If-Match", after["@odata.etag"].(string)); status != 412 {
		t.Fatal(status, out)
	}
	if status, out, _ := c.do("DELETE", path+"/events/"+ev["id"].(string), nil); status != 204 {
		t.Fatal(status, out)
	}
	_, page, _ = c.do("GET", page["@odata.deltaLink"].(string), nil, "Prefer", `IdType="ImmutableId"`)
	values = page["value"].([]any)
	if len(values) != 1 || values[0].(object)["@removed"] == nil {
		t.Fatal(page)
	}
}

func TestOnePortSpeaksTLSAndPlainHTTP(t *testing.T) {
	t.Parallel()
	_, base, _ := graphsim.NewTest(t, graphsim.Config{})
	plain := "http" + base[len("https"):]
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	for _, u := range []string{base, plain} {
		answer, err := (&http.Client{Transport: tr}).Get(u + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Fatal(u, answer.Status)
		}
	}
}
