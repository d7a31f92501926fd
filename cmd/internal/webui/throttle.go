package webui

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
// network that tried longest ago is forgotten. Safe for concurrent use.
type throttle struct {
	mu   sync.Mutex
	seen map[string]*guesser
}

type guesser struct {
	tried time.Time // under throttle.mu

	mu    sync.Mutex
	count int // of failures
	last  time.Time
	until time.Time
}

func newThrottle() *throttle { return &throttle{seen: map[string]*guesser{}} }

// address is the caller's, without the port.
func address(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	return ap.Addr().Unmap().String()
}

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

// judge asks right unless the caller must wait, and then says how long. The guesses of one network follow one another, so that
// many at once do not all come before the first is counted; other networks do not wait for them. An error counts as no guess.
func (t *throttle) judge(from string, now time.Time, right func() (bool, error)) (ok bool, wait time.Duration, err error) {
	g := t.guesser(from, now)
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.until) {
		return false, g.until.Sub(now), nil
	}
	if ok, err = right(); ok || err != nil {
		if ok {
			g.count, g.until = 0, time.Time{}
		}
		return ok, 0, err
	}
	if now.Sub(g.last) > failureMemory {
		g.count = 0
	}
	g.count++
	g.last = now
	if over := g.count - freeFailures; over >= 0 {
		g.until = now.Add(min(time.Second<<min(over, 10), longestWait))
	}
	return false, 0, nil
}

func (t *throttle) guesser(from string, now time.Time) *guesser {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, known := t.seen[from]
	if !known {
		if len(t.seen) >= mostNetworks {
			t.forgetOldest()
		}
		g = &guesser{}
		t.seen[from] = g
	}
	g.tried = now
	return g
}

func (t *throttle) forgetOldest() {
	oldest := ""
	for from, g := range t.seen {
		if oldest == "" || g.tried.Before(t.seen[oldest].tried) {
			oldest = from
		}
	}
	delete(t.seen, oldest)
}
