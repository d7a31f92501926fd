package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/graphsim"
)

// tour runs every flow once against the running services and tells the time of each step. It stops at the
// first that does not hold.
func (d *demo) tour(ctx context.Context) error {
	t := &tour{demo: d, jobnet: d.citizen(0), other: d.citizen(1)}
	fmt.Println()
	for i, s := range []step{
		{"every mailbox was read and has a subscription", t.initialSync},
		{"a citizen asks for options, case workers and times", t.ask},
		{"the counsellor takes one of those times in Outlook, and it is offered no more", t.counsellorTakesATime},
		{"the citizen reserves and books", t.book},
		{"the meeting is in the counsellor's Outlook", t.eventIsThere},
		{"a repeated booking changes nothing, and another citizen is refused the time", t.secondCitizen},
		{"the citizen moves the meeting, and the event moves", t.rebook},
		{"the counsellor drags our event in Outlook, and it is put back", t.drag},
		{"the counsellor deletes our event in Outlook, and it is made again", t.delete},
		{"Graph answers 429, and nothing is lost", t.throttled},
		{"Graph answers 410, and nothing is lost", t.expired},
		{"the worker is killed (-9) in the middle of a push; after its restart there is exactly one event", t.kill},
		{"the case system summons, moves and cancels through DFDG's queue, and Outlook follows", t.caseSystem},
		{"a meeting booked on Jobnet and moved in Outlook, where that is allowed, is reported to DFDG", t.reported},
		{"a list of 20 citizens is planned, approved and summoned, and the meetings are in Outlook", t.summonTwenty},
		{"the same service over mutual TLS, and not without a certificate", t.mutualTLS},
		{"a case worker is imported from a file, twice with one effect, and leaves; the staff's page shows it", t.importPeople},
		{"the administrators see every calendar, and the queue", t.administrators},
		{"a summoner signs in, sees the meeting in the counsellor's week, and why its time is not offered", t.summoner},
		{"no text of a private appointment is in the database or the logs", t.privacy},
	} {
		began := time.Now()
		err := s.run(ctx)
		took := time.Since(began).Round(time.Millisecond)
		if err != nil {
			fmt.Printf("✗ %2d  %-100s %9s\n", i+1, s.what, took)
			return fmt.Errorf("tour, step %d: %w", i+1, err)
		}
		fmt.Printf("✓ %2d  %-100s %9s\n", i+1, s.what, took)
	}
	fmt.Printf("\nThe tour held, %s after the start.\n", time.Since(d.began).Round(100*time.Millisecond))
	return nil
}

type step struct {
	what string
	run  func(context.Context) error
}

type tour struct {
	*demo
	jobnet, other *world.Jobnet

	option  uuid.UUID
	slot    world.Slot
	person  world.Counsellor // who holds the meeting
	booking uuid.UUID
	event   world.Event
}

func (d *demo) citizen(i int) *world.Jobnet {
	return world.NewJobnet(d.info.SOAP.ExternalBooking, d.info.Citizens[i], nil)
}

// jobTalk is how long the first option's meeting lasts.
const jobTalk = time.Hour

func span(days int) (from, to time.Time) {
	from = time.Now().AddDate(0, 0, days)
	return from, from.AddDate(0, 0, 14)
}

func (t *tour) initialSync(ctx context.Context) error {
	var read, blocks int
	if err := t.pool.QueryRow(ctx, "select count(*) from mailbox where state = 'active'").Scan(&read); err != nil {
		return err
	}
	if err := t.pool.QueryRow(ctx, "select count(*) from busy_block").Scan(&blocks); err != nil {
		return err
	}
	if read != len(t.people) || blocks == 0 {
		return fmt.Errorf("%d of %d mailboxes read, %d blocks", read, len(t.people), blocks)
	}
	return nil
}

