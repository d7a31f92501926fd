package conformance_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/certs"
	"kommunalplanner.example/cmd/internal/conformance"
	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/callers"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const citizen = "0101701234"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// installation is our own service with one counsellor who holds one kind of meeting.
func installation(t *testing.T, more map[string]string) *service.Parts {
	t.Helper()
	key := func(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }
	env := map[string]string{"PLANNER_ROLES": "soap", "PLANNER_CPR_KEY": key(1), "PLANNER_CPR_HASH_KEY": key(2)}
	for k, v := range more {
		env[k] = v
	}
	c, err := service.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	must(t, err)
	p, err := service.Assemble(c, pgtest.New(t), time.Now, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, p.Planner.PutJobCenter(t.Context(), planner.JobCenter{Code: "10100", Name: "Jobcenter Eksempel"}))
	anna := planner.CaseWorker{ID: uuid.New(), JobCenter: "10100", Identifier: "CVR:29189846-RID:4711", GivenName: "Anna", Surname: "Ærø", Email: "anna@kommune.example"}
	for day := 1; day <= 7; day++ {
		anna.Hours = append(anna.Hours, planner.WorkingHours{Weekday: day, StartMinute: 8 * 60, EndMinute: 16 * 60})
	}
	must(t, p.Planner.PutCaseWorker(t.Context(), anna))
	deadline := time.Hour
	must(t, p.Planner.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{
		ID: uuid.New(), JobCenter: "10100", InterviewType: 4, InterviewForm: 1, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: 30 * time.Minute, HorizonDays: 20, Title: "Samtale",
		Location: planner.Location{Address: &planner.Address{StreetName: "Torvet", Building: "1", PostCode: "2000", District: "Prøveby"}}, RebookingDeadline: &deadline, CancellationDeadline: &deadline,
	}, []uuid.UUID{anna.ID}))
	return p
}

func target(url string) conformance.Target {
	return conformance.Target{
		Booking: url + "/3/ExternalBookingService.svc", Calendar: url + "/1/PlannerExternalCalendarService.svc", HTTP: http.DefaultClient,
		JobCenter: "10100", CPR: citizen, ContactGroup: 1, Mail: "anna@kommune.example", Days: 20,
	}
}

func table(t *testing.T, r conformance.Report) string {
	t.Helper()
	var b bytes.Buffer
	must(t, r.Markdown(&b))
	if strings.Contains(b.String(), citizen) {
		t.Error("the table tells the citizen's number")
	}
	return b.String()
}

func failures(r conformance.Report) (names []string) {
	for _, x := range r.Results {
		if x.Outcome == conformance.Failed {
			names = append(names, x.What)
		}
	}
	return names
}

func TestOurOwnServicePassesAllChecksOverMutualTLS(t *testing.T) {
	t.Parallel()
	files, err := certs.Write(t.TempDir(), time.Now())
	must(t, err)
	env := files.Settings()
	env["PLANNER_SOAP_TLS_ADDR"], env["PLANNER_SOAP_ADDR"] = "127.0.0.1:0", ""
	p := installation(t, env)
	server, err := p.Secure()
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close(); <-done })

	pem, err := os.ReadFile(files.CA)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := func(cert string) *http.Client {
		c := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		if cert != "" {
			pair, err := tls.LoadX509KeyPair(cert, strings.TrimSuffix(cert, ".pem")+"-key.pem")
			must(t, err)
			c.Certificates = []tls.Certificate{pair}
		}
		tr := &http.Transport{TLSClientConfig: c}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
	to := target("https://" + l.Addr().String())
	to.HTTP, to.Anonymous, to.Refused = client(files.ClientCert), client(""), map[string]*http.Client{}
	for name, cert := range files.Others {
		if name != "foces" { // which is listed
			to.Refused[name] = client(cert)
		}
	}
	r := conformance.Run(t.Context(), to)
	text := table(t, r)
	if r.Count(conformance.Failed) > 0 || r.Count(conformance.NotMade) > 0 || r.Count(conformance.Passed) < 45 {
		t.Errorf("%s", text)
	}
	// A caller who gets in though it must not is found.
	to.Refused = map[string]*http.Client{"godt certifikat": client(files.ClientCert)}
	to.ReadOnly = true
	if got := failures(conformance.Run(t.Context(), to)); !slices.Equal(got, []string{"Kald med certifikat: godt certifikat"}) {
		t.Errorf("%v", got)
	}
}

