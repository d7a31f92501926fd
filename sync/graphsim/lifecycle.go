package graphsim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// The lifecycle events.
const (
	LifecycleMissed                = "missed"
	LifecycleSubscriptionRemoved   = "subscriptionRemoved"
	LifecycleReauthorizationNeeded = "reauthorizationRequired"
)

// postLifecycle queues a lifecycle notice (behaviour 61). It is called with mu held.
func (b *subscriptions) postLifecycle(x *Subscription, event string) {
	if x.LifecycleURL == "" {
		return
	}
	b.enqueue(x.LifecycleURL, notice{sub: x.ID, change: event, lifecycle: true, body: object{
		{"subscriptionId", x.ID}, {"subscriptionExpirationDateTime", x.Expires.Format("2006-01-02T15:04:05.9999999-07:00")},
		{"tenantId", b.s.cfg.Tenant}, {"clientState", x.ClientState}, {"lifecycleEvent", event}}}, 0, false)
}

// Lifecycle sends a lifecycle event about a subscription. subscriptionRemoved removes it;
// reauthorizationRequired stops its notices after stopsIn (0: at its expiry) unless it is
// reauthorized or renewed.
func (s *Server) Lifecycle(subscription, event string, stopsIn time.Duration) error {
	b := &s.subs
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.byID(subscription)
	if x == nil {
		return fmt.Errorf("lifecycle event: no subscription %q", subscription)
	}
	switch event {
	case LifecycleMissed:
	case LifecycleSubscriptionRemoved:
		b.all = slices.DeleteFunc(b.all, func(y *Subscription) bool { return y == x })
	case LifecycleReauthorizationNeeded:
		x.stopsAt = x.Expires
		if stopsIn > 0 {
			x.stopsAt = s.now().Add(stopsIn)
		}
	default:
		return fmt.Errorf("lifecycle event: no event %q", event)
	}
	b.postLifecycle(x, event)
	return nil
}

// Forgeries are the hostile POSTs that Forge can send (behaviour 63).
var Forgeries = []string{"clientState", "unknownSubscription", "hugeBody", "badJSON", "scriptToken"}

// Forge sends a hostile POST to a subscription's notification URL and answers the receiver's status, 0
// when there was none.
func (s *Server) Forge(ctx context.Context, subscription, what string) (int, error) {
	b := &s.subs
	b.mu.Lock()
	x := b.byID(subscription)
	var sub Subscription
	if x != nil {
		sub = *x
	}
	b.mu.Unlock()
	if x == nil {
		return 0, fmt.Errorf("forge: no subscription %q", subscription)
	}
	target := sub.NotificationURL
	ev := &event{key: 1, change: 1}
	var body []byte
	switch what {
	case "clientState":
		sub.ClientState = "forged"
		body = appendJSON(nil, object{{"value", []object{s.noticeOf(&sub, 1, "updated", ev).body}}})
	case "unknownSubscription":
		sub.ID = s.newGUID()
		body = appendJSON(nil, object{{"value", []object{s.noticeOf(&sub, 1, "updated", ev).body}}})
	case "hugeBody":
		body = append([]byte(`{"value":["`), bytes.Repeat([]byte("x"), 10<<20)...)
		body = append(body, `"]}`...)
	case "badJSON":
		body = []byte(`{"value":[{"subscriptionId":`)
	case "scriptToken":
		target += "?validationToken=%3Cscript%3Ealert(1)%3C%2Fscript%3E"
	default:
		return 0, fmt.Errorf("forge: no forgery %q", what)
	}
	// What counts here is the answer, and ten megabytes take their time.
	return b.sendRaw(ctx, target, body, time.Minute), nil
}
