package dfdgregister

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

const citizen = "0101701234"

var now = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// memory is an Outbox of reports that all are due.
type memory struct {
	waiting []Report
	asked   []int64
	ended   map[int64]string
	ends    map[int64]End
	next    map[int64]time.Time
	unclear map[int64]bool
	fail    error
}

func newMemory(reports ...Report) *memory {
	return &memory{waiting: reports, ended: map[int64]string{}, ends: map[int64]End{}, next: map[int64]time.Time{}, unclear: map[int64]bool{}}
}

func (m *memory) Claim(_ context.Context, _, until time.Time) (Report, bool, error) {
	if m.fail != nil {
		return Report{}, false, m.fail
	}
	if len(m.waiting) == 0 {
		return Report{}, false, nil
	}
	r := m.waiting[0]
	m.waiting = m.waiting[1:]
	r.Claim = until
	return r, true, nil
}

func (m *memory) MarkAsked(_ context.Context, r Report, _ time.Time) error {
	m.asked = append(m.asked, r.ID)
	return nil
}

func (m *memory) end(r Report, how string, end End) error {
	m.ended[r.ID], m.ends[r.ID] = how, end
	return nil
}

func (m *memory) Sent(_ context.Context, r Report, end End) error { return m.end(r, "sent", end) }
func (m *memory) Unneeded(_ context.Context, r Report, end End) error {
	return m.end(r, "unneeded", end)
}
func (m *memory) Refused(_ context.Context, r Report, end End) error { return m.end(r, "refused", end) }

func (m *memory) Postpone(_ context.Context, r Report, next time.Time, unclear bool, end End) error {
	m.next[r.ID], m.unclear[r.ID] = next, unclear
	return m.end(r, "postponed", end)
}

func (m *memory) Next(context.Context) (time.Time, error) { return time.Time{}, nil }

// recorder keeps requests.
type recorder struct {
	next http.RoundTripper
	sent []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.sent = append(r.sent, "POST "+req.URL.Path+"\nSOAPAction: "+req.Header.Get("SOAPAction")+"\n\n"+string(body)+"\n")
	req.Body = io.NopCloser(bytes.NewReader(body))
	return r.next.RoundTrip(req)
}

type world struct {
	t    *testing.T
	sim  *dfdgsim.Server
	sent *recorder
	url  string
	log  bytes.Buffer
}

func newWorld(t *testing.T, cfg dfdgsim.Config) *world {
	t.Helper()
	cfg.Now = func() time.Time { return now }
	w := &world{t: t, sim: dfdgsim.New(cfg)}
	h := httptest.NewServer(w.sim)
	t.Cleanup(h.Close)
	w.sent, w.url = &recorder{next: h.Client().Transport}, h.URL
	return w
}

func (w *world) client() *Client {
	return NewClient(ClientConfig{
		URL: w.url + dfdgsim.PathRegister, HTTP: &http.Client{Transport: w.sent}, FullName: "Kommunal Planner",
		UserIdentifier: "CVR:12345678-UUID:3f0ad6a2-0000-4000-8000-000000000000", Defaults: Defaults{InterviewType: 12, InterviewForm: 1},
		Now: func() time.Time { return now },
	})
}

func (w *world) run(m *memory) (Outcome, error) {
	return NewReporter(Config{Outbox: m, Client: w.client(), Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&w.log, nil))}).Report(w.t.Context())
}

func report(id int64, change Change, edit func(*Report)) Report {
	cpr, err := planner.ParseCPR(citizen)
	if err != nil {
		panic(err)
	}
	deadline := 24 * time.Hour
	r := Report{
		ID: id, JobCenter: "10100", Booking: uuid.UUID{1}, Change: change, Attempt: 1, OccurredAt: now, CPR: cpr, Origin: planner.OriginPlanner,
		Span: planner.Span{Start: now.Add(48 * time.Hour), End: now.Add(49 * time.Hour)}, ContactType: 2, Title: "Jobsamtale",
		CaseWorker: planner.CaseWorker{Identifier: "RID:1", GivenName: "Åse", MiddleName: "Ø", Surname: "Prøve", Email: "aase@kommune.example", Phone: "12 34 56 78"},
		Option: &planner.InterviewOption{
			InterviewType: 7, InterviewForm: 1, Description: "Tag dit CV med.", RebookingDeadline: &deadline,
			Location: planner.Location{Description: "Indgang B", Address: &planner.Address{StreetName: "Torvet", Building: "1a", Floor: "2.", PostCode: "2000", District: "Prøveby"}},
		},
	}
	if edit != nil {
		edit(&r)
	}
	return r
}

