package graphsim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is one switch. It is on from SetFault until it struck Count times, For has passed, or it is
// cleared; with neither Count nor For it stays.
type Fault struct {
	ID   string `json:"id,omitempty"` // given by SetFault
	Kind string `json:"kind"`         // one of the Fault… constants
	// User is an object id or UPN; empty strikes every mailbox.
	User string `json:"user,omitempty"`
	// Method and Path choose requests: the method as it is, the path (after /v1.0) by a part of it.
	// A path that is part of /oauth2/v2.0/token strikes the token endpoint too.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Actor is "app" unless told: faults do not strike who plays the counsellor. "outlook", "any".
	Actor string   `json:"actor,omitempty"`
	Count int      `json:"count,omitempty"`
	For   Duration `json:"for,omitempty"`

	// What the kind reads; see FaultKinds.
	Delay      Duration `json:"delay,omitempty"`
	Status     int      `json:"status,omitempty"`
	Code       string   `json:"code,omitempty"`
	Message    string   `json:"message,omitempty"`
	Body       string   `json:"body,omitempty"`
	RetryAfter string   `json:"retryAfter,omitempty"`
	Variant    string   `json:"variant,omitempty"`

	// Struck counts how often it struck; not read.
	Struck int `json:"struck"`
}

type faultList struct {
	now    func() time.Time
	mu     sync.Mutex
	serial int
	active []*activeFault
	// held is closed, and replaced, when held requests are released.
	held map[string]chan struct{}
	// waiting counts the requests that a fault holds now; moved is closed, and replaced, at each change.
	waiting map[string]int
	moved   chan struct{}
}

type activeFault struct {
	Fault
	object string // the user's object id
	left   int    // of Count
	until  time.Time
}

func (l *faultList) init(now func() time.Time) {
	l.now, l.held, l.waiting, l.moved = now, map[string]chan struct{}{}, map[string]int{}, make(chan struct{})
}

// SetFault switches a fault on and answers its id.
func (s *Server) SetFault(f Fault) (string, error) {
	known := false
	var scope string
	for _, k := range faultKinds {
		if k.Kind == f.Kind {
			known, scope = true, k.Scope
		}
	}
	if !known {
		return "", fmt.Errorf("set fault: no kind %q", f.Kind)
	}
	a := &activeFault{Fault: f, left: f.Count}
	if f.User != "" {
		m, _ := s.mailbox(f.User)
		switch {
		case m != nil:
			a.object = m.id
		case scope == "request": // may be about a user that is not there
			a.object = f.User
		default:
			return "", fmt.Errorf("set fault: no user %q", f.User)
		}
	}
	if f.For > 0 {
		a.until = s.now().Add(time.Duration(f.For))
	}
	l := &s.faults
	l.mu.Lock()
	l.serial++
	a.ID = fmt.Sprintf("f%d", l.serial)
	a.Struck = 0
	l.held[a.ID] = make(chan struct{})
	now := s.now()
	l.active = slices.DeleteFunc(l.active, func(old *activeFault) bool { return !old.until.IsZero() && !now.Before(old.until) })
	if f.Kind != FaultDeltaExpired { // an act, not a state
		l.active = append(l.active, a)
	}
	l.mu.Unlock()
	switch f.Kind {
	case FaultDeltaExpired:
		for _, m := range s.mailboxes() {
			if a.object == "" || a.object == m.id {
				m.mu.Lock()
				m.generation++
				m.expired = f
				m.mu.Unlock()
			}
		}
	case FaultMoving:
		if f.Variant == "newIDs" {
			s.replaceIDs(a)
		}
	}
	return a.ID, nil
}

// replaceIDs gives the mailbox a new database. The move answers 503 until the fault ends, so nobody sees the change happen.
func (s *Server) replaceIDs(a *activeFault) {
	for _, m := range s.mailboxes() {
		if a.object == "" || a.object == m.id {
			m.mu.Lock()
			m.replaceIDs(s.cfg.Seed)
			m.mu.Unlock()
		}
	}
}

// ClearFault switches one fault off; it reports whether it was on.
func (s *Server) ClearFault(id string) bool {
	n := s.clear(func(a *activeFault) bool { return a.ID == id })
	return n > 0
}

// ClearFaults switches off all faults of a user, or, with "", all there are; it answers how many.
// What the faults are holding goes on.
func (s *Server) ClearFaults(user string) int {
	if user == "" {
		s.Release("")
	}
	object := user
	if m, _ := s.mailbox(user); m != nil {
		object = m.id
	}
	return s.clear(func(a *activeFault) bool { return user == "" || a.object == object })
}

