package graphsim

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Handler serves Graph under /v1.0, the token service under /{tenant}, the control API under
// /control and /healthz.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.serveToken)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.serveOpenID)
	mux.HandleFunc("GET /common/discovery/instance", s.serveInstance)
	s.controlRoutes(mux)
	// ServeMux would redirect paths that hold "//" or escaped slashes; Graph does not.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1.0/") {
			s.serveGraph(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// baseOf is how the client reached us; links in answers stay on that host (behaviour 34).
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	escaped := strings.TrimPrefix(r.URL.EscapedPath(), "/v1.0")
	q := &request{ctx: r.Context(), method: r.Method, path: escaped, header: r.Header, base: baseOf(r) + "/v1.0",
		query: parseQuery(r.URL.RawQuery)}
	requestID := s.newGUID()
	clientID := r.Header.Get("client-request-id")
	if clientID == "" {
		clientID = requestID
	}
	body, fail := readBody(r)
	q.body = body
	var out *response
	entry := &Request{At: s.now(), Method: r.Method, Path: escaped, Query: r.URL.RawQuery, RequestID: requestID, ClientRequestID: clientID,
		Prefer: strings.Join(r.Header.Values("Prefer"), ", "), Bytes: len(body)}
	if fail == nil {
		out, fail = s.answer(q, entry)
	}
	if fail != nil {
		out = s.errorResponse(fail, requestID, clientID)
	}
	entry.Status, entry.Duration = out.status, Duration(s.now().Sub(entry.At))
	if entry.cut {
		entry.Status = 0
	}
	s.requests.add(*entry)
	s.log.Debug("graphsim: request", "method", r.Method, "path", escaped, "actor", entry.Actor, "status", entry.Status, "fault", entry.Fault)
	if entry.cut {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	h := w.Header()
	for k, v := range out.header {
		h[k] = v
	}
	h.Set("request-id", requestID)
	h.Set("client-request-id", clientID)
	h.Set("Date", s.now().Format(http.TimeFormat))
	h.Set("Cache-Control", "private")
	if len(q.applied) > 0 && out.status < 400 {
		h.Set("Preference-Applied", strings.Join(q.applied, ", "))
	}
	if len(out.body) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentTypeJSON)
	}
	if out.status != http.StatusNoContent { // which must not tell a length
		h.Set("Content-Length", strconv.Itoa(len(out.body)))
	}
	w.WriteHeader(out.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.body)
	}
}

const contentTypeJSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer does everything of a request but writing it: who is asking, whom about, may it, do it.
func (s *Server) answer(q *request, entry *Request) (*response, *apiError) {
	if fail := s.authenticate(q); fail != nil {
		entry.Actor = q.actor
		return nil, fail
	}
	entry.Actor = q.actor
	segs, ok := splitPath(q.path)
	if !ok {
		return nil, badRequest("BadRequest", "Bad Request: the path is not well-formed.")
	}
	q.segs = segs
	if fail := q.setView(&s.zones); fail != nil {
		return nil, fail
	}
	if len(segs) >= 2 && word(segs[0]) == "users" {
		q.named = segs[1]
		m, byUPN := s.mailbox(segs[1])
		if m != nil {
			entry.User = m.id
		}
		q.mailbox = m
		if m != nil {
			release, fail := s.throttle.enter(s, q)
			defer release()
			if fail != nil {
				entry.Fault = "limit"
				return nil, fail
			}
		}
		out, fail := s.withFaults(q, entry, func() (*response, *apiError) {
			if m == nil {
				return nil, errUnknownUser(segs[1])
			}
			if fail := s.mailboxState(q, byUPN); fail != nil {
				return nil, fail
			}
			return s.userRoute(q)
		})
		return out, fail
	}
	return s.withFaults(q, entry, func() (*response, *apiError) { return s.rootRoute(q) })
}

func errUnknownUser(name string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "ErrorInvalidUser", message: "The requested user '" + name + "' is invalid."}
}

func (s *Server) errorObject(fail *apiError, requestID, clientID string) object {
	inner := "innerError"
	if s.faults.on(FaultInnerErrorLowerCase, "") {
		inner = "innererror"
	}
	e := object{{"code", fail.code}, {"message", fail.message}}
	e = append(e, fail.extra...)
	e = append(e, member{inner, object{
		{"date", s.now().Format("2006-01-02T15:04:05")}, {"request-id", requestID}, {"client-request-id", clientID}}})
	return object{{"error", e}}
}

func (s *Server) errorResponse(fail *apiError, requestID, clientID string) *response {
	out := &response{status: fail.status, header: http.Header{}}
	for k, v := range fail.header {
		out.header[k] = v
	}
	if fail.code == "" { // a bare answer of a gateway: whatever it says is in message
		out.body = []byte(fail.message)
		return out
	}
	out.body = appendJSON(nil, s.errorObject(fail, requestID, clientID))
	return out
}

