package graphtest

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func subscribing() []Behaviour {
	return []Behaviour{
		{52, "a subscription is made after a handshake with both URLs", false, subscribes},
		{53, "a handshake that fails is 400 ValidationError", false, handshakeFails},
		{54, "expiry and clientState have limits", false, subscriptionLimits},
		{55, "the same subscription twice is 409, more than a thousand per mailbox refused", false, twinSubscriptions},
		{56, "subscriptions are renewed, listed and deleted; others are 404", true, subscriptionLife},
	}
}

func notices() []Behaviour {
	return []Behaviour{
		{57, "a notice has Graph's shape, and a POST may hold several", false, noticeShape},
		{58, "one action gives several notices, an occurrence one about its master", false, severalNotices},
		{59, "a notice that is not taken comes again, for four hours", false, noticeRetries},
		{59, "notices may be doubled, late, out of order or lost", false, oddNotices},
		{60, "an endpoint that is slow too often is delayed, then cut off", false, slowEndpoint},
		{61, "lifecycle notices tell of removal, loss and reauthorization", false, lifecycle},
		{62, "an expired subscription is silent", false, silentExpiry},
		{63, "forged notices can be sent", false, forgeries},
	}
}

func (w *World) subscription(r *Receiver) object {
	return object{"changeType": "created,updated,deleted", "notificationUrl": r.URL, "lifecycleNotificationUrl": r.URL + "/lifecycle",
		"resource": "users/" + w.User + "/events", "expirationDateTime": w.Clock.Now().Add(48 * time.Hour).Format(time.RFC3339), "clientState": "hemmelig"}
}

// subscribe makes a subscription with immutable ids and quietens what the test does not look at.
func (w *World) subscribe(r *Receiver) string {
	w.t.Helper()
	return w.call("POST", "/subscriptions", w.subscription(r), "Prefer", immutable).want(201).str("id")
}

func subscribes(t *testing.T, w *World) {
	r := newReceiver(t)
	var token string
	r.echo = func(rw http.ResponseWriter, got string) {
		token = got
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(rw, got)
	}
	a := w.call("POST", "/subscriptions", w.subscription(r)).want(201)
	equal(t, "handshakes", r.handshakes, 2)
	if !strings.HasPrefix(token, "Validation: Testing client application reachability for subscription Request-Id: ") {
		t.Fatal(token)
	}
	equal(t, "resource", a.str("resource"), "users/"+w.User+"/events")
	equal(t, "applicationId", a.str("applicationId"), w.clientID)
	equal(t, "clientState", a.str("clientState"), "hemmelig")
	for _, name := range []string{"notificationQueryOptions", "notificationContentType", "includeResourceData", "encryptionCertificate", "encryptionCertificateId", "notificationUrlAppId", "creatorId", "latestSupportedTlsVersion"} {
		if _, there := a.JSON[name]; !there {
			t.Errorf("%s is missing", name)
		}
	}
	calendar := w.get(w.mine("/calendar")).str("id")
	body := w.subscription(r)
	body["resource"] = "/users/" + w.User + "/calendars/" + calendar + "/events"
	w.call("POST", "/subscriptions", body).want(201)
	for _, resource := range []string{"users/" + w.User + "/messages", "teams/x/events", "", "me/events"} {
		body["resource"] = resource
		w.call("POST", "/subscriptions", body).wantError(400, "ExtensionError", "")
	}
	w.fault(graphsim.Fault{Kind: graphsim.FaultOnPremises, User: w.User})
	body["resource"] = "users/" + w.User + "/events"
	w.call("POST", "/subscriptions", body).wantError(400, "ExtensionError", "is currently on backend 'Unknown'")
}

