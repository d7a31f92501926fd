//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// testDir is the home of one test binary's cluster.
type testDir struct {
	path string
	lock *os.File // held while the binary lives; a directory without a holder is a leftover
}

const dirPrefix = "kp-pgtest-"

// newDir makes a directory in memory where there is room, else in the temporary
// directory, and clears away those of test binaries that were killed.
func newDir() (*testDir, error) {
	base := os.TempDir()
	if usable("/dev/shm") {
		base = "/dev/shm"
	}
	mine := dirPrefix + strconv.Itoa(os.Getuid()) + "-"
	gate, err := os.OpenFile(filepath.Join(base, mine+"gate"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a directory for the test cluster: %w", err)
	}
	defer gate.Close()
	// Between making a directory and locking it, it looks like a leftover.
	if err := syscall.Flock(int(gate.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("locking %s: %w", gate.Name(), err)
	}
	sweep(filepath.Join(base, mine+"d*"))
	path, err := os.MkdirTemp(base, mine+"d")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the test cluster: %w", err)
	}
	if err := os.Chmod(path, 0o711); err != nil { // as root, the server's user must pass
		return nil, fmt.Errorf("opening the test cluster's directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a directory for the test cluster: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		lock.Close()
		return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	return &testDir{path, lock}, nil
}

// usable: a cluster with its clones takes some 100 MB; containers often give /dev/shm 64 MB.
func usable(dir string) bool {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil || uint64(st.Bavail)*uint64(st.Bsize) < 1<<30 {
		return false
	}
	probe, err := os.MkdirTemp(dir, dirPrefix+"probe")
	if err != nil {
		return false
	}
	return os.Remove(probe) == nil
}

func sweep(pattern string) {
	left, err := filepath.Glob(pattern)
	if err != nil {
		return
	}
	for _, path := range left {
		lock, err := os.OpenFile(filepath.Join(path, "alive"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(path) // what cannot be removed now is removed next time
		}
		lock.Close()
	}
}

func (d *testDir) remove() {
	if err := os.RemoveAll(d.path); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: removing the test cluster:", err)
	}
	d.lock.Close()
}