func (s *Server) clear(which func(*activeFault) bool) int {
	l := &s.faults
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []*activeFault
	n := 0
	for _, a := range l.active {
		if which(a) {
			n++
			l.release(a.ID)
		} else {
			kept = append(kept, a)
		}
	}
	l.active = kept
	return n
}

// Faults lists what is on.
func (s *Server) Faults() []Fault {
	l := &s.faults
	now := s.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Fault{}
	for _, a := range l.active {
		if a.until.IsZero() || now.Before(a.until) {
			out = append(out, a.Fault)
		}
	}
	return out
}

// Release lets held requests go on: those of one fault, or, with "", all.
func (s *Server) Release(id string) {
	l := &s.faults
	l.mu.Lock()
	defer l.mu.Unlock()
	for held := range l.held {
		if id == "" || held == id {
			l.release(held)
			l.held[held] = make(chan struct{})
		}
	}
}

func (l *faultList) holding(id string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[id] += n
	close(l.moved)
	l.moved = make(chan struct{})
}

// WaitHeld waits until a fault holds (or delays) n requests at once, or ctx ends.
func (s *Server) WaitHeld(ctx context.Context, id string, n int) error {
	l := &s.faults
	for {
		l.mu.Lock()
		have, moved := l.waiting[id], l.moved
		l.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d held requests: %w", n, ctx.Err())
		}
	}
}

// release is called with mu held.
func (l *faultList) release(id string) {
	if c := l.held[id]; c != nil {
		close(c)
		delete(l.held, id)
	}
}

func (l *faultList) released(id string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.held[id]; c != nil {
		return c
	}
	done := make(chan struct{})
	close(done)
	return done
}

// pick finds the first fault that match accepts. It counts as struck when strike is set.
func (l *faultList) pick(now time.Time, strike bool, match func(*activeFault) bool) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, a := range l.active {
		if !a.until.IsZero() && !now.Before(a.until) || !match(a) {
			continue
		}
		if strike {
			a.Struck++
			if a.Count > 0 {
				if a.left--; a.left == 0 {
					l.active = append(append([]*activeFault(nil), l.active[:i]...), l.active[i+1:]...)
				}
			}
		}
		return a.Fault, true
	}
	return Fault{}, false
}

func (a *activeFault) about(kind, object string) bool {
	return a.Kind == kind && (a.object == "" || a.object == object)
}

// find looks for a state or variant of a mailbox, without counting it.
func (l *faultList) find(kind, object string) (Fault, bool) {
	return l.pick(l.now(), false, func(a *activeFault) bool { return a.about(kind, object) })
}

// on is find for kinds without parameters.
func (l *faultList) on(kind, object string) bool {
	_, ok := l.find(kind, object)
	return ok
}

// take is find, and counts.
func (l *faultList) take(kind, object string) (Fault, bool) {
	return l.pick(l.now(), true, func(a *activeFault) bool { return a.about(kind, object) })
}

// takeRequest finds the fault that strikes a request.
func (l *faultList) takeRequest(s *Server, q *request) *Fault {
	l.mu.Lock()
	none := len(l.active) == 0
	l.mu.Unlock()
	if none {
		return nil
	}
	object := q.named
	if q.mailbox != nil {
		object = q.mailbox.id
	}
	f, ok := l.pick(s.now(), true, func(a *activeFault) bool {
		if !requestKinds[a.Kind] || a.object != "" && !strings.EqualFold(a.object, object) ||
			a.Method != "" && !strings.EqualFold(a.Method, q.method) || a.Path != "" && !strings.Contains(q.path, a.Path) {
			return false
		}
		if a.Kind == FaultConcurrentItemSave && !q.isCreate() {
			return false
		}
		return a.strikes(q.actor)
	})
	if !ok {
		return nil
	}
	return &f
}

// takeToken finds the fault that strikes the token endpoint: only one whose Path says so.
func (l *faultList) takeToken(now time.Time, path string) *Fault {
	f, ok := l.pick(now, true, func(a *activeFault) bool {
		return requestKinds[a.Kind] && a.Path != "" && strings.Contains(path, a.Path)
	})
	if !ok {
		return nil
	}
	return &f
}

func (f *Fault) strikes(actor string) bool {
	switch f.Actor {
	case "any":
		return true
	case "":
		return actor == ActorApp
	}
	return f.Actor == actor
}

func (q *request) isCreate() bool {
	return q.method == http.MethodPost && len(q.segs) > 0 && word(q.segs[len(q.segs)-1]) == "events"
}

var requestKinds = func() map[string]bool {
	out := map[string]bool{}
	for _, k := range faultKinds {
		out[k.Kind] = k.Scope == "request"
	}
	return out
}()
