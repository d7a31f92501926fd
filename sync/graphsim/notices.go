package graphsim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"time"
)

// Notice is one notification as the delivery log keeps it.
type Notice struct {
	At           time.Time `json:"at"`
	Subscription string    `json:"subscription"`
	// Change is created, updated, deleted, or a lifecycle event.
	Change  string `json:"change"`
	EventID string `json:"eventId,omitempty"`
	URL     string `json:"url"`
	// Result is delivered, refused (it will be sent again), lost, dropped, or delayed.
	Result  string `json:"result"`
	Status  int    `json:"status,omitempty"` // the receiver's
	Attempt int    `json:"attempt,omitempty"`
}

// notice is an item on its way.
type notice struct {
	sub     string
	change  string
	eventID string
	body    object
	// lifecycle notices are delivered to subscriptions that are gone, too.
	lifecycle bool
}

// outbox is what waits for one URL.
type outbox struct {
	url      string
	queue    []notice
	workers  int
	reversed bool
}

const (
	// mostPerPost and mostWorkers shape the delivery: notices of many subscriptions in one POST, and
	// a receiver that hangs does not stop all others at its URL.
	mostPerPost = 50
	mostWorkers = 4
	// noticeLife is how long Graph tries.
	noticeLife = 4 * time.Hour
)

// pauses between attempts grow; the last repeats.
var pauses = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute}

// changed publishes a change the way Graph does: a create is followed by one to three `updated`, an
// update by up to one more (behaviour 58). It is called with m locked.
func (s *Server) changed(m *mailbox, kind string, ev *event) {
	s.changedOnce(m, kind, ev)
	if s.faults.on(FaultSingleNotices, m.id) {
		return
	}
	more := 0
	switch kind {
	case "created":
		more = 1 + s.chance(3)
		if !s.faults.on(FaultNoETagRotation, m.id) {
			more-- // the server's own change, seconds later, is one of them
		}
	case "updated":
		more = s.chance(2)
	}
	for range more {
		s.changedOnce(m, "updated", ev)
	}
}

// changedOnce publishes exactly one notice per subscription.
func (s *Server) changedOnce(m *mailbox, kind string, ev *event) {
	s.announce(m, kind, ev, func(x *Subscription) bool { return x.calendar == wholeMailbox || x.calendar == ev.calendar })
}

// announce queues a notice for the subscriptions on m that match.
func (s *Server) announce(m *mailbox, kind string, ev *event, match func(*Subscription) bool) {
	tag := m.tag
	m.pending = append(m.pending, func() {
		b := &s.subs
		b.mu.Lock()
		defer b.mu.Unlock()
		now := s.now()
		for _, x := range b.current() {
			if x.mailbox == m && x.delivers(now) && x.wants(kind) && match(x) {
				b.post(x, s.noticeOf(x, tag, kind, ev), m.id)
			}
		}
	})
}

func (s *Server) noticeOf(x *Subscription, tag uint64, kind string, ev *event) notice {
	ref := itemRef{key: ev.key, day: noDay, folder: ev.folder}
	id := classicID(tag, ref)
	if x.ImmutableIDs {
		id = immutableID(tag, ref)
	}
	path := "Users/" + x.User + "/Events/" + id
	return notice{sub: x.ID, change: kind, eventID: id, body: object{
		{"subscriptionId", x.ID}, {"subscriptionExpirationDateTime", x.Expires.Format("2006-01-02T15:04:05.9999999-07:00")},
		{"changeType", kind}, {"resource", path},
		{"resourceData", object{{"@odata.type", "#Microsoft.Graph.Event"}, {"@odata.id", path}, {"@odata.etag", etagOf(changeKey(tag, ev.change))}, {"id", id}}},
		{"clientState", x.ClientState}, {"tenantId", s.cfg.Tenant}}}
}

// post lets the faults at a notice and queues what is left of it. It is called with b.mu held.
func (b *subscriptions) post(x *Subscription, n notice, object string) {
	s := b.s
	struck := func(kind string) (Fault, bool) { return s.faults.take(kind, object) }
	if _, ok := struck(FaultNoticesDropped); ok {
		b.record(n, x.NotificationURL, "dropped", 0, 0)
		return
	}
	if _, ok := struck(FaultNoticesMissed); ok {
		b.record(n, x.NotificationURL, "dropped", 0, 0)
		b.postLifecycle(x, "missed")
		return
	}
	copies := 1
	if _, ok := struck(FaultNoticesDuplicated); ok {
		copies = 2
	}
	delay := time.Duration(0)
	if f, ok := struck(FaultNoticesDelayed); ok {
		if delay = time.Duration(f.Delay); delay <= 0 {
			delay = 3 * time.Minute
		}
		b.record(n, x.NotificationURL, "delayed", 0, 0)
	}
	_, reversed := struck(FaultNoticesReordered)
	for range copies {
		b.enqueue(x.NotificationURL, n, delay, reversed)
	}
}

