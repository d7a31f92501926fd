package graphtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func control() []Behaviour {
	return []Behaviour{
		{67, "the person in Outlook can do what people do", false, outlookActs},
		{67, "this and following ends one series and begins another", false, following},
		{67, "everything is told afterwards: requests, mail, counts", false, introspection},
		{67, "the control API does over HTTP what the methods do", false, controlAPI},
		{67, "the same seed gives the same ids", false, seeded},
		{68, "after any mix of faults a careful client and the mailbox agree", false, invariants},
	}
}

func outlookActs(t *testing.T, w *World) {
	p := w.person()
	id, err := p.Create(w.meeting(0, "af en person"))
	w.must(err)
	w.must(p.Drag(id, w.Monday.Add(12*time.Hour), time.Time{}))
	a := w.get(w.event(id), "Prefer", immutable).want(200)
	equal(t, "dragged", a.str("start", "dateTime")+a.str("end", "dateTime"), w.date(0)+"T12:00:00.0000000"+w.date(0)+"T13:00:00.0000000")
	w.must(p.Edit(id, object{"subject": "rettet", "showAs": "oof"}))
	w.must(p.MakePrivate(id))
	a = w.get(w.event(id)).want(200)
	equal(t, "edited", a.str("subject")+a.str("showAs")+a.str("sensitivity"), "rettetoofprivate")
	w.must(p.SetAllDay(id, w.Monday, 2))
	a = w.get(w.event(id)).want(200)
	equal(t, "all day", a.str("start", "dateTime")+a.str("end", "dateTime"), w.date(0)+"T00:00:00.0000000"+w.date(2)+"T00:00:00.0000000")
	w.must(p.Delete(id))
	w.get(w.event(id)).want(404)
	if err := p.Delete(id); err == nil {
		t.Fatal("deleted twice")
	}

	master, err := p.Create(w.weekly(4))
	w.must(err)
	w.must(p.DeleteOccurrence(master, w.Monday.AddDate(0, 0, 7)))
	ex, err := p.EditOccurrence(master, w.Monday.AddDate(0, 0, 14), object{"showAs": "free"})
	w.must(err)
	equal(t, "exception", w.get(w.event(ex)).want(200).str("type"), "exception")
	equal(t, "instances", len(w.instancesOf(master, 40)), 3)

	meeting, err := p.Receive(w.meeting(1, "indkaldt"), "Chef", "chef@kommune.example")
	w.must(err)
	equal(t, "invited", w.get(w.event(meeting)).want(200).str("showAs"), "tentative")
	w.must(p.Respond(meeting, "accept"))
	equal(t, "accepted", w.get(w.event(meeting)).str("responseStatus", "response"), "accepted")
	w.must(p.OrganizerCancels(meeting))
	equal(t, "called off", w.get(w.event(meeting)).JSON["isCancelled"], any(true))

	// On Graph's own routes, with the person's token.
	app := w.Token
	w.Token = OutlookToken
	w.create(w.meeting(2, "på ruten"))
	w.Token = app
	equal(t, "requests of the person", len(w.Sim.Requests(graphsim.RequestFilter{Actor: graphsim.ActorOutlook})), 1)
	w.fault(graphsim.Fault{Kind: graphsim.FaultError, Status: 500, Code: "x"})
	w.Token = OutlookToken
	w.get(w.mine("/events")).want(200) // faults leave the person alone
	w.Sim.ClearFaults("")
	w.fault(graphsim.Fault{Kind: graphsim.FaultError, Status: 500, Code: "x", Actor: "any"})
	w.get(w.mine("/events")).want(500)
}

func following(t *testing.T, w *World) {
	ev := w.create(w.weekly(4))
	master := str(t, ev, "id")
	_, link := w.round(w.delta(40))
	next, err := w.person().EditFollowing(master, w.Monday.AddDate(0, 0, 14), object{"start": w.at(14, "13:00"), "end": w.at(14, "14:00")})
	w.must(err)
	items, _ := w.round(link)
	equal(t, "the old series", setOf(t, items, master), "M 11 18")
	equal(t, "the new series", setOf(t, items, next), "M 25 01")
	a := w.get(w.event(next)).want(200)
	if a.str("iCalUId") == str(t, ev, "iCalUId") {
		t.Fatal("the two series are linked")
	}
	equal(t, "rest of the count", a.JSON["recurrence"].(object)["range"].(object)["numberOfOccurrences"], any(2.0))
	// From the first date on nothing of the old series is left.
	whole, err := w.person().EditFollowing(next, w.Monday.AddDate(0, 0, 14), object{"subject": "helt ny"})
	w.must(err)
	w.get(w.event(next)).want(404)
	equal(t, "instances", len(w.instancesOf(whole, 60)), 2)
}

