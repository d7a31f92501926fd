package graphtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func transport() []Behaviour {
	return []Behaviour{
		{1, "the token endpoint gives tokens for a secret and tells a wrong one", true, tokenForSecret},
		{1, "the token endpoint takes a signed client assertion", false, tokenForAssertion},
		{2, "openid-configuration names the endpoints", true, openIDConfiguration},
		{3, "a missing, foreign or expired token is 401 with a challenge", false, unauthorized},
		{4, "every error has the envelope and the request ids", true, envelope},
		{4, "innerError may be spelled innererror", false, innerErrorSpelling},
		{5, "gzip and chunked bodies, Prefer in lines or joined, query names in any case", true, transportForms},
		{6, "a mailbox out of scope is 403 ErrorAccessDenied", false, mailboxDenied},
		{7, "an unknown user and a mailbox on premises are 404", false, mailboxMissing},
		{8, "a stale mailbox fails by UPN only, a moving one for a time", false, mailboxMoving},
		{9, "gateways answer HTML or nothing, and connections break after the write", false, gateways},
		{9, "work and answers can be late, and an error can follow the work", false, lateAnswers},
		{9, "the token endpoint can fail as well", false, tokenFaults},
		{7, "users, their settings and their calendars are told", false, directory},
		{10, "a well-formed unknown id is 404, another mailbox's or a garbled one 400", true, ids},
	}
}

func tokenForSecret(t *testing.T, w *World) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "client_secret": {w.secret}, "scope": {"https://graph.microsoft.com/.default"}}
	path := "/" + w.tenant + "/oauth2/v2.0/token"
	a := w.postForm(path, form).want(200)
	equal(t, "token_type", a.JSON["token_type"], any("Bearer"))
	if life, _ := a.JSON["expires_in"].(float64); life < 60 {
		t.Fatalf("expires_in: %s", a.Body)
	}
	form.Set("client_secret", "wrong")
	a = w.postForm(path, form)
	equal(t, "error", a.JSON["error"], any("invalid_client"))
	equal(t, "status", a.Status, 401)
	if w.Sim != nil {
		form.Set("client_secret", w.secret)
		equal(t, "unknown tenant", w.postForm("/11111111-2222-4333-8444-555555555555/oauth2/v2.0/token", form).Status, 400)
		form.Set("scope", "Calendars.ReadWrite")
		equal(t, "scope", w.postForm(path, form).JSON["error"], any("invalid_scope"))
	}
}

// assertion is a client assertion signed with PS256, as azidentity makes it of a certificate.
func assertion(t *testing.T, key *rsa.PrivateKey, clientID, audience string, expires time.Time) string {
	t.Helper()
	claims, err := json.Marshal(object{"aud": audience, "iss": clientID, "sub": clientID, "exp": expires.Unix(), "nbf": expires.Add(-time.Hour).Unix(), "jti": "1"})
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"alg":"PS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + enc.EncodeToString(sig)
}

