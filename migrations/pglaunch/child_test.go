//go:build unix

package pglaunch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asChild makes this test binary start a cluster instead of running tests. The
// child prints one line, "up MANAGED DATADIR URL" or "error TEXT", stops the
// server when its standard input ends, and then prints "down".
const asChild = "PGLAUNCH_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) == "" {
		os.Exit(m.Run())
	}
	o := Options{StateDir: os.Getenv("CHILD_STATE"), ProgramsDir: os.Getenv("CHILD_PROGRAMS"), Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if s := os.Getenv("CHILD_SEARCH"); s != "" {
		o.Search = []Source{Source(s)}
	}
	if s := os.Getenv("CHILD_APT"); s != "" {
		o.aptOptions = strings.Fields(s)
	}
	s, err := Start(context.Background(), o)
	if err != nil {
		fmt.Println("error", oneLine(err.Error()))
		os.Exit(1)
	}
	fmt.Println("up", s.Managed, s.DataDir, s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("down")
}

// child is another process of ours with a cluster.
type child struct {
	cmd     *exec.Cmd
	in      io.Closer
	out     *bufio.Scanner
	managed bool
	dataDir string
	url     string
}

// startChild starts one, as that user when id.drop is set.
func startChild(t *testing.T, id identity, env ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := passableDir(t)
	if id.drop { // go test keeps its binaries where only we can go
		copied := filepath.Join(home, "pglaunch.test")
		b, err := os.ReadFile(exe)
		if err == nil {
			err = os.WriteFile(copied, b, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		exe = copied
		if err := os.Chown(home, id.uid, id.gid); err != nil {
			t.Fatal(err)
		}
	}
	c := &child{cmd: exec.Command(exe)}
	c.cmd.Dir, c.cmd.SysProcAttr, c.cmd.Stderr = home, id.attr(), os.Stderr
	c.cmd.Env = append([]string{asChild + "=1", "HOME=" + home, "PATH=" + os.Getenv("PATH")}, env...)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.out = in, bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = c.cmd.Wait() // already waited for, or ended by the closed pipe
	})
	if !c.out.Scan() {
		t.Fatal("the child said nothing")
	}
	f := strings.Fields(c.out.Text())
	if f[0] != "up" {
		t.Fatal("the child: ", c.out.Text())
	}
	c.managed, c.dataDir, c.url = f[1] == "true", f[2], f[3]
	return c
}

// stop is the orderly end.
func (c *child) stop(t *testing.T) {
	t.Helper()
	c.in.Close()
	if !c.out.Scan() || c.out.Text() != "down" {
		t.Fatalf("the child ended with %q", c.out.Text())
	}
	if err := c.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// kill is kill -9.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait() // "signal: killed"
}

// passableDir is a short temporary directory that the server's user can enter even when we are root.
func passableDir(t *testing.T) string {
	t.Helper()
	d, err := os.MkdirTemp(shortTmp(), "kp-launch-")
	if err == nil {
		err = os.Chmod(d, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(d); err != nil {
			t.Error(err)
		}
	})
	return d
}

// shortTmp prefers memory: these tests are about processes, not about disks.
func shortTmp() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// eventually polls, because another process' end sends us no signal.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatal("not within 30 s: ", what)
		}
	}
}

func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
