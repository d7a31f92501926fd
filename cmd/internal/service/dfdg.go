package service

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
	"kommunalplanner.example/planner/summonsdb"
	"kommunalplanner.example/soap/dfdgcodes"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgregister"
	"kommunalplanner.example/sync/syncdb"
)

// DFDGConfig is how to reach DFDG, and how it reaches us. Without QueueURL or Push nothing is fetched, without RegisterURL nothing
// is reported. All processes must be given the same, since whoever books writes the report.
type DFDGConfig struct {
	QueueURL       string   // DFDG_QUEUE_URL: WsrmService
	RegisterURL    string   // DFDG_REGISTER_URL: BookingService
	Push           bool     // DFDG_PUSH: DFDG sends notices (WSB) to the SOAP port, and what they speak of is fetched from BookingService
	Reliable       bool     // DFDG_RELIABLE: messages are sent to the SOAP port with standard WS-ReliableMessaging
	JobCenters     []string // DFDG_JOB_CENTERS: whose messages come in, comma-separated
	UserIdentifier string   // DFDG_USER_IDENTIFIER: of our function certificate, "CVR:…-UUID:…"
	FullName       string   // DFDG_FULL_NAME: how we call ourselves
	ClientCert     string   // DFDG_CLIENT_CERT, DFDG_CLIENT_KEY: our function certificate, as PEM files
	ClientKey      string
	CAFile         string        // DFDG_CA_FILE: further roots
	PollEvery      time.Duration // DFDG_POLL_EVERY, at most 10 min
	CodeLists      string        // DFDG_CODE_LISTS: file or address of STAR's code lists, read daily; empty: only what is imported
}

func dfdgFromEnv(e *env) DFDGConfig {
	return DFDGConfig{
		QueueURL: e.text("DFDG_QUEUE_URL", ""), RegisterURL: e.text("DFDG_REGISTER_URL", ""),
		Push: e.flag("DFDG_PUSH", false), Reliable: e.flag("DFDG_RELIABLE", false),
		JobCenters:     strings.FieldsFunc(e.text("DFDG_JOB_CENTERS", ""), func(r rune) bool { return r == ',' || r == ' ' }),
		UserIdentifier: e.text("DFDG_USER_IDENTIFIER", ""), FullName: e.text("DFDG_FULL_NAME", "Kommunal Planner"),
		ClientCert: e.text("DFDG_CLIENT_CERT", ""), ClientKey: e.text("DFDG_CLIENT_KEY", ""), CAFile: e.text("DFDG_CA_FILE", ""),
		PollEvery: e.span("DFDG_POLL_EVERY", 5*time.Minute), CodeLists: e.text("DFDG_CODE_LISTS", ""),
	}
}

// on tells whether anything passes between DFDG and us.
func (c DFDGConfig) on() bool {
	return c.QueueURL != "" || c.RegisterURL != "" || c.Push || c.Reliable
}

func (c DFDGConfig) check() error {
	var wrong []error
	if (c.QueueURL != "" || c.RegisterURL != "" || c.Push) && c.UserIdentifier == "" {
		wrong = append(wrong, errors.New("DFDG_USER_IDENTIFIER: needed to call DFDG"))
	}
	if (c.QueueURL != "" || c.Push || c.Reliable) && len(c.JobCenters) == 0 {
		wrong = append(wrong, errors.New("DFDG_JOB_CENTERS: needed for DFDG_QUEUE_URL, DFDG_PUSH and DFDG_RELIABLE"))
	}
	if c.Push && c.RegisterURL == "" {
		wrong = append(wrong, errors.New("DFDG_REGISTER_URL: needed for DFDG_PUSH, to fetch what the notices speak of"))
	}
	if c.Push && c.QueueURL != "" {
		wrong = append(wrong, errors.New("DFDG_PUSH and DFDG_QUEUE_URL: notices replace the queue; give one of them"))
	}
	if c.PollEvery > 10*time.Minute {
		wrong = append(wrong, fmt.Errorf("DFDG_POLL_EVERY: %s is more than the 10 minutes that STAR asks for", c.PollEvery))
	}
	return errors.Join(wrong...)
}