func handshakeFails(t *testing.T, w *World) {
	hasty := simulator(t, graphsim.Config{HandshakeTimeout: 50 * time.Millisecond})
	stuck := make(chan struct{})
	defer close(stuck) // before the receivers are closed, which wait for it
	for _, c := range []struct {
		says string
		echo func(http.ResponseWriter, string)
	}{
		{"Notification endpoint must respond with 200 OK to validation request.", func(rw http.ResponseWriter, token string) {
			rw.WriteHeader(202)
			_, _ = io.WriteString(rw, token)
		}},
		{"HTTP 'NotFound'", func(rw http.ResponseWriter, _ string) { rw.WriteHeader(404) }},
		{"Response must exactly match validationToken query parameter.", func(rw http.ResponseWriter, token string) { _, _ = io.WriteString(rw, url.QueryEscape(token)) }},
		{"Response must exactly match validationToken query parameter.", func(rw http.ResponseWriter, token string) {
			_, _ = io.WriteString(rw, html.EscapeString("<p>"+token))
		}},
	} {
		r := newReceiver(t)
		r.echo = c.echo
		w.call("POST", "/subscriptions", w.subscription(r)).wantError(400, "ValidationError", c.says)
	}
	silent := newReceiver(t)
	silent.echo = func(http.ResponseWriter, string) { <-stuck }
	hasty.call("POST", "/subscriptions", hasty.subscription(silent)).wantError(400, "ValidationError", "timed out")
	equal(t, "subscriptions", len(w.Sim.Subscriptions())+len(hasty.Sim.Subscriptions()), 0)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	body := w.subscription(&Receiver{URL: gone.URL})
	w.call("POST", "/subscriptions", body).wantError(400, "ValidationError", "")
	body["notificationUrl"] = "http://planner.example/hook"
	w.call("POST", "/subscriptions", body).wantError(400, "InvalidRequest", "")
	plain := newReceiver(t)
	s := httptest.NewServer(plain)
	t.Cleanup(s.Close)
	body["notificationUrl"], body["lifecycleNotificationUrl"] = s.URL, nil
	w.fault(graphsim.Fault{Kind: graphsim.FaultHTTPSOnly})
	w.call("POST", "/subscriptions", body).want(400)
	w.Sim.ClearFaults("")
	w.call("POST", "/subscriptions", body).want(201)
}

func subscriptionLimits(t *testing.T, w *World) {
	r := newReceiver(t)
	try := func(name string, value any) *Answer {
		t.Helper()
		body := w.subscription(r)
		body[name] = value
		return w.call("POST", "/subscriptions", body)
	}
	in := func(d time.Duration) string { return w.Clock.Now().Add(d).Format(time.RFC3339) }
	try("expirationDateTime", in(10_081*time.Minute)).want(400)
	try("expirationDateTime", in(-time.Minute)).want(400)
	try("expirationDateTime", "i morgen").want(400)
	try("clientState", strings.Repeat("x", 129)).want(400)
	try("changeType", "moved").want(400)
	equal(t, "subscriptions", len(w.Sim.Subscriptions()), 0)
	a := try("expirationDateTime", in(10*time.Minute)).want(201)
	equal(t, "raised to 45 minutes", a.str("expirationDateTime"), w.Clock.Now().Add(45*time.Minute).Format(time.RFC3339))
	w.call("PATCH", "/subscriptions/"+a.str("id"), object{"expirationDateTime": in(10_080 * time.Minute)}).want(200)
}

func twinSubscriptions(t *testing.T, w *World) {
	r := newReceiver(t)
	id := w.subscribe(r)
	w.call("POST", "/subscriptions", w.subscription(r)).wantError(409, "ExtensionError", "Subscription Id <"+id+"> already exists for the requested combination")
	other := w.subscription(r)
	other["changeType"] = "created"
	w.call("POST", "/subscriptions", other).want(201)
	w.fault(graphsim.Fault{Kind: graphsim.FaultTwinSubscriptions})
	body := w.subscription(r)
	body["lifecycleNotificationUrl"] = nil
	for n := range 998 {
		body["clientState"] = fmt.Sprint(n)
		w.call("POST", "/subscriptions", body).want(201)
	}
	w.call("POST", "/subscriptions", body).want(403)
	seen, next := map[string]bool{}, "/subscriptions"
	for next != "" {
		a := w.get(next).want(200)
		for _, s := range a.values() {
			seen[str(t, s, "id")] = true
		}
		next, _ = a.JSON["@odata.nextLink"].(string)
	}
	equal(t, "subscriptions over all pages", len(seen), 1000)
}

