package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pglaunch"
	"kommunalplanner.example/planner/rosterdb"
	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/sync/graphsim"
)

// weeksFilled is how many weeks of appointments a counsellor starts with.
const weeksFilled = 6

// demo is everything that runs.
type demo struct {
	dir    string
	base   int
	began  time.Time
	info   info
	people []world.Counsellor

	db      *pglaunch.Server
	pool    *pgxpool.Pool
	roster  *rosterdb.Store
	graph   *graphsim.Server
	dfdg    *dfdgsim.Server
	front   *world.Process
	worker  *world.Process
	outlook world.Outlook
	certs   world.Certs

	cancel context.CancelFunc
	serves []func() error // wait for what was started in this process
	broken chan error
}

// info is demo.json, which scripts read.
type info struct {
	SOAP    endpoints `json:"soap"`
	SOAPTLS struct {
		endpoints
		CA         string `json:"ca"`
		ClientCert string `json:"clientCert"`
		ClientKey  string `json:"clientKey"`
	} `json:"soapTLS"`
	Admin struct {
		URL      string `json:"url"`
		User     string `json:"user"`
		Password string `json:"password"`
	} `json:"admin"`
	// Staff is a summoner's account on the pages of Admin.
	Staff struct {
		URL      string `json:"url"`
		User     string `json:"user"`
		Password string `json:"password"`
	} `json:"staff"`
	Graph struct {
		URL          string `json:"url"`
		OutlookToken string `json:"outlookToken"`
		Control      string `json:"control"`
	} `json:"graph"`
	DFDG struct {
		URL     string `json:"url"`
		Control string `json:"control"`
	} `json:"dfdg"`
	Webhook          string        `json:"webhook"`
	DatabaseURL      string        `json:"databaseURL"`
	JobCenterCode    string        `json:"jobCenterCode"`
	Citizens         []string      `json:"citizens"`
	InterviewOptions []optionInfo  `json:"interviewOptions"`
	Mailboxes        []mailboxInfo `json:"mailboxes"`
}

type endpoints struct {
	ExternalBooking  string `json:"externalBooking"`
	ExternalCalendar string `json:"externalCalendar"`
}

type optionInfo struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type mailboxInfo struct {
	Email                string `json:"email"`
	ObjectID             string `json:"objectId"`
	CaseWorkerIdentifier string `json:"caseWorkerIdentifier"`
}

func (d *demo) url(offset int) string { return "http://127.0.0.1:" + strconv.Itoa(d.base+offset) }

func (d *demo) addr(offset int) string { return "127.0.0.1:" + strconv.Itoa(d.base+offset) }

// start brings the world up. What was started is in d even when an error is returned.
func start(ctx context.Context, dir string, base, mailboxes int) (d *demo, err error) {
	d = &demo{dir: dir, base: base, began: time.Now(), broken: make(chan error, 4)}
	inside, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d.cancel = cancel
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return d, fmt.Errorf("make the state directory: %w", err)
	}
	_ = os.Remove(filepath.Join(dir, "demo.json"))
	d.people = world.Counsellors(mailboxes)

	say("database")
	if err := d.startDatabase(ctx); err != nil {
		return d, err
	}
	say("Microsoft 365 (simulated), with %d mailboxes", mailboxes)
	graphRoots, err := d.startGraph(inside)
	if err != nil {
		return d, err
	}
	say("DFDG (simulated)")
	if err := d.startDFDG(inside); err != nil {
		return d, err
	}
	if d.certs, err = world.MakeCerts(filepath.Join(dir, "certs"), time.Now()); err != nil {
		return d, fmt.Errorf("make certificates: %w", err)
	}
	env := d.settings(graphRoots)
	if err := d.seed(ctx, env); err != nil {
		return d, err
	}
	say("planner: soap, webhook, admin (one process) and worker (another)")
	d.front = world.NewProcess("planner-front", dir, with(env, "PLANNER_ROLES", "soap,webhook,admin"))
	if err := d.front.Start(ctx); err != nil {
		return d, err
	}
	d.worker = world.NewProcess("planner-worker", dir, with(env, "PLANNER_ROLES", "worker"))
	if err := d.worker.Start(ctx); err != nil {
		return d, err
	}
	began := time.Now()
	if err := world.InitialSync(ctx, d.pool, 5*time.Minute); err != nil {
		return d, err
	}
	say("first reading of %d mailboxes took %s", mailboxes, time.Since(began).Round(time.Millisecond))
	return d, d.writeInfo()
}