func tokenForAssertion(t *testing.T, _ *World) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := simulator(t, graphsim.Config{AssertionKeys: []graphsim.PublicKey{&key.PublicKey}})
	path := "/" + w.tenant + "/oauth2/v2.0/token"
	ask := func(jwt string) *Answer {
		return w.postForm(path, url.Values{"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "scope": {"https://graph.microsoft.com/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {jwt}})
	}
	good := assertion(t, key, w.clientID, w.Base+path, w.Clock.Now().Add(10*time.Minute))
	w.Token = ask(good).want(200).str("access_token")
	w.get(w.mine("/events")).want(200)
	ask(good[:len(good)-6] + "AAAAAA").want(401)
	ask(assertion(t, key, w.clientID, w.Base+path, w.Clock.Now().Add(-time.Minute))).want(401)
	ask(assertion(t, key, "somebody-else", w.Base+path, w.Clock.Now().Add(time.Minute))).want(401)
}

func openIDConfiguration(t *testing.T, w *World) {
	r, err := http.NewRequest(http.MethodGet, w.Login+"/"+w.tenant+"/v2.0/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	a := w.send(r).want(200)
	for _, name := range []string{"token_endpoint", "authorization_endpoint", "issuer"} {
		if !strings.HasPrefix(a.str(name), "https://") {
			t.Fatalf("%s: %s", name, a.Body)
		}
	}
}

func unauthorized(t *testing.T, w *World) {
	check := func(a *Answer) {
		t.Helper()
		a.wantError(401, "InvalidAuthenticationToken", "")
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Fatal(a.Header)
		}
	}
	check(w.get(w.mine("/events"), "Authorization", ""))
	check(w.call("GET", w.mine("/events"), nil, "Authorization", "", "Authorization", "Bearer x.y.z"))
	w.fault(graphsim.Fault{Kind: graphsim.FaultTokenLife, Delay: graphsim.Duration(5 * time.Second)})
	w.Token = w.login()
	w.get(w.mine("/events")).want(200)
	w.advance(5 * time.Second)
	check(w.get(w.mine("/events")))
	w.Token = w.login()
	w.get(w.mine("/events")).want(200)
	w.Sim.RevokeTokens()
	check(w.get(w.mine("/events")))
	w.Token = w.login()
	w.fault(graphsim.Fault{Kind: graphsim.FaultUnauthorized, Variant: "claims", Count: 1})
	a := w.get(w.mine("/events"))
	check(a)
	if !strings.Contains(a.Header.Get("WWW-Authenticate"), `claims="`) {
		t.Fatal(a.Header)
	}
	w.get(w.mine("/events")).want(200)
}

func envelope(t *testing.T, w *World) {
	a := w.get(w.event("nothing"), "client-request-id", "11111111-2222-4333-8444-555555555555").want(400)
	inner, _ := a.JSON["error"].(object)["innerError"].(object)
	equal(t, "client-request-id", inner["client-request-id"], any("11111111-2222-4333-8444-555555555555"))
	equal(t, "header client-request-id", a.Header.Get("client-request-id"), "11111111-2222-4333-8444-555555555555")
	equal(t, "request-id", inner["request-id"], any(a.Header.Get("request-id")))
	if a.Header.Get("Date") == "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Fatal(a.Header)
	}
	// An answer without an error has the ids as well.
	if h := w.get(w.mine("/events")).want(200).Header; h.Get("request-id") == "" || h.Get("client-request-id") == "" {
		t.Fatal(h)
	}
}

func innerErrorSpelling(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultInnerErrorLowerCase})
	e, _ := w.get(w.event("nothing")).want(400).JSON["error"].(object)
	if e["innererror"] == nil || e["innerError"] != nil {
		t.Fatal(e)
	}
}

func transportForms(t *testing.T, w *World) {
	raw, err := json.Marshal(w.meeting(0, "pakket"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(raw)
	_ = z.Close()
	r := w.request(t.Context(), http.MethodPost, w.mine("/events"), packed.Bytes(), "Content-Encoding", "gzip", "Prefer", immutable, "Prefer", `outlook.timezone="Romance Standard Time"`)
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(&packed), -1, nil // chunked
	a := w.send(r).want(201)
	id := a.str("id")
	if w.Sim == nil {
		t.Cleanup(func() {
			_, _ = w.trySend(w.request(context.Background(), http.MethodDelete, w.event(id), nil))
		})
	}
	equal(t, "id of two Prefer lines", len(id), 72)
	equal(t, "zone of two Prefer lines", a.str("start", "timeZone"), Romance)
	a = w.get(w.event(id)+"?%24SELECT=subject,start", "Prefer", immutable+`, outlook.timezone="Romance Standard Time"`).want(200)
	equal(t, "joined Prefer", a.str("start", "dateTime"), w.date(0)+"T09:00:00.0000000")
	if a.JSON["body"] != nil {
		t.Fatal("$select with another case was not read")
	}
	if !strings.Contains(a.Header.Get("Preference-Applied"), `outlook.timezone="Romance Standard Time"`) {
		t.Fatal(a.Header)
	}
	w.get(w.mine("/calendarView?STARTDATETIME=" + w.date(0) + "T00:00:00Z&enddatetime=" + w.date(1) + "T00:00:00Z")).want(200)
	if w.Sim != nil {
		w.call("POST", w.mine("/events"), []byte(`{"subject":`)).wantError(400, "BadRequest", "")
		w.call("POST", w.mine("/events"), []byte(`{"noSuchThing":1}`)).want(400)
	}
}

func mailboxDenied(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultDenied, User: w.User, Count: 1})
	w.get(w.mine("/events")).wantError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	w.fault(graphsim.Fault{Kind: graphsim.FaultDenied, User: w.UPN, Variant: "policy"})
	w.get(w.mine("/events")).wantError(403, "ErrorAccessDenied", "Access to OData is disabled.")
	other := w.Sim.AddUser(graphsim.User{UPN: "anden@kommune.example"})
	w.get("/users/" + other.ObjectID + "/events").want(200)
	w.Token = OutlookToken // the person at the mailbox is not out of scope
	w.get(w.mine("/events")).want(200)
}