// client calls DFDG, with our function certificate where one is given.
func (c DFDGConfig) client() (*http.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.ClientCert != "" {
		cert, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("load DFDG_CLIENT_CERT: %w", err)
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	if c.CAFile != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read DFDG_CA_FILE: %w", err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("DFDG_CA_FILE: no certificate in %s", c.CAFile)
		}
		conf.RootCAs = roots
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: conf, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute}, Timeout: 60 * time.Second}, nil
}

// dfdg puts together what comes from DFDG and what is reported to it.
func (p *Parts) dfdg(c Config, pool *pgxpool.Pool, sealer *plannerdb.Sealer, now func() time.Time, log *slog.Logger) error {
	vault, err := c.vault()
	if err != nil {
		return err
	}
	p.vault = vault
	p.DFDG = dfdgdb.New(pool, dfdgdb.Options{
		Sealer: sealer, Vault: vault, Calendars: p.Sync, Now: now, Log: log,
		Wake: func(ctx context.Context, tx pgx.Tx) error { return p.Outbox.AddTx(ctx, tx, jobargs.ReportDFDG{}) },
	})
	if !c.DFDG.on() {
		return nil
	}
	p.intake = dfdgqueue.NewIntake(dfdgqueue.IntakeConfig{Inbox: p.DFDG, Now: now, Log: log})
	client, err := c.DFDG.client()
	if err != nil {
		return err
	}
	caller := dfdgqueue.Caller{FullName: c.DFDG.FullName, UserIdentifier: c.DFDG.UserIdentifier}
	var transport dfdgqueue.Transport
	switch {
	case c.DFDG.QueueURL != "":
		transport, err = dfdgqueue.NewQueue(dfdgqueue.QueueConfig{URL: c.DFDG.QueueURL, HTTP: client, Caller: caller, Now: now})
		if err != nil {
			return fmt.Errorf("DFDG_QUEUE_URL: %w", err)
		}
	case c.DFDG.Push:
		p.pushed = dfdgqueue.NewPushed(dfdgqueue.PushedConfig{Notices: p.DFDG, Serves: c.DFDG.serves, URL: c.DFDG.RegisterURL, HTTP: client, Caller: caller, Now: now, Log: log})
		transport = p.pushed
	}
	if !c.Has("worker") {
		return nil
	}
	if transport != nil {
		p.queue = dfdgqueue.NewPoller(dfdgqueue.PollerConfig{
			Transport: transport, Intake: p.intake, Pollers: p.DFDG, Interval: c.DFDG.PollEvery, Now: now, Log: log,
		})
	}
	if c.DFDG.RegisterURL != "" {
		p.register = dfdgregister.NewReporter(dfdgregister.Config{
			Outbox: p.DFDG, Now: now, Log: log,
			Client: dfdgregister.NewClient(dfdgregister.ClientConfig{URL: c.DFDG.RegisterURL, HTTP: client, FullName: c.DFDG.FullName, UserIdentifier: c.DFDG.UserIdentifier, Now: now}),
		})
	}
	return nil
}

