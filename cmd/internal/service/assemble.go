package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kommunalplanner.example/cmd/internal/adminui"
	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
	"kommunalplanner.example/planner/rosterdb"
	"kommunalplanner.example/planner/staffdb"
	"kommunalplanner.example/planner/summonsdb"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/webhook"
)

// Parts are the concrete things of one process.
type Parts struct {
	Answering

	Pool    *pgxpool.Pool
	Outbox  *jobs.Outbox
	Sync    *syncdb.Store
	Planner *plannerdb.Store
	Summons *summonsdb.Store
	Roster  *rosterdb.Store
	DFDG    *dfdgdb.Store
	Records *recorddb.Store
	Graph   *msgraph.Client // nil where the process does not ask Graph
	Runner  *jobs.Runner    // nil without the role worker
	Staff   *staffdb.Store
	Pages   *webui.Site // nil without the role admin
	Admin   *adminui.UI // the pages' administrators' part; nil without the role admin

	SOAP, Webhook http.Handler // nil without their roles

	metrics  *metrics
	vault    *dfdgdb.Vault
	intake   *dfdgqueue.Intake // nil where nothing passes between DFDG and us
	pushed   *dfdgqueue.Pushed // nil where no notices are pushed
	queue    jobs.Queue        // nil where no queue is configured
	register jobs.Register     // nil where no register is configured
	limiter  *mailbox.Limiter  // nil where the process does not ask Graph
	ready    func(context.Context) error
}

// keepBytes is about what answers to citizens and the calendars that they are made of may take in memory. A calendar of half a
// year takes some 50 kB, an answer of two hundred times 130 kB.
const keepBytes = 256 << 20

// Assemble builds everything the roles need over a migrated database. It opens no port and starts nothing.
func Assemble(c Config, pool *pgxpool.Pool, now func() time.Time, log *slog.Logger) (*Parts, error) {
	return assemble(c, pool, pool, now, log)
}

// assemble is Assemble with a pool of its own for the queue's traffic.
func assemble(c Config, pool, queue *pgxpool.Pool, now func() time.Time, log *slog.Logger) (*Parts, error) {
	p := &Parts{Pool: pool}
	var err error
	if p.Outbox, err = jobs.NewOutbox(pool, log); err != nil {
		return nil, err
	}
	p.Sync = syncdb.New(pool, p.Outbox, now, log)
	sealer, err := c.sealer()
	if err != nil {
		return nil, err
	}
	p.Answering = newAnswering(pool, p.Outbox, sealer, now, log)
	p.metrics = newMetrics(pool, p.Sync, now)
	if err := p.dfdg(c, pool, sealer, now, log); err != nil {
		return nil, err
	}
	told := changes{CalendarOutbox: p.Sync}
	if c.DFDG.RegisterURL != "" {
		told.dfdg = p.DFDG
	}
	if c.asksGraph() {
		if err := p.reachGraph(c, now); err != nil {
			return nil, err
		}
	}
	options := plannerdb.Options{Now: now, Sealer: sealer, Changes: told, Keep: keepBytes, Log: log}
	if c.LiveCheck > 0 && p.Graph != nil {
		options.Live = &mailbox.Live{Graph: p.Graph, Store: p.Sync, Limiter: p.limiter, Budget: c.LiveCheck, Now: now, Log: log, Observe: p.metrics.looked}
	}
	p.Planner = plannerdb.New(pool, options)
	p.metrics.registry.MustRegister(keeping{p.Planner})
	p.Summons = summonsdb.New(pool, summonsdb.Options{Planner: p.Planner, Sealer: sealer, Outbox: p.Outbox, Now: now, Log: log})
	p.Records = recorddb.New(pool, recorddb.Options{Hasher: sealer, CPR: sealer, Messages: p.vault, Periods: c.Retention, Now: now, Log: log})
	p.Roster = newRoster(pool, p.Planner, p.Sync, now, log)
	p.Staff = staffdb.New(pool, now)
	p.ready = func(ctx context.Context) error { return migrations.Check(ctx, pool) }

	if c.Has("worker") {
		if err := p.worker(c, queue, now, log); err != nil {
			return nil, err
		}
	}
	if c.Has("webhook") {
		p.Webhook = p.withHealth(&webhook.Handler{Store: p.Sync, Log: log, Observe: p.metrics.noticed})
	}
	if c.Has("soap") {
		if err := p.soap(c, now, log); err != nil {
			return nil, err
		}
	}
	if c.Has("admin") {
		if err := p.web(c, now, log); err != nil {
			return nil, fmt.Errorf("set up the pages: %w", err)
		}
	}
	return p, nil
}

// reachGraph makes the client and the limiter that all its calls pass.
func (p *Parts) reachGraph(c Config, now func() time.Time) error {
	g, err := c.Graph.Client(now, p.metrics.graphCall)
	if err != nil {
		return err
	}
	if p.Graph, err = msgraph.New(g); err != nil {
		return err
	}
	p.limiter = &mailbox.Limiter{Store: p.Sync, Rule: mailbox.DefaultLimitRule(), Now: now}
	return nil
}

func (p *Parts) worker(c Config, queue *pgxpool.Pool, now func() time.Time, log *slog.Logger) error {
	codes, err := p.codes(c.DFDG, log)
	if err != nil {
		return err
	}
	limited := mailbox.Limited{Graph: p.Graph, Limiter: p.limiter}
	short := &shortTimes{planner: p.Planner}
	p.metrics.registry.MustRegister(short)
	p.Runner, err = jobs.NewRunner(jobs.Config{
		Pool: queue, Log: log, Now: now,
		Mailboxes:   &mailbox.Syncer{Graph: limited, Store: p.Sync, Bookings: p.Planner, Now: now, Log: log},
		Generations: p.Sync,
		Retention:   p.Records,
		Resealer:    resealing{p.Records},
		Subscriber:  &mailbox.Subscriber{Graph: limited, Store: p.Sync, URL: c.WebhookURL, Now: now, Log: log},
		Upkeep:      rosterUpkeep{answeringUpkeep{upkeep{p.Sync, p.Planner, p.Summons, p.DFDG, p.Records, p.Outbox, p.queue != nil, p.register != nil, codes, short}, p.Answering}, p.Roster, p.Sync},
		Queue:       p.queue, Register: p.register, Summonses: p.Summons,
		MailboxWorkers: c.MailboxWorkers, TickEvery: c.TickEvery, JobTimeout: c.JobTimeout, RescueAfter: c.RescueAfter, Observe: p.metrics.job,
	})
	return err
}

// withHealth puts health and metrics before a role's handler.
func (p *Parts) withHealth(h http.Handler) http.Handler {
	mux := p.health()
	if h != nil {
		mux.Handle("/", h)
	}
	return mux
}

// health serves /healthz (the process lives), /readyz (it can do its work: database there and of the
// schema it needs) and /metrics.
func (p *Parts) health() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		if err := p.ready(ctx); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}