func introspection(t *testing.T, w *World) {
	body := stamped(w.meeting(0, "talt"), "b-1")
	body["transactionId"] = "t-1"
	id := str(t, w.create(body), "id")
	w.get(w.mine("/events?$top=5"), "client-request-id", "abc")
	log := w.Sim.Requests(graphsim.RequestFilter{User: w.UPN, Method: "GET", Path: "/events", Status: 200})
	if len(log) != 1 || log[0].Query != "$top=5" || log[0].ClientRequestID != "abc" || log[0].Actor != graphsim.ActorApp || !log[0].At.Equal(w.Clock.Now()) {
		t.Fatalf("%+v", log)
	}
	w.call("DELETE", w.event(id), nil).want(204)
	n, err := w.Sim.CountEvents(w.User, "t-1", "")
	w.must(err)
	equal(t, "live", n, 0)
	events, err := w.Sim.Events(w.UPN)
	w.must(err)
	if len(events) != 1 || events[0].State != "trashed" || events[0].ID != id || events[0].Properties[Stamp] != "b-1" || events[0].Calendar != "Kalender" {
		t.Fatalf("%+v", events)
	}
	w.Sim.ResetRequests()
	equal(t, "log", len(w.Sim.Requests(graphsim.RequestFilter{})), 0)
}

// ask calls the control API.
func (w *World) ask(method, path string, body any) *Answer {
	w.t.Helper()
	return w.send(w.request(w.t.Context(), method, w.Base+"/control"+path, body, "Authorization", ""))
}