func subscriptionLife(t *testing.T, w *World) {
	const nobody = "/subscriptions/11111111-2222-4333-8444-555555555555"
	w.call("PATCH", nobody, object{"expirationDateTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}).wantError(404, "ResourceNotFound", "")
	w.call("DELETE", nobody, nil).want(404)
	w.get("/subscriptions").want(200)
	if w.Sim == nil {
		return
	}
	r := newReceiver(t)
	id := w.subscribe(r)
	path := "/subscriptions/" + id
	until := w.Clock.Now().Add(72 * time.Hour).Format(time.RFC3339)
	equal(t, "new expiry", w.call("PATCH", path, object{"expirationDateTime": until}).want(200).str("expirationDateTime"), until)
	equal(t, "handshakes", r.handshakes, 2)
	w.call("PATCH", path, object{"lifecycleNotificationUrl": r.URL}).want(400)
	w.get(path).want(200)
	equal(t, "listed", len(w.get("/subscriptions").values()), 1)
	w.call("POST", path+"/reauthorize", nil).want(204)
	w.call("DELETE", path, nil).want(204)
	w.get(path).want(404)
	path = "/subscriptions/" + w.subscribe(r)
	w.advance(49 * time.Hour)
	w.call("PATCH", path, object{"expirationDateTime": w.Clock.Now().Add(time.Hour).Format(time.RFC3339)}).want(404)
	equal(t, "listed", len(w.get("/subscriptions").values()), 0)
}

func noticeShape(t *testing.T, w *World) {
	r := newReceiver(t)
	sub := w.subscribe(r)
	ev := w.create(w.meeting(0, "varsles"))
	id := str(t, ev, "id")
	w.Sim.Settle()
	n := r.all()[0]
	equal(t, "subscriptionId", str(t, n, "subscriptionId"), sub)
	equal(t, "changeType", str(t, n, "changeType"), "created")
	equal(t, "clientState", str(t, n, "clientState"), "hemmelig")
	equal(t, "tenantId", str(t, n, "tenantId"), w.tenant)
	equal(t, "resource", str(t, n, "resource"), "Users/"+w.User+"/Events/"+id)
	data := n["resourceData"].(object)
	equal(t, "@odata.type", data["@odata.type"], any("#Microsoft.Graph.Event"))
	equal(t, "@odata.id", data["@odata.id"], any("Users/"+w.User+"/Events/"+id))
	equal(t, "etag", data["@odata.etag"], ev["@odata.etag"])
	expires := str(t, n, "subscriptionExpirationDateTime")
	if _, err := time.Parse(time.RFC3339, expires); err != nil || !strings.HasSuffix(expires, "+00:00") {
		t.Fatal(expires)
	}
	// A second subscription, whose ids are classic because it was made without the header.
	other := w.subscription(r)
	other["changeType"], other["clientState"] = "deleted", "anden"
	w.call("POST", "/subscriptions", other).want(201)
	r.reset()
	// While the receiver does not answer, notices of both subscriptions pile up and come in one POST.
	reached, goOn := make(chan struct{}), make(chan struct{})
	first := true
	r.behave(func([]object) int {
		if first {
			first = false
			close(reached)
			<-goOn
		}
		return 202
	})
	w.call("PATCH", w.event(id), object{"subject": "rettet"}).want(200)
	<-reached
	w.call("DELETE", w.event(id), nil).want(204)
	close(goOn)
	w.Sim.Settle()
	states := map[any]bool{}
	last := r.posts[len(r.posts)-1]
	for _, n := range last {
		if n["changeType"] == "deleted" {
			states[n["clientState"]] = true
			if long := len(n["resourceData"].(object)["id"].(string)) > 100; long != (n["clientState"] == "anden") {
				t.Fatal(n)
			}
		}
	}
	equal(t, "subscriptions in the last POST", len(states), 2)
}

func severalNotices(t *testing.T, w *World) {
	r := newReceiver(t)
	w.subscribe(r)
	for n := range 5 {
		r.reset()
		id := str(t, w.create(w.meeting(n, "flere")), "id")
		w.advance(6 * time.Second)
		got := changes(r.all(), id)
		if !strings.HasPrefix(got, "created updated") || strings.Count(got, "updated") > 3 {
			t.Fatal(got)
		}
	}
	master := str(t, w.create(w.weekly(3)), "id")
	w.advance(6 * time.Second)
	r.reset()
	w.call("PATCH", w.event(str(t, w.instancesOf(master, 40)[1], "id")), object{"subject": "x"}).want(200)
	w.Sim.Settle()
	equal(t, "an edited occurrence", changes(r.all(), master), "updated")
	equal(t, "notices in all", len(r.all()), 1)
	r.reset()
	w.call("DELETE", w.event(str(t, w.instancesOf(master, 40)[2], "id")), nil).want(204)
	w.Sim.Settle()
	equal(t, "a deleted occurrence", changes(r.all(), master), "updated")
	r.reset()
	w.fault(graphsim.Fault{Kind: graphsim.FaultSingleNotices})
	w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
	id := str(t, w.create(w.meeting(0, "ét varsel")), "id")
	w.advance(time.Minute)
	equal(t, "without the habit", changes(r.all(), id), "created")
	r.reset()
	body := w.meeting(1, "igen")
	body["transactionId"] = "t"
	w.create(body)
	w.create(body)
	w.Sim.Settle()
	equal(t, "notices of a repeated create", len(r.all()), 1)
}

// quiet takes away what makes the number of notices vary.
func (w *World) quiet() {
	w.fault(graphsim.Fault{Kind: graphsim.FaultSingleNotices})
	w.fault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation})
}

