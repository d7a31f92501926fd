package graphsim

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// throttle counts per application and mailbox (behaviour 64). Who plays the counsellor is another
// application and is never refused.
type throttle struct {
	limits Limits
	mu     sync.Mutex
	lanes  map[lane]*usage
}

type lane struct{ app, mailbox string }

type usage struct {
	inFlight, most int
	windowStart    time.Time
	requests       int
	uploadStart    time.Time
	uploaded       int64
}

func (t *throttle) init(l Limits) { t.limits, t.lanes = l, map[lane]*usage{} }

func (t *throttle) lane(l lane) *usage {
	u := t.lanes[l]
	if u == nil {
		u = &usage{}
		t.lanes[l] = u
	}
	return u
}

// enter counts a request in; call release when it is done, also after a refusal.
func (t *throttle) enter(s *Server, q *request) (release func(), fail *apiError) {
	if q.actor == ActorOutlook {
		return func() {}, nil
	}
	now := s.now()
	perApp := s.faults.on(FaultThrottlePerApp, "")
	as503 := s.faults.on(FaultThrottle503, q.mailbox.id)
	t.mu.Lock()
	defer t.mu.Unlock()
	u, whole := t.lane(lane{q.app, q.mailbox.id}), t.lane(lane{q.app, ""})
	for _, x := range []*usage{u, whole} {
		x.inFlight++
		x.most = max(x.most, x.inFlight)
	}
	if now.Sub(u.windowStart) >= t.limits.Window {
		u.windowStart, u.requests = now, 0
	}
	if now.Sub(u.uploadStart) >= t.limits.UploadTime {
		u.uploadStart, u.uploaded = now, 0
	}
	u.requests++
	u.uploaded += int64(len(q.body))
	release = func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		u.inFlight--
		whole.inFlight--
	}
	inFlight := u.inFlight
	if perApp {
		inFlight = whole.inFlight
	}
	status, limit, wait := http.StatusTooManyRequests, "", time.Second
	switch {
	case inFlight > t.limits.Concurrent:
		limit = "MailboxConcurrency"
		if as503 {
			status = http.StatusServiceUnavailable
		}
	case u.requests > t.limits.Requests:
		limit, wait = "RequestsPerWindow", u.windowStart.Add(t.limits.Window).Sub(now)
	case u.uploaded > t.limits.UploadBytes:
		limit, wait = "UploadBytes", u.uploadStart.Add(t.limits.UploadTime).Sub(now)
	default:
		return release, nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	return release, &apiError{status: status, code: "ApplicationThrottled", message: "Application is over its " + limit + " limit.",
		header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}}
}

// MaxConcurrency is the most requests of the application that were in flight at once, refused ones
// included: on one mailbox, or, with "", over all.
func (s *Server) MaxConcurrency(user string) int {
	object := user
	if m, _ := s.mailbox(user); m != nil {
		object = m.id
	}
	s.throttle.mu.Lock()
	defer s.throttle.mu.Unlock()
	return s.throttle.lane(lane{s.cfg.ClientID, object}).most
}

// ResetConcurrency forgets what MaxConcurrency told.
func (s *Server) ResetConcurrency() {
	s.throttle.mu.Lock()
	defer s.throttle.mu.Unlock()
	for _, u := range s.throttle.lanes {
		u.most = u.inFlight
	}
}