// codes gives what fetches the code lists; nil where none are fetched.
func (p *Parts) codes(c DFDGConfig, log *slog.Logger) (*dfdgcodes.Fetcher, error) {
	if c.CodeLists == "" {
		return nil, nil
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	return dfdgcodes.New(dfdgcodes.Config{Source: dfdgcodes.At{Address: c.CodeLists, HTTP: client}, Lists: p.Planner, Schedule: p.DFDG, Log: log}), nil
}

// startDFDG makes the configured job centres' queues known, so that they are fetched.
func (p *Parts) startDFDG(ctx context.Context, c Config) error {
	if p.queue == nil {
		return nil
	}
	for _, jc := range c.DFDG.JobCenters {
		if err := p.DFDG.AddPoller(ctx, planner.JobCenterCode(jc)); err != nil {
			return fmt.Errorf("fetch the queue of job centre %s: %w", jc, err)
		}
	}
	return nil
}

// changes tells, in a booking's transaction, everybody who must know of it: the calendars, and DFDG where we report to it.
type changes struct {
	plannerdb.CalendarOutbox // what a citizen books through DFDG, which registers it itself, only these are told
	dfdg                     *dfdgdb.Store
}

// BookingChangedTx implements plannerdb.CalendarOutbox.
func (c changes) BookingChangedTx(ctx context.Context, tx pgx.Tx, booking uuid.UUID, caseWorkers []uuid.UUID) error {
	if err := c.CalendarOutbox.BookingChangedTx(ctx, tx, booking, caseWorkers); err != nil || c.dfdg == nil {
		return err
	}
	return c.dfdg.BookingChangedTx(ctx, tx, booking, caseWorkers)
}

// upkeep is what a tick does, over all stores.
type upkeep struct {
	sync    *syncdb.Store
	planner *plannerdb.Store
	summons *summonsdb.Store
	dfdg    *dfdgdb.Store
	records *recorddb.Store
	outbox  *jobs.Outbox
	// polls and reports tell whether this process is to start those.
	polls, reports bool
	codes          *dfdgcodes.Fetcher // nil where code lists are not fetched
	short          *shortTimes
}

// StartDue implements jobs.Upkeep.
func (u upkeep) StartDue(ctx context.Context, now time.Time, retry time.Duration) (swept, subscribed int, err error) {
	if swept, subscribed, err = u.sync.StartDue(ctx, now, retry); err != nil {
		return swept, subscribed, err
	}
	if err := u.summons.StartDue(ctx); err != nil {
		return swept, subscribed, err
	}
	if u.polls {
		due, err := u.dfdg.DuePollers(ctx)
		if err != nil {
			return swept, subscribed, fmt.Errorf("look for queues to fetch: %w", err)
		}
		for _, jc := range due {
			if err := u.outbox.Add(ctx, jobargs.PollDFDG{JobCenter: string(jc)}); err != nil {
				return swept, subscribed, err
			}
		}
	}
	if u.reports {
		next, err := u.dfdg.Next(ctx)
		if err != nil {
			return swept, subscribed, fmt.Errorf("look for reports to send: %w", err)
		}
		if !next.IsZero() && !next.After(now) {
			if err := u.outbox.Add(ctx, jobargs.ReportDFDG{}); err != nil {
				return swept, subscribed, err
			}
		}
	}
	kinds, err := u.records.DueKinds(ctx)
	if err != nil {
		return swept, subscribed, err
	}
	keys, err := u.records.KeysDue(ctx)
	if err != nil {
		return swept, subscribed, err
	}
	if keys {
		if err := u.outbox.Add(ctx, jobargs.Reseal{}); err != nil {
			return swept, subscribed, err
		}
	}
	for _, kind := range kinds {
		if err := u.outbox.Add(ctx, jobargs.Retain{Data: kind}); err != nil {
			return swept, subscribed, err
		}
	}
	return swept, subscribed, nil
}

// Prune implements jobs.Upkeep.
func (u upkeep) Prune(ctx context.Context, now time.Time) error {
	if _, err := u.planner.ExpireReservations(ctx); err != nil {
		return fmt.Errorf("expire reservations: %w", err)
	}
	if err := u.planner.PruneChanges(ctx); err != nil {
		return fmt.Errorf("forget old changes of calendars: %w", err)
	}
	if _, err := u.records.Link(ctx); err != nil {
		return err
	}
	if err := u.short.Count(ctx, now); err != nil {
		return err
	}
	if u.codes != nil {
		// Last: whoever has the lists may be slow, and everything that is due has been started by now.
		if err := u.codes.FetchDue(ctx, now); err != nil {
			return fmt.Errorf("fetch code lists: %w", err)
		}
	}
	return nil
}
