package graphtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

// World is what a test works in: a client of one Graph and a mailbox it may write to.
type World struct {
	t     *testing.T
	HTTP  *http.Client
	Base  string // without /v1.0
	Login string // authority host
	Token string
	User  string // object id
	UPN   string
	// Monday is the first day of the weeks that the tests plan in.
	Monday time.Time
	// Sim and Clock are nil on a real tenant.
	Sim   *graphsim.Server
	Clock *graphsim.VirtualClock

	tenant, clientID, secret string
}

// OutlookToken is the bearer of the person at the mailbox, on the simulator.
const OutlookToken = "outlook-token"

// Simulator is a fresh simulator with a virtual clock and one mailbox.
func Simulator(t *testing.T) *World {
	t.Helper()
	return simulator(t, graphsim.Config{})
}

func simulator(t *testing.T, cfg graphsim.Config) *World {
	t.Helper()
	clock := graphsim.NewVirtualClock(time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC))
	cfg.Clock, cfg.OutlookToken = clock, OutlookToken
	sim, base, conf := graphsim.NewTest(t, cfg)
	transport := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(transport.CloseIdleConnections)
	u := sim.AddUser(graphsim.User{UPN: "Vejleder@kommune.example", DisplayName: "Vibe Vejleder"})
	w := &World{t: t, HTTP: &http.Client{Transport: transport}, Base: base, Login: base, User: u.ObjectID, UPN: u.UPN, Sim: sim, Clock: clock,
		Monday: time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC), tenant: graphsim.DefaultTenant, clientID: graphsim.DefaultClientID, secret: graphsim.DefaultSecret}
	w.Token = w.login()
	return w
}

// TenantFromEnvironment is a real tenant, named by GRAPH_TENANT_ID, GRAPH_CLIENT_ID, GRAPH_CLIENT_SECRET and
// GRAPH_MAILBOX (object id of a mailbox for tests, which is written to); ok is false without them.
func TenantFromEnvironment() (target Target, ok bool) {
	tenant, client, secret, mailbox := os.Getenv("GRAPH_TENANT_ID"), os.Getenv("GRAPH_CLIENT_ID"), os.Getenv("GRAPH_CLIENT_SECRET"), os.Getenv("GRAPH_MAILBOX")
	if tenant == "" || client == "" || secret == "" || mailbox == "" {
		return nil, false
	}
	return func(t *testing.T) *World {
		monday := time.Now().UTC().AddDate(0, 0, 40)
		for monday.Weekday() != time.Monday {
			monday = monday.AddDate(0, 0, 1)
		}
		w := &World{t: t, HTTP: &http.Client{Timeout: time.Minute}, Base: "https://graph.microsoft.com", Login: "https://login.microsoftonline.com",
			User: mailbox, Monday: monday.Truncate(24 * time.Hour), tenant: tenant, clientID: client, secret: secret}
		w.Token = w.login()
		w.UPN, _ = w.get("/users/" + mailbox).want(200).JSON["userPrincipalName"].(string)
		return w
	}, true
}

func (w *World) login() string {
	w.t.Helper()
	a := w.postForm("/"+w.tenant+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {w.clientID},
		"client_secret": {w.secret}, "scope": {"https://graph.microsoft.com/.default"}})
	token, _ := a.JSON["access_token"].(string)
	if a.Status != http.StatusOK || token == "" {
		w.t.Fatalf("token: %d %s", a.Status, a.Body)
	}
	return token
}

func (w *World) postForm(path string, form url.Values) *Answer {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.Login+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(r)
}

// Answer is a response, read.
type Answer struct {
	t      *testing.T
	what   string
	Status int
	Header http.Header
	Body   []byte
	JSON   map[string]any
}

type object = map[string]any

func (w *World) send(r *http.Request) *Answer {
	w.t.Helper()
	a, err := w.trySend(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *World) trySend(r *http.Request) (*Answer, error) {
	response, err := w.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &Answer{t: w.t, what: r.Method + " " + r.URL.Path, Status: response.StatusCode, Header: response.Header, Body: body}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && bytes.HasPrefix(body, []byte("{")) {
		if err := json.Unmarshal(body, &a.JSON); err != nil {
			return nil, fmt.Errorf("%s: %d %s: %w", a.what, a.Status, body, err)
		}
	}
	return a, nil
}

// request builds a call. path begins below /v1.0, or is a link that an answer gave. Of headers, each pair is a name
// and a value; a pair with an empty value takes the header away.
func (w *World) request(ctx context.Context, method, path string, body any, headers ...string) *http.Request {
	w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = w.Base + "/v1.0" + path
	}
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.Token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	return r
}

// call sends a request and checks whatever comes back against the table of shapes.
func (w *World) call(method, path string, body any, headers ...string) *Answer {
	w.t.Helper()
	a := w.send(w.request(w.t.Context(), method, path, body, headers...))
	checkAnswer(w.t, a)
	return a
}