func mailboxMissing(_ *testing.T, w *World) {
	w.get("/users/ingen@kommune.example/events").wantError(404, "ErrorInvalidUser", "ingen@kommune.example")
	w.get("/users/" + url.PathEscape(w.UPN) + "/events").want(200)
	w.fault(graphsim.Fault{Kind: graphsim.FaultOnPremises, User: w.User})
	w.get(w.mine("/events")).wantError(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	w.Sim.ClearFaults(w.User)
	w.fault(graphsim.Fault{Kind: graphsim.FaultMissing, User: w.User})
	w.get(w.mine("/events")).wantError(404, "ErrorInvalidUser", "")
}

func mailboxMoving(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultStaleByUPN, User: w.User})
	w.get("/users/"+w.UPN+"/events").wantError(503, "MailboxInfoStale", "is currently on backend 'Unknown'")
	w.get(w.mine("/events")).want(200)
	id := str(t, w.create(w.meeting(0, "før")), "id")
	_, link := w.round(w.delta(7))
	w.fault(graphsim.Fault{Kind: graphsim.FaultMoving, User: w.User, For: graphsim.Duration(time.Hour)})
	w.get(w.event(id)).wantError(503, "ErrorMailboxMoveInProgress", "")
	w.advance(time.Hour)
	w.get(w.event(id)).want(200)
	w.round(link)
	// The other kind of move: all ids and links are void afterwards, the content is there.
	w.fault(graphsim.Fault{Kind: graphsim.FaultMoving, User: w.User, Variant: "newIDs", For: graphsim.Duration(time.Hour)})
	w.advance(time.Hour)
	w.get(w.event(id)).wantError(400, "ErrorInvalidIdMalformed", "")
	w.get(link).want(410)
	items, _ := w.round(w.delta(7))
	equal(t, "items after the move", len(items), 1)
}

func gateways(t *testing.T, w *World) {
	for _, status := range []int{502, 503, 504} {
		w.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: status, Count: 1})
		a := w.get(w.mine("/events")).want(status)
		if a.JSON != nil || !bytes.Contains(a.Body, []byte("<html>")) || a.Header.Get("Retry-After") != "" {
			t.Fatalf("%v %s", a.Header, a.Body)
		}
	}
	w.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Status: 404, Body: "empty", Count: 1})
	equal(t, "length of the body", len(w.get(w.mine("/events")).want(404).Body), 0)

	w.fault(graphsim.Fault{Kind: graphsim.FaultCut, Method: "POST", Count: 1})
	w.fault(graphsim.Fault{Kind: graphsim.FaultCutAfter, Method: "POST", Count: 1})
	for n, want := range []int{0, 1} {
		r := w.request(t.Context(), "POST", w.mine("/events"), w.meeting(n, "tabt svar"))
		r.GetBody = nil // or the transport may try again by itself
		if a, err := w.trySend(r); err == nil {
			t.Fatalf("an answer came: %d", a.Status)
		}
		equal(t, "events after a cut", len(w.get(w.mine("/events")).want(200).values()), want)
	}

	held := w.fault(graphsim.Fault{Kind: graphsim.FaultHoldAfter, Method: "POST", Count: 1})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	slow := w.request(ctx, "POST", w.mine("/events"), w.meeting(3, "sent svar"))
	go func() {
		_, err := w.trySend(slow)
		gaveUp <- err
	}()
	w.must(w.Sim.WaitHeld(t.Context(), held, 1)) // the write is done, the answer is late
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.Sim.Release(held)
	equal(t, "events after a late answer", len(w.get(w.mine("/events")).want(200).values()), 2)
}

func ids(t *testing.T, w *World) {
	ev := w.create(w.meeting(0, "findes"))
	id := str(t, ev, "id")
	w.get(w.event(id)).want(200)
	w.call("DELETE", w.event(id), nil).want(204)
	w.get(w.event(id)).wantError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
	w.get(w.event("AAMkNotAnId=")).wantError(400, "ErrorInvalidIdMalformed", "Id is malformed.")
	if w.Sim == nil {
		return
	}
	other := w.Sim.AddUser(graphsim.User{UPN: "anden@kommune.example"})
	mine := str(t, w.create(w.meeting(0, "min")), "id")
	w.get("/users/"+other.ObjectID+"/events/"+url.PathEscape(mine)).wantError(400, "ErrorInvalidIdMalformed", "Id is malformed.")
}

