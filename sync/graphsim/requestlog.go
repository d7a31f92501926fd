package graphsim

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one call as the log keeps it. Items of a batch have entries of their own.
type Request struct {
	At              time.Time `json:"at"` // on the server's clock
	Duration        Duration  `json:"duration"`
	Actor           string    `json:"actor"` // ActorApp or ActorOutlook
	User            string    `json:"user"`  // object id; "" when the path names no mailbox
	Method          string    `json:"method"`
	Path            string    `json:"path"` // after /v1.0, as it was sent
	Query           string    `json:"query,omitempty"`
	Prefer          string    `json:"prefer,omitempty"`
	Bytes           int       `json:"bytes"`
	Status          int       `json:"status"` // 0: cut without an answer
	Fault           string    `json:"fault,omitempty"`
	RequestID       string    `json:"requestId"`
	ClientRequestID string    `json:"clientRequestId"`

	cut bool
}

// RequestFilter chooses from the log; empty fields match all.
type RequestFilter struct {
	User   string // object id
	Actor  string
	Method string
	Path   string // a part of the path
	Status int
	Since  time.Time
}

func (f RequestFilter) matches(r *Request) bool {
	return (f.User == "" || strings.EqualFold(f.User, r.User)) && (f.Actor == "" || f.Actor == r.Actor) &&
		(f.Method == "" || strings.EqualFold(f.Method, r.Method)) && (f.Path == "" || strings.Contains(r.Path, f.Path)) &&
		(f.Status == 0 || f.Status == r.Status) && !r.At.Before(f.Since)
}

type requestLog struct {
	mu      sync.Mutex
	limit   int
	entries []Request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= l.limit {
		l.entries = slices.Delete(l.entries, 0, max(1, l.limit/10))
	}
	l.entries = append(l.entries, r)
}

// Requests answers the log, oldest first.
func (s *Server) Requests(f RequestFilter) []Request {
	if m, _ := s.mailbox(f.User); m != nil {
		f.User = m.id
	}
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	out := []Request{}
	for i := range s.requests.entries {
		if f.matches(&s.requests.entries[i]) {
			out = append(out, s.requests.entries[i])
		}
	}
	return out
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.entries = nil
}
