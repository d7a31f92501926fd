package graphtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Receiver is an endpoint for notices. It keeps what it gets and answers as its fields say.
type Receiver struct {
	URL string
	t   *testing.T

	mu sync.Mutex
	// echo answers a handshake; nil echoes the token as text/plain.
	echo func(w http.ResponseWriter, token string)
	// answer chooses the status for a batch; nil is 202.
	answer     func(batch []object) int
	posts      [][]object
	lifecycles []object
	handshakes int
	raw        []string
	// hangs is how many of the next posts are not answered until the sender gives up.
	hangs int
}

// newReceiver serves TLS on loopback until the test ends.
func newReceiver(t *testing.T) *Receiver {
	t.Helper()
	r := &Receiver{t: t}
	s := httptest.NewTLSServer(r)
	t.Cleanup(s.Close)
	r.URL = s.URL + "/hook"
	return r
}

// ServeHTTP is the endpoint: handshakes, notices and lifecycle notices.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if token := q.URL.Query().Get("validationToken"); token != "" {
		r.mu.Lock()
		r.handshakes++
		echo := r.echo
		r.mu.Unlock()
		if echo != nil {
			echo(w, token)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var in map[string]any
	if json.Unmarshal(body, &in) != nil {
		r.mu.Lock()
		r.raw = append(r.raw, string(body))
		r.mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	lifecycle := strings.Contains(string(body), `"lifecycleEvent"`)
	shape := notificationShape
	if lifecycle {
		shape = lifecycleShape
	}
	if wrong := shape(any(in)); wrong != "" && len(body) < 1<<20 {
		r.t.Errorf("notice: not Graph's shape: %s\n%s", wrong, body)
	}
	var batch []object
	list, _ := in["value"].([]any)
	for _, v := range list {
		if o, ok := v.(object); ok {
			batch = append(batch, o)
		}
	}
	status := http.StatusAccepted
	r.mu.Lock()
	if lifecycle {
		r.lifecycles = append(r.lifecycles, batch...)
	} else {
		r.posts = append(r.posts, batch)
		if r.answer != nil {
			status = r.answer(batch)
		}
	}
	hang := r.hangs > 0
	r.hangs--
	r.mu.Unlock()
	if hang {
		<-q.Context().Done()
	}
	w.WriteHeader(status)
}

func (r *Receiver) behave(answer func(batch []object) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// all are the notices so far, in the order of their arrival.
func (r *Receiver) all() []object {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []object
	for _, p := range r.posts {
		out = append(out, p...)
	}
	return out
}

func (r *Receiver) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts, r.lifecycles = nil, nil
}

func (r *Receiver) events() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, l := range r.lifecycles {
		event, _ := l["lifecycleEvent"].(string)
		out = append(out, event)
	}
	return out
}

// changes joins the change types about an event.
func changes(notices []object, id string) string {
	var out []string
	for _, n := range notices {
		if data, _ := n["resourceData"].(object); data["id"] == id {
			out = append(out, n["changeType"].(string))
		}
	}
	return strings.Join(out, " ")
}
