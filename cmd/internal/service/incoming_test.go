package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/certs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/dfdgsim"
)

// exchange is DFDG and one planner, every call between them over mutual TLS with certificates like OCES3's: RSASSA-PSS, no
// ExtendedKeyUsage.
type exchange struct {
	t     *testing.T
	files certs.Files
	pool  *pgxpool.Pool
	dfdg  *dfdgsim.Server
	parts *Parts
	url   string // of the planner's SOAP port
	log   *bytes.Buffer
}

func (x *exchange) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// client shows the certificate of that kind, "" the good one.
func (x *exchange) client(kind string) *http.Client {
	x.t.Helper()
	cert := x.files.ClientCert
	if kind != "" {
		cert = x.files.Others[kind]
	}
	pair, err := tls.LoadX509KeyPair(cert, strings.TrimSuffix(cert, ".pem")+"-key.pem")
	x.must(err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x.roots(), Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}}
	x.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (x *exchange) roots() *x509.CertPool {
	pem, err := os.ReadFile(x.files.CA)
	x.must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

func newExchange(t *testing.T, more map[string]string) *exchange {
	t.Helper()
	x := &exchange{t: t, pool: pgtest.New(t), log: &bytes.Buffer{}}
	var err error
	x.files, err = certs.Write(t.TempDir(), time.Now())
	x.must(err)
	for _, sql := range []string{
		`insert into job_center (code, name) values ('10100', 'Prøveby'), ('10200', 'Naboby')`,
		`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ('` + uuid.NewString() + `', '10100', 'RID:A', 'Åse', 'Ærø', 'aase@kommune.example')`,
	} {
		_, err := x.pool.Exec(t.Context(), sql)
		x.must(err)
	}
	x.dfdg = dfdgsim.New(dfdgsim.Config{Push: x.client("")})
	pair, err := tls.LoadX509KeyPair(x.files.ServerCert, x.files.ServerKey)
	x.must(err)
	server := httptest.NewUnstartedServer(x.dfdg)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: x.roots(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.StartTLS()
	t.Cleanup(server.Close)

	env := x.files.Settings()
	for k, v := range map[string]string{
		"PLANNER_ROLES": "soap,worker", "PLANNER_SOAP_ADDR": "", "PLANNER_SOAP_TLS_ADDR": "127.0.0.1:0", "PLANNER_WEBHOOK_URL": "https://planner.example/",
		"PLANNER_CPR_KEY": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)), "PLANNER_CPR_HASH_KEY": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 32)),
		"GRAPH_TENANT_ID": uuid.NewString(), "GRAPH_CLIENT_ID": uuid.NewString(), "GRAPH_CLIENT_SECRET": "prøve", "GRAPH_BASE_URL": "http://127.0.0.1:1/v1.0",
		"DFDG_REGISTER_URL": server.URL + dfdgsim.PathRegister, "DFDG_JOB_CENTERS": "10100", "DFDG_USER_IDENTIFIER": "CVR:12345678-UUID:" + certs.System,
		"DFDG_CLIENT_CERT": x.files.ClientCert, "DFDG_CLIENT_KEY": x.files.ClientKey, "DFDG_CA_FILE": x.files.CA,
	} {
		env[k] = v
	}
	for k, v := range more {
		env[k] = strings.ReplaceAll(v, "{dfdg}", server.URL)
	}
	c, err := FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	x.must(err)
	x.parts, err = Assemble(c, x.pool, time.Now, slog.New(slog.NewTextHandler(x.log, nil)))
	x.must(err)
	x.must(x.parts.startDFDG(t.Context(), c))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	x.must(err)
	planner := &http.Server{Handler: x.parts.gate.Direct(x.parts.SOAP), ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	done := make(chan struct{})
	go func() { defer close(done); _ = planner.Serve(tls.NewListener(l, x.parts.gate.TLS())) }()
	t.Cleanup(func() { _ = planner.Close(); <-done })
	x.url = "https://" + l.Addr().String()
	return x
}

func (x *exchange) poll() {
	x.t.Helper()
	_, err := x.parts.queue.Poll(x.t.Context(), "10100")
	x.must(err)
}

// summons has the case system make a booking.
func (x *exchange) summons() uuid.UUID {
	x.t.Helper()
	id, _, err := x.dfdg.KSS(dfdgsim.Meeting{Act: dfdgsim.Created, JobCenter: "10100", CPR: "0101701234", CaseWorkerIdentifier: "RID:A", Start: time.Now().Add(72 * time.Hour).Truncate(time.Hour)})
	x.must(err)
	return id
}