var tagEnds = regexp.MustCompile(`><`)

func TestEveryRequestIsAsTheGoldenFileTells(t *testing.T) {
	w := newWorld(t, dfdgsim.Config{})
	_, err := w.run(newMemory(
		report(1, Created, nil),
		report(2, Moved, func(r *Report) { r.InDFDG, r.Option, r.Title = true, nil, "" }),
		report(3, Moved, func(r *Report) { r.InDFDG, r.Asked = true, true }),
		report(4, Cancelled, func(r *Report) { r.InDFDG = true }),
		report(5, Created, func(r *Report) { r.Booking, r.Origin = uuid.UUID{2}, planner.OriginSelf }),
	))
	if err != nil {
		t.Fatal(err)
	}
	got := tagEnds.ReplaceAllString(strings.Join(w.sent.sent, "\n"), ">\n<")
	file := filepath.Join("testdata", "requests.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(w.log.String(), citizen) {
		t.Error("the log tells a CPR number")
	}
}

func (w *world) calls() (out []string) {
	for _, c := range w.sim.Calls() {
		out = append(out, strings.TrimSuffix(c.Operation, "Booking"))
	}
	return out
}

func TestTheOperationFollowsFromWhatDFDGHas(t *testing.T) {
	has := func(w *world) { // DFDG has the booking as reported
		if _, err := w.run(newMemory(report(9, Created, nil))); err != nil {
			w.t.Fatal(err)
		}
	}
	other := func(r *Report) { r.Span.Start = r.Span.Start.Add(time.Minute) }
	both := func(edits ...func(*Report)) func(*Report) {
		return func(r *Report) {
			for _, e := range edits {
				e(r)
			}
		}
	}
	inDFDG, asked := func(r *Report) { r.InDFDG = true }, func(r *Report) { r.Asked = true }
	cancelled := func(w *world) {
		has(w)
		if _, _, err := w.sim.KSS(dfdgsim.Meeting{Act: dfdgsim.Cancelled, Booking: uuid.UUID{1}}); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		given func(*world)
		r     Report
		calls string
		end   string
	}{
		{"new", nil, report(1, Created, nil), "Create", "sent"},
		{"moved", has, report(1, Moved, both(inDFDG, other)), "Update", "sent"},
		{"moved, never told of", nil, report(1, Moved, nil), "Create", "sent"},
		{"moved, forgotten there", nil, report(1, Moved, inDFDG), "Update Get Create", "sent"},
		{"moved, called off there", cancelled, report(1, Moved, both(inDFDG, other)), "Update Get", "unneeded"},
		{"cancelled", has, report(1, Cancelled, inDFDG), "Delete", "sent"},
		{"cancelled, never told of", nil, report(1, Cancelled, nil), "", "unneeded"},
		{"cancelled, forgotten there", nil, report(1, Cancelled, inDFDG), "Delete", "unneeded"},
		{"asked, not done", nil, report(1, Created, asked), "Get Create", "sent"},
		{"asked and done", has, report(1, Created, asked), "Get", "sent"},
		{"asked for a move, not done", has, report(1, Moved, both(inDFDG, asked, other)), "Get Update", "sent"},
		{"asked for a cancellation, not done", has, report(1, Cancelled, both(inDFDG, asked)), "Get Delete", "sent"},
		{"asked for a cancellation and done", cancelled, report(1, Cancelled, both(inDFDG, asked)), "Get", "sent"},
		{"there already with other content", has, report(1, Created, other), "Create Get Update", "sent"},
		{"there already, called off", cancelled, report(1, Created, other), "Create Get", "unneeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, dfdgsim.Config{})
			if c.given != nil {
				c.given(w)
			}
			before := len(w.calls())
			m := newMemory(c.r)
			if _, err := w.run(m); err != nil {
				t.Fatal(err)
			}
			calls := w.calls()[before:]
			if got := strings.Join(calls, " "); got != c.calls || m.ended[1] != c.end {
				t.Errorf("%s, %s; want %s, %s", got, m.ended[1], c.calls, c.end)
			}
			// Before each call that changes something, the outbox knows.
			changing := slices.DeleteFunc(calls, func(s string) bool { return s == "Get" })
			if len(m.asked) != len(changing) {
				t.Errorf("asked %d times for %v", len(m.asked), changing)
			}
		})
	}
}

