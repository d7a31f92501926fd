package graphsim

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Subscription is a subscription as introspection tells it.
type Subscription struct {
	ID              string    `json:"id"`
	Resource        string    `json:"resource"`
	User            string    `json:"user"` // object id
	ChangeType      string    `json:"changeType"`
	NotificationURL string    `json:"notificationUrl"`
	LifecycleURL    string    `json:"lifecycleNotificationUrl"`
	ClientState     string    `json:"clientState"`
	Expires         time.Time `json:"expirationDateTime"`
	ImmutableIDs    bool      `json:"immutableIds"`

	app      string
	mailbox  *mailbox
	calendar int // number of the folder, or wholeMailbox
	// stopsAt is set by an unanswered reauthorizationRequired.
	stopsAt time.Time
}

func (x *Subscription) wants(change string) bool {
	return slices.Contains(strings.Split(strings.ReplaceAll(x.ChangeType, " ", ""), ","), change)
}

func (x *Subscription) alive(now time.Time) bool { return now.Before(x.Expires) }

func (x *Subscription) delivers(now time.Time) bool {
	return x.alive(now) && (x.stopsAt.IsZero() || now.Before(x.stopsAt))
}

type subscriptions struct {
	s  *Server
	mu sync.Mutex
	// all in order of their making; the expired are taken out whenever somebody looks.
	all      []*Subscription
	outboxes map[string]*outbox
	hosts    map[string]*reputation
	log      []Notice
	client   *http.Client
}

