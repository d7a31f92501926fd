package doctor_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kommunalplanner.example/cmd/internal/doctor"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/webhook"
)

// ward is a healthy installation, before a test makes it ill.
type ward struct {
	t       *testing.T
	sim     *graphsim.Server
	patient doctor.Patient
	cfg     msgraph.Config
	user    graphsim.User
	other   graphsim.User
	hook    *httptest.Server
}

func newWard(t *testing.T) *ward {
	t.Helper()
	sim, base, conf := graphsim.NewTest(t, graphsim.Config{})
	w := &ward{t: t, sim: sim, user: sim.AddUser(graphsim.User{UPN: "ane@kommune.example"}), other: sim.AddUser(graphsim.User{UPN: "borgmester@kommune.example"})}
	w.fault(graphsim.Fault{Kind: graphsim.FaultDenied, User: w.other.UPN})
	w.hook = httptest.NewTLSServer(&webhook.Handler{})
	t.Cleanup(w.hook.Close)
	roots := x509.NewCertPool()
	roots.AddCert(w.hook.Certificate())
	var mu sync.Mutex
	var date, at time.Time
	w.cfg = msgraph.Config{
		BaseURL: base + "/v1.0", AuthorityHost: base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: conf.RootCAs, Timeout: 20 * time.Second,
		Observe: func(c msgraph.Call) {
			mu.Lock()
			defer mu.Unlock()
			date, at = c.Date, time.Now()
		},
	}
	w.patient = doctor.Patient{
		Database: &records{now: time.Now, known: []doctor.Mailbox{{User: w.user.ObjectID, Email: w.user.UPN}}},
		Clock: func() (time.Time, time.Time, bool) {
			mu.Lock()
			defer mu.Unlock()
			return date, at, !date.IsZero()
		},
		Outside: []string{w.other.UPN}, WebhookURL: w.hook.URL, Roots: roots, Days: 30, Now: time.Now,
	}
	w.connect()
	return w
}

func (w *ward) connect() {
	w.t.Helper()
	g, err := msgraph.New(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(g.CloseIdleConnections)
	w.patient.Graph = g
}

func (w *ward) fault(f graphsim.Fault) {
	w.t.Helper()
	if _, err := w.sim.SetFault(f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) examine() doctor.Report { return doctor.Examine(w.t.Context(), w.patient) }

// leftOver tells what the doctor left in the mailbox and of subscriptions.
func (w *ward) leftOver() string {
	events, err := w.sim.Events(w.user.UPN)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.State != "purged" {
			n++
		}
	}
	if s := len(w.sim.Subscriptions()); n+s > 0 {
		return fmt.Sprintf("%d events, %d subscriptions: %+v", n, s, events)
	}
	return ""
}

// records is a database.
type records struct {
	now   func() time.Time
	steps []migrations.Step
	known []doctor.Mailbox
	err   error
}

func (r *records) Steps(context.Context) ([]migrations.Step, error) {
	if r.steps == nil {
		return []migrations.Step{{Set: "planner", Version: 1, Name: "00001.sql", Applied: time.Now()}}, r.err
	}
	return r.steps, r.err
}
func (r *records) Now(context.Context) (time.Time, error)              { return r.now(), nil }
func (r *records) Mailboxes(context.Context) ([]doctor.Mailbox, error) { return r.known, nil }

// find gives the first line of a check that has the status.
func find(r doctor.Report, s doctor.Status, check string) (doctor.Line, bool) {
	for _, l := range r {
		if l.Status == s && l.Check == check {
			return l, true
		}
	}
	return doctor.Line{}, false
}

func TestAHealthyInstallationFailsNothingAndNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	r := w.examine()
	for _, check := range []string{"settings", "database schema", "clock of the database", "sign in", "scope", "read", "write", "refused outside", "clock of Graph", "webhook certificate", "webhook"} {
		if _, ok := find(r, doctor.OK, check); !ok {
			t.Errorf("%s is not ok", check)
		}
	}
	if r.Count(doctor.Fail)+r.Count(doctor.Warn) > 0 {
		t.Errorf("got %+v", r)
	}
	if left := w.leftOver(); left != "" {
		t.Errorf("left behind: %s", left)
	}
	if n := len(w.sim.Mail(w.user.UPN)); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	for _, q := range w.sim.Requests(graphsim.RequestFilter{User: w.user.UPN}) {
		if strings.Contains(q.Path, "/delta") {
			t.Error("the doctor reads the feed")
		}
	}
}