func lateAnswers(t *testing.T, w *World) {
	for _, kind := range []string{graphsim.FaultDelay, graphsim.FaultDelayAfter} {
		fault := w.fault(graphsim.Fault{Kind: kind, Method: "POST", Count: 1, Delay: graphsim.Duration(20 * time.Second)})
		r := w.request(t.Context(), "POST", w.mine("/events"), w.meeting(0, kind))
		answered := make(chan *Answer, 1)
		go func() {
			a, err := w.trySend(r)
			if err != nil {
				t.Error(err)
			}
			answered <- a
		}()
		w.must(w.Sim.WaitHeld(t.Context(), fault, 1))
		n, err := w.Sim.CountEvents(w.User, "", "")
		w.must(err)
		equal(t, "events meanwhile, "+kind, n, map[string]int{graphsim.FaultDelay: 0, graphsim.FaultDelayAfter: 2}[kind])
		w.Sim.Advance(20 * time.Second)
		(<-answered).want(201)
	}
	w.fault(graphsim.Fault{Kind: graphsim.FaultErrorAfter, Method: "POST", Count: 2, Code: "ErrorTimeoutExpired", Status: 500})
	w.call("POST", w.mine("/events"), object{}).want(400) // what was not done is told as such
	w.call("POST", w.mine("/events"), w.meeting(0, "gjort")).wantError(500, "ErrorTimeoutExpired", "")
	equal(t, "events", len(w.get(w.mine("/events")).values()), 3)
}

func tokenFaults(t *testing.T, w *World) {
	w.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Count: 1}) // without a path it is about Graph
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "client_secret": {w.secret}, "scope": {"https://graph.microsoft.com/.default"}}
	ask := func() *Answer { return w.postForm("/"+w.tenant+"/oauth2/v2.0/token", form) }
	ask().want(200)
	w.Sim.ClearFaults("")
	w.fault(graphsim.Fault{Kind: graphsim.FaultUnavailable, Path: "/oauth2", Count: 1})
	w.fault(graphsim.Fault{Kind: graphsim.FaultThrottle, Path: "/oauth2", Count: 1, RetryAfter: "3"})
	equal(t, "type", ask().want(503).Header.Get("Content-Type"), "text/html")
	a := ask().want(429)
	equal(t, "error", a.str("error"), "temporarily_unavailable")
	equal(t, "Retry-After", a.Header.Get("Retry-After"), "3")
	ask().want(200)
	w.get(w.mine("/events")).want(200)
	equal(t, "token requests in the log", len(w.Sim.Requests(graphsim.RequestFilter{Path: "/oauth2"})), 5)
}

func directory(t *testing.T, w *World) {
	w.Sim.AddUser(graphsim.User{UPN: "anden@kommune.example", TimeZone: "UTC"})
	equal(t, "users", len(w.get("/users").want(200).values()), 2)
	a := w.get("/users?$top=1&$select=userPrincipalName").want(200)
	if len(a.values()) != 1 || a.values()[0]["displayName"] != nil {
		t.Fatalf("%s", a.Body)
	}
	equal(t, "second page", str(t, w.get(a.str("@odata.nextLink")).want(200).values()[0], "userPrincipalName"), "anden@kommune.example")
	equal(t, "by UPN", w.get("/users/"+w.UPN).want(200).str("id"), w.User)
	equal(t, "as a key", w.get("/users('"+w.UPN+"')").want(200).str("id"), w.User)
	equal(t, "zone", w.get(w.mine("/mailboxSettings")).want(200).str("timeZone"), Romance)
	w.call("POST", w.mine("/calendars"), object{"name": "Privat"}).want(201)
	w.call("POST", w.mine("/calendars"), object{"name": "privat"}).want(409)
	calendars := w.get(w.mine("/calendars")).want(200).values()
	equal(t, "calendars", len(calendars), 2)
	equal(t, "default", calendars[0]["isDefaultCalendar"], any(true))
	w.get(w.mine("/calendars/" + url.PathEscape(str(t, calendars[1], "id")))).want(200)
	w.get(w.mine("/calendars/nonsense")).want(400)
	w.get("/me/events").want(400)
	w.get(w.mine("/messages")).want(400)
	w.call("PUT", w.mine("/events"), object{}).want(405)
}
