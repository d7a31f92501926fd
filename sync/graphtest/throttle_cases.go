package graphtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func throttling() []Behaviour {
	return []Behaviour{
		{64, "a fifth request in flight on a mailbox is 429, others are not concerned", false, concurrency},
		{64, "requests and uploads per window are limited", false, windows},
		{65, "Retry-After comes as seconds, fraction, date or not at all", false, retryAfter},
		{66, "a batch holds twenty requests, each answered and throttled by itself", true, batches},
	}
}

// occupy keeps n requests in flight on a mailbox; free lets them end.
func (w *World) occupy(user string, n int) (free func()) {
	w.t.Helper()
	held := w.fault(graphsim.Fault{Kind: graphsim.FaultHold, User: user, Count: n})
	results := make(chan error, n)
	for range n {
		r := w.request(w.t.Context(), http.MethodGet, "/users/"+user+"/events", nil)
		go func() {
			_, err := w.trySend(r)
			results <- err
		}()
	}
	w.must(w.Sim.WaitHeld(w.t.Context(), held, n))
	return func() {
		w.Sim.Release(held)
		for range n {
			w.must(<-results)
		}
	}
}

func concurrency(t *testing.T, w *World) {
	other := w.Sim.AddUser(graphsim.User{UPN: "anden@kommune.example"}).ObjectID
	free := w.occupy(w.User, 4)
	a := w.get(w.mine("/events"))
	a.wantError(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
	if n, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || n < 1 {
		t.Fatal(a.Header)
	}
	w.get("/users/" + other + "/events").want(200)
	w.call("GET", w.mine("/events"), nil, "Authorization", "", "Authorization", "Bearer "+OutlookToken).want(200)
	w.fault(graphsim.Fault{Kind: graphsim.FaultThrottle503})
	w.get(w.mine("/events")).wantError(503, "ApplicationThrottled", "")
	w.fault(graphsim.Fault{Kind: graphsim.FaultThrottlePerApp})
	w.get("/users/" + other + "/events").want(503)
	w.Sim.ClearFaults("")
	free()
	w.get(w.mine("/events")).want(200)
	equal(t, "most in flight, refused ones included", w.Sim.MaxConcurrency(w.User), 5)
	w.Sim.ResetConcurrency()
	w.get(w.mine("/events")).want(200)
	equal(t, "most in flight", w.Sim.MaxConcurrency(w.UPN), 1)
}

func windows(t *testing.T, _ *World) {
	w := simulator(t, graphsim.Config{Limits: graphsim.Limits{Requests: 10, UploadBytes: 2000}})
	for range 10 {
		w.get(w.mine("/events")).want(200)
	}
	a := w.get(w.mine("/events"))
	a.wantError(429, "ApplicationThrottled", "")
	wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
	w.must(err)
	w.advance(time.Duration(wait) * time.Second)
	w.get(w.mine("/events")).want(200)
	body := w.meeting(0, strings.Repeat("x", 1500))
	w.create(body)
	w.call("POST", w.mine("/events"), body).want(429)
	w.advance(5 * time.Minute)
	w.create(body)
}

func retryAfter(t *testing.T, w *World) {
	ask := func(told string) *Answer {
		w.fault(graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: told, Count: 1})
		return w.get(w.mine("/events")).want(429)
	}
	for _, told := range []string{"7", "0.5"} {
		equal(t, "Retry-After", ask(told).Header.Get("Retry-After"), told)
	}
	when, err := http.ParseTime(ask("date:30s").Header.Get("Retry-After"))
	w.must(err)
	equal(t, "date", when.UTC(), w.Clock.Now().Add(30*time.Second).Truncate(time.Second))
	equal(t, "none", ask("none").Header.Get("Retry-After"), "")
	w.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Body: "json", Count: 1})
	a := w.get(w.mine("/events")).want(503)
	equal(t, "503 without", a.Header.Get("Retry-After"), "")
	w.get(w.mine("/events")).want(200)
}

func batches(t *testing.T, w *World) {
	item := func(id, method, url string, body any, after ...string) object {
		o := object{"id": id, "method": method, "url": url, "headers": object{"Content-Type": "application/json", "Prefer": immutable}}
		if body != nil {
			o["body"] = body
		}
		if after != nil {
			o["dependsOn"] = after
		}
		return o
	}
	ask := func(items ...object) map[string]object {
		t.Helper()
		a := w.call("POST", "/$batch", object{"requests": items}).want(200)
		out := map[string]object{}
		list, _ := a.JSON["responses"].([]any)
		for _, r := range list {
			out[str(t, r.(object), "id")] = r.(object)
		}
		equal(t, "responses", len(out), len(items))
		return out
	}
	var many []object
	for n := range 21 {
		many = append(many, item(fmt.Sprint(n), "GET", w.mine("/events"), nil))
	}
	w.call("POST", "/$batch", object{"requests": many}).want(400)
	w.call("POST", "/$batch", object{"requests": []object{many[0], many[0]}}).want(400)
	got := ask(item("1", "GET", w.mine("/events?$top=1"), nil), item("2", "GET", w.event("nonsense"), nil), item("3", "GET", w.mine("/events?$top=1"), nil, "2"))
	equal(t, "relative", got["1"]["status"], any(200.0))
	equal(t, "inner error", got["2"]["status"], any(400.0))
	equal(t, "code", str(t, got["2"], "body", "error", "code"), "ErrorInvalidIdMalformed")
	equal(t, "dependent", got["3"]["status"], any(424.0))
	equal(t, "code", str(t, got["3"], "body", "error", "code"), "FailedDependency")
	if w.Sim == nil {
		return
	}
	got = ask(item("b", "GET", w.Base+"/v1.0"+w.mine("/events"), nil, "a"), item("a", "POST", w.mine("/events"), w.meeting(0, "fra batch")))
	equal(t, "create", got["a"]["status"], any(201.0))
	equal(t, "id", len(str(t, got["a"], "body", "id")), 72)
	if list, _ := got["b"]["body"].(object)["value"].([]any); len(list) != 1 {
		t.Fatal(got["b"])
	}
	w.fault(graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "9", Method: "DELETE"})
	got = ask(item("1", "DELETE", w.event(str(t, got["a"], "body", "id")), nil), item("2", "GET", w.mine("/events"), nil))
	equal(t, "inner throttle", got["1"]["status"], any(429.0))
	equal(t, "Retry-After", str(t, got["1"], "headers", "Retry-After"), "9")
	equal(t, "the other", got["2"]["status"], any(200.0))
}
