package main

import (
	"context"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/doctor"
	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
)

// mostExamined is how many mailboxes the doctor looks into unless told.
const mostExamined = 5

// list is a flag that may come several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value.
func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

// doctorCommand examines the installation of the environment. It is an error if anything fails.
func doctorCommand(ctx context.Context, args []string, lookup func(string) (string, bool), out io.Writer) error {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var mailboxes, outside list
	flags.Var(&mailboxes, "mailbox", "examine this mailbox (address or object id) instead of those of the database")
	flags.Var(&outside, "outside", "prove that the app is refused this mailbox")
	all := flags.Bool("all", false, "examine every mailbox of the database")
	readOnly := flags.Bool("read-only", false, "make no trial event and no trial subscription")
	days := flags.Int("days", 30, "warn of certificates that end within so many days")
	asJSON := flags.Bool("json", false, "print JSON")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	p := doctor.Patient{Outside: outside, ReadOnly: *readOnly, Days: *days, Most: mostExamined, Now: time.Now}
	if *all {
		p.Most = 0
	}
	c, err := service.FromEnv(lookup)
	p.Settings = complaints(err)
	p.WebhookURL, p.Secret, p.Files = c.WebhookURL, c.Graph.ClientSecret != "", files(c)

	pool, closePool, err := service.OpenDatabase(ctx, lookup)
	if err != nil {
		p.DatabaseErr = err
	} else {
		defer closePool()
		p.Database = database{pool}
	}
	var clock clock
	p.Clock = clock.get
	if cfg, err := c.Graph.Client(time.Now, clock.observe); err != nil {
		p.GraphErr = err
	} else if graph, err := msgraph.New(cfg); err != nil {
		p.GraphErr = err
	} else {
		defer graph.CloseIdleConnections()
		p.Graph, p.Roots = graph, cfg.RootCAs
	}
	p.Mailboxes = resolve(ctx, p.Database, mailboxes)

	report := doctor.Examine(ctx, p)
	printed := report.Print
	if *asJSON {
		printed = report.JSON
	}
	if err := printed(out); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if n := report.Count(doctor.Fail); n > 0 {
		return fmt.Errorf("doctor: %d checks failed", n)
	}
	return nil
}

// complaints are the errors that were joined, each on its own.
func complaints(err error) (out []string) {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			out = append(out, complaints(e)...)
		}
		return out
	}
	return []string{err.Error()}
}

// files are the certificates that the settings name.
func files(c service.Config) (out []doctor.File) {
	add := func(setting, path string, f doctor.File) {
		if path != "" {
			f.Setting, f.Path = setting, path
			out = append(out, f)
		}
	}
	add("GRAPH_CERTIFICATE", c.Graph.CertificateFile, doctor.File{Parse: func(body []byte) ([]*x509.Certificate, error) {
		return msgraph.Certificates(body, c.Graph.CertificatePassword)
	}})
	add("PLANNER_TLS_CERT", c.TLSCert, doctor.File{})
	add("PLANNER_CLIENT_CAS", c.ClientCAs, doctor.File{Authorities: true})
	add("GRAPH_CA_FILE", c.Graph.CAFile, doctor.File{Authorities: true})
	return out
}

// resolve turns addresses into object ids where the database knows them.
func resolve(ctx context.Context, db doctor.Database, names []string) (out []doctor.Mailbox) {
	var known []doctor.Mailbox
	if db != nil && len(names) > 0 {
		// Should this fail, Graph takes addresses too.
		known, _ = db.Mailboxes(ctx)
	}
	for _, n := range names {
		i := slices.IndexFunc(known, func(m doctor.Mailbox) bool { return strings.EqualFold(m.Email, n) })
		if i < 0 {
			out = append(out, doctor.Mailbox{User: n})
			continue
		}
		out = append(out, known[i])
	}
	return out
}

type database struct{ pool *pgxpool.Pool }

func (d database) Steps(ctx context.Context) ([]migrations.Step, error) {
	return migrations.Status(ctx, d.pool)
}

func (d database) Now(ctx context.Context) (at time.Time, err error) {
	err = d.pool.QueryRow(ctx, "select clock_timestamp()").Scan(&at)
	return at, err
}

func (d database) Mailboxes(ctx context.Context) (out []doctor.Mailbox, err error) {
	rows, err := syncdb.New(d.pool, nil, time.Now, nil).Mailboxes(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the calendars: %w", err)
	}
	for _, r := range rows {
		out = append(out, doctor.Mailbox{User: r.GraphUserID, Email: r.Email})
	}
	return out, nil
}

// clock remembers what Graph's last answer said the time was.
type clock struct {
	mu           sync.Mutex
	theirs, ours time.Time
}

func (c *clock) observe(call msgraph.Call) {
	if call.Date.IsZero() || call.Operation == "token" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs, c.ours = call.Date, time.Now()
}

func (c *clock) get() (theirs, ours time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.theirs, c.ours, !c.theirs.IsZero()
}
