package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/mailbox"
	"kommunalplanner.example/sync/msgraph"
	"kommunalplanner.example/sync/syncdb"
)

// What the quiet round is measured with. BENCH_MAILBOXES overrides how many mailboxes.
const (
	quietMailboxes = 2000
	quietEvents    = 8  // appointments of each
	quietWorkers   = 16 // at once, as one process has
	quietRounds    = 5
)

// quiet times one round of every mailbox in which nothing has changed; beside it as many bare GETs of the same
// delta links, as many at once, with one small UPDATE each. The sides take turns.
func quiet(ctx context.Context, db, _ string) ([]result, error) {
	n := quietMailboxes
	if s := os.Getenv("BENCH_MAILBOXES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			return nil, fmt.Errorf("BENCH_MAILBOXES: %w", err)
		}
	}
	f, err := newFleet(ctx, db, n)
	if err != nil {
		return nil, err
	}
	defer f.stop()
	began := time.Now()
	if err := f.each(f.round); err != nil {
		return nil, err
	}
	fmt.Printf("  first reading of %d mailboxes: %s\n", n, time.Since(began).Round(time.Millisecond))
	if err := f.startFloor(ctx); err != nil {
		return nil, err
	}
	var ours, floor []time.Duration
	requests, writes := 0, 0
	for range quietRounds {
		took, err := f.timed(f.bare)
		if err != nil {
			return nil, err
		}
		floor = append(floor, took)
		f.graph.ResetRequests()
		if took, err = f.timed(f.round); err != nil {
			return nil, err
		}
		ours = append(ours, took)
		for _, r := range f.graph.Requests(graphsim.RequestFilter{Actor: graphsim.ActorApp}) {
			requests++
			if r.Method != http.MethodGet {
				writes++
			}
		}
	}
	const beside = "a bare delta GET and one UPDATE each"
	return []result{
		atMost(fmt.Sprintf("quiet round of %d mailboxes", n), beside, "s", quantile(ours, .5)/1000, quantile(floor, .5)/1000, 3, quietRounds),
		exactly("requests per mailbox and round", "one", "", float64(requests)/float64(n*quietRounds), 1, quietRounds),
		exactly("writes at Graph", "none", "", float64(writes), 0, quietRounds),
	}, nil
}

// exactly is a result that should be just that.
func exactly(name, beside, unit string, value, want float64, rounds int) result {
	r := result{Name: name, Beside: beside, Value: value, Floor: want, Unit: unit, Aim: fmt.Sprintf("= %g", want), Met: value == want, Rounds: rounds}
	if want > 0 {
		r.Ratio = value / want
	}
	return r
}

// fleet is many mailboxes at a simulated Graph, the real client and the real store, without a queue.
type fleet struct {
	ctx    context.Context
	cancel context.CancelFunc
	served chan error
	pool   *pgxpool.Pool
	graph  *graphsim.Server
	client *msgraph.Client
	syncer *mailbox.Syncer
	http   *http.Client
	boxes  []int64

	mu    sync.Mutex
	links map[int64]string // of the floor
}

// nobody is woken: the rounds are run by hand.
type nobody struct{}

func (nobody) AddTx(context.Context, pgx.Tx, jobargs.Job) error { return nil }

func newFleet(ctx context.Context, db string, n int) (*fleet, error) {
	f := &fleet{served: make(chan error, 1), links: map[int64]string{}}
	f.ctx, f.cancel = context.WithCancel(ctx)
	var err error
	if f.pool, err = ownDatabase(ctx, db, "bench_quiet"); err != nil {
		return nil, err
	}
	f.graph = graphsim.New(graphsim.Config{Seed: 1})
	// Else each appointment changes once more by itself, a few seconds after it was made.
	if _, err := f.graph.SetFault(graphsim.Fault{Kind: graphsim.FaultNoETagRotation}); err != nil {
		return nil, err
	}
	secure, roots, err := graphsim.SelfSigned()
	if err != nil {
		return nil, err
	}
	base, err := f.serve(secure)
	if err != nil {
		return nil, err
	}
	f.client, err = msgraph.New(msgraph.Config{
		BaseURL: "http://" + base + "/v1.0", AuthorityHost: "https://" + base, TenantID: graphsim.DefaultTenant, ClientID: graphsim.DefaultClientID,
		ClientSecret: graphsim.DefaultSecret, RootCAs: roots,
	})
	if err != nil {
		return nil, err
	}
	f.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: quietWorkers}}
	store := syncdb.New(f.pool, nobody{}, time.Now, slog.New(slog.DiscardHandler))
	limiter := &mailbox.Limiter{Store: store, Rule: mailbox.DefaultLimitRule(), Now: time.Now}
	f.syncer = &mailbox.Syncer{Graph: mailbox.Limited{Graph: f.client, Limiter: limiter}, Store: store, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	return f, f.fill(ctx, store, n)
}

