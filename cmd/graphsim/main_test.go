package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the command on a free port and answers its address.
func start(t *testing.T, args ...string) (base string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), out)
		_ = out.Close()
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewReader(in)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(<-ended)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	address, _, _ := strings.Cut(strings.TrimPrefix(first, "graphsim on "), " ")
	return "http://" + address
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer outlook")
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(url, answer.Status, err)
	}
}

func TestTheCommandServesItsMailboxesUntilItIsStopped(t *testing.T) {
	base := start(t, "-users", "2", "-clock", "virtual:2026-12-01T08:00:00+01:00", "-ca", filepath.Join(t.TempDir(), "ca.pem"))
	var users []struct{ ObjectID, UPN string }
	get(t, base+"/control/users", &users)
	if len(users) != 2 || users[0].UPN != "vejleder1@kommune.example" {
		t.Fatal(users)
	}
	var events struct{ Value []any }
	get(t, base+"/v1.0/users/"+users[0].ObjectID+"/events", &events)
	var clock struct{ Now string }
	get(t, base+"/control/clock", &clock)
	if clock.Now != "2026-12-01T07:00:00Z" {
		t.Fatal(clock)
	}
}

func TestAWrongFlagIsToldAndNotRun(t *testing.T) {
	for _, args := range [][]string{{"-clock", "sundial"}, {"-clock", "virtual:now"}, {"-listen", "nowhere:-1"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}
