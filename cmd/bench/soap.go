package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/evidencedb"
	"kommunalplanner.example/soap/externalbooking"
	"kommunalplanner.example/soap/wire/booking"
)

const (
	soapTimes       = 200
	soapCitizens    = 1000
	soapChanges     = 200 // per second, where calendars change
	soapConnections = 8
	soapRounds      = 7
	soapRound       = 2 * time.Second
)

var (
	//go:embed peers/ready.js
	readyJS []byte
	//go:embed peers/ready.c
	readyC []byte
	//go:embed peers/gsoap_typemap.dat
	gsoapTypemap []byte
)

// soapAnswers measures answers of 200 times from the state in Postgres, as the product gives them: with log, hash and
// evidence. Beside it, on the same connections in turns, three that have the answer ready. Each is a process of its own.
func soapAnswers(ctx context.Context, db, scratch string) ([]result, error) {
	pool, err := migrations.OpenPool(ctx, db)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	requests, workers, err := seedSOAP(ctx, pool)
	if err != nil {
		return nil, err
	}
	request := requests[0]
	var children children
	defer children.stop()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ours, err := children.start(exec.CommandContext(ctx, self, serveSOAP, db))
	if err != nil {
		return nil, err
	}
	answer, err := ask(ours, request)
	if err != nil {
		return nil, err
	}
	fmt.Printf("  %d times in %d bytes\n", soapTimes, len(answer))
	file := filepath.Join(scratch, "answer.xml")
	if err := os.WriteFile(file, answer, 0o644); err != nil {
		return nil, err
	}
	servers := []server{{name: "ours", url: ours}}
	start := func(name string, cmd *exec.Cmd) error {
		at, err := children.start(cmd)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		got, err := ask(at, request)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if n := bytes.Count(got, []byte("StartTime>")); n != 2*soapTimes {
			return fmt.Errorf("%s: %d tags of times, want %d: %.300s", name, n, 2*soapTimes, got)
		}
		servers = append(servers, server{name: name, url: at})
		return nil
	}
	if err := start("net/http sending the same bytes", exec.CommandContext(ctx, self, serveBytes, file)); err != nil {
		return nil, err
	}
	node, err := nodeReady(ctx, scratch, ours+"?wsdl", file)
	if err != nil {
		return nil, err
	}
	if err := start("npm soap sending a ready list", node); err != nil {
		return nil, err
	}
	gsoap, err := gsoapReady(ctx, scratch, ours+"?wsdl", answer)
	if err != nil {
		return nil, err
	}
	if err := start("gSOAP sending a ready list", gsoap); err != nil {
		return nil, err
	}
	servers = append(servers, server{name: fmt.Sprintf("ours, %d changes/s", soapChanges), url: ours, meanwhile: func(ctx context.Context) error {
		return changeCalendars(ctx, pool, workers)
	}})
	for round := range soapRounds + 1 {
		for i := range servers {
			if err := servers[i].measure(ctx, requests, round == 0); err != nil {
				return nil, fmt.Errorf("%s: %w", servers[i].name, err)
			}
		}
	}
	var all []result
	for i, aim := range []float64{0, .5, 12, 1} {
		if i == 0 {
			continue
		}
		all = append(all, atLeast("SOAP answers of 200 times", servers[i].name, "1/s", servers[0].perSecond, servers[i].perSecond, aim))
	}
	all = append(all, atLeast(fmt.Sprintf("SOAP answers of 200 times, %d changes/s", soapChanges), servers[1].name, "1/s", servers[4].perSecond, servers[1].perSecond, .2))
	for _, s := range servers {
		fmt.Printf("  %-34s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms\n", s.name, median(s.perSecond), quantile(s.took, .5), quantile(s.took, .99))
	}
	return append(all, besides("SOAP answers of 200 times, p99", servers[1].name, "ms", quantile(servers[0].took, .99), quantile(servers[1].took, .99), soapRounds)), nil
}

