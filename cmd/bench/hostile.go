package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/migrations"
)

const (
	servePlanner = "serve-planner"

	honestEvery = 20 * time.Millisecond
	attackFor   = 8 * time.Second // of those who try again and again
	attackers   = 8
	trickling   = 500
)

// attack is one way to hurt the service.
type attack struct {
	name string
	// message is what each of the attackers sends, again and again.
	message func(host string) io.Reader
	// Or 500 connections that send head at once and then a byte of drip ten times a second, until they are cut.
	head, drip string
}

// hostile runs the product's SOAP service as a process of its own, with the limits that it has in production, under one
// attack after the other, while an honest caller asks for times every 20 ms, half of the time on a new connection. Beside the
// most memory that the process used stands what it used for the honest caller alone.
func hostile(ctx context.Context, db, _ string) ([]result, error) {
	pool, err := migrations.OpenPool(ctx, db)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	requests, _, err := seedSOAP(ctx, pool)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var children children
	defer children.stop()
	cmd := exec.CommandContext(ctx, self, servePlanner, db)
	at, err := children.start(cmd)
	if err != nil {
		return nil, err
	}
	victim := victim{url: at + "3/ExternalBookingService.svc", pid: cmd.Process.Pid, requests: requests}
	if _, err := ask(victim.url, requests[0]); err != nil {
		return nil, err
	}
	var all []result
	var quiet seen
	unanswered := 0
	fmt.Printf("  %-36s %9s %9s %9s %8s %8s %9s  %s\n", "attack", "peak MB", "answered", "errors", "p50 ms", "p99 ms", "attackers", "how they ended")
	for i, a := range attacks(requests[0]) {
		s, err := victim.under(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		fmt.Printf("  %-36s %9.0f %9d %9d %8.1f %8.1f %9d  %s\n", a.name, s.peak, len(s.took), s.errors, quantile(s.took, .5), quantile(s.took, .99), s.attackers, s.end)
		unanswered += s.errors
		if i == 0 {
			quiet = s
			continue
		}
		all = append(all,
			besides("MB, "+a.name, "honest load alone", "MB", s.peak, quiet.peak, 1),
			besides("p99, "+a.name, "honest load alone", "ms", quantile(s.took, .99), quantile(quiet.took, .99), 1))
	}
	return append(all, result{Name: "honest calls not answered", Beside: "none", Value: float64(unanswered), Aim: "= 0", Met: unanswered == 0, Rounds: len(all) / 2}), nil
}

func attacks(request []byte) []attack {
	body := string(request)
	element := `<PersonCivilRegistrationIdentifier>`
	with := func(doctype, text string) string {
		return strings.Replace(strings.Replace(body, "?>", "?>"+doctype, 1), element, element+text, 1)
	}
	laughs := `<!DOCTYPE l [<!ENTITY a0 "ha">`
	for i := 1; i < 10; i++ {
		laughs += fmt.Sprintf(`<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	post := func(headers, body string) func(string) io.Reader {
		return func(host string) io.Reader {
			return strings.NewReader(fmt.Sprintf("POST /3/ExternalBookingService.svc HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml; charset=utf-8\r\n%sContent-Length: %d\r\n\r\n%s", host, headers, len(body), body))
		}
	}
	const big = 100 << 20
	start := `POST /3/ExternalBookingService.svc HTTP/1.1` + "\r\nHost: planner\r\nContent-Type: text/xml; charset=utf-8\r\n"
	largest := strings.Repeat(" ", 1<<20-4096) // nearly as much as is taken from anybody
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = io.CopyN(zip, endless('<'), big)
	_ = zip.Close()
	return []attack{
		{name: "none"},
		{name: "billion laughs", message: post("", with(laughs+"]>", "&a9;"))},
		{name: "external entity", message: post("", with(`<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>`, "&x;"))},
		{name: "10,000 elements deep", message: post("", strings.Replace(body, element, strings.Repeat("<a>", 10_000)+element, 1))},
		{name: "body of 100 MB", message: func(string) io.Reader {
			return io.MultiReader(strings.NewReader(start+fmt.Sprintf("Content-Length: %d\r\n\r\n", big)), io.LimitReader(endless(' '), big))
		}},
		{name: "body of 100 MB in chunks", message: func(string) io.Reader {
			parts := []io.Reader{strings.NewReader(start + "Transfer-Encoding: chunked\r\n\r\n")}
			for range big / len(largest) {
				parts = append(parts, strings.NewReader(fmt.Sprintf("%x\r\n", len(largest))), strings.NewReader(largest), strings.NewReader("\r\n"))
			}
			return io.MultiReader(parts...)
		}},
		{name: "gzip that unpacks to 100 MB", message: post("Content-Encoding: gzip\r\n", bomb.String())},
		{name: "largest body that is taken", message: post("", body+largest)},
		{name: "500 headers, a byte at a time", head: "POST / HTTP/1.1\r\nX: ", drip: "a"},
		{name: "500 bodies, a byte at a time", head: start + "Content-Length: 100000\r\n\r\n<?xml version='1.0'?>", drip: " "},
		{name: "500 bodies, the last bytes slowly", head: start + "Content-Length: 1048576\r\n\r\n" + largest, drip: " "},
	}
}

// endless is one byte for ever.
type endless byte

func (b endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// victim is the process that is attacked.
type victim struct {
	url      string
	pid      int
	requests [][]byte
}

// seen is what was seen during an attack.
type seen struct {
	peak      float64 // MB
	took      []time.Duration
	errors    int
	attackers int
	end       string
}

func (v *victim) under(ctx context.Context, a attack) (s seen, err error) {
	// 5: the peak starts anew.
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", v.pid), []byte("5"), 0); err != nil {
		return s, err
	}
	inside, stop := context.WithCancel(ctx)
	var caller sync.WaitGroup
	caller.Go(func() { s.took, s.errors = v.honest(inside) })
	switch {
	case a.message != nil:
		s.attackers, s.end = v.again(ctx, a)
	case a.head != "":
		s.attackers, s.end = v.trickle(ctx, a)
	default:
		select {
		case <-ctx.Done():
		case <-time.After(attackFor):
		}
	}
	stop()
	caller.Wait()
	s.peak, err = peak(v.pid)
	return s, errors.Join(err, ctx.Err())
}

// honest asks until ctx ends, and counts what is not answered as it should.
func (v *victim) honest(ctx context.Context) (took []time.Duration, failed int) {
	kept := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
	fresh := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	defer kept.CloseIdleConnections()
	tick := time.NewTicker(honestEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return took, failed
		case <-tick.C:
		}
		client := kept
		if n%2 == 1 {
			client = fresh
		}
		began := time.Now()
		resp, err := client.Post(v.url, "text/xml; charset=utf-8", bytes.NewReader(v.requests[n%len(v.requests)]))
		var answer []byte
		if err == nil {
			answer, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte("GetSelfbookTimeslotsResponse")) {
			failed++
			continue
		}
		took = append(took, time.Since(began))
	}
}

// again lets each attacker send its message for a while, and tells how the service answered.
func (v *victim) again(ctx context.Context, a attack) (attempts int, ended string) {
	u, _ := url.Parse(v.url)
	var all sync.WaitGroup
	var sent, refused, cut atomic.Int64
	until := time.Now().Add(attackFor)
	for range attackers {
		all.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				sent.Add(1)
				status, err := shoot(ctx, u.Host, a.message(u.Host))
				if err != nil {
					cut.Add(1)
				} else if status != http.StatusOK {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	return attackers, fmt.Sprintf("%d sent, %d refused, %d cut", sent.Load(), refused.Load(), cut.Load())
}

// shoot sends a message and reads the answer, which may come before the whole was sent.
func shoot(ctx context.Context, host string, message io.Reader) (int, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	go func() { _, _ = io.Copy(conn, message) }()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// trickle holds 500 connections as long as it is let, and tells how long that was.
func (v *victim) trickle(ctx context.Context, a attack) (held int, ended string) {
	u, _ := url.Parse(v.url)
	var all sync.WaitGroup
	var connected atomic.Int64
	var mu sync.Mutex
	var lasted []time.Duration
	for range trickling {
		all.Go(func() {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", u.Host)
			if err != nil {
				return
			}
			defer conn.Close()
			connected.Add(1)
			began := time.Now()
			over := make(chan struct{})
			go func() { // whatever comes back ends it
				_, _ = conn.Read(make([]byte, 1))
				close(over)
			}()
			_, err = io.WriteString(conn, a.head)
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for err == nil && time.Since(began) < 3*time.Minute {
				select {
				case <-over:
					err = io.EOF
				case <-tick.C:
					_, err = io.WriteString(conn, a.drip)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			lasted = append(lasted, time.Since(began))
		})
	}
	all.Wait()
	return int(connected.Load()), fmt.Sprintf("cut after %.1f s (median), %.1f s (last)", quantile(lasted, .5)/1000, quantile(lasted, 1)/1000)
}

// peak is the most memory that a process had, in MB, since clear_refs.
func peak(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kB, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseFloat(kB, 64)
	return n / 1024, err
}

// runPlanner is the product with the role soap alone, as "planner serve" runs it.
func runPlanner(ctx context.Context, db string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	key := func(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }
	settings := map[string]string{
		"PLANNER_ROLES": "soap", "DATABASE_URL": db, "PLANNER_SOAP_ADDR": "127.0.0.1:0", "PLANNER_CPR_KEY": key(1), "PLANNER_CPR_KEY_ID": "1", "PLANNER_CPR_HASH_KEY": key(2),
	}
	c, err := service.FromEnv(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	if err != nil {
		return err
	}
	return service.Run(ctx, c, slog.New(slog.NewJSONHandler(io.Discard, nil)), func(addrs map[string]string) { fmt.Printf("http://%s/\n", addrs["soap"]) })
}
