//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.StateDir == "" {
		o.StateDir = passableDir(t)
	}
	if o.ProgramsDir == "" {
		o.ProgramsDir = filepath.Join(o.StateDir, "programs")
	}
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	var exit interface{ ExitCode() int }
	if err := s.Stop(); err != nil && !errors.As(err, &exit) { // a server that a test killed exits otherwise
		t.Error(err)
	}
}

// ask runs one statement on a connection of its own and gives its first value.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	v, err := tryAsk(url, query)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// do runs statements.
func do(t *testing.T, url, statements string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

func tryAsk(url, query string) (string, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var v string
	err = conn.QueryRow(ctx, query).Scan(&v)
	return v, err
}

func TestAGivenURLIsUsedAsItIs(t *testing.T) {
	s, err := Start(context.Background(), Options{URL: "postgres://elsewhere/db"})
	if err != nil || s.URL != "postgres://elsewhere/db" || s.Managed || s.Exited() != nil || s.DatabaseURL("x") != "" {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func TestAClusterKeepsItsDataFromStartToStart(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	o := Options{StateDir: passableDir(t)}
	s := start(t, o)
	if !s.Managed {
		t.Error("the first start is not the owner")
	}
	do(t, s.URL, "create table kept as select 'æøå'::text as v")
	stop(t, s)
	if _, open := <-s.Exited(); open {
		t.Error("Exited sent something")
	}
	s = start(t, o)
	if v := ask(t, s.URL, "select lower(upper(v)) from kept"); v != "æøå" {
		t.Errorf("got %q", v)
	}
	stop(t, s)
}

func TestAPrivateClusterListensToItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	if v := ask(t, s.URL, "show listen_addresses"); v != "" {
		t.Errorf("listens on %q", v)
	}
	run := s.at.socketDir
	info, err := os.Stat(run)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket directory: %v, %v", info.Mode(), err)
	}
	if owner(t, run) == 0 || owner(t, filepath.Join(s.DataDir, "postmaster.pid")) == 0 {
		t.Error("the server runs as root")
	}
}

func TestTCPAsksForThePassword(t *testing.T) {
	t.Parallel()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{TCPPort: int(port)})
	u, err := url.Parse(s.URL)
	if err != nil || u.Host != fmt.Sprintf("127.0.0.1:%d", port) {
		t.Fatalf("URL %s, %v", s.URL, err)
	}
	if v := ask(t, s.URL, "select host(inet_client_addr())"); v != "127.0.0.1" {
		t.Errorf("came from %s", v)
	}
	u.User = url.UserPassword(superuser, "guess")
	if _, err := tryAsk(u.String(), "select ''"); err == nil {
		t.Error("a wrong password opens the database")
	}
}

func TestATakenPortIsTold(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	dir := passableDir(t)
	_, err = Start(context.Background(), Options{StateDir: dir, ProgramsDir: dir, TCPPort: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(port)) {
		t.Fatal(err)
	}
	ask(t, start(t, Options{StateDir: dir}).URL, "select ''") // the locks are free again
}

func TestCtrlCDoesNotReachTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	pm, ok := readPostmaster(s.DataDir)
	if !ok {
		t.Fatal("no postmaster.pid")
	}
	// The terminal signals the foreground group; the service must be able to finish its work first.
	if group, err := syscall.Getpgid(pm.pid); err != nil || group == syscall.Getpgrp() {
		t.Errorf("the server is in our process group, %v", err)
	}
}

func TestTwoStartsAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	var wg sync.WaitGroup
	servers := make([]*Server, 4)
	for i := range servers {
		wg.Go(func() { servers[i] = start(t, Options{StateDir: dir}) })
	}
	wg.Wait()
	managed := 0
	for _, s := range servers {
		if s.Managed {
			managed++
		}
		if v := ask(t, s.URL, "show data_directory"); v != servers[0].DataDir {
			t.Errorf("another cluster: %s", v)
		}
	}
	if managed != 1 {
		t.Errorf("%d of %d own the server", managed, len(servers))
	}
}

func TestAnotherProcessJoins(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	s := start(t, Options{StateDir: dir})
	c := startChild(t, identity{}, "CHILD_STATE="+dir, "CHILD_PROGRAMS="+dir)
	if c.managed || c.dataDir != s.DataDir {
		t.Errorf("the second process started a server of its own: %+v", c)
	}
	c.stop(t)
	ask(t, s.URL, "select 'still there'")
}

func TestTheServerEndsWhenItsProcessIsKilled(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	c := startChild(t, identity{}, "CHILD_STATE="+dir, "CHILD_PROGRAMS="+dir)
	do(t, c.url, "create table kept as select 1 as v")
	pm, ok := readPostmaster(c.dataDir)
	if !ok || !pm.alive(c.dataDir) {
		t.Fatal("no server")
	}
	c.kill(t)
	if runtime.GOOS == "linux" { // elsewhere the next start ends it
		eventually(t, "the server ends", func() bool { return !pm.alive(c.dataDir) })
	}
	s := start(t, Options{StateDir: dir})
	if v := ask(t, s.URL, "select v::text from kept"); v != "1" || !s.Managed {
		t.Errorf("got %q, managed %t", v, s.Managed)
	}
}

func TestAStartRightAfterTheKillDoesNotJoinTheDyingServer(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	c := startChild(t, identity{}, "CHILD_STATE="+dir, "CHILD_PROGRAMS="+dir)
	c.kill(t)
	s := start(t, Options{StateDir: dir})
	if !s.Managed {
		t.Error("joined a server that nobody owns")
	}
	ask(t, s.URL, "select 'alive'")
}

func TestAPidThatWentToAnotherProgramIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	s := start(t, Options{StateDir: dir})
	stop(t, s)
	// As after a restart of a container: the number of the dead server is ours now.
	text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n%s\n\n", os.Getpid(), s.DataDir, s.at.socketDir)
	pid := filepath.Join(s.DataDir, "postmaster.pid")
	if err := os.WriteFile(pid, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(pid, owner(t, s.DataDir), -1); err != nil {
		t.Fatal(err)
	}
	ask(t, start(t, Options{StateDir: dir}).URL, "select ''")
}

func TestAKilledServerIsSeenAndCanBeStartedAgain(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	s := start(t, Options{StateDir: dir})
	do(t, s.URL, "create table kept as select 1 as v")
	pm, ok := readPostmaster(s.DataDir)
	if !ok {
		t.Fatal("no postmaster.pid")
	}
	if err := syscall.Kill(pm.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Exited()
	if err := s.Stop(); err == nil {
		t.Error("Stop hides that the server was killed")
	}
	again := start(t, Options{StateDir: dir})
	if v := ask(t, again.URL, "select v::text from kept"); v != "1" || !again.Managed {
		t.Errorf("got %q, managed %t", v, again.Managed)
	}
}

func TestStopDoesNotWaitForClients(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	conn, err := pgx.Connect(context.Background(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(context.Background()); err == nil {
		t.Error("the server still answers")
	}
	if err := s.Stop(); err != nil {
		t.Error("a second Stop: ", err)
	}
}

func TestAnOrdinaryUserGetsAClusterBelowHome(t *testing.T) {
	t.Parallel()
	var id identity
	if os.Getuid() == 0 {
		var err error
		if id, err = osuser("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	c := startChild(t, id)
	want := filepath.Join(c.cmd.Dir, ".local/state/kommunal-planner/postgres/data")
	if c.dataDir != want || !c.managed {
		t.Errorf("data in %s, want %s", c.dataDir, want)
	}
	if got := owner(t, c.dataDir); id.drop && got != id.uid {
		t.Errorf("the data belong to uid %d", got)
	}
	ask(t, c.url, "select ''")
	c.stop(t)
}

func TestAStateDirectoryOutOfTheServersReachIsRemembered(t *testing.T) {
	t.Parallel()
	state, elsewhere := t.TempDir(), passableDir(t) // TempDir is 0700
	o := Options{StateDir: state, ProgramsDir: elsewhere, fallback: filepath.Join(elsewhere, "fallback")}
	s := start(t, o)
	do(t, s.URL, "create table kept as select 1 as v")
	first := s.DataDir
	if os.Getuid() == 0 && !strings.HasPrefix(first, o.fallback) {
		t.Errorf("data in %s", first)
	}
	stop(t, s)
	s = start(t, o)
	if v := ask(t, s.URL, "select v::text from kept"); v != "1" || s.DataDir != first {
		t.Errorf("the second start took %s", s.DataDir)
	}
	stop(t, s)
}

func TestALongPathGetsAShortSocketDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(passableDir(t), strings.Repeat("kommune/", 14))
	s := start(t, Options{StateDir: dir})
	if !strings.HasPrefix(s.at.socketDir, "/tmp/kp-pg-") {
		t.Errorf("socket in %s", s.at.socketDir)
	}
	ask(t, s.URL, "select ''")
	stop(t, s)
	if _, err := os.Stat(s.at.socketDir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left behind: %v", s.at.socketDir, err)
	}
}

func TestAShortSocketDirectoryOfSomebodyElseIsRefused(t *testing.T) {
	id, err := serverIdentity()
	if err != nil {
		t.Fatal(err)
	}
	long := "/" + t.Name() + strings.Repeat("x", socketPathMax())
	dir, err := socketDir(long, 5432, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for what, put := range map[string]func() error{
		"a file":           func() error { return os.WriteFile(dir, nil, 0o600) },
		"a link":           func() error { return os.Symlink(t.TempDir(), dir) },
		"open to everyone": func() error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) },
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if _, err := socketDir(long, 5432, id); err == nil || !strings.Contains(err.Error(), "too long for a unix socket") {
			t.Errorf("%s: %v", what, err)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnUnfinishedInitdbIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := passableDir(t)
	id, err := serverIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"postgres", "postgres/data.new"} {
		if err := ownDir(filepath.Join(dir, d), id.uid, id.gid, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "postgres/data.new/PG_VERSION"), []byte("15\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, start(t, Options{StateDir: dir}).URL, "select ''")
}

func TestTheServerDoesNotInheritOurSecrets(t *testing.T) {
	t.Setenv("PLANNER_CPR_KEY", "secret")
	t.Setenv("PGPORT", "1")
	s := start(t, Options{})
	if v := ask(t, s.URL, "select coalesce(encode(pg_read_binary_file('/proc/self/environ', 0, 100000, true), 'escape'), '')"); strings.Contains(v, "secret") {
		t.Error("the server has our environment")
	}
}

func TestTheLogHoldsNoStatementsAndNoKeys(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	do(t, s.URL, "create table citizen (cpr text unique); insert into citizen values ('0101011234')")
	if _, err := tryAsk(s.URL, "insert into citizen values ('0101011234') returning cpr"); err == nil {
		t.Fatal("a duplicate was stored")
	}
	stop(t, s)
	text, err := os.ReadFile(s.LogFile)
	if err != nil || !strings.Contains(string(text), "citizen_cpr_key") {
		t.Fatalf("the log misses the error: %v %s", err, text)
	}
	if strings.Contains(string(text), "0101011234") {
		t.Errorf("a CPR number is in the log: %s", text)
	}
}

func TestTheContextBoundsTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := passableDir(t)
	if _, err := Start(ctx, Options{StateDir: dir, ProgramsDir: dir}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
