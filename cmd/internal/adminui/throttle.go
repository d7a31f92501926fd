package adminui

import (
	"net/netip"
	"sync"
	"time"
)

const (
	freeFailures  = 5           // wrong passwords before waiting begins
	longestWait   = time.Minute // so that a typist, or a script of the same proxy, is not locked out for long
	failureMemory = 15 * time.Minute
	mostNetworks  = 1024
)

// throttle slows guessing down, per network that it comes from. Its memory is bounded: when full, the
// network that failed longest ago is forgotten. Safe for concurrent use.
type throttle struct {
	mu   sync.Mutex
	seen map[string]failures
}

type failures struct {
	count int
	last  time.Time
	until time.Time
}

func newThrottle() *throttle { return &throttle{seen: map[string]failures{}} }

// network is the caller's address, of IPv6 the /64 that one household or server has. Forwarding headers
// are not read, since anybody can write them: behind a proxy all callers share one count.
func network(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	a := ap.Addr().Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// judge asks right unless the caller must wait, and then says how long. Right is asked under the lock, so
// that many guesses at once do not all come before the first is counted; it must be quick.
func (t *throttle) judge(from string, now time.Time, right func() bool) (ok bool, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, known := t.seen[from]
	if now.Before(f.until) {
		return false, f.until.Sub(now)
	}
	if right() {
		delete(t.seen, from)
		return true, 0
	}
	if now.Sub(f.last) > failureMemory {
		f = failures{}
	}
	f.count++
	f.last = now
	if over := f.count - freeFailures; over >= 0 {
		f.until = now.Add(min(time.Second<<min(over, 10), longestWait))
	}
	if !known && len(t.seen) >= mostNetworks {
		t.forgetOldest()
	}
	t.seen[from] = f
	return false, 0
}

func (t *throttle) forgetOldest() {
	oldest := ""
	for k, f := range t.seen {
		if oldest == "" || f.last.Before(t.seen[oldest].last) {
			oldest = k
		}
	}
	delete(t.seen, oldest)
}