// broken stands before our service and spoils its answers.
type broken struct {
	next http.Handler
	// request and answer change what passes; operation is the body element's name, by and large.
	request func(text string) string
	answer  func(r *http.Request, asked string, status int, header http.Header, text string) (int, string)
}

func (b broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, _ := io.ReadAll(r.Body)
	text := string(asked)
	if b.request != nil {
		text = b.request(text)
	}
	c := r.Clone(r.Context())
	c.Body, c.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	rec := httptest.NewRecorder()
	b.next.ServeHTTP(rec, c)
	status, answer := rec.Code, rec.Body.String()
	header := rec.Header()
	if b.answer != nil {
		status, answer = b.answer(r, text, status, header, answer)
	}
	for k, v := range header {
		if k != "Content-Length" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

var message = regexp.MustCompile(`MessageIdentifier>[0-9a-f-]{36}<`)

func replaced(old, by string) func(*http.Request, string, int, http.Header, string) (int, string) {
	return func(_ *http.Request, _ string, status int, _ http.Header, text string) (int, string) {
		return status, strings.ReplaceAll(text, old, by)
	}
}

func dropped(element string) func(*http.Request, string, int, http.Header, string) (int, string) {
	gone := regexp.MustCompile(`<(\w+:)?` + element + `>[^<]*</(\w+:)?` + element + `>`)
	return func(_ *http.Request, _ string, status int, _ http.Header, text string) (int, string) {
		return status, gone.ReplaceAllString(text, "")
	}
}

// Each way to be wrong is found by the check that is there for it; a service that breaks nothing passes.
func TestABrokenServiceIsFoundOut(t *testing.T) {
	t.Parallel()
	p := installation(t, nil)
	ours := callers.Open(p.SOAP)
	for name, c := range map[string]struct {
		broken
		want string // a check that must fail; "": none may
	}{
		"nothing broken":               {broken{}, ""},
		"faults with HTTP 200":         {broken{answer: func(_ *http.Request, _ string, _ int, _ http.Header, x string) (int, string) { return 200, x }}, "Et jobcenter, som planneren ikke har"},
		"faults without number":        {broken{answer: dropped("ErrorCode")}, "Et samtaletilbud, der ikke findes"},
		"faults with a wrong number":   {broken{answer: replaced("ErrorCode>4768<", "ErrorCode>4111<")}, "Ombooking af en ukendt booking"},
		"faults that blame themselves": {broken{answer: replaced(":Client<", ":Server<")}, "Et jobcenter, som planneren ikke har"},
		"a new receipt for a repeat": {broken{answer: func(_ *http.Request, _ string, s int, _ http.Header, x string) (int, string) {
			return s, message.ReplaceAllString(x, "MessageIdentifier>"+uuid.NewString()+"<")
		}}, "CreateBooking gentaget med samme indhold"},
		"a deadline missing":  {broken{answer: dropped("RebookingDeadline")}, "GetBookingDetails reserverer"},
		"a deadline too many": {broken{answer: replaced("CancellationPossible>true<", "CancellationPossible>false<")}, "GetBookingDetails reserverer"},
		"receipts of another booking": {broken{answer: func(r *http.Request, q string, s int, _ http.Header, x string) (int, string) {
			return s, otherBooking(q, x)
		}}, "CreateBooking af den reserverede tid"},
		"a WSDL without an operation": {broken{answer: replaced(`operation name="RescheduleBooking"`, `operation name="Ombook"`)}, "?wsdl"},
		"a WSDL that leads elsewhere": {broken{answer: replaced(`schemaLocation="`, `schemaLocation="http://127.0.0.1:1/`)}, "Skemaer, som WSDL'en henviser til"},
		"SOAP 1.2 answered in 1.1":    {broken{answer: replaced("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")}, "SOAP 1.2"},
		"DOCTYPE taken":               {broken{request: func(q string) string { return regexp.MustCompile(`<!DOCTYPE[^\]]*\]>`).ReplaceAllString(q, "") }}, "XML med DOCTYPE"},
		"mustUnderstand ignored":      {broken{request: func(q string) string { return strings.ReplaceAll(q, `mustUnderstand="1"`, `mustUnderstand="0"`) }}, "Ukendt header med mustUnderstand"},
		"times outside what was asked": {broken{request: func(q string) string {
			return regexp.MustCompile(`IntervalStartTime>[^<]*<`).ReplaceAllString(q, "IntervalStartTime>"+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)+"<")
		}, answer: earlier}, "GetSelfbookTimeslots"},
		"an element that is not told": {broken{answer: replaced("<MeetingDurationMinutes>", "<Ukendt/><MeetingDurationMinutes>")}, "GetSelfbookInterviewOptions"},
		"events there already taken":  {broken{answer: replaced("CodeListItemIdentifier>8<", "CodeListItemIdentifier>0<")}, "CreateEvents gentaget"},
		"calendars out of order": {broken{answer: func(r *http.Request, _ string, s int, _ http.Header, x string) (int, string) {
			return down(r, "/1/", s, x)
		}}, "GetResources"},
		"the service does not answer": {broken{answer: func(r *http.Request, _ string, s int, _ http.Header, x string) (int, string) {
			return down(r, "/3/", s, x)
		}}, "GetSelfbookInterviewOptions"},
		"a number in the fault's words": {broken{answer: replaced("<Message>", "<Message>"+citizen+" ")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.next = ours
			server := httptest.NewServer(c.broken)
			defer server.Close()
			r := conformance.Run(t.Context(), target(server.URL))
			text := table(t, r)
			got := failures(r)
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("failed %q, want %q\n%s", got, c.want, text)
			}
		})
	}
}