func noticeRetries(t *testing.T, w *World) {
	w.quiet()
	r := newReceiver(t)
	w.subscribe(r)
	refusals := 2
	r.behave(func([]object) int {
		if refusals > 0 {
			refusals--
			return 503
		}
		return 202
	})
	id := str(t, w.create(w.meeting(0, "gentages")), "id")
	w.Sim.Settle()
	equal(t, "at once", changes(r.all(), id), "created")
	w.advance(10 * time.Second)
	equal(t, "after the first pause", changes(r.all(), id), "created created")
	w.advance(20 * time.Second)
	equal(t, "in the second pause", changes(r.all(), id), "created created")
	w.advance(10 * time.Second)
	equal(t, "after the second pause", changes(r.all(), id), "created created created")
	w.advance(4 * time.Hour)
	equal(t, "once taken", len(r.all()), 3)

	r.reset()
	r.behave(func([]object) int { return 500 })
	id = str(t, w.create(w.meeting(1, "tabes")), "id")
	w.advance(5 * time.Hour)
	n := len(r.all())
	if n < 8 || n > 40 {
		t.Fatalf("%d attempts in four hours", n)
	}
	equal(t, "change types", strings.Count(changes(r.all(), id), "created"), n)
	equal(t, "lifecycle", strings.Join(r.events(), " "), "missed")
	w.advance(24 * time.Hour)
	equal(t, "attempts later", len(r.all()), n)

	// A receiver that does not answer in time is refused as well.
	hanging := simulator(t, graphsim.Config{NoticeTimeout: 100 * time.Millisecond})
	hanging.quiet()
	r = newReceiver(t)
	hanging.subscribe(r)
	r.hangs = 1
	hanging.create(hanging.meeting(0, "hænger"))
	hanging.Sim.Settle()
	hanging.advance(10 * time.Second)
	equal(t, "posts", len(r.all()), 2)
}

func oddNotices(t *testing.T, w *World) {
	w.quiet()
	r := newReceiver(t)
	w.subscribe(r)
	once := func(kind string, delay time.Duration) string {
		t.Helper()
		w.Sim.Settle()
		r.reset()
		w.fault(graphsim.Fault{Kind: kind, User: w.User, Count: 1, Delay: graphsim.Duration(delay)})
		id := str(t, w.create(w.meeting(0, kind)), "id")
		w.Sim.Settle()
		return id
	}
	id := once(graphsim.FaultNoticesDuplicated, 0)
	equal(t, "duplicated", changes(r.all(), id), "created created")
	id = once(graphsim.FaultNoticesDelayed, 0)
	equal(t, "delayed, at once", changes(r.all(), id), "")
	w.advance(3 * time.Minute)
	equal(t, "delayed, later", changes(r.all(), id), "created")
	id = once(graphsim.FaultNoticesDropped, 0)
	w.advance(5 * time.Hour)
	equal(t, "dropped", changes(r.all(), id), "")
	equal(t, "lifecycle", len(r.events()), 0)
	id = once(graphsim.FaultNoticesMissed, 0)
	equal(t, "missed", changes(r.all(), id), "")
	equal(t, "lifecycle", strings.Join(r.events(), " "), "missed")

	// Reordered: two changes that travel in one POST arrive the wrong way round.
	w.Sim.Settle()
	r.reset()
	reached, goOn := make(chan struct{}), make(chan struct{})
	first := true
	r.behave(func([]object) int {
		if first {
			first = false
			close(reached)
			<-goOn
		}
		return 202
	})
	w.create(w.meeting(1, "først"))
	<-reached
	w.fault(graphsim.Fault{Kind: graphsim.FaultNoticesReordered, Count: 2})
	id = str(t, w.create(w.meeting(2, "så")), "id")
	w.call("DELETE", w.event(id), nil).want(204)
	close(goOn)
	w.Sim.Settle()
	equal(t, "reordered", changes(r.all(), id), "deleted created")
}