func (d *demo) startDatabase(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	d.db, err = pglaunch.Start(ctx, pglaunch.Options{URL: os.Getenv("DATABASE_URL"), StateDir: filepath.Join(d.dir, "postgres"), Log: log})
	if err != nil {
		return err
	}
	// The tenant lives in memory and begins anew with every demo, so the database does too.
	if admin := d.db.DatabaseURL("postgres"); admin != "" {
		conn, err := pgx.Connect(ctx, admin)
		if err != nil {
			return fmt.Errorf("connect to the database server: %w", err)
		}
		defer conn.Close(ctx)
		for _, sql := range []string{"drop database if exists planner with (force)", "create database planner"} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("make the demo's database anew: %w", err)
			}
		}
	}
	if d.pool, err = migrations.OpenPool(ctx, d.db.URL); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	if err := migrations.Up(ctx, d.pool, slog.New(slog.DiscardHandler)); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// startGraph serves the tenant and gives the file with the authority to trust for its tokens.
func (d *demo) startGraph(ctx context.Context) (roots string, err error) {
	token := rand.Text()
	d.graph = graphsim.New(graphsim.Config{OutlookToken: token, Seed: 10100})
	if err := world.SeedTenant(d.graph, d.people, weeksFilled, time.Now()); err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", d.addr(2))
	if err != nil {
		return "", fmt.Errorf("open the port of Graph: %w", err)
	}
	roots = filepath.Join(d.dir, "graph-ca.pem")
	secure, err := world.Loopback(roots, time.Now())
	if err != nil {
		return "", err
	}
	d.background(func() error { return d.graph.Serve(ctx, l, secure) })
	d.outlook = world.Outlook{URL: d.url(2), Token: token, HTTP: http.DefaultClient}
	d.info.Graph.URL, d.info.Graph.OutlookToken, d.info.Graph.Control = d.url(2), token, d.url(2)+"/control/"
	return roots, nil
}

