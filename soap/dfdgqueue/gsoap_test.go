//go:build peers

package dfdgqueue

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// buildSource builds a source of WS-ReliableMessaging from Debian's gSOAP (packages gsoap and libgsoap-dev).
func buildSource(t *testing.T, version string) string {
	t.Helper()
	dir, plugin := t.TempDir(), "/usr/share/gsoap/plugin/"
	here, err := filepath.Abs("testdata/gsoap")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"soapcpp2", version, "-c", "-C", "-x", "-L", "-I/usr/share/gsoap/import", "-d" + dir, here + "/source.h"},
		{"cc", "-w", "-I.", "-I" + plugin, "-o", "source", here + "/source.c", "soapC.c", "soapClient.c", plugin + "wsrmapi.c", plugin + "wsaapi.c", plugin + "threads.c", "/usr/share/gsoap/custom/duration.c", "-lgsoap", "-lpthread"},
	} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	return filepath.Join(dir, "source")
}

// lossy stands between a source and the destination: what it does with the calls that come, one after another.
type lossy struct {
	http.Handler
	mu    sync.Mutex
	plan  string // per call: "." pass, "q" lose the request, "a" lose the answer, "d" deliver twice; then all pass
	calls int
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	l.mu.Lock()
	act := byte('.')
	if l.calls < len(l.plan) {
		act = l.plan[l.calls]
	}
	l.calls++
	l.mu.Unlock()
	again := func() *http.Request {
		c := r.Clone(r.Context())
		c.Body = readCloser{bytes.NewReader(body.Bytes())}
		return c
	}
	switch act {
	case 'q':
		hangUp(w)
		return
	case 'a':
		l.Handler.ServeHTTP(httptest.NewRecorder(), again())
		hangUp(w)
		return
	case 'd':
		l.Handler.ServeHTTP(httptest.NewRecorder(), again())
	}
	l.Handler.ServeHTTP(w, again())
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// What gSOAP sends, with messages, answers and acknowledgements lost and repeated on the way, takes effect once each.
func TestASourceThatIsNotOursDeliversEachMessageOnceThroughLosses(t *testing.T) {
	const messages = 6
	for _, version := range []string{"-1", "-2"} {
		source := buildSource(t, version)
		for name, plan := range map[string]string{
			"clean":                        "",
			"messages lost":                "..q.q",
			"answers lost":                 "..aa.a",
			"both, and repeats":            ".qad.qda.qa",
			"the sequence's answer lost":   "a",
			"all lost until the resends":   ".qqqqqq",
			"all stored, all answers lost": ".aaaaaa",
		} {
			t.Run("SOAP"+version+"/"+name, func(t *testing.T) {
				d := newDestination(t)
				between := &lossy{Handler: d, plan: plan}
				server := httptest.NewServer(between)
				defer server.Close()
				args := []string{server.URL + "/koe"}
				want := map[uuid.UUID]bool{}
				for i := range messages {
					id := uuid.UUID{9, byte(i)}
					want[id] = true
					text := string(summonsOf(func(s *dfdg.Indkaldelse) {
						message := wire.GUID(id)
						s.Metadata.MessageIdentifier, s.Booking = &message, wire.GUID(uuid.UUID{8, byte(i)})
					}))
					_, inner, _ := strings.Cut(text, ">")
					inner, _, _ = strings.Cut(inner, "</q:"+dfdg.IndkaldelseItem)
					file := filepath.Join(t.TempDir(), fmt.Sprint(i))
					if err := os.WriteFile(file, []byte(inner), 0o644); err != nil {
						t.Fatal(err)
					}
					args = append(args, file)
				}
				out, err := exec.CommandContext(t.Context(), source, args...).CombinedOutput()
				if err != nil || !strings.Contains(string(out), "6 sent, 0 not acknowledged") {
					t.Errorf("%v\n%s", err, out)
				}
				if len(d.memory.order) != messages || len(d.memory.rows) != messages {
					t.Errorf("%d messages stored of %d", len(d.memory.order), messages)
				}
				for id, r := range d.memory.rows {
					if !want[id] || r.Reason != "" {
						t.Errorf("%s: %s %s", id, r.Reason, r.Detail)
					}
				}
				if between.calls < messages+3 || plan != "" && between.calls < len(plan) {
					t.Errorf("only %d calls: the losses were not met", between.calls)
				}
				ended := 0
				for _, s := range d.memory.sequences {
					if s.State == "terminated" && fmt.Sprint(s.Accepted) == "[{1 6}]" {
						ended++
					}
				}
				if ended != 1 {
					t.Errorf("no sequence ended whole: %v", d.memory.sequences)
				}
			})
		}
	}
}