func controlAPI(t *testing.T, w *World) {
	help := string(w.ask("GET", "/", nil).want(200).Body)
	for _, k := range w.Sim.FaultKinds() {
		if !strings.Contains(help, k.Kind+" ") {
			t.Errorf("the help page does not tell %s", k.Kind)
		}
	}
	for _, a := range graphsim.OutlookActions {
		if !strings.Contains(help, a+" {") {
			t.Errorf("the help page does not tell %s", a)
		}
	}
	u := w.ask("POST", "/users", object{"upn": "ny@kommune.example"}).want(200).str("objectId")
	w.get("/users/" + u).want(200)
	path := "/users/" + u
	act := func(a object) string {
		t.Helper()
		return w.ask("POST", path+"/outlook", a).want(200).str("id")
	}
	id := act(object{"do": "create", "body": w.meeting(0, "over HTTP")})
	act(object{"do": "edit", "event": id, "body": object{"subject": "rettet"}})
	act(object{"do": "drag", "event": id, "start": w.date(1) + "T10:00:00+01:00", "end": w.date(1) + "T11:30:00+01:00"})
	twin := act(object{"do": "copy", "event": id, "start": w.date(2) + "T10:00:00Z"})
	act(object{"do": "makePrivate", "event": twin})
	act(object{"do": "setAllDay", "event": twin, "date": w.date(3), "days": 1})
	act(object{"do": "moveToCalendar", "event": twin, "calendar": "Privat"})
	act(object{"do": "delete", "event": id})
	equal(t, "restored", act(object{"do": "restore", "event": id}), id)
	master := act(object{"do": "create", "body": w.weekly(4)})
	act(object{"do": "deleteOccurrence", "event": master, "date": w.date(7)})
	act(object{"do": "editOccurrence", "event": master, "date": w.date(14), "body": object{"showAs": "free"}})
	act(object{"do": "editFollowing", "event": master, "date": w.date(21), "body": object{"subject": "resten"}})
	meeting := act(object{"do": "receive", "from": "chef@kommune.example", "body": w.meeting(1, "indkaldt")})
	act(object{"do": "respond", "event": meeting, "answer": "tentativelyAccept"})
	act(object{"do": "organizerCancels", "event": meeting})
	w.ask("POST", path+"/outlook", object{"do": "fly"}).want(400)
	w.ask("POST", path+"/outlook", object{"do": "delete", "evnet": id}).want(400) // a misspelt member
	equal(t, "count", w.ask("GET", "/events/count?user="+u, nil).want(200).JSON["count"], any(5.0))

	w.ask("POST", path+"/migrate", object{"lose": []string{twin}, "copy": []string{id}}).want(200)
	equal(t, "count after the move", w.ask("GET", "/events/count?user="+u, nil).want(200).JSON["count"], any(5.0))
	w.get("/users/" + u + "/events/" + id).want(400)
	w.ask("POST", path+"/migrate", object{"lose": []string{id}}).want(400) // an id of before

	fault := w.ask("POST", "/faults", object{"kind": "throttle", "count": 2, "for": "1m", "retryAfter": "3", "user": u}).want(200).str("id")
	w.get("/users/" + u + "/events").want(429)
	w.get(w.mine("/events")).want(200)
	equal(t, "faults", len(w.Sim.Faults()), 1)
	equal(t, "struck", w.Sim.Faults()[0].Struck, 1)
	w.ask("DELETE", "/faults/"+fault, nil).want(200)
	w.get("/users/" + u + "/events").want(200)
	w.ask("POST", "/faults", object{"kind": "throttle", "for": 60}).want(200)
	w.get(w.mine("/events")).want(429)
	w.ask("POST", "/clock/advance", object{"by": "1m"}).want(200)
	w.get(w.mine("/events")).want(200)
	w.ask("POST", "/faults", object{"kind": "no such kind"}).want(400)
	w.ask("POST", "/faults", object{"kind": "mailboxDenied", "user": "ingen"}).want(400)
	w.ask("POST", "/faults", object{"kind": "unavailable"}).want(200)
	w.ask("DELETE", "/faults", nil).want(200)
	w.get(w.mine("/events")).want(200)

	if got := w.ask("GET", "/requests?status=429&method=get", nil).want(200); !strings.Contains(string(got.Body), `"fault":"throttle"`) {
		t.Fatalf("%s", got.Body)
	}
	equal(t, "concurrency", w.ask("GET", "/concurrency?user="+w.User, nil).want(200).JSON["max"], any(1.0))
	for _, p := range []string{"/users", path + "/events?state=live", "/faults", "/faults/kinds", "/mail", "/subscriptions", "/notices", "/clock"} {
		w.ask("GET", p, nil).want(200)
	}
	r := newReceiver(t)
	sub := w.subscribe(r)
	w.ask("POST", "/subscriptions/"+sub+"/forge", object{"what": "clientState"}).want(200)
	w.ask("POST", "/subscriptions/"+sub+"/lifecycle", object{"event": "missed"}).want(200)
	w.ask("POST", "/settle", nil).want(200)
	equal(t, "lifecycle", strings.Join(r.events(), " "), "missed")
	w.ask("POST", "/tokens/revoke", nil).want(200)
	w.get(w.mine("/events")).want(401)
	w.ask("DELETE", "/requests", nil).want(200)
	r2 := w.request(t.Context(), "GET", w.Base+"/healthz", nil)
	w.send(r2).want(200)
}

func seeded(t *testing.T, _ *World) {
	make3 := func(seed uint64) string {
		w := simulator(t, graphsim.Config{Seed: seed})
		var out []string
		for n := range 3 {
			ev := w.create(w.meeting(n, "frø"))
			out = append(out, str(t, ev, "id"), str(t, ev, "iCalUId"))
		}
		return strings.Join(out, " ")
	}
	first, again, other := make3(7), make3(7), make3(8)
	if first != again || first == other {
		t.Fatal("ids do not follow the seed")
	}
}