func (w *World) get(path string, headers ...string) *Answer {
	w.t.Helper()
	return w.call(http.MethodGet, path, nil, headers...)
}

// mine is a path below the user.
func (w *World) mine(path string) string { return "/users/" + w.User + path }

func (a *Answer) want(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.Status, status, a.Body)
	}
	return a
}

// wantError checks status and code, and the message unless it is "".
func (a *Answer) wantError(status int, code, message string) {
	a.t.Helper()
	a.want(status)
	e, _ := a.JSON["error"].(object)
	if e["code"] != code {
		a.t.Fatalf("%s: code %v, want %s: %s", a.what, e["code"], code, a.Body)
	}
	if message != "" && !strings.Contains(fmt.Sprint(e["message"]), message) {
		a.t.Fatalf("%s: message %v, want %s", a.what, e["message"], message)
	}
}

func (a *Answer) str(path ...string) string {
	a.t.Helper()
	return str(a.t, a.JSON, path...)
}

func str(t *testing.T, o object, path ...string) string {
	t.Helper()
	var v any = o
	for _, p := range path {
		m, _ := v.(object)
		v = m[p]
	}
	s, ok := v.(string)
	if !ok {
		t.Fatalf("no text at %v in %v", path, o)
	}
	return s
}

// values are the items of a page.
func (a *Answer) values() []object {
	a.t.Helper()
	list, ok := a.JSON["value"].([]any)
	if !ok {
		a.t.Fatalf("%s: no value in %s", a.what, a.Body)
	}
	out := make([]object, 0, len(list))
	for _, v := range list {
		o, _ := v.(object)
		out = append(out, o)
	}
	return out
}

const immutable = `IdType="ImmutableId"`

// Romance is the zone of Copenhagen, as Outlook names it.
const Romance = "Romance Standard Time"

// at is a dateTimeTimeZone on the n-th day from Monday.
func (w *World) at(n int, clock string) object {
	return object{"dateTime": w.date(n) + "T" + clock + ":00", "timeZone": Romance}
}

func (w *World) date(n int) string { return w.Monday.AddDate(0, 0, n).Format(time.DateOnly) }

// meeting is a body without attendees on day n from 9 to 10.
func (w *World) meeting(n int, subject string) object {
	return object{"subject": subject, "start": w.at(n, "09:00"), "end": w.at(n, "10:00")}
}

// create POSTs an event and takes it away again at the end on a real tenant.
func (w *World) create(body object, headers ...string) object {
	w.t.Helper()
	if len(headers) == 0 {
		headers = []string{"Prefer", immutable}
	}
	a := w.call(http.MethodPost, w.mine("/events"), body, headers...).want(http.StatusCreated)
	if w.Sim == nil {
		id := a.str("id")
		w.t.Cleanup(func() {
			r := w.request(context.Background(), http.MethodDelete, w.mine("/events/"+url.PathEscape(id)), nil)
			if _, err := w.trySend(r); err != nil {
				w.t.Log(err)
			}
		})
	}
	return a.JSON
}

func (w *World) event(id string) string { return w.mine("/events/" + url.PathEscape(id)) }

// window is the query of n days from Monday.
func (w *World) window(n int) string {
	return "?startDateTime=" + w.date(0) + "T00:00:00Z&endDateTime=" + w.date(n) + "T00:00:00Z"
}

// round reads a delta round from a link to its end; it answers the items and the delta link.
func (w *World) round(link string, headers ...string) (items []object, deltaLink string) {
	w.t.Helper()
	if len(headers) == 0 {
		headers = []string{"Prefer", immutable}
	}
	for range 200 {
		a := w.get(link, headers...).want(http.StatusOK)
		items = append(items, a.values()...)
		if l, ok := a.JSON["@odata.deltaLink"].(string); ok {
			return items, l
		}
		link = a.str("@odata.nextLink")
	}
	w.t.Fatal("the round does not end")
	return nil, ""
}

func (w *World) delta(days int) string { return w.mine("/calendarView/delta" + w.window(days)) }

// find picks the items of an id.
func find(items []object, id string) []object {
	var out []object
	for _, i := range items {
		if i["id"] == id {
			out = append(out, i)
		}
	}
	return out
}

func removed(o object) bool { return o["@removed"] != nil }

// advance moves the simulator's clock on, and logs in again when the token has grown old by it.
func (w *World) advance(d time.Duration) {
	w.t.Helper()
	w.Sim.Advance(d)
	if d >= 30*time.Minute {
		w.Token = w.login()
	}
}

// fault sets a fault on the simulator.
func (w *World) fault(f graphsim.Fault) string {
	w.t.Helper()
	id, err := w.Sim.SetFault(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// person is whoever sits at the mailbox, on the simulator.
func (w *World) person() *graphsim.Outlook {
	w.t.Helper()
	o, err := w.Sim.Outlook(w.User)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
