package externalcalendar

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/calendar"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	anna = planner.CaseWorker{
		ID: uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001"), Identifier: "CVR:12345678-RID:87654321",
		GivenName: "Anna", MiddleName: "Ærø", Surname: "Østergård", Email: "Anna@kommune.dk",
		Hours: []planner.WorkingHours{{Weekday: 1, StartMinute: 480, EndMinute: 720}, {Weekday: 1, StartMinute: 750, EndMinute: 960}, {Weekday: 5, StartMinute: 0, EndMinute: 1440}, {Weekday: 6, StartMinute: 480, EndMinute: 720}},
	}
	bo = planner.CaseWorker{
		ID: uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002"), Identifier: strings.Repeat("langt-", 20), GivenName: "Bo", Surname: "Bæk",
		Email: "bo@kommune.dk",
	}
	twin   = planner.CaseWorker{ID: uuid.MustParse("cccccccc-0000-4000-8000-000000000003"), Identifier: "c", GivenName: "C", Surname: "C", Email: "to@kommune.dk"}
	double = planner.CaseWorker{ID: uuid.MustParse("dddddddd-0000-4000-8000-000000000004"), Identifier: "d", GivenName: "D", Surname: "D", Email: "TO@kommune.dk"}
	mute   = planner.CaseWorker{ID: uuid.MustParse("eeeeeeee-0000-4000-8000-000000000005"), Identifier: "e", GivenName: "E", Surname: "E"}
)

type key struct {
	worker uuid.UUID
	id     string
}

// memory is a Store.
type memory struct {
	told  map[key]planner.Span
	order []key
	fails error
	asked []string
	// unwanted is a case worker whose calendar reaches us in another way.
	unwanted uuid.UUID
}

func (m *memory) ToldCaseWorkers(_ context.Context, jc planner.JobCenterCode) ([]Resource, error) {
	if jc != "10100" {
		return nil, &planner.Error{Code: planner.CodeUnknownJobCenter}
	}
	var all []Resource
	for _, w := range []planner.CaseWorker{anna, bo, twin, double, mute} {
		all = append(all, Resource{CaseWorker: w, Wanted: w.ID != m.unwanted})
	}
	return all, m.fails
}

func (m *memory) ToldEvents(_ context.Context, workers []uuid.UUID, from, to *time.Time) ([]Told, error) {
	m.asked = append(m.asked, fmt.Sprintf("events of %v from %v to %v", workers, from, to))
	var found []Told
	for _, k := range m.order {
		span, there := m.told[k]
		wanted := false
		for _, w := range workers {
			wanted = wanted || w == k.worker
		}
		if there && wanted && (from == nil || !span.Start.Before(*from)) && (to == nil || !span.Start.After(*to)) {
			found = append(found, Told{k.worker, k.id, span})
		}
	}
	return found, m.fails
}

func (m *memory) Tell(_ context.Context, jc planner.JobCenterCode, changes []Change) ([]Outcome, error) {
	if m.told == nil {
		m.told = map[key]planner.Span{}
	}
	if m.fails != nil {
		return nil, m.fails
	}
	var all []Outcome
	for _, c := range changes {
		m.asked = append(m.asked, fmt.Sprintf("%s: verb %d of %s %.40q %s–%s", jc, c.Verb, c.CaseWorker, c.OriginID, wire.At(c.Span.Start), wire.At(c.Span.End)))
		k := key{c.CaseWorker, c.OriginID}
		_, there := m.told[k]
		o := Done
		switch {
		case c.OriginID == "vores":
			o = OurOwn
		case c.Verb == Create && there:
			o = AlreadyThere
		case c.Verb != Create && !there:
			o = NotThere
		case c.Verb == Delete:
			delete(m.told, k)
		default:
			if !there {
				m.order = append(m.order, k)
			}
			m.told[k] = c.Span
		}
		all = append(all, o)
	}
	return all, nil
}