func (t *tour) ask(ctx context.Context) error {
	options, err := t.jobnet.Options(ctx, 1)
	if err != nil {
		return err
	}
	if len(options) != 3 {
		return fmt.Errorf("%d options, want 3 (the fourth is for another contact group)", len(options))
	}
	t.option = options["Jobsamtale"]
	people, err := t.jobnet.CaseWorkers(ctx, t.option)
	if err != nil {
		return err
	}
	if len(people) != len(t.people) {
		return fmt.Errorf("%d case workers, want %d", len(people), len(t.people))
	}
	from, to := span(7)
	times, err := t.jobnet.Times(ctx, t.option, from, to, "")
	if err != nil {
		return err
	}
	if len(times) == 0 {
		return errors.New("no times offered")
	}
	t.slot = times[len(times)/2]
	i := slices.IndexFunc(t.people, func(p world.Counsellor) bool { return p.Identifier == t.slot.CaseWorkers[0] })
	if i < 0 {
		return fmt.Errorf("a time is offered with somebody unknown")
	}
	t.person = t.people[i]
	return nil
}

// offered tells whether the counsellor is offered at the time.
func (t *tour) offered(ctx context.Context, start time.Time) (bool, error) {
	times, err := t.other.Times(ctx, t.option, start.Add(-time.Minute), start.Add(2*jobTalk), t.person.Identifier)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(times, func(s world.Slot) bool { return s.Start.Equal(start) }), nil
}

func (t *tour) counsellorTakesATime(ctx context.Context) error {
	e, err := t.outlook.Block(ctx, t.person.ObjectID, "Noget andet", t.slot.Start, jobTalk)
	if err != nil {
		return err
	}
	gone := func(ctx context.Context) (bool, error) {
		still, err := t.offered(ctx, t.slot.Start)
		return !still, err
	}
	if err := world.Eventually(ctx, time.Minute, "the time is offered no more", gone); err != nil {
		return err
	}
	if err := t.outlook.Delete(ctx, t.person.ObjectID, e.ID); err != nil {
		return err
	}
	return world.Eventually(ctx, time.Minute, "the time is offered again", func(ctx context.Context) (bool, error) { return t.offered(ctx, t.slot.Start) })
}

func (t *tour) book(ctx context.Context) error {
	reserved, with, err := t.jobnet.Reserve(ctx, t.option, uuid.Nil, t.slot.Start, t.person.Identifier)
	if err != nil {
		return err
	}
	if with != t.person.Identifier {
		return fmt.Errorf("reserved with %s, wished %s", with, t.person.Identifier)
	}
	t.booking = uuid.New()
	return t.jobnet.Book(ctx, t.booking, t.option, reserved, t.slot.Start, t.person.Identifier)
}

// ours finds the booking's events in the counsellor's calendar.
func (t *tour) ours(ctx context.Context, id uuid.UUID) ([]world.Event, error) {
	n, err := t.graph.CountEvents(t.person.ObjectID, "", id.String())
	if err != nil || n == 0 {
		return nil, err
	}
	from, to := span(0)
	all, err := t.outlook.Look(ctx, t.person.ObjectID, calendar.Window{Start: from, End: to.AddDate(0, 1, 0)})
	if err != nil {
		return nil, err
	}
	mine := slices.DeleteFunc(all, func(e world.Event) bool { return e.Subject != "Jobsamtale" })
	if len(mine) != n {
		return nil, fmt.Errorf("%d events carry the booking's stamp, %d its title", n, len(mine))
	}
	return mine, nil
}

// standsAt waits until exactly one event of the booking is in Outlook, at the time.
func (t *tour) standsAt(ctx context.Context, id uuid.UUID, start time.Time) error {
	return world.Eventually(ctx, 3*time.Minute, "one event in Outlook, at the meeting's time", func(ctx context.Context) (bool, error) {
		mine, err := t.ours(ctx, id)
		if err != nil || len(mine) != 1 || !mine[0].Start.Time().Equal(start) {
			return false, err
		}
		var pending int
		if err := t.pool.QueryRow(ctx, "select count(*) from outlook_event where pending_since is not null").Scan(&pending); err != nil {
			return false, err
		}
		t.event = mine[0]
		return pending == 0, nil
	})
}

