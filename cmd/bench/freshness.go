package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
)

// freshnessChanges is how many changes are timed on either side.
const freshnessChanges = 200

// freshness times a change from the answer that Outlook got until the time is offered no more; beside it the
// smallest program that receives the notice, makes one delta GET and commits. Both are asked in the same way:
// over HTTP, again and again. The sides take turns, so that the machine's moods hit both.
func freshness(ctx context.Context, db, scratch string) ([]result, error) {
	w, err := world.Start(ctx, world.LocalOptions{
		DatabaseURL: db, Dir: scratch, Counsellors: 25, Weeks: 6,
		// One notice per change: the floor would else be woken by the followers of the change before.
		Graph: graphsim.Config{Seed: 1},
	})
	defer func() { _ = w.Stop() }()
	if err != nil {
		return nil, err
	}
	if err := w.InitialSync(ctx); err != nil {
		return nil, err
	}
	small, err := startFloor(ctx, w)
	if err != nil {
		return nil, err
	}
	defer small.stop()
	if err := w.Quiet(ctx); err != nil {
		return nil, err
	}

	citizen := world.NewJobnet(w.SOAP, world.Citizens(1)[0], nil)
	option := world.Options(25)[0].ID
	from := time.Now().AddDate(0, 0, 28)
	var ours, floor []time.Duration
	for i := range freshnessChanges {
		person := w.People[i%len(w.People)]
		times, err := citizen.Times(ctx, option, from, from.AddDate(0, 0, 60), person.Identifier)
		if err != nil {
			return nil, err
		}
		if len(times) == 0 {
			return nil, errNoTimes
		}
		start := times[0].Start
		if _, err := w.Outlook.Block(ctx, person.ObjectID, "Måling", start, time.Hour); err != nil {
			return nil, err
		}
		took, err := until(ctx, func() (bool, error) {
			now, err := citizen.Times(ctx, option, start.Add(-time.Minute), start.Add(2*time.Hour), person.Identifier)
			return !slices.ContainsFunc(now, func(s world.Slot) bool { return s.Start.Equal(start) }), err
		})
		if err != nil {
			return nil, err
		}
		ours = append(ours, took)

		e, err := w.Outlook.Block(ctx, small.user, "Måling", start.Add(time.Duration(i)*time.Hour), time.Hour)
		if err != nil {
			return nil, err
		}
		if took, err = until(ctx, func() (bool, error) { return small.knows(ctx, e.ID) }); err != nil {
			return nil, err
		}
		floor = append(floor, took)
	}
	const beside = "receive the notice, one delta GET, one commit"
	return []result{
		atMost("notice to visible, p50", beside, "ms", quantile(ours, .5), quantile(floor, .5), 2, freshnessChanges),
		atMost("notice to visible, p99", beside, "ms", quantile(ours, .99), quantile(floor, .99), 5, freshnessChanges),
	}, nil
}

// until asks again and again, and tells how long it took.
func until(ctx context.Context, holds func() (bool, error)) (time.Duration, error) {
	began := time.Now()
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for {
		ok, err := holds()
		if err != nil || ok {
			return time.Since(began), err
		}
		if time.Since(began) > time.Minute {
			return 0, fmt.Errorf("not visible after a minute")
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-pause.C:
		}
	}
}

// floorProgram is the least that can be done with a notice.
type floorProgram struct {
	w    *world.Local
	pool *pgxpool.Pool
	user string
	url  string
	srv  *http.Server
	http *http.Client

	mu   sync.Mutex
	link string
}

func startFloor(ctx context.Context, w *world.Local) (*floorProgram, error) {
	f := &floorProgram{w: w, pool: w.Pool, user: uuid.NewString(), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	if _, err := f.pool.Exec(ctx, "create table bench_floor (event_id text primary key)"); err != nil {
		return nil, err
	}
	w.Graph.AddUser(graphsim.User{ObjectID: f.user, UPN: "gulv@aeroeby.example", DisplayName: "Gulv"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.url = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /notice", f.notice)
	mux.HandleFunc("GET /knows", f.answer)
	f.srv = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = f.srv.Serve(l) }()
	now := time.Now().UTC()
	f.link = w.Outlook.URL + "/v1.0/users/" + f.user + "/calendarView/delta?" + url.Values{
		"startDateTime": {now.Format(time.RFC3339)}, "endDateTime": {now.AddDate(0, 7, 0).Format(time.RFC3339)}}.Encode()
	if err := f.delta(ctx); err != nil {
		return nil, err
	}
	body := fmt.Sprintf(`{"changeType":"created,updated,deleted","notificationUrl":%q,"resource":%q,"clientState":"x","expirationDateTime":%q}`,
		f.url+"/notice", "users/"+f.user+"/events", now.Add(48*time.Hour).Format(time.RFC3339))
	req, err := f.request(ctx, http.MethodPost, w.Outlook.URL+"/v1.0/subscriptions", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("subscribe: %s", resp.Status)
	}
	return f, nil
}

func (f *floorProgram) stop() { _ = f.srv.Close() }

func (f *floorProgram) request(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.w.Graph.NewAccessToken())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", `IdType="ImmutableId"`)
	return req, nil
}

// notice answers at once and makes its one GET and commit beside.
func (f *floorProgram) notice(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusAccepted)
	go func() { _ = f.delta(context.WithoutCancel(r.Context())) }()
}

func (f *floorProgram) delta(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	req, err := f.request(ctx, http.MethodGet, f.link, nil)
	if err != nil {
		return err
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var page struct {
		Next  string `json:"@odata.nextLink"`
		Delta string `json:"@odata.deltaLink"`
		Value []struct {
			ID string `json:"id"`
		} `json:"value"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		return err
	}
	ids := make([]string, 0, len(page.Value))
	for _, e := range page.Value {
		ids = append(ids, e.ID)
	}
	if len(ids) > 0 {
		if _, err := f.pool.Exec(ctx, "insert into bench_floor select unnest($1::text[]) on conflict do nothing", ids); err != nil {
			return err
		}
	}
	f.link = page.Next + page.Delta
	return nil
}

func (f *floorProgram) answer(w http.ResponseWriter, r *http.Request) {
	var known bool
	if err := f.pool.QueryRow(r.Context(), "select exists (select from bench_floor where event_id = $1)", r.FormValue("id")).Scan(&known); err != nil {
		http.Error(w, "database", http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, known)
}

func (f *floorProgram) knows(ctx context.Context, id string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/knows?id="+url.QueryEscape(id), nil)
	if err != nil {
		return false, err
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text) == "true", err
}
