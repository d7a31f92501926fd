package dfdgqueue

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/soap/dfdgsim"
)

func TestEveryRequestIsAsTheGoldenFileTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "TerminateSequence", Kind: dfdgsim.LoseRequest})
	if _, err := w.poller().Poll(t.Context(), jobCenter); err == nil {
		t.Fatal("no trouble")
	}
	_, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	golden(t, "requests.txt", strings.Join(w.sent.sent, "\n"))
}

// operations lists the calls that DFDG got.
func (w *world) operations() string {
	var out []string
	for _, c := range w.sim.Calls() {
		name := c.Operation
		if c.Code != 0 {
			name += "!"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func (w *world) wants(operations string) {
	w.t.Helper()
	if got := w.operations(); got != operations {
		w.t.Errorf("calls: %s\nwant:  %s", got, operations)
	}
}

func TestMessagesAreTakenInBeforeDFDGMayForgetThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, a := w.create()
	_, b := w.create()
	out, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != 2 || len(w.memory.order) != 2 || w.memory.order[0] != a || w.memory.order[1] != b {
		t.Errorf("%+v %v", out, w.memory.order)
	}
	w.wants("CreateSequence GetIndkaldelseVersion1 GetIndkaldelseVersion1 TerminateSequence")
	if w.memory.lease.Transfer != "" || len(w.memory.ends) != 1 || !w.memory.ends[0].OK {
		t.Errorf("%+v %+v", w.memory.lease, w.memory.ends)
	}
	if out.Next.Sub(now) > 10*time.Minute {
		t.Errorf("next poll at %s", out.Next)
	}
}

func TestWhenSomethingFailsTheTransferIsGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	w.memory.fail = errors.New("the database is away")
	_, err := w.poller().Poll(t.Context(), jobCenter)
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Code != "store" || trouble.RetryAfter() <= 0 {
		t.Fatalf("%v", err)
	}
	w.wants("CreateSequence GetIndkaldelseVersion1 CloseSequence")
	if n := len(w.sim.Queue(string(jobCenter)).Waiting); n != 1 {
		t.Errorf("%d messages wait", n)
	}
	w.memory.fail = nil
	_, err = w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if len(w.memory.order) != 1 {
		t.Errorf("%d taken in", len(w.memory.order))
	}
}

func TestATransferThatWasLeftOpenIsClosedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	// The first run dies when it cannot even give the transfer back.
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "GetIndkaldelseVersion1", Kind: dfdgsim.LoseRequest, Count: 3})
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "CloseSequence", Kind: dfdgsim.LoseRequest})
	if _, err := w.poller().Poll(t.Context(), jobCenter); err == nil {
		t.Fatal("no trouble")
	}
	if w.memory.lease.Transfer == "" {
		t.Fatal("the open transfer is forgotten")
	}
	before := len(w.sim.Calls())
	_, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if first := w.sim.Calls()[before]; first.Operation != "CloseSequence" || first.Code != 0 {
		t.Errorf("first call: %+v", first)
	}
}

func TestATransferWhoseNameNeverArrivedIsFoundByTheRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "CreateSequence", Kind: dfdgsim.LoseAnswer})
	if _, err := w.poller().Poll(t.Context(), jobCenter); err == nil {
		t.Fatal("no trouble")
	}
	out, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != 1 {
		t.Errorf("%+v", out)
	}
	w.wants("CreateSequence CreateSequence! CloseSequence CreateSequence GetIndkaldelseVersion1 TerminateSequence")
}

func TestARefusalThatNamesNoTransferIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.SetChaos(dfdgsim.Chaos{HideOpenSequence: true})
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "CreateSequence", Kind: dfdgsim.LoseAnswer})
	for range 2 {
		if _, err := w.poller().Poll(t.Context(), jobCenter); err == nil {
			t.Fatal("no trouble")
		}
	}
	if end := w.memory.ends[1]; end.OK || end.Code != "unavailable" || !strings.Contains(end.Text, "DFDG") {
		t.Errorf("%+v", end)
	}
	// DFDG lets go of it by itself.
	w.clock = func() time.Time { return now.Add(time.Hour) }
	_, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
}

func TestALostAnswerIsFetchedAgainByItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, a := w.create()
	_, b := w.create()
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "GetIndkaldelseVersion1", Kind: dfdgsim.LoseAnswer, Count: 2})
	_, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if len(w.memory.order) != 2 || w.memory.order[0] != a || w.memory.order[1] != b {
		t.Errorf("%v", w.memory.order)
	}
}

// headerless takes the Sequence header out of answers, as a DFDG that does not send it.
type headerless struct{ next http.Handler }

func (h headerless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	h.next.ServeHTTP(rec, r)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	body := rec.Body.String()
	if from, to := strings.Index(body, "<s:Header>"), strings.Index(body, "</s:Header>"); from >= 0 {
		body = body[:from] + body[to+len("</s:Header>"):]
	}
	_, _ = w.Write([]byte(body))
}

