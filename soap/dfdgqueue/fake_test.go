package dfdgqueue

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

const (
	jobCenter = planner.JobCenterCode("10100")
	citizen   = "0101701234"
)

var (
	now = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	us  = Caller{FullName: "Kommunal Planner", UserIdentifier: "CVR:12345678-UUID:3f0ad6a2-0000-4000-8000-000000000000"}
)

// memory is an Inbox, Pollers, Notices and Sequences that keeps what it is given.
type memory struct {
	mu        sync.Mutex
	rows      map[uuid.UUID]Received
	order     []uuid.UUID
	lease     Lease
	leased    time.Time
	ends      []PollEnd
	notices   []Notice
	sequences map[string]*Sequence
	fail      error // of Receive
	unstored  bool  // the database refuses the content of messages that are understood
}

func newMemory() *memory {
	return &memory{rows: map[uuid.UUID]Received{}, sequences: map[string]*Sequence{}}
}

func (m *memory) Receive(_ context.Context, r Received, decide func(Known) Decision) (Verdict, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return Verdict{}, m.fail
	}
	if m.unstored && r.Reason == "" {
		return Verdict{}, &Unstorable{"a rule"}
	}
	id := r.Summons.MessageID
	if _, seen := m.rows[id]; seen && !r.Again {
		return Verdict{Repeated: true}, nil
	}
	if _, seen := m.rows[id]; !seen {
		m.order = append(m.order, id)
	}
	m.rows[id] = r
	if r.Reason != "" {
		return Verdict{Decision: Decision{Verb: VerbWait, Reason: r.Reason}}, nil
	}
	worker := uuid.UUID{1}
	return Verdict{Decision: decide(Known{CaseWorker: &worker})}, nil
}

func (m *memory) Reopen(_ context.Context, id uuid.UUID) (Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[id]
	if !ok {
		return Message{}, errors.New("unknown")
	}
	return Message{JobCenter: r.Summons.JobCenter, Kind: r.Kind, Service: r.Service, Body: r.Body, ID: id, At: r.Summons.QueuedAt}, nil
}

func (m *memory) Lease(_ context.Context, _ planner.JobCenterCode, now, until time.Time) (Lease, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Before(m.leased) {
		return Lease{}, false, nil
	}
	m.lease.Epoch++
	m.leased = until
	return m.lease, true, nil
}

func (m *memory) Renew(_ context.Context, _ planner.JobCenterCode, epoch int64, until time.Time) error {
	return m.ours(epoch, func() { m.leased = until })
}

func (m *memory) Note(_ context.Context, _ planner.JobCenterCode, epoch int64, transfer string) error {
	return m.ours(epoch, func() { m.lease.Transfer = transfer })
}

func (m *memory) Release(_ context.Context, _ planner.JobCenterCode, epoch int64, end PollEnd) error {
	return m.ours(epoch, func() { m.leased, m.ends = time.Time{}, append(m.ends, end) })
}

func (m *memory) ours(epoch int64, f func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch != m.lease.Epoch {
		return ErrOvertaken
	}
	f()
	return nil
}

func (m *memory) AddNotice(_ context.Context, n Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.notices = append(m.notices, n)
	return nil
}

func (m *memory) WaitingNotices(_ context.Context, _ planner.JobCenterCode, most int) ([]Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Notice(nil), m.notices[:min(most, len(m.notices))]...), nil
}

func (m *memory) FinishNotices(_ context.Context, ids []uuid.UUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var left []Notice
	for _, n := range m.notices {
		done := false
		for _, id := range ids {
			done = done || id == n.ID
		}
		if !done {
			left = append(left, n)
		}
	}
	m.notices = left
	return nil
}

func (m *memory) CreateSequence(_ context.Context, id string, jc planner.JobCenterCode, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sequences[id] = &Sequence{ID: id, JobCenter: jc, State: "open", Expires: expires}
	return nil
}

func (m *memory) Sequence(_ context.Context, id string) (Sequence, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sequences[id]
	if s == nil {
		return Sequence{}, false, nil
	}
	return *s, true, nil
}

func (m *memory) Accept(_ context.Context, id string, n int64) ([]Range, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sequences[id]
	if s.State != "open" {
		return nil, false, nil
	}
	s.Accepted = add(s.Accepted, n)
	return s.Accepted, true, nil
}

func (m *memory) EndSequence(_ context.Context, id, state string) ([]Range, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sequences[id]
	if s == nil || s.State == "terminated" {
		return nil, false, nil
	}
	s.State = state
	return s.Accepted, true, nil
}

// add puts a number into ranges the slow way: by listing them all.
func add(ranges []Range, n int64) (out []Range) {
	most := n
	for _, r := range ranges {
		most = max(most, r.Upper)
	}
	for i := int64(1); i <= most; i++ {
		switch {
		case i != n && !has(ranges, i):
		case len(out) > 0 && out[len(out)-1].Upper == i-1:
			out[len(out)-1].Upper = i
		default:
			out = append(out, Range{i, i})
		}
	}
	return out
}

// recorder keeps the bodies of requests.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.sent = append(r.sent, "POST "+req.URL.Path+"\nSOAPAction: "+req.Header.Get("SOAPAction")+"\n\n"+string(body)+"\n")
	r.mu.Unlock()
	req.Body = io.NopCloser(bytes.NewReader(body))
	return r.next.RoundTrip(req)
}

// world is DFDG, and a poller of its queue.
type world struct {
	t      *testing.T
	sim    *dfdgsim.Server
	http   *httptest.Server
	memory *memory
	sent   *recorder
	clock  func() time.Time
	log    bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, memory: newMemory(), clock: func() time.Time { return now }}
	w.sim = dfdgsim.New(dfdgsim.Config{Now: func() time.Time { return w.clock() }})
	w.http = httptest.NewServer(w.sim)
	t.Cleanup(w.http.Close)
	w.sent = &recorder{next: w.http.Client().Transport}
	return w
}

func (w *world) intake() *Intake {
	return NewIntake(IntakeConfig{Inbox: w.memory, Now: w.clock, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
}

func (w *world) poller() *Poller {
	w.t.Helper()
	transport, err := NewQueue(QueueConfig{URL: w.http.URL + dfdgsim.PathWsrm, HTTP: &http.Client{Transport: w.sent}, Caller: us, Now: w.clock})
	w.must(err)
	return NewPoller(PollerConfig{Transport: transport, Intake: w.intake(), Pollers: w.memory, Now: w.clock, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create() (booking, message uuid.UUID) {
	w.t.Helper()
	b, id, err := w.sim.KSS(dfdgsim.Meeting{Act: dfdgsim.Created, JobCenter: string(jobCenter), CPR: citizen, Start: now.Add(48 * time.Hour), CaseWorkerIdentifier: "RID:1"})
	w.must(err)
	return b, id
}

var tagEnds = regexp.MustCompile(`><`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	got = tagEnds.ReplaceAllString(got, ">\n<")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
