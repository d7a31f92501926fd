package graphsim

import (
	"crypto/tls"
	"net"
	"net/http"
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

// drop takes a mailbox's subscriptions out without a word.
func (b *subscriptions) drop(m *mailbox) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = slices.DeleteFunc(b.all, func(x *Subscription) bool { return x.mailbox == m })
}
