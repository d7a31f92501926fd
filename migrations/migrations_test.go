package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := migrations.OpenPool(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func up(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if err := migrations.Up(context.Background(), pool, quiet); err != nil {
		t.Fatal(err)
	}
}

func TestRacedStartsMigrateOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	errs := make([]error, 4)
	var applied strings.Builder
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: &applied}, nil))
	var wg sync.WaitGroup
	for i := range errs {
		pool := open(t, url)
		wg.Go(func() { errs[i] = migrations.Up(context.Background(), pool, log) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	pool := open(t, url)
	if err := migrations.Check(context.Background(), pool); err != nil {
		t.Error(err)
	}
	steps, err := migrations.Status(context.Background(), pool)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(applied.String(), "migration applied"); got != len(steps) {
		t.Errorf("%d steps were told as applied, there are %d:\n%s", got, len(steps), applied.String())
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  *strings.Builder
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// columns describes the whole schema, to compare two states of it.
const columns = `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
from information_schema.columns where table_schema = 'public'
union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
order by 1`

func schema(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	var lines []string
	rows, err := pool.Query(context.Background(), "select coalesce(array_agg(l), '{}') from ("+columns+") as s(l)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&lines); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestDownTakesAllAwayAndUpBringsTheSameBack(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	before := schema(t, pool)
	if len(before) < 100 {
		t.Fatalf("only %d lines of schema", len(before))
	}
	if err := migrations.Down(context.Background(), pool); err != nil {
		t.Fatal(err)
	}
	left := slices.DeleteFunc(schema(t, pool), func(l string) bool { return strings.Contains(l, "goose_db_version") })
	if len(left) > 0 {
		t.Errorf("down leaves %s", strings.Join(left, "\n"))
	}
	up(t, pool)
	if d := cmp.Diff(before, schema(t, pool)); d != "" {
		t.Error(d)
	}
}

func TestAnEmptyDatabaseIsBehind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := open(t, pgtest.EmptyURL(t))
	if err := migrations.Check(ctx, pool); !errors.Is(err, migrations.ErrBehind) {
		t.Error(err)
	}
	before, err := migrations.Status(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Minute)
	up(t, pool)
	after, err := migrations.Status(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != len(after) {
		t.Fatalf("%d steps before, %d after", len(before), len(after))
	}
	for i, s := range after {
		if !before[i].Pending() || before[i].Name != s.Name || s.Name == "" {
			t.Errorf("before: %+v", before[i])
		}
		if s.Applied.Before(began) || s.Applied.After(time.Now().Add(time.Minute)) || s.Applied.Location() != time.UTC {
			t.Errorf("after: %+v", s)
		}
	}
	if after[0].Set != migrations.SetRiver || after[len(after)-1].Set != migrations.SetPlanner {
		t.Errorf("order: %+v", after)
	}
}

func TestOldCodeIsReadyOnANewerSchema(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := pgtest.New(t)
	exec(t, pool, "insert into goose_db_version (version_id, is_applied) values (9999, true)")
	exec(t, pool, "insert into river_migration (line, version) values ('main', 9999)")
	if err := migrations.Check(ctx, pool); err != nil {
		t.Error(err)
	}
	up(t, pool)
	steps, err := migrations.Status(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	if last := steps[len(steps)-1]; last.Version != 9999 || last.Name != "" || last.Pending() {
		t.Errorf("the step of the newer program: %+v", last)
	}
}

func TestAMissingStepIsBehind(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	exec(t, pool, "delete from river_migration where line = 'main' and version = 6")
	err := migrations.Check(context.Background(), pool)
	if !errors.Is(err, migrations.ErrBehind) || !strings.Contains(err.Error(), "river 6") {
		t.Error(err)
	}
}

func TestAnUnreachableDatabaseIsNotCalledBehind(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	pool.Close()
	if err := migrations.Check(context.Background(), pool); err == nil || errors.Is(err, migrations.ErrBehind) {
		t.Error(err)
	}
}

func TestAWaitingStartGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	// The context ends as soon as the wait is told, so no time has to be guessed.
	err := migrations.WithLock(context.Background(), pool, func(*pgxpool.Pool) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		log := slog.New(slog.NewTextHandler(writerFunc(func([]byte) { cancel() }), nil))
		return migrations.Up(ctx, pool, log)
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	up(t, pool) // and the lock is free again
}

func TestNothingIsDoneAfterTheLockIsLost(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := pgtest.New(t)
	err := migrations.WithLock(ctx, pool, func(one *pgxpool.Pool) error {
		var pid int
		if err := one.QueryRow(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		var ended bool // waits for the end, up to 10 s
		if err := pool.QueryRow(ctx, "select pg_terminate_backend($1, 10000)", pid).Scan(&ended); err != nil || !ended {
			return fmt.Errorf("ending the session: %t, %w", ended, err)
		}
		for range 3 { // the first may meet the dead connection, none may get a new one
			if _, err := one.Exec(ctx, "create table after_the_lock ()"); err == nil {
				return errors.New("work went on")
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	up(t, pool)
}

func TestAStepThatWaitedForATableIsTriedAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := open(t, pgtest.EmptyURL(t))
	up(t, pool)
	if err := migrations.Down(ctx, pool); err != nil {
		t.Fatal(err)
	}
	// The first step of ours writes its books last; somebody sits on them.
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "lock table goose_db_version in share mode"); err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{})
	var once sync.Once
	log := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) {
		if strings.Contains(string(p), "level=WARN") {
			once.Do(func() { close(told) })
		}
	}), nil))
	done := make(chan error, 1)
	go func() { done <- migrations.Up(ctx, pool, log) }()
	select {
	case <-told:
	case err := <-done:
		t.Fatal("did not wait: ", err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := migrations.Check(ctx, pool); err != nil {
		t.Error(err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestPoolSettings(t *testing.T) {
	t.Parallel()
	cfg, err := migrations.PoolConfig("postgres:///db?host=/run&user=u")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.MaxConns != 24 || cfg.MinIdleConns != 2 || cfg.MaxConnLifetime != time.Hour || cfg.MaxConnIdleTime != 30*time.Minute {
		t.Errorf("%+v", cfg)
	}
	cfg, err = migrations.PoolConfig("postgres:///db?host=/run&user=u&pool_max_conns=3&pool_min_idle_conns=1&statement_timeout=2s&application_name=test&TimeZone=CET")
	if err != nil {
		t.Fatal(err)
	}
	p := cfg.ConnConfig.RuntimeParams
	if cfg.MaxConns != 3 || cfg.MinIdleConns != 1 || p["statement_timeout"] != "2s" || p["application_name"] != "test" || p["timezone"] != "" {
		t.Errorf("the URL's settings are lost: %+v, %v", cfg, p)
	}
	if _, err := migrations.PoolConfig("postgres://u:geheim@host:x/db"); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Error(err)
	}
}

func TestSessionsHaveTheirTimeouts(t *testing.T) {
	t.Parallel()
	var got []string
	pool := pgtest.New(t)
	up(t, pool) // its own settings must not come to the pool
	err := pool.QueryRow(context.Background(), `select array[current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('timezone'), current_setting('application_name')]`).Scan(&got)
	if d := cmp.Diff([]string{"15s", "15s", "UTC", "kommunal-planner"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestInstantsComeOutInUTC(t *testing.T) {
	t.Parallel()
	var at time.Time
	var many []time.Time
	var during pgtype.Range[time.Time]
	err := pgtest.New(t).QueryRow(context.Background(), `select t, array[t], tstzrange(t, t + interval '1 hour') from (select timestamptz '2026-10-25 02:30+02') as s(t)`).Scan(&at, &many, &during)
	want := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	if err != nil || at != want || len(many) != 1 || many[0] != want || during.Lower != want || during.Upper != want.Add(time.Hour) {
		t.Errorf("%v %v %v %v", at, many, during, err)
	}
}

func TestEveryMigrationSaysHowLongItLocks(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".sql") {
			continue
		}
		number++
		if want := fmt.Sprintf("%05d_", number); !strings.HasPrefix(e.Name(), want) {
			t.Errorf("%s: the next number is %s", e.Name(), want)
		}
		text, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		// The first words after the mark: a comment about waiting, blocking or locking.
		if !regexp.MustCompile(`^-- \+goose (NO TRANSACTION\n-- \+goose )?Up\n--[^\n]*\b(waits?|blocks?|locks?)\b`).Match(text) {
			t.Errorf("%s does not begin by saying whom it blocks, and for how long", e.Name())
		}
		if !strings.Contains(string(text), "\n-- +goose Down\n") {
			t.Errorf("%s has no way back", e.Name())
		}
	}
	if number < 2 {
		t.Errorf("%d migrations found", number)
	}
}