func (t *tour) eventIsThere(ctx context.Context) error {
	if err := t.standsAt(ctx, t.booking, t.slot.Start); err != nil {
		return err
	}
	if strings.Contains(t.event.Body.Content+t.event.Subject, t.jobnet.CPR) {
		return errors.New("the event tells the citizen's CPR number")
	}
	return nil
}

func (t *tour) secondCitizen(ctx context.Context) error {
	if err := t.jobnet.Book(ctx, t.booking, t.option, uuid.Nil, t.slot.Start, t.person.Identifier); err != nil {
		return fmt.Errorf("the same booking again: %w", err)
	}
	_, _, err := t.other.Reserve(ctx, t.option, uuid.Nil, t.slot.Start, t.person.Identifier)
	if world.FaultNumber(err) != 4770 {
		return fmt.Errorf("reserving a taken time: got %v, want fault 4770", err)
	}
	if err = t.other.Book(ctx, uuid.New(), t.option, uuid.Nil, t.slot.Start, t.person.Identifier); world.FaultNumber(err) != 4770 {
		return fmt.Errorf("booking a taken time: got %v, want fault 4770", err)
	}
	return nil
}

func (t *tour) rebook(ctx context.Context) error {
	from, to := span(22)
	times, err := t.jobnet.RescheduleTimes(ctx, t.booking, from, to)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(times, func(s world.Slot) bool { return slices.Contains(s.CaseWorkers, t.person.Identifier) })
	if i < 0 {
		return errors.New("no time to move to")
	}
	t.slot = times[i]
	reserved, _, err := t.jobnet.Reserve(ctx, uuid.Nil, t.booking, t.slot.Start, t.person.Identifier)
	if err != nil {
		return err
	}
	if err := t.jobnet.Rebook(ctx, t.booking, reserved, t.slot.Start, t.person.Identifier); err != nil {
		return err
	}
	return t.standsAt(ctx, t.booking, t.slot.Start)
}

func (t *tour) drag(ctx context.Context) error {
	if err := t.outlook.Drag(ctx, t.person.ObjectID, t.event.ID, t.slot.Start.Add(3*time.Hour), jobTalk); err != nil {
		return err
	}
	return t.standsAt(ctx, t.booking, t.slot.Start)
}

func (t *tour) delete(ctx context.Context) error {
	old := t.event.ID
	if err := t.outlook.Delete(ctx, t.person.ObjectID, old); err != nil {
		return err
	}
	if err := t.standsAt(ctx, t.booking, t.slot.Start); err != nil {
		return err
	}
	if t.event.ID == old {
		return errors.New("the event was not made anew")
	}
	return nil
}

func (t *tour) fault(f graphsim.Fault) error {
	_, err := t.graph.SetFault(f)
	return err
}

// holdsThrough takes a time in Outlook while Graph is at fault, and sees that it blocks, and that nothing else
// changed.
func (t *tour) holdsThrough(ctx context.Context, f graphsim.Fault) error {
	var before, after int
	if err := t.pool.QueryRow(ctx, "select count(*) from busy_block").Scan(&before); err != nil {
		return err
	}
	if err := t.fault(f); err != nil {
		return err
	}
	from, to := span(8)
	times, err := t.other.Times(ctx, t.option, from, to, t.person.Identifier)
	if err != nil || len(times) == 0 {
		return fmt.Errorf("no times (%w)", err)
	}
	start := times[0].Start
	if _, err := t.outlook.Block(ctx, t.person.ObjectID, "Endnu noget", start, jobTalk); err != nil {
		return err
	}
	if err := world.Eventually(ctx, 2*time.Minute, "the time is offered no more", func(ctx context.Context) (bool, error) {
		still, err := t.offered(ctx, start)
		return !still, err
	}); err != nil {
		return err
	}
	if err := t.pool.QueryRow(ctx, "select count(*) from busy_block").Scan(&after); err != nil {
		return err
	}
	if after != before+1 {
		return fmt.Errorf("%d blocks before, %d after; want one more", before, after)
	}
	return t.standsAt(ctx, t.booking, t.slot.Start)
}

