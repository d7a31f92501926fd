package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pglaunch"
)

// startLimit bounds the start of the cluster with its template; programs may have to be downloaded first.
const startLimit = 5 * time.Minute

// instance is the one server of this test binary.
type instance struct {
	admin    *pgxpool.Pool
	template string
	url      func(database string) string
	stop     func()
}

var (
	once    sync.Once
	server  *instance // valid after once; nil when nothing asked for it
	failure error
)

// current is the server, started by the first who asks.
func current() (*instance, error) {
	once.Do(func() { server, failure = start() })
	return server, failure
}

// Main is the body of a TestMain: it starts the server, runs the tests, stops and
// removes the server, and exits. When there is no server it prints the
// launcher's error and exits with 1; tests are never skipped.
func Main(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	defer func() {
		once.Do(func() {}) // nobody starts it any more
		if server != nil {
			server.stop()
		}
	}()
	if needed() {
		if _, err := current(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return 1
		}
	}
	return m.Run()
}

// needed: a fuzz worker, or a binary that only lists its tests, starts a server
// only when a test asks for it. Otherwise it starts first, so that tests which
// count goroutines find the server's there already.
func needed() bool {
	for _, name := range []string{"test.fuzzworker", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != f.DefValue {
			return false
		}
	}
	return true
}

// New gives a pool on a fresh, migrated database of the test's own, with the
// product's settings. When the test ends the pool is closed and the database
// dropped; a connection that is still in use then is an error of the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	cfg, err := migrations.PoolConfig(URL(t))
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	cfg.MinIdleConns = 0 // connections are opened as they are needed: most tests need one
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	t.Cleanup(func() { closePool(t, pool) })
	return pool
}

// URL gives the address of a fresh, migrated database of the test's own, for a
// test that opens several pools or starts a process. It is dropped when the
// test ends, whoever is still connected.
func URL(t testing.TB) string {
	t.Helper()
	db, err := current()
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	return db.create(t, " template "+db.template+" strategy file_copy")
}

// EmptyURL is URL without the migrations.
func EmptyURL(t testing.TB) string {
	t.Helper()
	db, err := current()
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	return db.create(t, " template template0")
}

func (db *instance) create(t testing.TB, from string) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	if _, err := db.admin.Exec(context.Background(), "create database "+name+from); err != nil {
		t.Fatal("pgtest: creating a database: ", err)
	}
	t.Cleanup(func() {
		if _, err := db.admin.Exec(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Error("pgtest: dropping the test's database: ", err)
		}
	})
	return db.url(name)
}

// closePool does not wait for ever for a connection that the test forgot.
func closePool(t testing.TB, pool *pgxpool.Pool) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	select {
	case <-closed:
	case <-limit.C:
		t.Errorf("pgtest: %d connections of the pool are still in use at the end of the test", pool.Stat().AcquiredConns())
	}
}

func start() (*instance, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if u := os.Getenv("TEST_DATABASE_URL"); u != "" {
		return onServer(ctx, u, nil)
	}
	dir, err := newDir()
	if err != nil {
		return nil, err
	}
	launched, err := pglaunch.Start(ctx, pglaunch.Options{
		StateDir:       dir.path,
		Database:       "postgres",
		Fast:           true,
		MaxConnections: 300,
		Log:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		dir.remove()
		return nil, err
	}
	stop := func() {
		if err := launched.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest: stopping PostgreSQL:", err)
		}
		dir.remove()
	}
	db, err := onServer(ctx, launched.URL, stop)
	if err != nil {
		stop()
		return nil, err
	}
	return db, nil
}

// onServer makes the template on a server where we may create databases.
func onServer(ctx context.Context, adminURL string, stop func()) (*instance, error) {
	base, err := url.Parse(adminURL)
	if err != nil || (base.Scheme != "postgres" && base.Scheme != "postgresql") {
		return nil, errors.New("TEST_DATABASE_URL must be a URL postgres://…")
	}
	db := &instance{
		template: "template_" + strings.ToLower(rand.Text()), // several test binaries may share the server
		url: func(database string) string {
			u := *base
			u.Path = "/" + database
			return u.String()
		},
	}
	cfg, err := migrations.PoolConfig(adminURL)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns, cfg.MinIdleConns = 4, 0
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "60s" // creating a database on a slow disk
	if db.admin, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("opening the admin connection: %w", err)
	}
	db.stop = func() {
		defer db.admin.Close()
		if stop == nil { // a shared server: leave nothing behind
			if _, err := db.admin.Exec(context.Background(), "drop database if exists "+db.template); err != nil {
				fmt.Fprintln(os.Stderr, "pgtest: dropping the template:", err)
			}
		}
	}
	if stop != nil {
		inner := db.stop
		db.stop = func() { inner(); stop() }
	}
	if err := db.makeTemplate(ctx); err != nil {
		db.admin.Close()
		return nil, err
	}
	return db, nil
}

func (db *instance) makeTemplate(ctx context.Context) error {
	if _, err := db.admin.Exec(ctx, "create database "+db.template+" template template0"); err != nil {
		return fmt.Errorf("creating the template database: %w", err)
	}
	cfg, err := migrations.PoolConfig(db.url(db.template))
	if err != nil {
		return err
	}
	cfg.MinIdleConns = 0
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("opening the template database: %w", err)
	}
	err = migrations.Up(ctx, pool, slog.New(slog.DiscardHandler))
	pool.Close()
	if err != nil {
		return fmt.Errorf("migrating the template database: %w", err)
	}
	// A database can be cloned only while nobody is connected to it.
	if _, err := db.admin.Exec(ctx, "alter database "+pgx.Identifier{db.template}.Sanitize()+" allow_connections false"); err != nil {
		return fmt.Errorf("closing the template database: %w", err)
	}
	return nil
}
