package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// inEnvironment sets the program's settings to a database with one job centre and one case worker, Anna.
func inEnvironment(t *testing.T) (*pgxpool.Pool, planner.CaseWorker) {
	t.Helper()
	pool := pgtest.New(t)
	for name, value := range map[string]string{
		"DATABASE_URL": pool.Config().ConnString(), "PLANNER_ROLES": "soap", "PLANNER_SOAP_ADDR": "127.0.0.1:0", "PLANNER_FORDFDG_NAMESPACE": "urn:fordfdg",
		"PLANNER_CPR_KEY": base64.StdEncoding.EncodeToString(key(1)), "PLANNER_CPR_HASH_KEY": base64.StdEncoding.EncodeToString(key(2)),
	} {
		t.Setenv(name, value)
	}
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: key(1)}, 1, key(2))
	must(t, err)
	p := plannerdb.New(pool, plannerdb.Options{Sealer: sealer})
	must(t, p.PutJobCenter(t.Context(), planner.JobCenter{Code: "10100", Name: "Jobcenter Eksempel"}))
	anna := planner.CaseWorker{ID: uuid.New(), JobCenter: "10100", Identifier: "RID-1", GivenName: "Anna", Surname: "A", Email: "anna@kommune.dk"}
	must(t, p.PutCaseWorker(t.Context(), anna))
	return pool, anna
}

func console(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, &out)
	return out.String(), err
}

// A Kommuneklient calls the running program, whose stop leaves every call written down.
func TestTheRunningProgramTakesAKommuneklientsCallsAndTheyCanBeShown(t *testing.T) {
	pool, anna := inEnvironment(t)
	c, err := service.FromEnv(os.LookupEnv)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, c, slog.New(slog.DiscardHandler), func(a map[string]string) { addr <- a["soap"] })
	}()
	var base string
	select {
	case base = <-addr:
	case err := <-ended:
		t.Fatal(err)
	}
	request, err := os.ReadFile("../../soap/externalcalendar/testdata/03-CreateEvents.request.xml")
	must(t, err)
	post := func(path string, body []byte) string {
		t.Helper()
		resp, err := http.Post("http://"+base+path, "text/xml; charset=utf-8", bytes.NewReader(body))
		must(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		must(t, err)
		return string(answer)
	}
	if answer := post("/1/PlannerExternalCalendarService.svc", request); strings.Count(answer, "CodeListItemIdentifier>0<") != 2 {
		t.Errorf("%s", answer)
	}
	twin := bytes.ReplaceAll(request, []byte("http://service.bm.dk/PlannerExternalCalendarService/2015/03/27/"), []byte("urn:fordfdg"))
	if answer := post("/1/ExternalCalendarServiceForDFDG.svc", twin); strings.Count(answer, "CodeListItemIdentifier>8<") != 2 {
		t.Errorf("%s", answer)
	}
	stop()
	must(t, <-ended)
	var blocks, calls int
	must(t, pool.QueryRow(t.Context(), `select count(*) from busy_block where case_worker_id = $1 and source = 'kommuneklient'`, anna.ID).Scan(&blocks))
	must(t, pool.QueryRow(t.Context(), `select count(*) from soap_call where operation = 'CreateEvents' and offered = 2 and on_behalf_of = '8:10100'`).Scan(&calls))
	if blocks != 2 || calls != 2 {
		t.Errorf("%d blocks, %d calls", blocks, calls)
	}
	today := time.Now().In(planner.Copenhagen()).Format(time.DateOnly)
	out, err := console(t, "evidence", "-jobcentre", "10100", "-from", today, "-to", today)
	must(t, err)
	if !strings.Contains(out, "CreateEvents  job centre 10100  for 8:10100") || !strings.HasSuffix(out, "2 calls\n") {
		t.Errorf("%s", out)
	}
	if out, err = console(t, "evidence", "-citizen", "010190-1234", "-from", today, "-to", today); err != nil || out != "0 calls\n" {
		t.Errorf("%s %v", out, err)
	}
	for _, wrong := range [][]string{{"-from", today, "-to", today}, {"-jobcentre", "10100", "-from", "x", "-to", today}, {"-citizen", "12", "-from", today, "-to", today}} {
		if _, err := console(t, append([]string{"evidence"}, wrong...)...); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}

func TestTheSourceOfACalendarIsToldAndSwitchedFromTheConsole(t *testing.T) {
	_, anna := inEnvironment(t)
	id := anna.ID.String()
	steps := []struct {
		args []string
		want string // of the answer, or of the error
	}{
		{[]string{"switch-source"}, "needs -case-worker"},
		{[]string{"switch-source", "-case-worker", id}, "none yet"},
		{[]string{"switch-source", "-case-worker", id, "-to", "graph"}, "no mailbox"},
		{[]string{"switch-source", "-case-worker", uuid.NewString()}, "no such case worker"},
		{[]string{"switch-source", "-case-worker", id, "-to", "outlook"}, "no source"},
		{[]string{"switch-source", "-case-worker", id, "-to", "kommuneklient"}, "source         kommuneklient"},
		{[]string{"add", "-case-worker", id, "-user", "user-anna", "-email", "anna@kommune.dk"}, "mailbox 1"},
		{[]string{"switch-source", "-case-worker", id, "-to", "graph", "-now"}, "-now is for"},
		{[]string{"switch-source", "-case-worker", id, "-to", "graph"}, "switching to   graph"},
		{[]string{"switch-source", "-case-worker", id, "-to", "kommuneklient"}, "source         kommuneklient"},
		{[]string{"switch-source", "-case-worker", id, "-now"}, "no switch to the Kommuneklient is under way"},
	}
	for _, s := range steps {
		out, err := console(t, append([]string{"mailbox"}, s.args...)...)
		if err != nil {
			out = err.Error()
		}
		if !strings.Contains(out, s.want) {
			t.Errorf("%v: %s", s.args, out)
		}
	}
}
