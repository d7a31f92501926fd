package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

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