func (t *tour) throttled(ctx context.Context) error {
	return t.holdsThrough(ctx, graphsim.Fault{Kind: graphsim.FaultThrottle, User: t.person.ObjectID, RetryAfter: "1", Count: 3})
}

func (t *tour) expired(ctx context.Context) error {
	return t.holdsThrough(ctx, graphsim.Fault{Kind: graphsim.FaultDeltaExpired, User: t.person.ObjectID})
}

func (t *tour) kill(ctx context.Context) error {
	from, to := span(9)
	times, err := t.other.Times(ctx, t.option, from, to, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(times, func(s world.Slot) bool {
		return slices.ContainsFunc(s.CaseWorkers, func(id string) bool { return id != t.person.Identifier })
	})
	if i < 0 {
		return errors.New("no time with another counsellor")
	}
	start := times[i].Start
	for _, p := range t.people {
		if p.Identifier != t.person.Identifier && slices.Contains(times[i].CaseWorkers, p.Identifier) {
			t.person = p
			break
		}
	}
	// Graph makes the event and keeps its answer back; that is when the worker dies.
	hold, err := t.graph.SetFault(graphsim.Fault{Kind: graphsim.FaultHoldAfter, User: t.person.ObjectID, Method: http.MethodPost, Path: "/events", Count: 1})
	if err != nil {
		return err
	}
	id := uuid.New()
	if err := t.other.Book(ctx, id, t.option, uuid.Nil, start, t.person.Identifier); err != nil {
		return err
	}
	made := func(context.Context) (bool, error) {
		n, err := t.graph.CountEvents(t.person.ObjectID, "", id.String())
		return n == 1, err
	}
	if err := world.Eventually(ctx, time.Minute, "the push has reached Graph", made); err != nil {
		return err
	}
	if err := t.worker.Kill(); err != nil {
		return err
	}
	t.graph.Release(hold)
	if err := t.worker.Start(ctx); err != nil {
		return err
	}
	return t.standsAt(ctx, id, start)
}

func (t *tour) mutualTLS(ctx context.Context) error {
	pem, err := os.ReadFile(t.certs.CA)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	cert, err := tls.LoadX509KeyPair(t.certs.ClientCert, t.certs.ClientKey)
	if err != nil {
		return err
	}
	ask := func(certs ...tls.Certificate) error {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs, MinVersion: tls.VersionTLS12}}
		defer transport.CloseIdleConnections()
		_, err := world.NewJobnet(t.info.SOAPTLS.ExternalBooking, t.info.Citizens[2], &http.Client{Transport: transport}).Options(ctx, 1)
		return err
	}
	if err := ask(cert); err != nil {
		return err
	}
	if err := ask(); err == nil {
		return errors.New("a caller without certificate was answered")
	}
	return nil
}

func (t *tour) administrators(ctx context.Context) error {
	get := func(path string, login bool) (int, string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(t.info.Admin.URL, "/")+path, nil)
		if err != nil {
			return 0, "", err
		}
		if login {
			req.SetBasicAuth(t.info.Admin.User, t.info.Admin.Password)
		}
		return fetch(req)
	}
	status, page, err := get("/", true)
	if err != nil {
		return err
	}
	for _, p := range t.people {
		if !strings.Contains(page, p.Identifier) {
			return fmt.Errorf("the page (%d) does not show %s", status, p.Identifier)
		}
	}
	if status, _, err = get("/koe/", true); err != nil || status != http.StatusOK {
		return fmt.Errorf("the queue's page: %d %w", status, err)
	}
	if status, page, err = get("/", false); err != nil || status == http.StatusOK && strings.Contains(page, t.people[0].Identifier) {
		return fmt.Errorf("without login the page was shown: %d %w", status, err)
	}
	return nil
}
