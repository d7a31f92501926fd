package webhook

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"unicode/utf8"
)

// Store is what the handler needs of the database.
type Store interface {
	// Subscriptions finds known subscriptions by id.
	Subscriptions(ctx context.Context, ids []string) (map[string]Subscription, error)
	// Noticed stores wake-ups, in one transaction, and returns after the commit.
	Noticed(ctx context.Context, n Noticed) error
}

// Subscription is what is known of a subscription.
type Subscription struct {
	Mailbox     int64
	ClientState string
}

// Noticed is what a delivery of notices asks for.
type Noticed struct {
	Wake        []int64  // mailboxes to run
	Resubscribe []int64  // mailboxes whose subscription must be seen to
	Removed     []string // subscriptions that Graph has removed
}

// Counts are the notices of one delivery.
type Counts struct{ Accepted, Unknown, Forged int }

// Handler is the notification endpoint; the same one serves lifecycle notices.
type Handler struct {
	Store Store
	Log   *slog.Logger
	// Observe, when set, is told of each delivery.
	Observe func(Counts)
}

// maxBody bounds a delivery; Graph's are a few kilobytes, a full one well below a megabyte.
const maxBody = 4 << 20

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Query().Has("validationToken") {
		validate(w, r.URL.Query().Get("validationToken"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	notices, err := parse(body)
	if err != nil {
		http.Error(w, "not a change notification", http.StatusBadRequest)
		return
	}
	counts, err := h.take(r.Context(), notices)
	if err != nil {
		// Not stored: Graph must send it again.
		h.Log.ErrorContext(r.Context(), "notices not stored", "err", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	if h.Observe != nil {
		h.Observe(counts)
	}
	if counts.Forged > 0 || counts.Unknown > 0 {
		h.Log.WarnContext(r.Context(), "notices dropped", "unknown", counts.Unknown, "forged", counts.Forged)
	}
	w.WriteHeader(http.StatusAccepted)
}

// take checks the notices and stores what they ask for.
func (h *Handler) take(ctx context.Context, notices []notice) (Counts, error) {
	var c Counts
	ids := make([]string, 0, len(notices))
	for _, n := range notices {
		ids = append(ids, n.SubscriptionID)
	}
	known, err := h.Store.Subscriptions(ctx, ids)
	if err != nil {
		return c, err
	}
	var todo Noticed
	for _, n := range notices {
		sub, ok := known[n.SubscriptionID]
		if !ok {
			c.Unknown++
			continue
		}
		if subtle.ConstantTimeCompare([]byte(sub.ClientState), []byte(n.ClientState)) != 1 {
			c.Forged++
			continue
		}
		c.Accepted++
		switch n.LifecycleEvent {
		case "subscriptionRemoved":
			todo.Removed = append(todo.Removed, n.SubscriptionID)
			todo.Resubscribe = append(todo.Resubscribe, sub.Mailbox)
		case "reauthorizationRequired":
			todo.Resubscribe = append(todo.Resubscribe, sub.Mailbox)
		}
		// A change, a missed one, or whatever a later Graph may tell: look.
		todo.Wake = append(todo.Wake, sub.Mailbox)
	}
	if c.Accepted == 0 {
		return c, nil
	}
	return c, h.Store.Noticed(ctx, todo)
}

// notice is the part of a change or lifecycle notification that matters. The mailbox is found by the
// subscription, never by parsing the resource (graph.md §2.3).
type notice struct {
	SubscriptionID string `json:"subscriptionId"`
	ClientState    string `json:"clientState"`
	LifecycleEvent string `json:"lifecycleEvent"`
}

// parse reads a delivery. Null entries are passed over, as Graph has been seen to send them.
func parse(body []byte) ([]notice, error) {
	var d struct {
		Value []*notice `json:"value"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, err
	}
	if d.Value == nil {
		return nil, errors.New("no value")
	}
	out := make([]notice, 0, len(d.Value))
	for _, n := range d.Value {
		if n != nil && n.SubscriptionID != "" {
			out = append(out, *n)
		}
	}
	return out, nil
}

// validate answers the handshake: the decoded token as plain text, so that no browser takes it for a page.
func validate(w http.ResponseWriter, token string) {
	if len(token) > 4096 || !utf8.ValidString(token) {
		http.Error(w, "bad token", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, token)
}
