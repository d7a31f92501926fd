//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// poll is how often the launcher looks again at what it waits for.
const poll = 10 * time.Millisecond

// fileLock is a held flock; the kernel frees it when the process ends, however it ends.
type fileLock struct{ f *os.File }

func (l *fileLock) release() {
	if l != nil {
		l.f.Close()
	}
}

// tryLock returns nil, nil when another process (or another fileLock) holds it.
func tryLock(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, nil
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return &fileLock{f}, nil
}

// waitLock waits until ctx ends.
func waitLock(ctx context.Context, path string) (*fileLock, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if l, err := tryLock(path); l != nil || err != nil {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}
