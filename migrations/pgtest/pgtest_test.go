package pgtest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pglaunch"
	"kommunalplanner.example/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestLeaksAreCountedBesideTheServer(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	if err := pgtest.New(t).Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestACloneIsMigrated(t *testing.T) {
	t.Parallel()
	if err := migrations.Check(context.Background(), pgtest.New(t)); err != nil {
		t.Fatal(err)
	}
}

func TestAnEmptyDatabaseIsEmpty(t *testing.T) {
	t.Parallel()
	if n := query(t, pgtest.EmptyURL(t), "select count(*)::text from pg_class where relnamespace = 'public'::regnamespace"); n != "0" {
		t.Errorf("%s relations", n)
	}
}

func TestClonesDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, b := pgtest.New(t), pgtest.New(t)
	if _, err := a.Exec(ctx, "insert into job_center (code, name) values ('10100', 'Prøveby')"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := b.QueryRow(ctx, "select count(*) from job_center").Scan(&n); err != nil || n != 0 {
		t.Fatalf("the other clone has %d rows, err %v", n, err)
	}
}

func TestADatabaseGoesWithItsTestEvenWhenSomebodyIsConnected(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	admin := pgtest.URL(t)
	var name string
	t.Run("test", func(t *testing.T) {
		conn, err := pgx.Connect(ctx, pgtest.URL(t)) // never closed by the test
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Config().Database
	})
	if n := query(t, admin, "select count(*)::text from pg_database where datname = '"+name+"'"); n != "0" {
		t.Errorf("%s is still there", name)
	}
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var v string
	if err := conn.QueryRow(ctx, sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// again runs this test binary anew, with one test and more environment.
func again(t *testing.T, env string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestACloneIsMigrated$", "-test.v")
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAGivenServerIsUsedAndLeftClean(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "kp-given-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil { // as root, the server's user must pass
		t.Fatal(err)
	}
	given, err := pglaunch.Start(context.Background(), pglaunch.Options{StateDir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := given.Stop(); err != nil {
			t.Error(err)
		}
	})
	const databases = "select string_agg(datname, ',' order by oid) from pg_database"
	before := query(t, given.URL, databases)
	out, err := again(t, "TEST_DATABASE_URL="+given.URL)
	if err != nil || !strings.Contains(out, "--- PASS: TestACloneIsMigrated") {
		t.Fatalf("%v: %s", err, out)
	}
	if after := query(t, given.URL, databases); after != before {
		t.Errorf("before: %s, after: %s", before, after)
	}
}

func TestWithoutPostgresTheBinaryFailsAndSkipsNothing(t *testing.T) {
	t.Parallel()
	out, err := again(t, "PG_BIN="+t.TempDir())
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, "pgtest: PG_BIN: ") || strings.Contains(out, "---") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAGivenServerThatIsNoURLIsRefused(t *testing.T) {
	t.Parallel()
	out, err := again(t, "TEST_DATABASE_URL=host=localhost password=geheim")
	if err == nil || !strings.Contains(out, "TEST_DATABASE_URL must be a URL") || strings.Contains(out, "geheim") {
		t.Errorf("%v: %s", err, out)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		pgtest.URL(b) // all are dropped after the last
	}
}
