package world

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/sync/graphsim"
)

// LocalOptions say what a Local world is made of.
type LocalOptions struct {
	// DatabaseURL of an empty or migrated database.
	DatabaseURL string
	// Dir for certificates.
	Dir string
	// Counsellors and Weeks of appointments that each starts with.
	Counsellors, Weeks int
	// Workers is how many worker services run; 1 unless set.
	Workers int
	// Graph is changed by tests that want another tenant; Seed and tokens are filled in.
	Graph graphsim.Config
	// Env overrides settings of the services.
	Env map[string]string
	Log *slog.Logger
}

// Local is a world inside this process: the tenant, one service with the roles soap, webhook and admin, and
// workers, all over real HTTP on ports of their own.
type Local struct {
	People  []Counsellor
	Graph   *graphsim.Server
	Outlook Outlook
	Pool    *pgxpool.Pool
	Parts   *service.Parts // of no role: the stores
	SOAP    string         // ExternalBookingService
	Admin   string
	Webhook string
	Env     map[string]string

	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	waits  []func() error
}

// AdminPassword lets "admin" into the administrators' pages of a Local world.
const AdminPassword = "kun-til-prøve"

// Start brings a world up; Stop takes it down, also after an error.
func Start(ctx context.Context, o LocalOptions) (*Local, error) {
	inside, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &Local{People: Counsellors(o.Counsellors), ctx: inside, cancel: cancel, log: o.Log}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	token := rand.Text()
	o.Graph.OutlookToken = token
	w.Graph = graphsim.New(o.Graph)
	if err := SeedTenant(w.Graph, w.People, o.Weeks, time.Now()); err != nil {
		return w, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return w, err
	}
	roots := filepath.Join(o.Dir, "graph-ca.pem")
	secure, err := Loopback(roots, time.Now())
	if err != nil {
		return w, err
	}
	w.background(func() error { return w.Graph.Serve(inside, l, secure) })
	graph := l.Addr().String()
	w.Outlook = Outlook{URL: "http://" + graph, Token: token, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}

	if w.Pool, err = migrations.OpenPool(ctx, o.DatabaseURL); err != nil {
		return w, err
	}
	if err := migrations.Up(ctx, w.Pool, slog.New(slog.DiscardHandler)); err != nil {
		return w, err
	}
	w.Env = map[string]string{
		"DATABASE_URL":      o.DatabaseURL,
		"PLANNER_SOAP_ADDR": "127.0.0.1:0", "PLANNER_ADMIN_ADDR": "127.0.0.1:0", "PLANNER_WEBHOOK_ADDR": "127.0.0.1:0",
		"PLANNER_ADMIN_PASSWORD": AdminPassword, "PLANNER_SOAP_VALIDATE_ANSWERS": "true",
		"PLANNER_CPR_KEY": key(), "PLANNER_CPR_HASH_KEY": key(),
		"GRAPH_BASE_URL": "http://" + graph + "/v1.0", "GRAPH_AUTHORITY_HOST": "https://" + graph + "/", "GRAPH_CA_FILE": roots,
		"GRAPH_TENANT_ID": graphsim.DefaultTenant, "GRAPH_CLIENT_ID": graphsim.DefaultClientID, "GRAPH_CLIENT_SECRET": graphsim.DefaultSecret,
		"PLANNER_TICK_EVERY": "1s",
	}
	for k, v := range o.Env {
		w.Env[k] = v
	}
	addrs, err := w.Service("soap,webhook,admin")
	if err != nil {
		return w, err
	}
	w.SOAP = "http://" + addrs["soap"] + "/3/ExternalBookingService.svc"
	w.Admin = "http://" + addrs["admin"] + "/"
	w.Webhook = "http://" + addrs["webhook"] + "/"
	w.Env["PLANNER_WEBHOOK_URL"] = w.Webhook

	c, err := w.config("webhook")
	if err != nil {
		return w, err
	}
	if w.Parts, err = service.Assemble(c, w.Pool, time.Now, w.log); err != nil {
		return w, err
	}
	if err := SeedPlanner(ctx, w.Parts.Planner, w.People); err != nil {
		return w, err
	}
	if err := SeedStaff(ctx, w.Parts.Staff, StaffPassword); err != nil {
		return w, err
	}
	if err := SeedMailboxes(ctx, w.Parts.Sync, w.People); err != nil {
		return w, err
	}
	for range max(o.Workers, 1) {
		if _, err := w.Service("worker"); err != nil {
			return w, err
		}
	}
	return w, nil
}

func key() string {
	k := make([]byte, 32)
	_, _ = rand.Read(k)
	return base64.StdEncoding.EncodeToString(k)
}

func (w *Local) config(roles string) (service.Config, error) {
	return service.FromEnv(func(name string) (string, bool) {
		if name == "PLANNER_ROLES" {
			return roles, true
		}
		v, ok := w.Env[name]
		return v, ok
	})
}

// Service runs one more copy of the service with the given roles until Stop, and gives its ports.
func (w *Local) Service(roles string) (map[string]string, error) {
	c, err := w.config(roles)
	if err != nil {
		return nil, err
	}
	ready := make(chan map[string]string, 1)
	failed := make(chan error, 1)
	w.background(func() error {
		err := service.Run(w.ctx, c, w.log, func(addrs map[string]string) { ready <- addrs })
		failed <- err
		return err
	})
	select {
	case addrs := <-ready:
		return addrs, nil
	case err := <-failed:
		return nil, fmt.Errorf("run %s: %w", roles, err)
	}
}

func (w *Local) background(f func() error) {
	done := make(chan error, 1)
	go func() { done <- f() }()
	w.waits = append(w.waits, func() error { return <-done })
}

// InitialSync waits until every mailbox was read once and has its subscription.
func (w *Local) InitialSync(ctx context.Context) error { return InitialSync(ctx, w.Pool, patience) }

// Quiet waits until nothing is left to be done: no wake-up unseen, no write pending.
func (w *Local) Quiet(ctx context.Context) error {
	return w.Eventually(ctx, "quiet", func(ctx context.Context) (bool, error) {
		w.Graph.Settle()
		var left int
		err := w.Pool.QueryRow(ctx, `select (select count(*) from mailbox where wanted_generation <> synced_generation)
			+ (select count(*) from outlook_event where pending_since is not null)
			+ (select count(*) from river_job where kind = 'sync_mailbox' and state in ('available', 'running'))`).Scan(&left)
		return left == 0, err
	})
}

// patience is how long Eventually waits on a machine that is busy with other things.
const patience = 2 * time.Minute

// Eventually looks until the condition holds.
func (w *Local) Eventually(ctx context.Context, what string, holds func(context.Context) (bool, error)) error {
	return Eventually(ctx, patience, what, holds)
}

// Stop takes the world down and waits for all of it.
func (w *Local) Stop() error {
	var errs []error
	w.cancel()
	if w.Graph != nil {
		w.Graph.Close()
	}
	for _, wait := range w.waits {
		errs = append(errs, wait())
	}
	if w.Pool != nil {
		w.Pool.Close()
	}
	return errors.Join(errs...)
}