// invariants runs a careful client (transactionId, retries, delta with resync) against random faults and a
// person at the mailbox. Once all is quiet there is one event per booking, the client's picture of the
// window is the mailbox's, and the person's events are as the person left them.
func invariants(t *testing.T, _ *World) {
	for seed := range uint64(6) {
		w := simulator(t, graphsim.Config{Seed: seed})
		dice := rand.New(rand.NewPCG(seed, 68))
		c := &carefulClient{w: w, known: map[string]object{}}
		p := w.person()
		var own []string
		for step := range 60 {
			switch dice.IntN(8) {
			case 0:
				kinds := []graphsim.Fault{{Kind: graphsim.FaultConcurrentItemSave}, {Kind: graphsim.FaultCutAfter, Method: "POST"}, {Kind: graphsim.FaultThrottle, RetryAfter: "1"},
					{Kind: graphsim.FaultUnavailable}, {Kind: graphsim.FaultDeltaEmptyFirst}, {Kind: graphsim.FaultDeltaShuffle}, {Kind: graphsim.FaultUnauthorized}, {Kind: graphsim.FaultDeltaDuplicates}}
				f := kinds[dice.IntN(len(kinds))]
				f.Count = 1 + dice.IntN(2)
				w.fault(f)
			case 1:
				w.fault(graphsim.Fault{Kind: graphsim.FaultDeltaExpired})
			case 2:
				id, err := p.Create(w.meeting(dice.IntN(5), fmt.Sprintf("eget %d", step)))
				w.must(err)
				own = append(own, id)
			case 3:
				if len(own) > 0 {
					w.must(p.Drag(own[dice.IntN(len(own))], w.Monday.AddDate(0, 0, dice.IntN(9)).Add(9*time.Hour), time.Time{}))
				}
			case 4, 5:
				c.book(fmt.Sprintf("b%d-%d", seed, step), dice.IntN(5))
			default:
				c.pull()
			}
			w.advance(time.Duration(dice.IntN(3000)) * time.Millisecond)
		}
		w.Sim.ClearFaults("")
		w.advance(time.Minute)
		c.pull()
		for _, b := range c.booked {
			n, err := w.Sim.CountEvents(w.User, b, "")
			w.must(err)
			equal(t, "events of booking "+b, n, 1)
		}
		shown := w.get(w.mine("/calendarView"+w.window(5))+"&$top=1000", "Prefer", immutable).want(200).values()
		equal(t, "events in the client's picture", len(c.known), len(shown))
		for _, s := range shown {
			k := c.known[str(t, s, "id")]
			if k == nil || str(t, k, "start", "dateTime") != str(t, s, "start", "dateTime") {
				t.Fatalf("seed %d: %v is not known as it is shown: %v", seed, s, k)
			}
		}
		events, err := w.Sim.Events(w.User)
		w.must(err)
		for _, e := range events {
			if strings.HasPrefix(e.Subject, "eget") && e.State != "live" {
				t.Fatalf("seed %d: a foreign event was touched: %+v", seed, e)
			}
		}
		if most := w.Sim.MaxConcurrency(w.User); most > 4 {
			t.Fatalf("%d requests in flight", most)
		}
		writes := len(w.Sim.Requests(graphsim.RequestFilter{Actor: graphsim.ActorApp, Method: "POST", Path: "/events"}))
		if writes > 4*len(c.booked)+8 {
			t.Fatalf("%d writes for %d bookings", writes, len(c.booked))
		}
	}
}

// carefulClient is the smallest client that gets it right; it shows that the simulator can be lived with.
type carefulClient struct {
	w      *World
	link   string
	known  map[string]object // what lies in the window, by id
	booked []string
}

func (c *carefulClient) try(method, path string, body any) (*Answer, bool) {
	r := c.w.request(c.w.t.Context(), method, path, body, "Prefer", immutable)
	r.GetBody = nil
	a, err := c.w.trySend(r)
	if err != nil {
		return nil, false
	}
	if a.Status == 401 {
		c.w.Token = c.w.login()
	}
	return a, a.Status < 400
}

func (c *carefulClient) book(booking string, dayOf int) {
	c.w.t.Helper()
	body := c.w.meeting(dayOf, "booking")
	body["transactionId"] = booking
	for range 20 {
		if _, ok := c.try("POST", c.w.mine("/events"), body); ok {
			c.booked = append(c.booked, booking)
			return
		}
	}
	c.w.t.Fatal("the booking cannot be written")
}

// pull reads one round; a full one replaces the picture, and only at its end.
func (c *carefulClient) pull() {
	c.w.t.Helper()
	for range 20 {
		full := c.link == ""
		link := c.link
		if full {
			link = c.w.delta(5)
		}
		picture := map[string]object{}
		if !full {
			for id, o := range c.known {
				picture[id] = o
			}
		}
		done := false
		for {
			a, ok := c.try("GET", link, nil)
			if !ok {
				if a != nil && (a.Status == 410 || a.Status == 400) {
					c.link = ""
				}
				break
			}
			for _, i := range a.values() {
				id, _ := i["id"].(string)
				switch {
				case removed(i):
					delete(picture, id)
				case picture[id] == nil || fmt.Sprint(picture[id]["lastModifiedDateTime"]) <= fmt.Sprint(i["lastModifiedDateTime"]):
					picture[id] = i // of two versions the newer wins, in whatever order they come
				}
			}
			if next, more := a.JSON["@odata.nextLink"].(string); more {
				link = next
				continue
			}
			c.link, done = a.str("@odata.deltaLink"), true
			break
		}
		if done {
			c.known = picture
			return
		}
	}
	c.w.t.Fatal("no round gets through")
}
