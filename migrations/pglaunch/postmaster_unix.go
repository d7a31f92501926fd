//go:build unix

package pglaunch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postmaster is what a server writes about itself into postmaster.pid.
type postmaster struct {
	pid       int
	port      int
	socketDir string
	tcp       bool
}

// readPostmaster: ok is false when there is no (complete) postmaster.pid.
// Lines (PostgreSQL's pidfile.h): pid, data directory, start time, port, socket
// directory, listen address, shared memory, status.
func readPostmaster(dataDir string) (pm postmaster, ok bool) {
	text, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return pm, false
	}
	return parsePostmaster(string(text))
}

func parsePostmaster(text string) (pm postmaster, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 {
		return pm, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return pm, false
	}
	port, err := strconv.Atoi(strings.TrimSpace(lines[3]))
	if err != nil {
		return pm, false
	}
	pm = postmaster{pid: pid, port: port, socketDir: strings.TrimSpace(lines[4])}
	pm.tcp = len(lines) > 5 && strings.TrimSpace(lines[5]) != ""
	return pm, pm.socketDir != ""
}

// alive tells whether the pid is still the server of that data directory. The
// number may have gone to another program since (a restarted container), so Linux
// is asked where the process lives: a server's working directory is its data.
func (pm postmaster) alive(dataDir string) bool {
	if err := syscall.Kill(pm.pid, 0); err != nil && err != syscall.EPERM {
		return false
	}
	if runtime.GOOS != "linux" {
		return true
	}
	home, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pm.pid))
	return err == nil && home == dataDir
}

// ping connects and checks that it is the server of this very data directory.
func ping(ctx context.Context, at address, dataDir string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, at.socket().url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var dir string
	if err := conn.QueryRow(ctx, "show data_directory").Scan(&dir); err != nil {
		return err
	}
	if dir != dataDir {
		return fmt.Errorf("another server, of %s, listens there", dir)
	}
	return nil
}

// retireOrphan waits for a server whose owner is gone to end. On Linux it is
// already ending (it got SIGINT when its parent died); elsewhere nobody told it.
func retireOrphan(ctx context.Context, dataDir string) error {
	pm, ok := readPostmaster(dataDir)
	if !ok || !pm.alive(dataDir) {
		return nil
	}
	if ping(ctx, address{socketDir: pm.socketDir, port: pm.port}, dataDir) == nil {
		// It answers for our data directory, so the pid in that directory is its own.
		if err := syscall.Kill(pm.pid, syscall.SIGINT); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("stopping the server %d that its parent left behind: %w", pm.pid, err)
		}
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for pm.alive(dataDir) {
		select {
		case <-tick.C:
		case <-limit.C:
			return fmt.Errorf("the server %d of %s, which its parent left behind, does not end", pm.pid, dataDir)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the server %d that its parent left behind: %w", pm.pid, ctx.Err())
		}
	}
	return nil
}