func down(r *http.Request, path string, status int, text string) (int, string) {
	if strings.HasPrefix(r.URL.Path, path) && r.Method == http.MethodPost {
		return http.StatusServiceUnavailable, ""
	}
	return status, text
}

var bookingID = regexp.MustCompile(`BookingIdentifier>[0-9a-f-]{36}<`)

func otherBooking(asked, text string) string {
	if !strings.Contains(asked, "CreateBookingRequest") {
		return text
	}
	return bookingID.ReplaceAllString(text, "BookingIdentifier>"+uuid.NewString()+"<")
}

var startTime = regexp.MustCompile(`(BookingTimeslot>\s*<(?:\w+:)?StartTime>)[^<]*<`)

func earlier(_ *http.Request, _ string, status int, _ http.Header, text string) (int, string) {
	return status, startTime.ReplaceAllString(text, "${1}2020-01-01T09:00:00+01:00<")
}

func TestReadingOnlyChangesNothing(t *testing.T) {
	t.Parallel()
	p := installation(t, nil)
	server := httptest.NewServer(callers.Open(p.SOAP))
	defer server.Close()
	to := target(server.URL)
	to.ReadOnly = true
	r := conformance.Run(t.Context(), to)
	text := table(t, r)
	if r.Count(conformance.Failed) > 0 || r.Count(conformance.Passed) < 15 || r.Count(conformance.NotMade) < 15 {
		t.Errorf("%s", text)
	}
	for _, name := range []string{"booking", "held_time", "busy_block"} {
		var n int
		must(t, p.Pool.QueryRow(t.Context(), `select count(*) from `+name).Scan(&n))
		if n != 0 {
			t.Errorf("%d rows of %s", n, name)
		}
	}
}

func TestAnInterruptedRunIsNoPass(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r := conformance.Run(ctx, target("http://127.0.0.1:1")); r.Count(conformance.NotMade) != len(r.Results) || len(r.Results) < 35 {
		t.Errorf("%d of %d not made", r.Count(conformance.NotMade), len(r.Results))
	}
}