// book stores a booking as a person's in the planner.
func (x *exchange) book() uuid.UUID {
	x.t.Helper()
	id, now := uuid.New(), time.Now()
	start := now.Add(96 * time.Hour).Truncate(time.Hour)
	cpr, err := planner.ParseCPR("0101701234")
	x.must(err)
	x.must(pgx.BeginFunc(x.t.Context(), x.pool, func(tx pgx.Tx) error {
		option := uuid.New()
		if _, err := tx.Exec(x.t.Context(), `insert into interview_option (id, job_center_code, interview_type, interview_form, contact_types, duration_minutes, title,
			street_name, street_building, post_code, district_name) values ($1, '10100', 4, 1, '{1}', 60, 'Samtale', 'Torvet', '1', '2000', 'Prøveby')`, option); err != nil {
			return err
		}
		if _, err := tx.Exec(x.t.Context(), `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, interview_option_id, case_worker_id, starts_at, ends_at, contact_type, title,
			origin, request_fingerprint, created_at, updated_at) select $1, job_center_code, $2, $3, $7, id, $4, $5, 1, 'Samtale', 'planner', '\x00', $6, $6 from case_worker`,
			id, x.parts.sealer.Hash(cpr), x.parts.sealer.Seal(cpr), start, start.Add(time.Hour), now, option); err != nil {
			return err
		}
		if _, err := tx.Exec(x.t.Context(), `insert into audit_entry (at, actor, action, booking_id) values ($1, 'admin:kurt', 'create', $2)`, now, id); err != nil {
			return err
		}
		return x.parts.DFDG.BookingChangedTx(x.t.Context(), tx, id, nil)
	}))
	return id
}

func (x *exchange) bookings(id uuid.UUID) (n int) {
	x.t.Helper()
	x.must(x.pool.QueryRow(x.t.Context(), `select count(*) from booking where id = $1 and status = 'booked'`, id).Scan(&n))
	return n
}