// Each illness is one failure that says what to do, by name.
func TestEachIllnessIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ill    func(*ward)
		status doctor.Status
		check  string
		want   string // in detail or advice
	}{
		"settings":    {func(w *ward) { w.patient.Settings = []string{"PLANNER_X: wrong"} }, doctor.Fail, "settings", "PLANNER_X"},
		"no database": {func(w *ward) { w.patient.Database, w.patient.DatabaseErr = nil, errors.New("connection refused") }, doctor.Fail, "database", "refused"},
		"old schema": {func(w *ward) {
			w.patient.Database.(*records).steps = []migrations.Step{{Set: "planner", Version: 5, Name: "5.sql"}}
		}, doctor.Fail, "database schema", "planner 5"},
		"newer schema": {func(w *ward) {
			w.patient.Database.(*records).steps = []migrations.Step{{Set: "planner", Version: 99, Applied: time.Now()}}
		}, doctor.Warn, "database schema", "newer"},
		"database's clock": {func(w *ward) {
			w.patient.Database.(*records).now = func() time.Time { return time.Now().Add(10 * time.Minute) }
		}, doctor.Fail, "clock of the database", "behind"},
		"graph's clock": {func(w *ward) {
			w.patient.Clock = func() (time.Time, time.Time, bool) { return time.Now(), time.Now().Add(time.Hour), true }
		}, doctor.Fail, "clock of Graph", "ahead of"},
		"wrong secret":      {func(w *ward) { w.cfg.ClientSecret = "wrong"; w.connect() }, doctor.Fail, "sign in", "GRAPH_CLIENT_SECRET"},
		"wrong tenant":      {func(w *ward) { w.cfg.TenantID = "another"; w.connect() }, doctor.Fail, "sign in", "GRAPH_TENANT_ID"},
		"wrong app":         {func(w *ward) { w.cfg.ClientID = "another"; w.connect() }, doctor.Fail, "sign in", "GRAPH_CLIENT_ID"},
		"unknown authority": {func(w *ward) { w.cfg.RootCAs = x509.NewCertPool(); w.connect() }, doctor.Fail, "sign in", "certificate"},
		"a secret":          {func(w *ward) { w.patient.Secret = true }, doctor.Warn, "sign in", "GRAPH_CERTIFICATE"},
		"consent in Entra":  {func(w *ward) { w.patient.Graph = consented{w.patient.Graph} }, doctor.Fail, "scope", "Calendars.ReadWrite"},
		"may not read":      {func(w *ward) { w.fault(graphsim.Fault{Kind: graphsim.FaultDenied, User: w.user.UPN}) }, doctor.Fail, "read", "Application Calendars.ReadWrite"},
		"may not write": {func(w *ward) {
			w.fault(graphsim.Fault{Kind: graphsim.FaultError, Method: http.MethodPost, Path: "/events", Status: 403, Code: "ErrorAccessDenied"})
		}, doctor.Fail, "write", "Application Calendars.Read\" and needs"},
		"on premises":           {func(w *ward) { w.fault(graphsim.Fault{Kind: graphsim.FaultOnPremises, User: w.user.UPN}) }, doctor.Fail, "read", "on premises"},
		"scope too wide":        {func(w *ward) { w.sim.ClearFaults(w.other.UPN) }, doctor.Fail, "refused outside", "the app can read it"},
		"outside is nobody":     {func(w *ward) { w.patient.Outside = []string{"nobody@kommune.example"} }, doctor.Warn, "refused outside", "proves nothing"},
		"outside not tried":     {func(w *ward) { w.patient.Outside = nil }, doctor.Warn, "refused outside", "-outside"},
		"webhook down":          {func(w *ward) { w.patient.WebhookURL = "https://127.0.0.1:1/" }, doctor.Fail, "webhook", "PLANNER_WEBHOOK_URL"},
		"webhook of another":    {func(w *ward) { w.hook.Config.Handler = http.NotFoundHandler() }, doctor.Fail, "webhook", "ValidationError"},
		"no webhook":            {func(w *ward) { w.patient.WebhookURL = "" }, doctor.Fail, "webhook", "PLANNER_WEBHOOK_URL"},
		"plain webhook":         {func(w *ward) { w.patient.WebhookURL = "http://planner.example/" }, doctor.Fail, "webhook", "not https"},
		"untrusted webhook":     {func(w *ward) { w.patient.Roots = x509.NewCertPool() }, doctor.Fail, "webhook certificate", "publicly known"},
		"expired certificate":   {func(w *ward) { w.certificate(-time.Hour) }, doctor.Fail, "certificate", "expired"},
		"certificate ends soon": {func(w *ward) { w.certificate(29 * 24 * time.Hour) }, doctor.Warn, "certificate", "fewer than 30"},
		"no certificate there":  {func(w *ward) { w.patient.Files = []doctor.File{{Setting: "X", Path: "/nowhere"}} }, doctor.Fail, "certificate", "nowhere"},
		"no mailbox":            {func(w *ward) { w.patient.Database.(*records).known = nil }, doctor.Warn, "mailboxes", "planner mailbox add"},
		"throttled":             {func(w *ward) { w.fault(graphsim.Fault{Kind: graphsim.FaultThrottle, RetryAfter: "7"}) }, doctor.Fail, "read", "7s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			c.ill(w)
			r := w.examine()
			l, ok := find(r, c.status, c.check)
			if !ok || !strings.Contains(l.Detail+" "+l.Next, c.want) {
				t.Errorf("got %+v", r)
			}
			if left := w.leftOver(); left != "" {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

func (w *ward) certificate(left time.Duration) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(left)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	file := filepath.Join(w.t.TempDir(), "c.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.patient.Files = []doctor.File{{Setting: "PLANNER_TLS_CERT", Path: file}}
}

// consented is a Graph whose tokens carry what Entra was consented to for the whole tenant.
type consented struct{ doctor.Graph }

func (consented) SignIn(context.Context) ([]string, error) {
	return []string{"User.Read.All", "Calendars.ReadWrite"}, nil
}

// Whatever happens to any request, the mailbox is as it was.
func TestNothingIsLeftBehindWhateverFails(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{graphsim.FaultCut, graphsim.FaultCutAfter, graphsim.FaultUnavailable, graphsim.FaultErrorAfter, graphsim.FaultConcurrentItemSave} {
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodGet, http.MethodDelete} {
			t.Run(kind+" "+method, func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				w.fault(graphsim.Fault{Kind: kind, Method: method, Path: "/events", Count: 2, Status: 500, Code: "InternalServerError"})
				w.examine()
				if left := w.leftOver(); left != "" {
					t.Errorf("left behind: %s", left)
				}
			})
		}
	}
}

func TestAnInterruptedDoctorCleansUp(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.patient.Graph = interrupting{w.patient.Graph, cancel}
	doctor.Examine(ctx, w.patient)
	if ctx.Err() == nil {
		t.Fatal("the event was not made")
	}
	if left := w.leftOver(); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// interrupting is Ctrl-C right after the event was made.
type interrupting struct {
	doctor.Graph
	cancel func()
}

func (g interrupting) Create(ctx context.Context, user string, d calendar.Draft, tx string) (calendar.Written, error) {
	w, err := g.Graph.Create(ctx, user, d, tx)
	g.cancel()
	return w, err
}

func TestWhatAKilledDoctorLeftGoesWithTheNextOneAndOnlyThat(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	at := time.Now().Add(1000 * 24 * time.Hour).Truncate(time.Minute)
	for _, stamp := range []string{"planner-doctor", "6f1f3c1e-6f0b-4a52-9a3a-0d1f1f6c7d55"} {
		d := calendar.Draft{Owned: calendar.Owned{Start: at, End: at.Add(time.Minute), ShowAs: calendar.Free, Subject: "x"}, Stamp: stamp}
		if _, err := w.patient.Graph.Create(t.Context(), w.user.ObjectID, d, stamp); err != nil {
			t.Fatal(err)
		}
	}
	w.examine()
	doctors, _ := w.sim.CountEvents(w.user.UPN, "", "planner-doctor")
	ours, _ := w.sim.CountEvents(w.user.UPN, "", "6f1f3c1e-6f0b-4a52-9a3a-0d1f1f6c7d55")
	if doctors != 0 || ours != 1 {
		t.Fatalf("%d of the doctor's and %d of a booking's left; want 0 and 1", doctors, ours)
	}
}

func TestAProbeThatStaysIsToldWithItsDay(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, f := range []graphsim.Fault{
		{Kind: graphsim.FaultError, Method: http.MethodPost, Path: "/permanentDelete", Status: 500, Code: "InternalServerError"},
		{Kind: graphsim.FaultError, Method: http.MethodDelete, Status: 500, Code: "InternalServerError"},
	} {
		w.fault(f)
	}
	l, ok := find(w.examine(), doctor.Fail, "write")
	if !ok || !strings.Contains(l.Next, "delete it by hand") || !strings.Contains(l.Next, "slettes straks") {
		t.Fatalf("got %+v", l)
	}
}

func TestAMailboxWithoutPermanentDeleteIsLeftCleanAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.fault(graphsim.Fault{Kind: graphsim.FaultError, Method: http.MethodPost, Path: "/permanentDelete", Status: 400, Code: "BadRequest"})
	if _, ok := find(w.examine(), doctor.OK, "write"); !ok {
		t.Fatal("writing is not ok")
	}
	if n, _ := w.sim.CountEvents(w.user.UPN, "", "planner-doctor"); n != 0 {
		t.Fatalf("%d events left", n)
	}
}

func TestReadOnlyWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.patient.ReadOnly = true
	w.examine()
	for _, q := range w.sim.Requests(graphsim.RequestFilter{}) {
		if q.Method != http.MethodGet && !strings.Contains(q.Path, "/oauth2/") {
			t.Errorf("%s %s", q.Method, q.Path)
		}
	}
}

func TestTheReportIsATableOrJSON(t *testing.T) {
	t.Parallel()
	r := doctor.Report{{Status: doctor.OK, Check: "sign in", Detail: "good"}, {Status: doctor.Fail, Check: "read", Subject: "ane", Detail: "refused", Next: "do this"}}
	var table, text bytes.Buffer
	if err := r.Print(&table); err != nil {
		t.Fatal(err)
	}
	want := "ok    sign in   good\nfail  read ane  refused\n                → do this\n1 ok, 0 warnings, 1 failures\n"
	if table.String() != want {
		t.Errorf("got\n%swant\n%s", table.String(), want)
	}
	if err := r.JSON(&text); err != nil {
		t.Fatal(err)
	}
	var back struct {
		OK    bool          `json:"ok"`
		Lines doctor.Report `json:"lines"`
	}
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || back.OK || len(back.Lines) != 2 || back.Lines[1] != r[1] {
		t.Errorf("%v: %s", err, text.String())
	}
}
