package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgsim"
	"kommunalplanner.example/sync/syncdb"
)

const (
	dfdgCenter  = "70003"
	dfdgRounds  = 7
	dfdgEach    = 500 // messages of each side in a round: DFDG's largest transfer
	dfdgWorkers = 50
)

// dfdgMessages measures how fast DFDG's queue is emptied, all of it: asked for over HTTP, read, decided, booked with what follows (audit,
// the wake-up of the mailbox), and the transfer ended; beside a program that reads as many bytes over HTTP, inserts a row and
// commits. Both do one message after another, as the protocol wants it. The sides take turns.
func dfdgMessages(ctx context.Context, db, _ string) ([]result, error) {
	pool, err := migrations.OpenPool(ctx, db)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	q, err := newQueueBench(ctx, pool)
	if err != nil {
		return nil, err
	}
	defer q.stop()
	var moved, repeated, floor []float64
	for round := range dfdgRounds + 1 {
		for _, side := range []struct {
			into *[]float64
			do   func(context.Context) (time.Duration, error)
		}{
			{&floor, q.floor}, {&moved, q.fresh}, {&repeated, q.repeats},
		} {
			took, err := side.do(ctx)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first one warms up
				*side.into = append(*side.into, dfdgEach/took.Seconds())
			}
		}
	}
	// One message costs six exchanges with the database and XML that is read twice, the floor three and none: a third of the floor is
	// about what could be had, and half of that is asked.
	const beside = "read, insert, commit"
	return []result{
		atLeast("messages of DFDG's queue booked", beside, "1/s", moved, floor, .15),
		atLeast("messages that came before", beside, "1/s", repeated, floor, .3),
	}, nil
}

type queueBench struct {
	pool    *pgxpool.Pool
	sim     *dfdgsim.Server
	poller  *dfdgqueue.Poller
	http    *http.Client
	plain   string
	workers []string
	stop    func()
	from    time.Time
	next    int
}

func newQueueBench(ctx context.Context, pool *pgxpool.Pool) (*queueBench, error) {
	quiet := slog.New(slog.DiscardHandler)
	out, err := jobs.NewOutbox(pool, quiet)
	if err != nil {
		return nil, err
	}
	calendars := syncdb.New(pool, out, time.Now, quiet)
	sealer := benchSealer()
	vault, err := dfdgdb.NewVault(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1)
	if err != nil {
		return nil, err
	}
	store := dfdgdb.New(pool, dfdgdb.Options{Sealer: sealer, Vault: vault, Calendars: calendars})
	planned := plannerdb.New(pool, plannerdb.Options{Sealer: sealer, Changes: calendars})
	if err := planned.PutJobCenter(ctx, planner.JobCenter{Code: dfdgCenter, Name: "Måling"}); err != nil {
		return nil, err
	}
	b := &queueBench{pool: pool, sim: dfdgsim.New(dfdgsim.Config{}), from: time.Now().Truncate(24*time.Hour).AddDate(0, 0, 2), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
	for i := range dfdgWorkers {
		w := planner.CaseWorker{ID: uuid.New(), JobCenter: dfdgCenter, Identifier: fmt.Sprint("RID-koe-", i), GivenName: "Anna", Surname: "Østergård", Email: uuid.NewString() + "@example.dk"}
		if err := planned.PutCaseWorker(ctx, w); err != nil {
			return nil, err
		}
		if _, err := calendars.AddMailbox(ctx, w.ID, w.ID.String(), w.Email); err != nil {
			return nil, err
		}
		b.workers = append(b.workers, w.Identifier)
	}
	if _, err := pool.Exec(ctx, `create table if not exists bench_message (id uuid primary key, body bytea not null)`); err != nil {
		return nil, err
	}
	dfdg := httptest.NewServer(b.sim)
	// Some 2.5 kB, as one answer of DFDG's message service.
	body := []byte(strings.Repeat("en meddelelse fra køen ", 105))
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(body)
	}))
	b.plain = plain.URL
	b.stop = func() { b.http.CloseIdleConnections(); dfdg.Close(); plain.Close() }
	queue, err := dfdgqueue.NewQueue(dfdgqueue.QueueConfig{URL: dfdg.URL + dfdgsim.PathWsrm, HTTP: b.http, Caller: dfdgqueue.Caller{FullName: "Måling", UserIdentifier: "CVR:12345678-UUID:" + uuid.NewString()}})
	if err != nil {
		b.stop()
		return nil, err
	}
	b.poller = dfdgqueue.NewPoller(dfdgqueue.PollerConfig{Transport: queue, Intake: dfdgqueue.NewIntake(dfdgqueue.IntakeConfig{Inbox: store}), Pollers: store})
	return b, nil
}

// fill has the case system book so many meetings, at times that nobody had before.
func (b *queueBench) fill() error {
	for range dfdgEach {
		n := b.next
		b.next++
		_, _, err := b.sim.KSS(dfdgsim.Meeting{
			Act: dfdgsim.Created, JobCenter: dfdgCenter, CPR: benchCitizen(n).Reveal(), CaseWorkerIdentifier: b.workers[n%dfdgWorkers],
			Start: b.from.Add(time.Duration(n/dfdgWorkers) * time.Hour),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *queueBench) poll(ctx context.Context, want func(dfdgqueue.Outcome) bool) (time.Duration, error) {
	began := time.Now()
	out, err := b.poller.Poll(ctx, dfdgCenter)
	took := time.Since(began)
	if err == nil && !want(out) {
		err = fmt.Errorf("the queue was not emptied as it should: %+v", out)
	}
	return took, err
}

func (b *queueBench) fresh(ctx context.Context) (time.Duration, error) {
	if err := b.fill(); err != nil {
		return 0, err
	}
	return b.poll(ctx, func(o dfdgqueue.Outcome) bool { return o.Messages == dfdgEach && o.Changed == dfdgEach })
}

// repeats has DFDG deliver a transfer again whose end it never learnt of.
func (b *queueBench) repeats(ctx context.Context) (time.Duration, error) {
	if err := b.fill(); err != nil {
		return 0, err
	}
	b.sim.AddFault(dfdgsim.FaultRule{Operation: "TerminateSequence", Kind: dfdgsim.LoseRequest, Count: 1})
	if _, err := b.poller.Poll(ctx, dfdgCenter); err == nil {
		return 0, fmt.Errorf("the end of the transfer was not lost")
	}
	return b.poll(ctx, func(o dfdgqueue.Outcome) bool { return o.Messages == dfdgEach && o.Repeats == dfdgEach })
}

func (b *queueBench) floor(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	for range dfdgEach {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.plain, strings.NewReader("<næste/>"))
		if err != nil {
			return 0, err
		}
		resp, err := b.http.Do(r)
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return 0, err
		}
		if err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `insert into bench_message (id, body) values ($1, $2)`, uuid.New(), body)
			return err
		}); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}
