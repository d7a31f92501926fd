package graphsim

import (
	"context"
	"time"
)

// spawn runs f in a goroutine that Close waits for and Settle too. It does nothing after Close.
func (s *Server) spawn(f func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.busy++
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer func() {
			s.mu.Lock()
			s.busy--
			s.idle.Broadcast()
			s.mu.Unlock()
		}()
		f(s.ctx)
	}()
}

type pendingTimer struct{ timer Timer }

func (t *pendingTimer) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// after runs f in the background once d has passed on the clock; at once when d is not positive.
func (s *Server) after(d time.Duration, f func(ctx context.Context)) {
	if d <= 0 {
		s.spawn(f)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	t := &pendingTimer{}
	s.timers[t] = struct{}{}
	t.timer = s.clock.AfterFunc(d, func() {
		s.mu.Lock()
		delete(s.timers, t)
		s.mu.Unlock()
		s.spawn(f)
	})
}

// linger waits for a fault's Delay on the clock, or until ctx or the server ends. The request counts as
// held once its timer is set, so WaitHeld tells when a virtual clock may be moved on.
func (s *Server) linger(ctx context.Context, f *Fault) {
	done := make(chan struct{})
	t := s.clock.AfterFunc(max(0, time.Duration(f.Delay)), func() { close(done) })
	defer t.Stop()
	s.faults.holding(f.ID, 1)
	defer s.faults.holding(f.ID, -1)
	select {
	case <-done:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
}

// Settle waits until no background work is running: every notice that is due was answered, or has
// been put off. It does not wait for timers.
func (s *Server) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy > 0 {
		s.idle.Wait()
	}
}

// Advance moves a VirtualClock on by d and settles at each step, so that what follows from one
// delivery (its retry, say) is on the clock before the next instant comes. It reports whether the
// server has a virtual clock.
func (s *Server) Advance(d time.Duration) bool {
	c, ok := s.clock.(*VirtualClock)
	if !ok {
		return false
	}
	s.Settle()
	c.advance(d, s.Settle)
	s.Settle()
	return true
}