// enqueue puts a notice into its outbox and sees that somebody delivers it.
func (b *subscriptions) enqueue(target string, n notice, delay time.Duration, reversed bool) {
	if delay > 0 {
		b.s.after(delay, func(context.Context) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.enqueue(target, n, 0, reversed)
		})
		return
	}
	o := b.outboxes[target]
	if o == nil {
		o = &outbox{url: target}
		b.outboxes[target] = o
	}
	o.queue = append(o.queue, n)
	o.reversed = o.reversed || reversed
	if o.workers < mostWorkers && (o.workers == 0 || len(o.queue) >= mostPerPost) {
		o.workers++
		b.s.after(b.s.cfg.NoticeDelay, func(ctx context.Context) { b.work(ctx, o) })
	}
}

// work empties an outbox.
func (b *subscriptions) work(ctx context.Context, o *outbox) {
	for {
		b.mu.Lock()
		n := min(len(o.queue), mostPerPost)
		if n == 0 || ctx.Err() != nil {
			o.workers--
			b.mu.Unlock()
			return
		}
		batch := slices.Clone(o.queue[:n])
		o.queue = append([]notice(nil), o.queue[n:]...)
		if o.reversed {
			slices.Reverse(batch)
			o.reversed = false
		}
		b.mu.Unlock()
		b.deliver(ctx, o.url, batch, 1, b.s.now())
	}
}

// deliver makes one attempt; on anything but 2xx the same content comes again later (behaviour 59).
func (b *subscriptions) deliver(ctx context.Context, target string, batch []notice, attempt int, since time.Time) {
	s := b.s
	b.mu.Lock()
	now := s.now()
	batch = slices.DeleteFunc(batch, func(n notice) bool { return !n.lifecycle && !b.stillWanted(n.sub, now) })
	verdict := b.hostOf(target).verdict(now)
	if verdict == verdictDrop {
		for _, n := range batch {
			b.record(n, target, "dropped", 0, attempt)
		}
		batch = nil
	}
	b.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	if verdict == verdictSlow && attempt == 1 {
		s.after(slowPause, func(ctx context.Context) { b.deliver(ctx, target, batch, attempt+1, since) })
		return
	}
	status := b.send(ctx, target, batch)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hostOf(target).count(s.now(), s.now().Sub(now), len(batch))
	result, pause := "delivered", pauses[min(attempt, len(pauses))-1]
	if status/100 != 2 {
		result = "refused"
		if s.now().Add(pause).Sub(since) > noticeLife {
			result = "lost"
		}
	}
	for _, n := range batch {
		b.record(n, target, result, status, attempt)
	}
	switch result {
	case "refused":
		s.after(pause, func(ctx context.Context) { b.deliver(ctx, target, batch, attempt+1, since) })
	case "lost":
		told := map[string]bool{}
		for _, n := range batch {
			if x := b.byID(n.sub); x != nil && !n.lifecycle && !told[n.sub] {
				told[n.sub] = true
				b.postLifecycle(x, "missed")
			}
		}
	}
}

// byID and stillWanted are called with mu held.
func (b *subscriptions) byID(id string) *Subscription {
	for _, x := range b.current() {
		if x.ID == id {
			return x
		}
	}
	return nil
}

func (b *subscriptions) stillWanted(id string, now time.Time) bool {
	x := b.byID(id)
	return x != nil && x.delivers(now)
}

// send POSTs a batch and answers the status, 0 when there was none in time.
func (b *subscriptions) send(ctx context.Context, target string, batch []notice) int {
	values := make([]object, 0, len(batch))
	for _, n := range batch {
		values = append(values, n.body)
	}
	return b.sendRaw(ctx, target, appendJSON(nil, object{{"value", values}}), b.s.cfg.NoticeTimeout)
}

func (b *subscriptions) sendRaw(ctx context.Context, target string, body []byte, patience time.Duration) int {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := b.client.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	_ = answer.Body.Close()
	return answer.StatusCode
}

// record is called with mu held.
func (b *subscriptions) record(n notice, target, result string, status, attempt int) {
	if len(b.log) >= b.s.cfg.LogLimit {
		b.log = slices.Delete(b.log, 0, max(1, b.s.cfg.LogLimit/10))
	}
	b.log = append(b.log, Notice{At: b.s.now(), Subscription: n.sub, Change: n.change, EventID: n.eventID, URL: target, Result: result, Status: status, Attempt: attempt})
}

// Notices answers the delivery log, oldest first.
func (s *Server) Notices() []Notice {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	return append([]Notice{}, s.subs.log...)
}
