package soap

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowly opens 500 connections that send what they are told and then a byte now and then, and gives a function that waits until
// all were cut and tells with which status. Whoever is not cut fails the test.
func slowly(t *testing.T, addr, head string) (cut func() map[int]int) {
	t.Helper()
	const connections = 500
	var all sync.WaitGroup
	var sent sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	sent.Add(connections)
	for range connections {
		all.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				defer func() { _ = conn.Close() }()
				_, err = io.WriteString(conn, head)
			}
			sent.Done()
			if err != nil {
				t.Errorf("the first bytes: %v", err)
				return
			}
			_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
			over := make(chan struct{})
			go func() {
				defer close(over)
				status := 0 // closed without an answer
				if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
					status = resp.StatusCode
				} else if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Error("not cut in a minute")
				}
				mu.Lock()
				defer mu.Unlock()
				statuses[status]++
			}()
			drip := time.NewTicker(20 * time.Millisecond)
			defer drip.Stop()
			for {
				select {
				case <-over:
					return
				case <-drip.C:
					_, _ = io.WriteString(conn, " ")
				}
			}
		})
	}
	sent.Wait()
	return func() map[int]int {
		all.Wait()
		return statuses
	}
}

func TestFiveHundredSlowCallersKeepNobodyFromAnAnswerAndAreCut(t *testing.T) {
	t.Parallel()
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
	for name, head := range map[string]string{
		"headers":           "POST / HTTP/1.1\r\nX:",
		"bodies":            post + "Content-Length: 5000\r\n\r\n<",
		"bodies in chunks":  post + "Transfer-Encoding: chunked\r\n\r\n1\r\n<\r\n",
		"bodies nearly all": post + fmt.Sprintf("Content-Length: %d\r\n\r\n", 300<<10) + strings.Repeat(" ", 200<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewUnstartedServer(newServer(nil, Config{ReadFor: 2 * time.Second, WaitFor: 50 * time.Millisecond}))
			srv.Config.ReadHeaderTimeout = 2 * time.Second
			srv.Config.ErrorLog = nil
			srv.Start()
			defer srv.Close()
			cut := slowly(t, srv.Listener.Addr().String(), head)
			for i := range 20 {
				client := srv.Client()
				if i%2 == 1 {
					client.CloseIdleConnections() // a new connection is let in too
				}
				resp, err := client.Post(srv.URL, "text/xml", strings.NewReader(valid(soap11)))
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("an honest caller got HTTP %d", resp.StatusCode)
				}
			}
			for status, n := range cut() {
				// 500 is the fault that asks to come again later: too many large bodies at once.
				if status == http.StatusOK || status == http.StatusInternalServerError && name != "bodies nearly all" {
					t.Errorf("%d slow callers got HTTP %d", n, status)
				}
			}
		})
	}
}

// TestSlowSendersOfLargeBodiesHoldABoundedNumberOfThem counts what the fault for busy tells: who got a place was cut for being slow, all others
// were sent away before their bodies took memory.
func TestSlowSendersOfLargeBodiesHoldABoundedNumberOfThem(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newServer(nil, Config{ReadFor: 5 * time.Second, WaitFor: 10 * time.Millisecond, MaxLarge: 3}))
	defer srv.Close()
	cut := slowly(t, srv.Listener.Addr().String(), fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", 300<<10, strings.Repeat(" ", 100<<10)))
	got := cut()
	if got[http.StatusRequestTimeout] == 0 || got[http.StatusRequestTimeout] > 2*3 {
		t.Errorf("statuses %v", got)
	}
	// The places are free again.
	large := strings.Repeat(" ", 100<<10) + valid(soap11)
	for range 10 {
		resp, err := srv.Client().Post(srv.URL, "text/xml", strings.NewReader(large))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("a large message got HTTP %d", resp.StatusCode)
		}
	}
}