func TestWithoutNumbersALostAnswerGivesTheTransferBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.http.Config.Handler = headerless{w.sim}
	_, a := w.create()
	_, b := w.create()
	_, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err) // without loss there is nothing to be unsure of
	if len(w.memory.order) != 2 || w.memory.order[0] != a || w.memory.order[1] != b {
		t.Errorf("%v", w.memory.order)
	}
	w.create()
	w.sim.AddFault(dfdgsim.FaultRule{Operation: "GetIndkaldelseVersion1", Kind: dfdgsim.HTTPStatus, Status: 502})
	if _, err := w.poller().Poll(t.Context(), jobCenter); !errors.Is(err, errNumber) {
		t.Errorf("%v", err)
	}
	if n := len(w.sim.Queue(string(jobCenter)).Waiting); n != 1 || len(w.memory.order) != 2 {
		t.Errorf("%d wait, %d taken in", n, len(w.memory.order))
	}
}

func TestWhatCannotBeUnderstoodIsKeptWholeAndDoesNotStopTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const inside = `<q:GetIndkaldelseType><q:BookingIdentifier>no</q:BookingIdentifier><!-- why --><p:x xmlns:p="urn:p" p:y="1">0101701234 &amp;</p:x></q:GetIndkaldelseType>`
	w.sim.PutRaw(string(jobCenter), inside)
	w.sim.PutRaw(string(jobCenter), "<q:GetIndkaldelseType><<")
	_, good := w.create()
	out, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != 3 || out.ForPerson != 2 || len(w.sim.Queue(string(jobCenter)).Waiting) != 0 {
		t.Fatalf("%+v", out)
	}
	first, second := w.memory.rows[w.memory.order[0]], w.memory.rows[w.memory.order[1]]
	want := `<GetIndkaldelseType xmlns="http://service.bm.dk/WsrmMessageService/GetIndkaldelseVersion1/"><BookingIdentifier>no</BookingIdentifier><x xmlns="urn:p" xmlns:a0="urn:p" a0:y="1">0101701234 &amp;</x></GetIndkaldelseType>`
	if string(first.Body) != want || first.Reason != ReasonUnreadable || !strings.Contains(first.Detail, "GetIndkaldelseType/BookingIdentifier") {
		t.Errorf("%s\n%s", first.Body, first.Detail)
	}
	if !strings.Contains(string(second.Body), "<q:GetIndkaldelseType><<") || second.Reason != ReasonUnreadable {
		t.Errorf("%s\n%s", second.Body, second.Detail)
	}
	if w.memory.rows[good].Reason != "" {
		t.Errorf("%+v", w.memory.rows[good])
	}
	if strings.Contains(w.log.String(), citizen) {
		t.Error("the log tells a CPR number")
	}
}

func TestAMessageThatTheDatabaseRefusesIsKeptLikeOneThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.memory.unstored = true
	_, id := w.create()
	out, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if r := w.memory.rows[id]; out.ForPerson != 1 || r.Reason != ReasonUnreadable || len(r.Body) == 0 {
		t.Errorf("%+v", r)
	}
}

func TestMessagesAreFetchedOnlyWhereTheQueueIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	w.sim = dfdgsim.New(dfdgsim.Config{Now: w.clock, BaseURL: "https://elsewhere.example"})
	w.http.Config.Handler = w.sim
	w.create()
	_, err := w.poller().Poll(t.Context(), jobCenter)
	var trouble *Trouble
	if !errors.As(err, &trouble) || !trouble.Person {
		t.Errorf("%v", err)
	}
	w.wants("CreateSequence CloseSequence")
}

func TestOneWorkerAtATimePollsAQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	_, got, err := w.memory.Lease(t.Context(), jobCenter, now, now.Add(time.Minute))
	if err != nil || !got {
		t.Fatal(got, err)
	}
	out, err := w.poller().Poll(t.Context(), jobCenter)
	if err != nil || !out.Busy || len(w.sim.Calls()) != 0 {
		t.Errorf("%+v %v %s", out, err, w.operations())
	}
	w.clock = func() time.Time { return now.Add(2 * time.Minute) }
	if out, err := w.poller().Poll(t.Context(), jobCenter); err != nil || out.Busy || out.Messages != 1 {
		t.Errorf("%+v %v", out, err)
	}
}

// taker takes the queue over as soon as messages come.
type taker struct {
	Inbox
	w *world
}

func (t taker) Receive(ctx context.Context, r Received, decide func(Known) Decision) (Verdict, error) {
	_, _, _ = t.w.memory.Lease(ctx, jobCenter, t.w.memory.leased, now.Add(time.Hour))
	return t.Inbox.Receive(ctx, r, decide)
}

func TestAnOvertakenWorkerLeavesTheOthersNotesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	p := w.poller()
	p.cfg.Intake = NewIntake(IntakeConfig{Inbox: taker{w.memory, w}, Now: w.clock})
	_, err := p.Poll(t.Context(), jobCenter)
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Code != "overtaken" {
		t.Errorf("%v", err)
	}
	if len(w.memory.ends) != 0 {
		t.Errorf("%+v", w.memory.ends)
	}
}

func TestAFullTransferIsFollowedByAnotherAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range full + 1 {
		w.create()
	}
	out, err := w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != full || out.Next.After(now) {
		t.Errorf("%+v", out)
	}
	out, err = w.poller().Poll(t.Context(), jobCenter)
	w.must(err)
	if out.Messages != 1 || !out.Next.After(now) {
		t.Errorf("%+v", out)
	}
}

func TestTroublesSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fault  dfdgsim.FaultRule
		code   string
		person bool
		after  time.Duration
	}{
		{"busy", dfdgsim.FaultRule{Kind: dfdgsim.HTTPStatus, Status: 503, RetryAfter: 1800}, "unavailable", false, 30 * time.Minute},
		{"forbidden", dfdgsim.FaultRule{Kind: dfdgsim.HTTPStatus, Status: 403}, "refused", true, 5 * time.Minute},
		{"not authorised", dfdgsim.FaultRule{Kind: dfdgsim.Refuse, Code: 4575, Text: "nej"}, "refused", true, 5 * time.Minute},
		{"internal error", dfdgsim.FaultRule{Kind: dfdgsim.Refuse, Code: 1011, Text: "nej"}, "unavailable", false, time.Minute},
		{"no XML", dfdgsim.FaultRule{Kind: dfdgsim.Garble}, "broken", true, 5 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.fault.Operation = "CreateSequence"
			w.sim.AddFault(c.fault)
			out, err := w.poller().Poll(t.Context(), jobCenter)
			var trouble *Trouble
			if !errors.As(err, &trouble) || trouble.Code != c.code || trouble.Person != c.person || trouble.After != c.after {
				t.Errorf("%+v", trouble)
			}
			if !out.Next.Equal(now.Add(c.after)) || len(w.memory.ends) != 1 || !w.memory.ends[0].Next.Equal(out.Next) {
				t.Errorf("next %s, %+v", out.Next, w.memory.ends)
			}
		})
	}
}

func TestASuspendedPollGivesBackWhatItHasNotTakenIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create()
	w.create()
	ctx, cancel := context.WithCancel(t.Context())
	p := w.poller()
	p.cfg.Intake = NewIntake(IntakeConfig{Inbox: canceller{w.memory, cancel}, Now: w.clock})
	if _, err := p.Poll(ctx, jobCenter); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	w.wants("CreateSequence GetIndkaldelseVersion1 CloseSequence")
	if !w.memory.leased.IsZero() || w.memory.lease.Transfer != "" {
		t.Errorf("%+v until %s", w.memory.lease, w.memory.leased)
	}
}

type canceller struct {
	Inbox
	cancel context.CancelFunc
}

func (c canceller) Receive(ctx context.Context, r Received, decide func(Known) Decision) (Verdict, error) {
	v, err := c.Inbox.Receive(ctx, r, decide)
	c.cancel()
	return v, err
}

// byService is a DFDG with two services of one message each, whose numbers begin anew with each service.
type byService struct {
	next  http.Handler
	calls int
}

func (b *byService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	text := string(body)
	second := false
	if strings.HasSuffix(r.URL.Path, dfdgsim.PathMessages) {
		b.calls++
		if second = b.calls == 2; second {
			text = strings.Replace(text, "<MessageNumber>1<", "<MessageNumber>2<", 1)
		}
	}
	r.Body = io.NopCloser(strings.NewReader(text))
	rec := httptest.NewRecorder()
	b.next.ServeHTTP(rec, r)
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.WriteHeader(rec.Code)
	out := rec.Body.String()
	if second {
		out = strings.Replace(out, "<MessageNumber>2<", "<MessageNumber>1<", 1)
	}
	if from := strings.Index(out, "<ServiceItem>"); from >= 0 {
		item := strings.Replace(out[from:strings.Index(out, "</ServiceInventoryCollection>")], ">2<", ">1<", 1)
		out = out[:from] + item + item + out[strings.Index(out, "</ServiceInventoryCollection>"):]
	}
	_, _ = w.Write([]byte(out))
}

func TestNumbersMayBeginAnewWithEachService(t *testing.T) {
	t.Parallel()
	for _, adapted := range []bool{true, false} {
		w := newWorld(t)
		_, a := w.create()
		_, b := w.create()
		w.http.Config.Handler = &byService{next: w.sim}
		transport, err := NewQueue(QueueConfig{URL: w.http.URL + dfdgsim.PathWsrm, HTTP: &http.Client{Transport: w.sent}, Caller: us, Now: w.clock, NumberByService: adapted})
		w.must(err)
		_, err = NewPoller(PollerConfig{Transport: transport, Intake: w.intake(), Pollers: w.memory, Now: w.clock}).Poll(t.Context(), jobCenter)
		left := len(w.sim.Queue(string(jobCenter)).Waiting)
		if adapted && (err != nil || left != 0 || len(w.memory.order) != 2 || w.memory.order[0] != a || w.memory.order[1] != b) {
			t.Errorf("%v, %d wait, %v", err, left, w.memory.order)
		}
		// Counted otherwise than we think, nothing is lost and somebody is told.
		var trouble *Trouble
		if !adapted && (!errors.As(err, &trouble) || !trouble.Person || left != 2) {
			t.Errorf("%v, %d wait", err, left)
		}
	}
}