func (b *subscriptions) init(s *Server) {
	b.s, b.outboxes, b.hosts = s, map[string]*outbox{}, map[string]*reputation{}
	b.client = s.cfg.NoticeClient
	if b.client != nil {
		return
	}
	strict := http.DefaultTransport.(*http.Transport).Clone()
	lax := strict.Clone()
	// Receivers on this machine have certificates of their own making.
	lax.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // loopback only, see split
	b.client = &http.Client{Transport: split{strict, lax}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// split trusts any certificate of a loopback address, and no more than the machine's roots elsewhere.
type split struct{ strict, lax *http.Transport }

func (t split) RoundTrip(r *http.Request) (*http.Response, error) {
	if isLoopback(r.URL.Hostname()) {
		return t.lax.RoundTrip(r)
	}
	return t.strict.RoundTrip(r)
}

func (t split) CloseIdleConnections() {
	t.strict.CloseIdleConnections()
	t.lax.CloseIdleConnections()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (b *subscriptions) close() {
	if b.s.cfg.NoticeClient == nil {
		b.client.CloseIdleConnections()
	}
}

// current is the live subscriptions. It is called with mu held.
func (b *subscriptions) current() []*Subscription {
	now := b.s.now()
	b.all = slices.DeleteFunc(b.all, func(x *Subscription) bool { return !x.alive(now) })
	return b.all
}

// Subscriptions lists what is alive.
func (s *Server) Subscriptions() []Subscription {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	out := []Subscription{}
	for _, x := range s.subs.current() {
		out = append(out, *x)
	}
	return out
}

// wholeMailbox is the calendar of a subscription on users/{id}/events.
const wholeMailbox = -1

const (
	longestSubscription  = 10_080 * time.Minute
	shortestSubscription = 45 * time.Minute
	mostPerMailbox       = 1000
	subscriptionPage     = 100
)

// subscriptionRoute serves /subscriptions (behaviours 52 to 56).
func (s *Server) subscriptionRoute(q *request) (*response, *apiError) {
	b := &s.subs
	switch {
	case len(q.segs) == 1 && q.method == http.MethodPost:
		return s.subscribe(q)
	case len(q.segs) == 1 && q.method == http.MethodGet:
		return s.listSubscriptions(q)
	case len(q.segs) == 1:
		return nil, errMethod(q.method)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.current(), func(x *Subscription) bool { return strings.EqualFold(x.ID, q.segs[1]) && x.app == q.app })
	if i < 0 {
		return nil, &apiError{status: http.StatusNotFound, code: "ResourceNotFound", message: "The object was not found."}
	}
	x := b.all[i]
	switch {
	case len(q.segs) == 2 && q.method == http.MethodGet:
		return jsonResponse(http.StatusOK, append(object{q.context("subscriptions/$entity")}, x.object()...)), nil
	case len(q.segs) == 2 && q.method == http.MethodDelete:
		b.all = slices.Delete(b.all, i, i+1)
		return &response{status: http.StatusNoContent, header: http.Header{}}, nil
	case len(q.segs) == 2 && q.method == http.MethodPatch:
		return s.renew(q, x)
	case len(q.segs) == 3 && word(q.segs[2]) == "reauthorize" && q.method == http.MethodPost:
		x.stopsAt = time.Time{}
		return &response{status: http.StatusNoContent, header: http.Header{}}, nil
	}
	return nil, errNoSegment(q.segs[len(q.segs)-1])
}

func (x *Subscription) object() object {
	var state, lifecycle any
	if x.ClientState != "" {
		state = x.ClientState
	}
	if x.LifecycleURL != "" {
		lifecycle = x.LifecycleURL
	}
	return object{{"id", x.ID}, {"resource", x.Resource}, {"applicationId", x.app}, {"changeType", x.ChangeType}, {"clientState", state},
		{"notificationUrl", x.NotificationURL}, {"notificationQueryOptions", nil}, {"notificationContentType", nil},
		{"lifecycleNotificationUrl", lifecycle}, {"expirationDateTime", wireInstant(x.Expires)}, {"creatorId", guidFrom("creator " + x.app)},
		{"includeResourceData", nil}, {"latestSupportedTlsVersion", "v1_2"}, {"encryptionCertificate", nil}, {"encryptionCertificateId", nil},
		{"notificationUrlAppId", nil}}
}

func (s *Server) listSubscriptions(q *request) (*response, *apiError) {
	skip, fail := q.query.int("$skip", 0, 1<<30)
	if fail != nil {
		return nil, fail
	}
	b := &s.subs
	b.mu.Lock()
	defer b.mu.Unlock()
	values := []object{}
	more := false
	n := 0
	for _, x := range b.current() {
		if x.app != q.app {
			continue
		}
		if n >= skip && len(values) < subscriptionPage {
			values = append(values, x.object())
		} else if n >= skip {
			more = true
		}
		n++
	}
	out := object{q.context("subscriptions"), {"value", values}}
	if more {
		out = append(out, member{"@odata.nextLink", q.nextPage(skip + subscriptionPage)})
	}
	return jsonResponse(http.StatusOK, out), nil
}

type subscriptionJSON struct {
	ChangeType          string  `json:"changeType"`
	NotificationURL     string  `json:"notificationUrl"`
	LifecycleURL        string  `json:"lifecycleNotificationUrl"`
	Resource            string  `json:"resource"`
	Expires             string  `json:"expirationDateTime"`
	ClientState         *string `json:"clientState"`
	IncludeResourceData *bool   `json:"includeResourceData"`
}

func (s *Server) subscribe(q *request) (*response, *apiError) {
	var in subscriptionJSON
	if err := json.Unmarshal(q.body, &in); err != nil {
		return nil, errBody("subscription", err)
	}
	x := &Subscription{Resource: in.Resource, NotificationURL: in.NotificationURL, LifecycleURL: in.LifecycleURL, app: q.app, ImmutableIDs: q.view.immutable}
	if fail := s.checkSubscription(q, &in, x); fail != nil {
		return nil, fail
	}
	b := &s.subs
	b.mu.Lock()
	fail := b.room(x)
	b.mu.Unlock()
	if fail != nil {
		return nil, fail
	}
	x.ID = s.newGUID()
	for _, target := range []string{x.NotificationURL, x.LifecycleURL} {
		if target != "" {
			if fail := s.handshake(q.ctx, target); fail != nil {
				return nil, fail
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if fail := b.room(x); fail != nil { // another one may have come during the handshake
		return nil, fail
	}
	b.all = append(b.all, x)
	return jsonResponse(http.StatusCreated, append(object{q.context("subscriptions/$entity")}, x.object()...)), nil
}

// room checks twins and the number per mailbox. It is called with mu held.
func (b *subscriptions) room(x *Subscription) *apiError {
	n := 0
	for _, y := range b.current() {
		if y.mailbox != x.mailbox {
			continue
		}
		n++
		if y.app == x.app && y.calendar == x.calendar && y.ChangeType == x.ChangeType && !b.s.faults.on(FaultTwinSubscriptions, x.mailbox.id) {
			return &apiError{status: http.StatusConflict, code: "ExtensionError",
				message: fmt.Sprintf("Operation: Create; Exception: [Status Code: Conflict; Reason: Subscription Id <%s> already exists for the requested combination]", y.ID)}
		}
	}
	if n >= mostPerMailbox {
		return &apiError{status: http.StatusForbidden, code: "ExtensionError", message: "Operation: Create; Exception: [Status Code: Forbidden; Reason: Subscription quota of the mailbox exceeded]"}
	}
	return nil
}

func errSubscription(format string, args ...any) *apiError {
	return badRequest("ExtensionError", "Operation: Create; Exception: [Status Code: BadRequest; Reason: "+format+"]", args...)
}

func (s *Server) checkSubscription(q *request, in *subscriptionJSON, x *Subscription) *apiError {
	if in.IncludeResourceData != nil && *in.IncludeResourceData {
		return badRequest("InvalidRequest", "Notifications with resource data are not supported by this simulator.")
	}
	var kinds []string
	for c := range strings.SplitSeq(in.ChangeType, ",") {
		name, ok := canonical([]string{"created", "updated", "deleted"}, strings.TrimSpace(c))
		if !ok {
			return badRequest("InvalidRequest", "Unsupported change type in the subscription request: '%s'.", in.ChangeType)
		}
		kinds = append(kinds, name)
	}
	x.ChangeType = strings.Join(kinds, ",")
	if in.ClientState != nil {
		x.ClientState = *in.ClientState
	}
	if len(x.ClientState) > 128 {
		return badRequest("InvalidRequest", "The clientState of a subscription cannot be longer than 128 characters.")
	}
	expires, fail := s.expiry(in.Expires)
	if fail != nil {
		return fail
	}
	x.Expires = expires
	for _, target := range []string{in.NotificationURL, in.LifecycleURL} {
		if target == "" && target == in.LifecycleURL && in.NotificationURL != "" {
			continue
		}
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()) || s.faults.on(FaultHTTPSOnly, "")) {
			return badRequest("InvalidRequest", "Subscription notification URL should be an https URL: '%s'.", target)
		}
	}
	return s.resolveResource(q, in.Resource, x)
}

// resolveResource reads users/{id}/events and users/{id}/calendars/{id}/events.
func (s *Server) resolveResource(q *request, resource string, x *Subscription) *apiError {
	path, _, _ := strings.Cut(strings.TrimPrefix(resource, "/"), "?")
	if strings.HasPrefix(path, "me/") {
		return badRequest("ExtensionError", "/me request is only valid with delegated authentication flow.")
	}
	segs, ok := splitPath(path)
	if !ok || len(segs) < 3 || word(segs[0]) != "users" {
		return errSubscription("'Resource' is invalid")
	}
	m, byUPN := s.mailbox(segs[1])
	if m == nil {
		return errUnknownUser(segs[1])
	}
	rest := segs[2:]
	switch {
	case len(rest) == 1 && word(rest[0]) == "events":
		x.calendar = wholeMailbox
	case len(rest) == 2 && word(rest[0]) == "calendar" && word(rest[1]) == "events":
		x.calendar = m.primary().n
	case len(rest) == 3 && word(rest[0]) == "calendars" && word(rest[2]) == "events":
		m.mu.Lock()
		f := m.folder(rest[1])
		m.mu.Unlock()
		if f == nil {
			return errItemNotFound()
		}
		x.calendar = f.n
	default:
		return errSubscription("'Resource' is invalid")
	}
	x.mailbox, x.User = m, m.id
	about := *q
	about.mailbox, about.named = m, segs[1]
	fail := s.mailboxState(&about, byUPN)
	if fail != nil && fail.code == "MailboxNotEnabledForRESTAPI" {
		return badRequest("ExtensionError", "Operation: Create; Exception: [Status Code: BadRequest; Reason: The mailbox %s is currently on backend 'Unknown']", m.id)
	}
	return fail
}

// expiry reads expirationDateTime: the past and more than 10,080 minutes are refused, less than 45
// minutes is raised (behaviour 54).
func (s *Server) expiry(told string) (time.Time, *apiError) {
	t, err := time.Parse(time.RFC3339, told)
	if err != nil {
		return t, badRequest("InvalidRequest", "The expirationDateTime '%s' is not a valid date and time with offset.", told)
	}
	now := s.now()
	switch {
	case !t.After(now):
		return t, badRequest("InvalidRequest", "Subscription expiration must be in the future.")
	case t.Sub(now) > longestSubscription:
		return t, badRequest("ExtensionError", "Subscription expiration can only be 10080 minutes in the future.")
	case t.Sub(now) < shortestSubscription:
		t = now.Add(shortestSubscription)
	}
	return t.UTC(), nil
}

// renew is PATCH; only expirationDateTime (and the notification URL) can be changed.
func (s *Server) renew(q *request, x *Subscription) (*response, *apiError) {
	in, fail := parseFields(q.body)
	if fail != nil {
		return nil, fail
	}
	for name, raw := range in {
		switch {
		case name == "expirationDateTime":
			var told string
			if fail := readString(name, raw, &told, ""); fail != nil {
				return nil, fail
			}
			expires, fail := s.expiry(told)
			if fail != nil {
				return nil, fail
			}
			x.Expires, x.stopsAt = expires, time.Time{}
		case strings.Contains(name, "@"):
		default:
			return nil, badRequest("InvalidRequest", "The property '%s' of a subscription cannot be updated.", name)
		}
	}
	return jsonResponse(http.StatusOK, append(object{q.context("subscriptions/$entity")}, x.object()...)), nil
}

// handshake asks a receiver whether it wants notices (behaviours 52, 53).
func (s *Server) handshake(ctx context.Context, target string) *apiError {
	fail := func(format string, args ...any) *apiError {
		return badRequest("ValidationError", "Subscription validation request failed. "+format, args...)
	}
	token := "Validation: Testing client application reachability for subscription Request-Id: " + s.newGUID()
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.HandshakeTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target+sep+"validationToken="+url.QueryEscape(token), nil)
	if err != nil {
		return fail("Notification URL is not valid.")
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := s.subs.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return fail("Validation request timed out.")
		}
		return fail("Notification endpoint could not be reached.")
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	switch {
	case ctx.Err() != nil:
		return fail("Validation request timed out.")
	case err != nil:
		return fail("Notification endpoint could not be reached.")
	case answer.StatusCode == http.StatusNotFound:
		return fail("Response of the notification endpoint: HTTP 'NotFound'.")
	case answer.StatusCode != http.StatusOK:
		return fail("Notification endpoint must respond with 200 OK to validation request.")
	case string(body) != token:
		return fail("Response must exactly match validationToken query parameter.")
	}
	return nil
}