func newServer(m Store) *soap.Server {
	n := byte(0)
	s := &service{
		store: m,
		now:   func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) },
		newID: func() uuid.UUID { n++; return uuid.UUID{15: n} },
	}
	return serve(s, soap.Config{CheckAnswers: true, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func call(h *soap.Server, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", Path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var tagEnds = regexp.MustCompile(`><`)

func compare(t *testing.T, file, got string) {
	t.Helper()
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
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// The requests are the real client's. All run against one store, in their order.
func TestTheRealClientsRequestsAreAnswered(t *testing.T) {
	files, err := filepath.Glob("testdata/*.request.xml")
	if err != nil || len(files) != 12 {
		t.Fatalf("%d requests, %v", len(files), err)
	}
	m := new(memory)
	h := newServer(m)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m.asked = nil
		w := call(h, body)
		base := strings.TrimSuffix(file, ".request.xml")
		compare(t, base+".response.xml", tagEnds.ReplaceAllString(w.Body.String(), ">\n<")+"\n")
		compare(t, base+".asked.txt", strings.Join(m.asked, "\n")+"\n")
		if invalid := strings.Contains(file, "invalid"); (w.Code == 500) != invalid {
			t.Errorf("%s: HTTP %d", file, w.Code)
		}
		if regexp.MustCompile(`T\d\d:\d\d:\d\d[.0-9]*Z<`).MatchString(w.Body.String()) {
			t.Errorf("%s: a time ends in Z, which the client compares wrongly", file)
		}
	}
}

const header = `<h:ActiveOrganisationHeader xmlns:h="http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/"><h:OrganisationTypeIdentifier>8</h:OrganisationTypeIdentifier><h:OrganisationCode>10100</h:OrganisationCode></h:ActiveOrganisationHeader>`

func request(head, operation, content string) []byte {
	return []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>` + head + `</s:Header><s:Body><` + operation +
		`Request xmlns="http://service.bm.dk/PlannerExternalCalendarService/2015/03/27/">` + content + `</` + operation + `Request></s:Body></s:Envelope>`)
}

func event(id, mail, start, end string) string {
	return `<CalendarEvent><CalendarEventStartTime>` + start + `</CalendarEventStartTime><CalendarEventEndTime>` + end +
		`</CalendarEventEndTime><OriginSystemIdentifier>` + id + `</OriginSystemIdentifier><OriginEmailAddress>` + mail + `</OriginEmailAddress></CalendarEvent>`
}

var receiptLine = regexp.MustCompile(`<n1:CodeListItemIdentifier>(\d+)</n1:CodeListItemIdentifier></EventErrorCode>(?:<EventMessage>[^<]*</EventMessage>)?<OriginSystemIdentifier>([^<]*)<`)

func codes(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var all []string
	for _, m := range receiptLine.FindAllStringSubmatch(w.Body.String(), -1) {
		all = append(all, m[2]+"="+m[1])
	}
	if len(all) == 0 {
		t.Logf("%s", w.Body)
	}
	return strings.Join(all, " ")
}

func TestEachCodeSendsTheClientTheRightWay(t *testing.T) {
	const nine, ten = "2026-12-01T09:00:00", "2026-12-01T10:00:00"
	h := newServer(new(memory))
	for _, step := range []struct{ operation, events, want string }{
		{"UpdateEvents", event("a", "anna@kommune.dk", nine, ten), "a=10"},
		{"DeleteEvents", event("a", "anna@kommune.dk", nine, ten), "a=10"},
		{"CreateEvents", event("a", "anna@kommune.dk", nine, ten), "a=0"},
		{"CreateEvents", event("a", "ANNA@KOMMUNE.DK", nine, ten), "a=8"},
		{"CreateEvents", event("A", "anna@kommune.dk", nine, ten), "A=0"},  // identifiers do not ignore case
		{"CreateEvents", event("a", "bo@kommune.dk", nine, ten), "a=0"},    // one meeting, two mailboxes
		{"UpdateEvents", event("a", "anna@kommune.dk", ten, nine), "a=2"},  // the old time stays
		{"UpdateEvents", event("a", "anna@kommune.dk", nine, ten), "a=0"},  // and again
		{"UpdateEvents", event("a", "anna@kommune.dk", nine, ten), "a=0"},  // is the same
		{"UpdateEvents", event("a", "anna@kommune.dk", nine, nine), "a=0"}, // without length it is forgotten
		{"UpdateEvents", event("a", "anna@kommune.dk", nine, ten), "a=10"}, // as this tells
		{"DeleteEvents", event("A", "anna@kommune.dk", ten, nine), "A=0"},  // times do not matter
		{"CreateEvents", event("A", "anna@kommune.dk", nine, ten), "A=0"},  // legal
		{"DeleteEvents", event("vores", "anna@kommune.dk", nine, ten), "vores=13"},
		{"UpdateEvents", event("vores", "anna@kommune.dk", nine, ten), "vores=13"},
		{"CreateEvents", event("b", "ukendt@kommune.dk", nine, ten) + event("c", "anna@kommune.dk", nine, ten) + event("", "anna@kommune.dk", nine, ten) +
			event("d", "anna@kommune.dk", nine, nine) + event("e", "to@kommune.dk", nine, ten) + event("c", "anna@kommune.dk", nine, ten), "b=1 c=0 =3 d=2 e=1 c=8"},
		{"CreateEvents", event(strings.Repeat("æ", 512), "anna@kommune.dk", nine, ten), strings.Repeat("æ", 512) + "=0"},
		{"CreateEvents", event(strings.Repeat("æ", 513), "anna@kommune.dk", nine, ten), strings.Repeat("æ", 513) + "=3"},
	} {
		if got := codes(t, call(h, request(header, step.operation, step.events))); got != step.want {
			t.Errorf("%s %.200s: got %.300s, want %.300s", step.operation, step.events, got, step.want)
		}
	}
}

func TestReceiptsComeOneForOneAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newServer(new(memory))
		ids := rapid.SliceOfN(rapid.StringMatching(`[a-c]{0,2}`), 1, 20).Draw(rt, "ids")
		var events, want []string
		for _, id := range ids {
			mail := rapid.SampledFrom([]string{"anna@kommune.dk", "bo@kommune.dk", "ukendt@kommune.dk"}).Draw(rt, "mail")
			end := rapid.SampledFrom([]string{"2026-12-01T10:00:00", "2026-12-01T08:00:00", "2026-12-01T09:00:00"}).Draw(rt, "end")
			events = append(events, event(id, mail, "2026-12-01T09:00:00", end))
			want = append(want, id)
		}
		operation := rapid.SampledFrom([]string{"CreateEvents", "UpdateEvents", "DeleteEvents"}).Draw(rt, "operation")
		w := call(h, request(header, operation, strings.Join(events, "")))
		var got []string
		for _, m := range receiptLine.FindAllStringSubmatch(w.Body.String(), -1) {
			got = append(got, m[2])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s\n%s", diff, w.Body)
		}
	})
}

func TestTooManyEventsAreToldSoAndTheFirstTaken(t *testing.T) {
	var events strings.Builder
	for i := range mostEvents + 2 {
		events.WriteString(event(fmt.Sprint(i), "anna@kommune.dk", "2026-12-01T09:00:00", "2026-12-01T10:00:00"))
	}
	got := strings.Fields(codes(t, call(newServer(new(memory)), request(header, "CreateEvents", events.String()))))
	if len(got) != mostEvents+2 || got[mostEvents-1] != fmt.Sprint(mostEvents-1)+"=0" || got[mostEvents] != fmt.Sprint(mostEvents)+"=12" {
		t.Errorf("%d receipts, %v", len(got), got[len(got)-4:])
	}
}

func TestTimesComeBackAsTheyCame(t *testing.T) {
	h := newServer(new(memory))
	call(h, request(header, "CreateEvents", event("a", "anna@kommune.dk", "2026-12-03T09:00:30.123", "2026-12-03T09:07:30.123")))
	w := call(h, request(header, "GetEvents", "<EventStartFromDateTime>2026-12-03T09:00:30.123</EventStartFromDateTime><EventStartToDateTime>2026-12-03T09:00:30.123+01:00</EventStartToDateTime>"))
	for _, want := range []string{"<CalendarEventStartTime>2026-12-03T09:00:30.123+01:00<", "<CalendarEventEndTime>2026-12-03T09:07:30.123+01:00<", "<OriginEmailAddress>Anna@kommune.dk<"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is not in %s", want, w.Body)
		}
	}
}

func TestTroubleOfOursHasNoDetailSoThatTheClientTriesAgain(t *testing.T) {
	w := call(newServer(&memory{fails: io.ErrUnexpectedEOF}), request(header, "CreateEvents", event("a", "anna@kommune.dk", "2026-12-01T09:00:00", "2026-12-01T10:00:00")))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "soap:Server") || strings.Contains(w.Body.String(), "FaultDetails") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestTheJobCentreMustBeToldAndServed(t *testing.T) {
	h := newServer(new(memory))
	for head, number := range map[string]string{
		"": "8232", strings.Replace(header, ">8<", ">7<", 1): "4413", strings.Replace(header, "10100", "99999", 1): "4575",
	} {
		if w := call(h, request(head, "GetResources", "")); !strings.Contains(w.Body.String(), "<ErrorCode>"+number+"<") {
			t.Errorf("want %s: %s", number, w.Body)
		}
	}
}

func TestNoMailIsToldTwiceAndNoWeekdayBeyondFriday(t *testing.T) {
	w := call(newServer(new(memory)), request(header, "GetResources", ""))
	body := strings.ToLower(w.Body.String())
	if strings.Contains(body, "to@kommune.dk") || strings.Count(body, "<calendarresource>") != 2 {
		t.Errorf("%s", body)
	}
	got := workingHours(anna.Hours)
	if len(got) != 2 || got[0].WorkingHoursWeekday != 1 || got[1].WorkingHoursWeekday != 5 {
		t.Fatalf("%v", got)
	}
	for i, want := range []string{"08:00:00 16:00:00", "00:00:00 23:59:59"} {
		if s := got[i].WorkingHoursStartTime.Format(time.TimeOnly) + " " + got[i].WorkingHoursEndTime.Format(time.TimeOnly); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
}

// Another name for the same service (H18).
func TestTheServiceForDFDGIsTheSameUnderAnotherName(t *testing.T) {
	config := soap.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	config.Names.Message = "urn:fordfdg"
	body := bytes.ReplaceAll(request(header, "GetResources", ""), []byte(calendar.Namespace), []byte("urn:fordfdg"))
	if w := call(New(new(memory), config), body); w.Code != 200 || !strings.Contains(w.Body.String(), `<GetResourcesResponse xmlns="urn:fordfdg"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestACalendarThatReachesUsInAnotherWayIsNotAskedFor(t *testing.T) {
	w := call(newServer(&memory{unwanted: anna.ID}), request(header, "GetResources", ""))
	if body := w.Body.String(); strings.Contains(body, "Anna@kommune.dk") || !strings.Contains(body, "bo@kommune.dk") {
		t.Errorf("%s", body)
	}
}
