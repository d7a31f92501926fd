package dfdgsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// control calls the control API and reads its answer.
func (w *world) control(method, path, body string, out any) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	w.must(err)
	resp, err := w.http.Client().Do(req)
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	w.must(err)
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			w.t.Fatalf("%v: %s", err, raw)
		}
	}
	return resp.StatusCode
}

func TestAScriptDrivesTheSimulatorOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	var ids []struct{ Booking, Message string }
	code := w.control("POST", "/control/messages", `{"act":"created","jobCenter":"10100","cpr":"0101701234","start":"2026-11-26T09:00:00+01:00","caseWorkerIdentifier":"RID:1","title":"Jobsamtale"}`, &ids)
	if code != 200 || len(ids) != 1 {
		t.Fatalf("HTTP %d, %v", code, ids)
	}
	var more []any
	if code := w.control("POST", "/control/messages", `[{"act":"moved","booking":"`+ids[0].Booking+`","start":"2026-11-27T09:00:00+01:00"},{"act":"cancelled","booking":"`+ids[0].Booking+`"}]`, &more); code != 200 || len(more) != 2 {
		t.Fatalf("HTTP %d, %v", code, more)
	}
	if code := w.control("POST", "/control/messages", `{"act":"moved","booking":"00000000-0000-0000-0000-000000000009"}`, nil); code != 422 {
		t.Errorf("an unknown booking was moved: HTTP %d", code)
	}
	var q QueueState
	if w.control("GET", "/control/queue?jobCenter=10100", "", &q); len(q.Waiting) != 3 || q.Waiting[0].Message.String() != ids[0].Message {
		t.Errorf("%+v", q)
	}
	var rows []registerRow
	if w.control("GET", "/control/register", "", &rows); len(rows) != 1 || rows[0].Status != dfdg.StatusCancelled || rows[0].Updates != 1 {
		t.Errorf("%+v", rows)
	}
	if code := w.control("POST", "/control/faults", `{"operation":"CreateSequence","kind":"refuse","code":4575,"text":"nej"}`, nil); code != 200 {
		t.Errorf("HTTP %d", code)
	}
	for _, bad := range []string{`{"kind":"nonsense"}`, `{"kind":"http","status":200}`} {
		if code := w.control("POST", "/control/faults", bad, nil); code != 422 {
			t.Errorf("%s: HTTP %d", bad, code)
		}
	}
	if code := w.control("POST", "/control/faults", `{`, nil); code != 400 {
		t.Errorf("HTTP %d", code)
	}
	if _, err := w.create(); codeOf(t, err) != 4575 {
		t.Errorf("%v", err)
	}
	var calls []CallRecord
	if w.control("GET", "/control/calls", "", &calls); len(calls) != 1 || calls[0].Operation != "CreateSequence" || calls[0].Code != 4575 {
		t.Errorf("%+v", calls)
	}
	if code := w.control("POST", "/control/jobnet", `{"jobCenter":"10100","cpr":"0101701234"}`, nil); code != 422 {
		t.Errorf("without a planner: HTTP %d", code)
	}
	w.control("POST", "/control/reset", "", nil)
	var counts Counts
	if w.control("GET", "/control/counts", "", &counts); counts.Bookings != 0 || counts.Waiting != 0 {
		t.Errorf("%+v", counts)
	}
	if code := w.control("GET", "/healthz", "", nil); code != 200 {
		t.Errorf("HTTP %d", code)
	}
}