func slowEndpoint(t *testing.T, w *World) {
	w.quiet()
	r := newReceiver(t)
	w.subscribe(r)
	slow := 12 // of each hundred
	n := 0
	r.behave(func([]object) int {
		n++
		if n <= slow {
			w.Clock.Advance(2950 * time.Millisecond)
		}
		return 202
	})
	burst := func(count int) {
		t.Helper()
		for range count {
			w.create(w.meeting(0, "byge"))
			w.Sim.Settle()
		}
	}
	burst(100)
	equal(t, "taken", len(r.all()), 100)
	r.reset()
	burst(1)
	equal(t, "while slow", len(r.all()), 0)
	w.advance(10 * time.Minute)
	equal(t, "ten minutes later", len(r.all()), 1)
	w.advance(10 * time.Minute)
	n, slow = 0, 20
	burst(100)
	r.reset()
	burst(1)
	w.advance(9 * time.Minute)
	equal(t, "while cut off", len(r.all()), 0)
	w.advance(10 * time.Minute)
	equal(t, "dropped for good", len(r.all()), 0)
	burst(1)
	equal(t, "afterwards", len(r.all()), 1)
}

func lifecycle(t *testing.T, w *World) {
	w.quiet()
	r := newReceiver(t)
	id := w.subscribe(r)
	w.must(w.Sim.Lifecycle(id, graphsim.LifecycleReauthorizationNeeded, 10*time.Minute))
	w.Sim.Settle()
	equal(t, "events", strings.Join(r.events(), " "), "reauthorizationRequired")
	equal(t, "clientState", str(t, r.lifecycles[0], "clientState"), "hemmelig")
	w.create(w.meeting(0, "før"))
	w.Sim.Settle()
	equal(t, "before the deadline", len(r.all()), 1)
	w.advance(10 * time.Minute)
	w.create(w.meeting(0, "efter"))
	w.Sim.Settle()
	equal(t, "after the deadline", len(r.all()), 1)
	w.call("POST", "/subscriptions/"+id+"/reauthorize", nil).want(204)
	w.create(w.meeting(0, "igen"))
	w.Sim.Settle()
	equal(t, "after reauthorization", len(r.all()), 2)
	w.must(w.Sim.Lifecycle(id, graphsim.LifecycleMissed, 0))
	w.must(w.Sim.Lifecycle(id, graphsim.LifecycleSubscriptionRemoved, 0))
	w.Sim.Settle()
	equal(t, "events", strings.Join(r.events(), " "), "reauthorizationRequired missed subscriptionRemoved")
	w.get("/subscriptions/" + id).want(404)
	w.create(w.meeting(0, "uden"))
	w.Sim.Settle()
	equal(t, "after the removal", len(r.all()), 2)
}

func silentExpiry(t *testing.T, w *World) {
	w.quiet()
	r := newReceiver(t)
	w.subscribe(r)
	w.advance(48 * time.Hour)
	w.create(w.meeting(0, "for sent"))
	w.advance(time.Hour)
	equal(t, "notices", len(r.all()), 0)
	equal(t, "lifecycle", len(r.events()), 0)
}

func forgeries(t *testing.T, w *World) {
	r := newReceiver(t)
	id := w.subscribe(r)
	for _, what := range graphsim.Forgeries {
		status, err := w.Sim.Forge(t.Context(), id, what)
		w.must(err)
		if status == 0 {
			t.Fatalf("%s: no answer", what)
		}
	}
	got := r.all()
	equal(t, "forged clientState", str(t, got[0], "clientState"), "forged")
	if str(t, got[1], "subscriptionId") == id {
		t.Fatal("the forged subscription is ours")
	}
	equal(t, "bad JSON", len(r.raw), 1)
	equal(t, "handshakes", r.handshakes, 3)
	if _, err := w.Sim.Forge(t.Context(), id, "unheard of"); err == nil {
		t.Fatal("an unknown forgery was sent")
	}
}
