package graphsim

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is where the simulator takes the time from and sets its timers on: token life, delta lag,
// delays, the server's own etag changes, retries of notices, expiry of subscriptions. Time-outs of
// sockets (a receiver of notices that does not answer) are always real time.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once d has passed. f must not block.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that has not happened yet.
type Timer interface {
	// Stop prevents the call and reports whether it did.
	Stop() bool
}

type realClock struct{}

// RealClock is the machine's own clock; the default.
func RealClock() Clock { return realClock{} }

func (realClock) Now() time.Time                            { return time.Now() }
func (realClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// VirtualClock stands still until it is advanced. It is safe for concurrent use.
type VirtualClock struct {
	mu     sync.Mutex
	now    time.Time
	serial uint64
	timers timerHeap
}

// NewVirtualClock returns a clock that shows start.
func NewVirtualClock(start time.Time) *VirtualClock { return &VirtualClock{now: start.UTC()} }

// Now implements Clock.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements Clock. A d of zero or less fires at the next Advance, also Advance(0).
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	t := &virtualTimer{clock: c, at: c.now.Add(d), serial: c.serial, f: f}
	heap.Push(&c.timers, t)
	return t
}

// Advance moves the clock on by d. Timers fire in the order of their times, each with the clock
// showing its time, in the caller's goroutine; those that they set meanwhile are included.
func (c *VirtualClock) Advance(d time.Duration) { c.advance(d, func() {}) }

// advance calls settle after each instant at which something fired.
func (c *VirtualClock) advance(d time.Duration, settle func()) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.timers) > 0 && !c.timers[0].at.After(end) {
		t := heap.Pop(&c.timers).(*virtualTimer)
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.f()
		settle()
		c.mu.Lock()
	}
	if end.After(c.now) {
		c.now = end
	}
	c.mu.Unlock()
}

type virtualTimer struct {
	clock  *VirtualClock
	at     time.Time
	serial uint64
	f      func()
	index  int // position in the heap, -1 once fired or stopped
}

func (t *virtualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.clock.timers, t.index)
	return true
}

type timerHeap []*virtualTimer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].serial < h[j].serial
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*virtualTimer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	t.index = -1
	*h = old[:len(old)-1]
	return t
}