func TestFaultsHappenAsOrdered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule    FaultRule
		carried bool // the call was carried out all the same
		check   func(error) bool
	}{
		{FaultRule{Kind: LoseRequest}, false, isA[*soapclient.NoAnswer]},
		{FaultRule{Kind: LoseAnswer}, true, isA[*soapclient.NoAnswer]},
		{FaultRule{Kind: Garble}, true, isA[*soapclient.BadAnswer]},
		{FaultRule{Kind: Refuse, Code: 1011, Text: "nej"}, false, isA[*Fault]},
		{FaultRule{Kind: HTTPStatus, Status: 503, RetryAfter: 7}, false, func(err error) bool {
			var none *soapclient.NoAnswer
			return errors.As(err, &none) && none.RetryAfter == 7*time.Second
		}},
		{FaultRule{Kind: Slow, DelayMS: 1}, true, func(err error) bool { return err == nil }},
	} {
		t.Run(string(c.rule.Kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{})
			c.rule.Operation, c.rule.Skip = "CreateBooking", 1
			w.AddFault(c.rule)
			w.must(w.save("CreateBooking", saved(nil), nil))
			second := saved(func(m *dfdg.SaveBooking) { m.Booking[0] = 2 })
			if err := w.save("CreateBooking", second, nil); !c.check(err) {
				t.Errorf("%v", err)
			}
			if got := w.Counts().Bookings == 2; got != c.carried {
				t.Errorf("carried out: %v", got)
			}
			w.must(w.save("CreateBooking", saved(func(m *dfdg.SaveBooking) { m.Booking[0] = 3 }), nil)) // once only
		})
	}
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func TestChaosRepeatsAndReorders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Seed: 4})
	w.SetChaos(Chaos{Duplicate: 0.5, Reorder: 10, Redeliver: 0.2})
	for range 100 {
		w.kss(Meeting{})
	}
	waiting := len(w.Queue(jobCenter).Waiting)
	if waiting < 120 || waiting > 180 {
		t.Errorf("%d of 100 messages wait", waiting)
	}
	seq, err := w.create()
	w.must(err)
	disorder := 0
	var last time.Time
	for n := range seq.Inventory[0].MessageCount {
		got, err := w.fetch(seq.Identifier, n+1)
		w.must(err)
		if at := got.Items[0].Metadata.Enqueued.Time; at.Before(last) {
			disorder++
		} else {
			last = at
		}
	}
	w.must(w.end("TerminateSequence", seq.Identifier))
	left := len(w.Queue(jobCenter).Waiting)
	if disorder < 10 || left < 5 || left > 60 {
		t.Errorf("%d out of order, %d come again", disorder, left)
	}
}

func TestASilentSequenceIsLetGoOf(t *testing.T) {
	t.Parallel()
	at := now
	w := newWorld(t, Config{Now: func() time.Time { return at }})
	w.kss(Meeting{})
	first, err := w.create()
	w.must(err)
	at = at.Add(31 * time.Minute)
	second, err := w.create()
	w.must(err)
	if _, err := w.fetch(first.Identifier, 1); codeOf(t, err) != 1100 {
		t.Errorf("%v", err)
	}
	if _, err := w.fetch(second.Identifier, 1); err != nil {
		t.Error(err)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("CreateSequence", `<CreateSequenceRequest xmlns="http://docs.oasis-open.org/ws-rx/wsrm/200602"/>`)
	f.Add("GetBooking", `<q:GetBookingRequest xmlns:q="http://service.bm.dk/BookingService/2017/04/28/"><q:BookingIdentifier>00000000-0000-0000-0000-000000000001</q:BookingIdentifier></q:GetBookingRequest>`)
	f.Add("", `<`)
	var headersOnly strings.Builder
	for _, h := range headers(3, "x") {
		var e wire.Encoder
		e.Root(h.Name.Space, "", h.Name.Local, h.Content)
		headersOnly.Write(e.Buf)
	}
	f.Fuzz(func(t *testing.T, operation, body string) {
		s := New(Config{Now: func() time.Time { return now }})
		for _, path := range []string{PathWsrm, PathMessages, PathRegister} {
			r := httptest.NewRequest("POST", path, strings.NewReader(`<s:Envelope xmlns:s="`+nsEnvelope+`"><s:Header>`+headersOnly.String()+`</s:Header><s:Body>`+body+`</s:Body></s:Envelope>`))
			r.Header["Soapaction"] = []string{`"urn:x#` + operation + `"`}
			rec := httptest.NewRecorder()
			s.ServeHTTP(rec, r)
			if rec.Code != 200 && rec.Code != 500 {
				t.Fatalf("HTTP %d", rec.Code)
			}
			if strings.Contains(rec.Body.String(), "<s:Fault>") != (rec.Code == 500) {
				t.Fatalf("HTTP %d %s", rec.Code, rec.Body)
			}
		}
	})
}