func TestRefusalsAreSortedByWhatTheyAreAbout(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    int
		attempt int
		end     string
		stops   bool
	}{
		{"about the booking", 4709, 1, "refused", false},
		{"never heard of", 5555, 1, "refused", false},
		{"about our set-up", 1013, 1, "postponed", true},
		{"passing", 1011, 1, "postponed", false},
		{"passing for too long", 1011, passingTries, "refused", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, dfdgsim.Config{})
			w.sim.AddFault(dfdgsim.FaultRule{Operation: "UpdateBooking", Kind: dfdgsim.Refuse, Code: c.code, Text: "nej"})
			m := newMemory(report(1, Moved, func(r *Report) { r.InDFDG, r.Attempt = true, c.attempt }), report(2, Created, func(r *Report) { r.Booking = uuid.UUID{2} }))
			_, err := w.run(m)
			var trouble *Trouble
			if errors.As(err, &trouble) != c.stops || m.ended[1] != c.end || (m.ended[2] == "sent") == c.stops {
				t.Errorf("%v: %v", err, m.ended)
			}
			if m.ends[1].Code != c.code || m.ends[1].Text == "" || m.unclear[1] {
				t.Errorf("%+v", m.ends[1])
			}
		})
	}
}

func TestEveryNumberIsPutIntoWordsAndSaysWhatToDo(t *testing.T) {
	for code := range known {
		a, text := meaning(code)
		if strings.ContainsAny(text, "{}%") || !strings.HasSuffix(text, ".") || a != aboutUnknown && strings.Count(text, ".") < 2 && !strings.Contains(text, ";") {
			t.Errorf("%d: %q", code, text)
		}
	}
}

func TestPausesGrow(t *testing.T) {
	p := &Reporter{}
	last := time.Duration(0)
	for attempt := 1; attempt < 40; attempt++ {
		d := p.pause(attempt)
		if d < last*9/10 || d < 10*time.Second || d > 17*time.Minute {
			t.Errorf("attempt %d: %s after %s", attempt, d, last)
		}
		last = d
	}
}

func TestAnOutboxThatIsAwayEndsTheRun(t *testing.T) {
	w := newWorld(t, dfdgsim.Config{})
	m := newMemory(report(1, Created, nil))
	m.fail = errors.New("away")
	if _, err := w.run(m); !errors.Is(err, m.fail) {
		t.Errorf("%v", err)
	}
}

// Whatever our rows hold, what is sent keeps to the contract: DFDG would refuse it with 1014 and nobody could mend it.
func TestWhateverTheRowsHoldDetailsKeepToTheContract(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.String().Draw(t, name) }
		optional := func(name string) *time.Duration {
			if !rapid.Bool().Draw(t, name) {
				return nil
			}
			d := time.Duration(rapid.IntRange(0, 1e6).Draw(t, name+" minutes")) * time.Minute
			return &d
		}
		r := report(1, Created, func(r *Report) {
			r.Title = text("title")
			r.CaseWorker.GivenName, r.CaseWorker.MiddleName, r.CaseWorker.Surname = text("given"), text("middle"), text("surname")
			r.CaseWorker.Email, r.CaseWorker.Phone = text("email"), rapid.StringMatching(`[0-9 +-]{0,30}`).Draw(t, "phone")
			if r.Option = nil; rapid.Bool().Draw(t, "option") {
				r.Option = &planner.InterviewOption{
					InterviewType: 4, InterviewForm: 1, Description: text("description"), Phone: text("option phone"), Email: text("option email"),
					RebookingDeadline: optional("rebooking"), CancellationDeadline: optional("cancellation"),
					Location: planner.Location{Description: text("where"), Address: &planner.Address{
						StreetName: text("street"), Building: text("building"), Floor: text("floor"), Suite: text("suite"), PostCode: text("post"), District: text("district"),
					}},
				}
			}
		})
		d := details(r, Defaults{InterviewType: 4, InterviewForm: 1})
		var e wire.Encoder
		e.Root(booking.Namespace, ` xmlns:n1="http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/"`, "D", &d)
		dec := wire.NewDecoder(wire.NewReader(e.Buf, wire.DefaultLimits), wire.Rename{})
		if !dec.Need(xml.Name{Space: booking.Namespace, Local: "D"}.Space, "D") {
			t.Fatal(dec.Err())
		}
		var back booking.BookingDetailsType
		back.DecodeContent(dec)
		dec.End()
		if dec.Err() != nil {
			t.Fatalf("%v in %s", dec.Err(), e.Buf)
		}
		if (back.RebookingDeadline != nil) != back.RebookingPossible || (back.CancellationDeadline != nil) != back.CancellationPossible {
			t.Fatalf("%+v", back)
		}
	})
}