func TestTheQueueIsFetchedAndReportsAreSentOverMutualTLS(t *testing.T) {
	t.Parallel()
	x := newExchange(t, map[string]string{"DFDG_QUEUE_URL": "{dfdg}" + dfdgsim.PathWsrm})
	id := x.summons()
	x.poll()
	if x.bookings(id) != 1 {
		t.Error("the summons has not come in")
	}
	// What is booked here is reported.
	own := x.book()
	out, err := x.parts.register.Report(t.Context())
	x.must(err)
	if e, ok := x.dfdg.Entry(own); !ok || e.Creates != 1 || out.Sent != 1 {
		t.Errorf("%+v %+v", e, out)
	}
	for _, c := range x.dfdg.Calls() {
		if c.Code != 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestNoticesThatArePushedOverMutualTLSAreFetched(t *testing.T) {
	t.Parallel()
	x := newExchange(t, map[string]string{"DFDG_PUSH": "true"})
	x.dfdg.SetWebhook("10100", x.url+pushPath)
	id := x.summons()
	taken, err := x.dfdg.Push(t.Context())
	x.must(err)
	due, err := x.parts.DFDG.DuePollers(t.Context())
	x.must(err)
	if taken != 1 || len(due) != 1 {
		t.Fatalf("%d notices taken, %v due", taken, due)
	}
	x.poll()
	if x.bookings(id) != 1 {
		t.Error("the summons has not come in")
	}
}

const createSequence = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702"><s:Header><a:MessageID>urn:m</a:MessageID></s:Header><s:Body><r:CreateSequence><r:AcksTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></r:AcksTo></r:CreateSequence></s:Body></s:Envelope>`

func (x *exchange) post(client *http.Client, path, media, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.url+path, strings.NewReader(body))
	x.must(err)
	r.Header.Set("Content-Type", media)
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	x.must(err)
	return resp.StatusCode, string(answer), nil
}

func TestMessagesSentWithTheStandardComeInOverMutualTLS(t *testing.T) {
	t.Parallel()
	x := newExchange(t, map[string]string{"DFDG_RELIABLE": "true", "DFDG_REGISTER_URL": ""})
	client := x.client("")
	code, answer, err := x.post(client, "/dfdg/reliable/10100", "text/xml; charset=utf-8", createSequence)
	x.must(err)
	id := regexp.MustCompile(`<r:Identifier>([^<]+)<`).FindStringSubmatch(answer)
	if code != http.StatusOK || id == nil {
		t.Fatalf("HTTP %d %s", code, answer)
	}
	message := fmt.Sprintf(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702"><s:Header><r:Sequence><r:Identifier>%s</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence></s:Header><s:Body><x/></s:Body></s:Envelope>`, id[1])
	for range 2 {
		if code, answer, err = x.post(client, "/dfdg/reliable/10100", "text/xml; charset=utf-8", message); err != nil || code != http.StatusOK || !strings.Contains(answer, `Lower="1" Upper="1"`) {
			t.Errorf("HTTP %d %s %v", code, answer, err)
		}
	}
	rows, err := x.parts.DFDG.InboxForPerson(t.Context(), 10)
	x.must(err)
	if len(rows) != 1 || rows[0].Transport != "wsrm" {
		t.Errorf("%+v", rows)
	}
	if code, _, _ := x.post(client, "/dfdg/reliable/10200", "text/xml", createSequence); code != http.StatusNotFound {
		t.Errorf("a job centre that is not ours: HTTP %d", code)
	}
}

func TestOnlyListedCallersSendMessagesAndNotices(t *testing.T) {
	t.Parallel()
	x := newExchange(t, map[string]string{"DFDG_RELIABLE": "true", "DFDG_PUSH": "true"})
	notice := `{"beskedId":"` + uuid.NewString() + `","entitetType":90000,"aendringType":1,"identifikationType":1,"identifikation":"0101701234","eksternId":"` + uuid.NewString() + `","organisationType":8,"organisationKode":"10100"}`
	for _, c := range []struct{ path, media, body string }{
		{"/dfdg/reliable/10100", "text/xml", createSequence}, {pushPath, "application/json", notice},
	} {
		for _, kind := range []string{"expired", "revoked", "strange-issuer", "self-signed"} {
			if code, _, err := x.post(x.client(kind), c.path, c.media, c.body); err == nil {
				t.Errorf("%s with a certificate that is %s: HTTP %d", c.path, kind, code)
			}
		}
		for _, kind := range []string{"other-organisation", "spoofed-cn", "other-system"} {
			if code, _, err := x.post(x.client(kind), c.path, c.media, c.body); err != nil || code != http.StatusForbidden {
				t.Errorf("%s with a certificate that is %s: HTTP %d, %v", c.path, kind, code, err)
			}
		}
		if code, _, err := x.post(x.client("foces"), c.path, c.media, c.body); err != nil || code/100 != 2 {
			t.Errorf("%s, a caller that is listed: HTTP %d, %v", c.path, code, err)
		}
	}
	// Listed, but not for this job centre.
	x.must(os.WriteFile(x.files.Callers, []byte(`{"callers":[{"cvr":"`+certs.CVR+`","jobCenters":["10200"]}]}`), 0o644))
	x.parts.gate.Look(context.Background())
	if code, _, err := x.post(x.client(""), "/dfdg/reliable/10100", "text/xml", createSequence); err != nil || code != http.StatusNotFound {
		t.Errorf("reliable for another's job centre: HTTP %d, %v", code, err)
	}
	if code, _, err := x.post(x.client(""), pushPath, "application/json", notice); err != nil || code != http.StatusBadRequest {
		t.Errorf("a notice of another's job centre: HTTP %d, %v", code, err)
	}
}

func TestSettingsOfDFDGThatContradictEachOtherAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		c    DFDGConfig
		want string
	}{
		"push and queue":        {DFDGConfig{Push: true, QueueURL: "https://q", RegisterURL: "https://r", UserIdentifier: "u", JobCenters: []string{"1"}}, "give one of them"},
		"push alone":            {DFDGConfig{Push: true, UserIdentifier: "u", JobCenters: []string{"1"}}, "DFDG_REGISTER_URL"},
		"reliable for nobody":   {DFDGConfig{Reliable: true}, "DFDG_JOB_CENTERS"},
		"calls without a name":  {DFDGConfig{RegisterURL: "https://r"}, "DFDG_USER_IDENTIFIER"},
		"reliable needs no URL": {DFDGConfig{Reliable: true, JobCenters: []string{"1"}}, ""},
	} {
		err := c.c.check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