// changeCalendars moves an appointment of one of the case workers, again and again, until ctx ends.
func changeCalendars(ctx context.Context, pool *pgxpool.Pool, workers []uuid.UUID) error {
	every := time.NewTicker(time.Second / soapChanges)
	defer every.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		_, err := pool.Exec(ctx, `
update busy_block set starts_at = starts_at + $2 * interval '5 minutes', ends_at = ends_at + $2 * interval '5 minutes'
where (case_worker_id, source, item_id) = (select b.case_worker_id, b.source, b.item_id from busy_block b where b.case_worker_id = $1 order by b.ends_at offset 40 limit 1)`,
			workers[n/2%len(workers)], 1-2*(n%2))
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// seedSOAP puts a job centre with full calendars into the database, and gives its case workers and requests that 200 times
// answer, of many citizens about some intervals. Every fiftieth citizen has a meeting in them.
func seedSOAP(ctx context.Context, pool *pgxpool.Pool) (requests [][]byte, workers []uuid.UUID, err error) {
	store := plannerdb.New(pool, plannerdb.Options{Sealer: benchSealer()})
	const jc = "70001"
	if err := store.PutJobCenter(ctx, planner.JobCenter{Code: jc, Name: "Måling"}); err != nil {
		return nil, nil, err
	}
	for i := range 3 {
		w := planner.CaseWorker{ID: uuid.New(), JobCenter: jc, Identifier: fmt.Sprint("RID-maaling-", i), GivenName: "Anna", Surname: "Østergård", Email: uuid.NewString() + "@example.dk"}
		for d := 1; d <= 5; d++ {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: d, StartMinute: 8 * 60, EndMinute: 16 * 60})
		}
		if err := store.PutCaseWorker(ctx, w); err != nil {
			return nil, nil, err
		}
		workers = append(workers, w.ID)
	}
	option := planner.InterviewOption{
		ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: 30 * time.Minute, SlotStep: 30 * time.Minute,
		HorizonDays: 183, Title: "Måling",
	}
	if err := store.PutInterviewOption(ctx, jc, option, workers); err != nil {
		return nil, nil, err
	}
	// Half a year of mornings, lunches, hours here and there, and a week off.
	if _, err := pool.Exec(ctx, `
insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as)
select w, 'graph', gen_random_uuid()::text, day + h * interval '1 hour', day + h * interval '1 hour' + interval '45 minutes', 'busy'
from unnest($1::uuid[]) with ordinality w (w, n), generate_series(date_trunc('day', $2::timestamptz), $2::timestamptz + interval '180 days', '1 day') day,
    unnest(array[7 + n, 10, 12 + n]) h`, workers, time.Now()); err != nil {
		return nil, nil, err
	}
	if _, err := pool.Exec(ctx, `
insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at, as_of)
select w, w::text, w::text, 'active', $2, $2, $2, $2 from unnest($1::uuid[]) w`, workers, time.Now()); err != nil {
		return nil, nil, err
	}
	from := time.Now().AddDate(0, 0, 7)
	interval := planner.Span{Start: from, End: from.AddDate(0, 3, 0)}
	find := func() ([]planner.Timeslot, error) {
		found, err := store.Timeslots(ctx, planner.TimeslotQuery{JobCenter: jc, CPR: benchCitizen(1), Option: option.ID, Interval: interval})
		return found.Slots, err
	}
	slots, err := find()
	if err != nil {
		return nil, nil, err
	}
	for n := 0; n < soapCitizens; n += 50 {
		if _, err := store.CreateBooking(ctx, planner.CreateRequest{JobCenter: jc, CPR: benchCitizen(n), BookingID: uuid.New(), Option: option.ID, Start: slots[n/5].Start}); err != nil {
			return nil, nil, err
		}
	}
	if slots, err = find(); err != nil {
		return nil, nil, err
	}
	at := func(t time.Time) string { return t.In(planner.Copenhagen()).Format("2006-01-02T15:04:05-07:00") }
	for n := range soapCitizens {
		first := n % 4 * 20
		if len(slots) < first+soapTimes {
			return nil, nil, errNoTimes
		}
		requests = append(requests, fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>`+
			`<h:ActiveOrganisationHeader xmlns:h="http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/"><h:OrganisationTypeIdentifier>8</h:OrganisationTypeIdentifier><h:OrganisationCode>70001</h:OrganisationCode></h:ActiveOrganisationHeader>`+
			`</s:Header><s:Body><GetSelfbookTimeslotsRequest xmlns=%q><PersonCivilRegistrationIdentifier>%s</PersonCivilRegistrationIdentifier><JobCenterCode>%s</JobCenterCode>`+
			`<InterviewOptionID>%s</InterviewOptionID><BookingOptionIntervalStartTime>%s</BookingOptionIntervalStartTime><BookingOptionIntervalEndTime>%s</BookingOptionIntervalEndTime>`+
			`</GetSelfbookTimeslotsRequest></s:Body></s:Envelope>`, booking.Namespace, benchCitizen(n+1).Reveal(), jc, option.ID, at(slots[first].Start), at(slots[first+soapTimes-1].Start.Add(option.Duration))))
	}
	return requests, workers, nil
}

// What the program is when it is started by itself.
const (
	serveSOAP  = "serve-soap"
	serveBytes = "serve-bytes"
)

// serveFor runs one of the servers above until its standard input ends.
func serveFor(ctx context.Context, kind, what string) error {
	if kind == servePlanner {
		return runPlanner(ctx, what)
	}
	var handler http.Handler
	stop := func() error { return nil }
	switch kind {
	case serveSOAP:
		pool, err := migrations.OpenPool(ctx, what)
		if err != nil {
			return err
		}
		defer pool.Close()
		recorder := evidencedb.NewRecorder(pool, evidencedb.Options{Hasher: benchSealer()})
		stop = func() error { return recorder.Close(ctx) }
		store := plannerdb.New(pool, plannerdb.Options{Sealer: benchSealer(), Keep: 64 << 20})
		defer store.Close(ctx)
		handler = externalbooking.New(store, soap.Config{
			Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), HashAnswers: true, Observe: recorder.Observe,
		})
	case serveBytes:
		answer, err := os.ReadFile(what)
		if err != nil {
			return err
		}
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/xml; charset=utf-8")
			w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
			_, _ = w.Write(answer)
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", l.Addr())
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return stop()
}

// children are the processes that serve. Each prints its address when it is ready.
type children []func()

func (c *children) start(cmd *exec.Cmd) (string, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	if err := cmd.Start(); err != nil {
		return "", err
	}
	*c = append(*c, func() {
		_ = in.Close()
		ended := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		if filepath.Base(cmd.Path) != filepath.Base(os.Args[0]) {
			_ = cmd.Process.Kill() // not of our making, and deaf to the end of its input
		}
		_ = cmd.Wait()
		ended.Stop()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("it did not start: %w\n%s", err, trouble.String())
	}
	return line[:len(line)-1], nil
}

func (c *children) stop() {
	for _, stop := range *c {
		stop()
	}
}

func nodeReady(ctx context.Context, scratch, wsdl, answer string) (*exec.Cmd, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("node is missing: apt-get install nodejs npm")
	}
	if out, err := exec.CommandContext(ctx, node, "-e", `require("soap")`).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("node finds no soap: npm install soap, and name its node_modules in NODE_PATH: %w\n%.200s", err, out)
	}
	script := filepath.Join(scratch, "ready.js")
	if err := os.WriteFile(script, readyJS, 0o644); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, node, script, wsdl, answer), nil
}

var bodyElement = regexp.MustCompile(`(?s)<soap:Body>(.*)</soap:Body>`)

func gsoapReady(ctx context.Context, scratch, wsdl string, answer []byte) (*exec.Cmd, error) {
	for program, debian := range map[string]string{"wsdl2h": "gsoap", "soapcpp2": "gsoap", "gcc": "gcc libc6-dev libgsoap-dev"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%s is missing: apt-get install %s", program, debian)
		}
	}
	dir := filepath.Join(scratch, "gsoap")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{"ready.c": readyC, "typemap.dat": gsoapTypemap, "body.xml": bodyElement.FindSubmatch(answer)[1]} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return nil, err
		}
	}
	for _, step := range [][]string{
		{"wsdl2h", "-c", "-t", "typemap.dat", "-o", "contract.h", wsdl},
		{"soapcpp2", "-1", "-c", "-S", "-x", "-L", "-w", "-I/usr/share/gsoap/import", "contract.h"},
		{"gcc", "-O2", "-w", "-DWITH_IPV6", "-I.", "-o", "ready", "ready.c", "soapC.c", "soapServer.c", "-lgsoap", "-lpthread"},
	} {
		cmd := exec.CommandContext(ctx, step[0], step[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", step[0], err, out)
		}
	}
	return exec.CommandContext(ctx, filepath.Join(dir, "ready"), filepath.Join(dir, "body.xml")), nil
}

func ask(at string, request []byte) ([]byte, error) {
	resp, err := http.Post(at, "text/xml; charset=utf-8", bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", resp.Status, answer)
	}
	return answer, err
}

// server is one that is measured.
type server struct {
	name, url string
	meanwhile func(context.Context) error
	perSecond []float64 // of each round
	took      []time.Duration
}

// measure asks for one round over 8 connections. The caller costs as little as it can: it shares the processors.
func (s *server) measure(ctx context.Context, requests [][]byte, warmUp bool) error {
	u, err := url.Parse(s.url)
	if err != nil {
		return err
	}
	messages := make([][]byte, len(requests))
	for i, r := range requests {
		messages[i] = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"\"\r\nContent-Length: %d\r\n\r\n%s", u.Path, u.Host, len(r), r)
	}
	var (
		all, beside sync.WaitGroup
		mu          sync.Mutex
		errs        []error
		took        []time.Duration
	)
	until, stop := context.WithCancel(ctx)
	defer stop()
	if s.meanwhile != nil {
		beside.Go(func() {
			err := s.meanwhile(until)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	began := time.Now()
	for c := range soapConnections {
		all.Go(func() {
			own, err := askAgain(ctx, u.Host, messages, c*len(messages)/soapConnections, began.Add(soapRound))
			mu.Lock()
			defer mu.Unlock()
			took, errs = append(took, own...), append(errs, err)
		})
	}
	all.Wait()
	lasted := time.Since(began)
	stop()
	beside.Wait()
	if err := errors.Join(errs...); err != nil || warmUp {
		return err
	}
	s.perSecond = append(s.perSecond, float64(len(took))/lasted.Seconds())
	s.took = append(s.took, took...)
	return nil
}

func askAgain(ctx context.Context, host string, messages [][]byte, next int, until time.Time) (took []time.Duration, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	for ctx.Err() == nil {
		began := time.Now()
		if !began.Before(until) {
			return took, nil
		}
		next = (next + 1) % len(messages)
		if _, err := conn.Write(messages[next]); err != nil {
			return nil, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if _, err = io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %w", resp.Status, err)
		}
		_ = resp.Body.Close()
		took = append(took, time.Since(began))
	}
	return took, ctx.Err()
}

// benchSealer has keys that mean nothing.
func benchSealer() *plannerdb.Sealer {
	s, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	if err != nil {
		panic(err)
	}
	return s
}

// benchCitizen is the n-th citizen, of 10,000.
func benchCitizen(n int) planner.CPR {
	cpr, err := planner.ParseCPR(fmt.Sprintf("010190%04d", n%10000))
	if err != nil {
		panic(err)
	}
	return cpr
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	if len(of) == 0 {
		return 0
	}
	return (of[len(of)/2] + of[(len(of)-1)/2]) / 2
}

// atLeast is a result of rates in rounds that took turns: the ratio is the median of the rounds' own.
func atLeast(name, beside, unit string, values, floors []float64, times float64) result {
	r := result{Name: name, Beside: beside, Value: median(values), Floor: median(floors), Unit: unit, Aim: fmt.Sprintf("≥ %g", times), Rounds: len(values)}
	var ratios []float64
	for i := range values {
		ratios = append(ratios, values[i]/floors[i])
	}
	r.Ratio = median(ratios)
	r.Met = r.Ratio >= times
	return r
}

// besides is a result without an aim.
func besides(name, beside, unit string, value, floor float64, rounds int) result {
	return result{Name: name, Beside: beside, Value: value, Floor: floor, Unit: unit, Ratio: value / floor, Aim: "none", Met: true, Rounds: rounds}
}