func (d *demo) startDFDG(ctx context.Context) error {
	l, err := net.Listen("tcp", d.addr(3))
	if err != nil {
		return fmt.Errorf("open the port of DFDG: %w", err)
	}
	d.dfdg = dfdgsim.New(dfdgsim.Config{Seed: 10100})
	srv := &http.Server{Handler: d.dfdg, ReadHeaderTimeout: 10 * time.Second}
	d.background(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	d.info.DFDG.URL, d.info.DFDG.Control = d.url(3), d.url(3)+"/control/"
	return nil
}

// background runs f until the demo stops; if it ends with an error before, the demo ends.
func (d *demo) background(f func() error) {
	done := make(chan error, 1)
	go func() {
		err := f()
		done <- err
		if err != nil {
			d.broken <- err
		}
	}()
	d.serves = append(d.serves, func() error { return <-done })
}

// settings are the environment of the service processes.
func (d *demo) settings(graphRoots string) map[string]string {
	key := func() string {
		k := make([]byte, 32)
		_, _ = rand.Read(k)
		return base64.StdEncoding.EncodeToString(k)
	}
	d.info.Admin.URL, d.info.Admin.User, d.info.Admin.Password = d.url(1)+"/", "admin", rand.Text()
	d.info.Staff.URL, d.info.Staff.User, d.info.Staff.Password = d.url(1)+"/moeder/", world.StaffLogin, rand.Text()
	d.info.Webhook = d.url(4) + "/"
	d.info.DatabaseURL = d.db.URL
	env := map[string]string{
		"DATABASE_URL":      d.db.URL,
		"PLANNER_SOAP_ADDR": d.addr(0), "PLANNER_SOAP_TLS_ADDR": d.addr(443),
		"PLANNER_SOAP_VALIDATE_ANSWERS": "true",
		"PLANNER_ADMIN_ADDR":            d.addr(1), "PLANNER_ADMIN_USER": d.info.Admin.User, "PLANNER_ADMIN_PASSWORD": d.info.Admin.Password,
		"PLANNER_WEBHOOK_ADDR": d.addr(4), "PLANNER_WEBHOOK_URL": d.info.Webhook,
		"PLANNER_CPR_KEY": key(), "PLANNER_CPR_HASH_KEY": key(),
		"GRAPH_BASE_URL": d.url(2) + "/v1.0", "GRAPH_AUTHORITY_HOST": "https://" + d.addr(2) + "/", "GRAPH_CA_FILE": graphRoots,
		"GRAPH_TENANT_ID": graphsim.DefaultTenant, "GRAPH_CLIENT_ID": graphsim.DefaultClientID, "GRAPH_CLIENT_SECRET": graphsim.DefaultSecret,
		"DFDG_QUEUE_URL": d.url(3) + dfdgsim.PathWsrm, "DFDG_REGISTER_URL": d.url(3) + dfdgsim.PathRegister, "DFDG_JOB_CENTERS": string(world.JobCenterCode),
		"DFDG_USER_IDENTIFIER": "CVR:12345678-UUID:" + world.ID("system", 0).String(), "DFDG_POLL_EVERY": "2s",
		"PLANNER_LIVE_CHECK": "1s",
		"PLANNER_TICK_EVERY": "2s", "PLANNER_JOB_TIMEOUT": "30s", "PLANNER_RESCUE_AFTER": "40s",
	}
	maps.Copy(env, d.certs.Settings())
	return env
}

func with(env map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	for k, v := range env {
		if k != key {
			out[k] = v
		}
	}
	return out
}

func (d *demo) seed(ctx context.Context, env map[string]string) error {
	c, err := service.FromEnv(func(name string) (string, bool) {
		v, ok := with(env, "PLANNER_ROLES", "webhook")[name]
		return v, ok
	})
	if err != nil {
		return err
	}
	parts, err := service.Assemble(c, d.pool, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d.roster = parts.Roster
	if err := world.SeedPlanner(ctx, parts.Planner, d.people); err != nil {
		return err
	}
	if err := world.SeedStaff(ctx, parts.Staff, d.info.Staff.Password); err != nil {
		return err
	}
	return world.SeedMailboxes(ctx, parts.Sync, d.people)
}

func (d *demo) writeInfo() error {
	const booking, external = "/3/ExternalBookingService.svc", "/1/PlannerExternalCalendarService.svc"
	tls := "https://localhost:" + strconv.Itoa(d.base+443)
	d.info.SOAP = endpoints{d.url(0) + booking, d.url(0) + external}
	d.info.SOAPTLS.endpoints = endpoints{tls + booking, tls + external}
	d.info.SOAPTLS.CA, d.info.SOAPTLS.ClientCert, d.info.SOAPTLS.ClientKey = d.certs.CA, d.certs.ClientCert, d.certs.ClientKey
	d.info.JobCenterCode = string(world.JobCenterCode)
	d.info.Citizens = world.Citizens(50)
	for _, o := range world.Options(len(d.people)) {
		d.info.InterviewOptions = append(d.info.InterviewOptions, optionInfo{o.ID.String(), o.Title})
	}
	for _, p := range d.people {
		d.info.Mailboxes = append(d.info.Mailboxes, mailboxInfo{p.Email, p.ObjectID, p.Identifier})
	}
	raw, err := json.MarshalIndent(d.info, "", "  ")
	if err != nil {
		return err
	}
	// Written aside and renamed, so that a script never reads half of it.
	file := filepath.Join(d.dir, "demo.json")
	if err := os.WriteFile(file+".new", append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write demo.json: %w", err)
	}
	return os.Rename(file+".new", file)
}

func (d *demo) welcome(out io.Writer) {
	fmt.Fprintf(out, `
%s is open (all of it is fiction). Ready after %s.

  SOAP for DFDG      %s?wsdl
       over mTLS     %s
  Administrators     %s   (%s / %s)
  A summoner         %s   (%s / %s)
  Microsoft 365      %s   (control: %s)
  DFDG               %s   (control: %s)
  Everything else    %s

Ctrl-C stops it.
`, world.JobCenterName, time.Since(d.began).Round(100*time.Millisecond), d.info.SOAP.ExternalBooking, d.info.SOAPTLS.ExternalBooking,
		d.info.Admin.URL, d.info.Admin.User, d.info.Admin.Password, d.info.Staff.URL, d.info.Staff.User, d.info.Staff.Password, d.info.Graph.URL, d.info.Graph.Control, d.info.DFDG.URL, d.info.DFDG.Control, filepath.Join(d.dir, "demo.json"))
}

// stop ends everything in the order opposite to its start.
func (d *demo) stop() error {
	var errs []error
	if d.worker != nil {
		errs = append(errs, d.worker.Stop())
	}
	if d.front != nil {
		errs = append(errs, d.front.Stop())
	}
	if d.graph != nil {
		d.graph.Close()
	}
	d.cancel()
	for _, wait := range d.serves {
		errs = append(errs, wait())
	}
	if d.pool != nil {
		d.pool.Close()
	}
	if d.db != nil {
		errs = append(errs, d.db.Stop())
	}
	return errors.Join(errs...)
}

func say(format string, args ...any) { fmt.Printf("· "+format+"\n", args...) }