// rootRoute serves what is not below a user.
func (s *Server) rootRoute(q *request) (*response, *apiError) {
	switch word(q.segs[0]) {
	case "subscriptions":
		return s.subscriptionRoute(q)
	case "$batch":
		return s.batch(q)
	case "users":
		return s.listUsers(q)
	case "groups":
		return s.groupRoute(q)
	case "me":
		return nil, badRequest("BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	return nil, errNoSegment(q.segs[0])
}

// userRoute serves /users/{id}/….
func (s *Server) userRoute(q *request) (*response, *apiError) {
	m, rest := q.mailbox, q.segs[2:]
	if len(rest) == 0 {
		return s.getUser(q)
	}
	var f *folder
	switch word(rest[0]) {
	case "mailboxsettings":
		return s.mailboxSettings(q)
	case "translateexchangeids":
		return s.translateIDs(q)
	case "findmeetingtimes":
		// Application permission: "Not supported".
		return nil, &apiError{status: http.StatusForbidden, code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."}
	case "calendar":
		f, rest = m.primary(), rest[1:]
		if len(rest) == 0 {
			return s.getCalendar(q, f)
		}
	case "calendars":
		if len(rest) == 1 {
			return s.calendars(q)
		}
		m.mu.Lock()
		f = m.folder(rest[1])
		_, known := parseItemID(m.tag, rest[1])
		m.mu.Unlock()
		if f == nil && known {
			return nil, errItemNotFound()
		}
		if f == nil {
			return nil, errMalformedID()
		}
		if rest = rest[2:]; len(rest) == 0 {
			return s.getCalendar(q, f)
		}
	default:
		f = m.primary()
	}
	switch word(rest[0]) {
	case "events":
		return s.eventRoute(q, f, rest[1:])
	case "calendarview":
		switch {
		case q.method != http.MethodGet:
			return nil, errMethod(q.method)
		case len(rest) == 1:
			return s.calendarView(q, f)
		case len(rest) == 2 && word(rest[1]) == "delta":
			return s.delta(q, f)
		case len(rest) == 2:
			return s.eventRoute(q, f, rest[1:])
		}
	case "getschedule":
		return s.getSchedule(q)
	}
	return nil, errNoSegment(rest[0])
}

// eventRoute serves …/events and what lies below.
func (s *Server) eventRoute(q *request, f *folder, rest []string) (*response, *apiError) {
	switch {
	case len(rest) == 0 && q.method == http.MethodGet:
		return s.listEvents(q, f)
	case len(rest) == 0 && q.method == http.MethodPost:
		return s.createEvent(q, f)
	case len(rest) == 1 && q.method == http.MethodGet:
		return s.getEvent(q, rest[0])
	case len(rest) == 1 && q.method == http.MethodPatch:
		return s.patchEvent(q, rest[0])
	case len(rest) == 1 && q.method == http.MethodDelete:
		return s.deleteEvent(q, rest[0], false)
	case len(rest) < 2:
		return nil, errMethod(q.method)
	}
	action := word(rest[1])
	switch {
	case action == "instances" && q.method == http.MethodGet:
		return s.instances(q, rest[0])
	case action == "extensions":
		return s.extensionRoute(q, rest[0], rest[2:])
	case q.method != http.MethodPost:
		return nil, errNoSegment(rest[1])
	case action == "cancel":
		return s.cancelEvent(q, rest[0])
	case action == "permanentdelete":
		return s.deleteEvent(q, rest[0], true)
	case action == "accept", action == "decline", action == "tentativelyaccept":
		return s.respond(q, rest[0], action)
	case action == "dismissreminder":
		return &response{status: http.StatusOK, header: http.Header{}}, nil
	}
	return nil, errNoSegment(rest[1])
}

// withFaults lets the faults that match strike before and after the work.
func (s *Server) withFaults(q *request, entry *Request, work func() (*response, *apiError)) (*response, *apiError) {
	struck := s.faults.takeRequest(s, q)
	if struck == nil {
		return work()
	}
	entry.Fault = struck.Kind
	s.log.Info("graphsim: fault strikes", "fault", struck.Kind, "method", q.method, "path", q.path)
	out, fail, done := s.strikeBefore(q.ctx, struck, entry)
	if done {
		return out, fail
	}
	out, fail = work()
	return s.strikeAfter(q.ctx, struck, entry, out, fail)
}

// hold waits until the server lets go of held requests, or the client gives up.
func (s *Server) hold(ctx context.Context, f *Fault) {
	s.faults.holding(f.ID, 1)
	defer s.faults.holding(f.ID, -1)
	select {
	case <-s.faults.released(f.ID):
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
}

// sinceEpoch is a Unix time as tokens tell it.
func sinceEpoch(t time.Time) int64 { return t.Unix() }
