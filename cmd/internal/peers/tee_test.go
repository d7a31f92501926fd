//go:build peers

package peers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// tee passes connections on to a server byte for byte, and keeps a copy of both directions. A reverse proxy would
// rewrite what it passes on, so that the server would see Go's HTTP client and not the peer's.
type tee struct {
	net.Listener
	target string

	mu          sync.Mutex
	connections []*connection
	running     sync.WaitGroup
}

type connection struct{ asked, answered bytes.Buffer }

func newTee(t *testing.T, target string) *tee {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &tee{Listener: l, target: target}
	e.running.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			e.running.Go(func() { e.pass(from.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() { _ = l.Close() })
	return e
}

func (e *tee) pass(from *net.TCPConn) {
	defer from.Close()
	dialled, err := net.Dial("tcp", e.target)
	if err != nil {
		return
	}
	to := dialled.(*net.TCPConn)
	defer to.Close()
	c := &connection{}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(io.MultiWriter(&c.asked, to), from)
		_ = to.CloseWrite()
	})
	both.Go(func() {
		_, _ = io.Copy(io.MultiWriter(&c.answered, from), to)
		_ = from.CloseWrite()
	})
	both.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.connections = append(e.connections, c)
}

// exchange is one call and its answer as they were on the wire.
type exchange struct {
	request  *http.Request
	asked    []byte
	response *http.Response
	answered []byte
}

// exchanges ends the tee and gives all that passed. Every peer must have gone.
func (e *tee) exchanges() ([]exchange, error) {
	_ = e.Close()
	e.running.Wait()
	var all []exchange
	for _, c := range e.connections {
		in, out := bufio.NewReader(&c.asked), bufio.NewReader(&c.answered)
		for {
			x, err := readExchange(in, out)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return all, err
			}
			all = append(all, x)
		}
	}
	return all, nil
}

func readExchange(in, out *bufio.Reader) (x exchange, err error) {
	if x.request, err = http.ReadRequest(in); err != nil {
		return x, err
	}
	// A message that was too large may end early.
	if x.asked, err = io.ReadAll(x.request.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return x, fmt.Errorf("read a request: %w", err)
	}
	for {
		if x.response, err = http.ReadResponse(out, x.request); err != nil {
			return x, fmt.Errorf("read the answer to %s: %v", x.request.URL, err)
		}
		if x.response.StatusCode >= 200 { // 100 Continue goes before the answer
			break
		}
	}
	x.answered, err = io.ReadAll(x.response.Body)
	if err != nil {
		return x, fmt.Errorf("read the answer to %s: %v", x.request.URL, err)
	}
	return x, nil
}