func (f *fleet) serve(secure *tls.Config) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { f.served <- f.graph.Serve(f.ctx, l, secure) }()
	return l.Addr().String(), nil
}

// fill makes the mailboxes on both sides, each with appointments that will not change.
func (f *fleet) fill(ctx context.Context, store *syncdb.Store, n int) error {
	if _, err := f.pool.Exec(ctx, `insert into job_center (code, name) values ($1, $2)`, world.JobCenterCode, world.JobCenterName); err != nil {
		return err
	}
	start := time.Now().Add(48 * time.Hour).Truncate(time.Hour)
	for i := range n {
		worker, user := uuid.New(), uuid.NewString()
		if _, err := f.pool.Exec(ctx, `insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ($1, $2, $3, 'Åse', 'Ærø', $3)`,
			worker, world.JobCenterCode, user+"@aeroeby.example"); err != nil {
			return err
		}
		f.graph.AddUser(graphsim.User{ObjectID: user, UPN: user + "@aeroeby.example"})
		outlook, err := f.graph.Outlook(user)
		if err != nil {
			return err
		}
		for e := range quietEvents {
			at := start.Add(time.Duration(e*24+i%8) * time.Hour).UTC()
			stamp := func(t time.Time) map[string]string {
				return map[string]string{"dateTime": t.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
			}
			if _, err := outlook.Create(map[string]any{"subject": "Møde", "showAs": "busy", "start": stamp(at), "end": stamp(at.Add(time.Hour))}); err != nil {
				return err
			}
		}
		box, err := store.AddMailbox(ctx, worker, user, user+"@aeroeby.example")
		if err != nil {
			return err
		}
		f.boxes = append(f.boxes, box)
	}
	return nil
}

func (f *fleet) stop() {
	f.cancel()
	f.graph.Close()
	<-f.served
	f.client.CloseIdleConnections()
	f.http.CloseIdleConnections()
	f.pool.Close()
}

// each does something to every mailbox, quietWorkers at a time.
func (f *fleet) each(do func(context.Context, int64) error) error {
	work := make(chan int64)
	failed := make(chan error, quietWorkers)
	var workers sync.WaitGroup
	for range quietWorkers {
		workers.Go(func() {
			var first error
			for box := range work {
				if err := do(f.ctx, box); err != nil && first == nil {
					first = fmt.Errorf("mailbox %d: %w", box, err)
				}
			}
			failed <- first
		})
	}
	for _, box := range f.boxes {
		work <- box
	}
	close(work)
	workers.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) timed(do func(context.Context, int64) error) (time.Duration, error) {
	began := time.Now()
	err := f.each(do)
	return time.Since(began), err
}

func (f *fleet) round(ctx context.Context, box int64) error {
	_, err := f.syncer.Sync(ctx, box)
	return err
}

// startFloor gives the floor its own table, with the links where the first reading left them.
func (f *fleet) startFloor(ctx context.Context) error {
	if _, err := f.pool.Exec(ctx, `create table bench_floor as select id, delta_link from mailbox; alter table bench_floor add primary key (id)`); err != nil {
		return err
	}
	rows, err := f.pool.Query(ctx, `select id, delta_link from bench_floor`)
	if err != nil {
		return err
	}
	var id int64
	var link string
	_, err = pgx.ForEachRow(rows, []any{&id, &link}, func() error {
		f.links[id] = link
		return nil
	})
	return err
}

// bare is the least that a round can be.
func (f *fleet) bare(ctx context.Context, box int64) error {
	f.mu.Lock()
	link := f.links[box]
	f.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+f.graph.NewAccessToken())
	req.Header.Set("Prefer", `IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=200`)
	resp, err := f.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var page struct {
		Delta string            `json:"@odata.deltaLink"`
		Value []json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&page); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || page.Delta == "" || len(page.Value) != 0 {
		return fmt.Errorf("%s with %d items", resp.Status, len(page.Value))
	}
	f.mu.Lock()
	f.links[box] = page.Delta
	f.mu.Unlock()
	_, err = f.pool.Exec(ctx, `update bench_floor set delta_link = $2 where id = $1`, box, page.Delta)
	return err
}

// ownDatabase is a fresh, migrated database on the server of db, so that measures do not meet.
func ownDatabase(ctx context.Context, db, name string) (*pgxpool.Pool, error) {
	url, err := freshDatabase(ctx, db, name)
	if err != nil {
		return nil, err
	}
	pool, err := migrations.OpenPool(ctx, url)
	if err != nil {
		return nil, err
	}
	return pool, migrations.Up(ctx, pool, slog.New(slog.DiscardHandler))
}

func freshDatabase(ctx context.Context, db, name string) (string, error) {
	u, err := url.Parse(db)
	if err != nil {
		return "", fmt.Errorf("read the database's URL: %w", err)
	}
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range []string{"drop database if exists " + name + " with (force)", "create database " + name} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("make database %s: %w", name, err)
		}
	}
	u.Path = "/" + name
	return u.String(), nil
}
