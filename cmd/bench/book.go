package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/sync/syncdb"
)

//go:embed peers/booking_rows.sql
var bookingRows string

const (
	bookClients = 8
	bookRounds  = 7
	bookEach    = 400 // commits of each side in a round
	rivals      = 8
	rivalTimes  = 500
	bookWorkers = 50
)

// book measures commits of bookings through the product's own stores: locks, re-check, booking, audit and the wake-up of
// the mailbox, beside a commit of one plain row, and beside one statement that writes the same rows knowing all of them; and the worst that one of 8 rivals for the same time must wait, beside the
// same over a bare unique index. The sides take turns.
func book(ctx context.Context, db, _ string) ([]result, error) {
	cfg, err := migrations.PoolConfig(db)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	d, err := newDesk(ctx, pool)
	if err != nil {
		return nil, err
	}
	commits, err := d.commits(ctx)
	if err != nil {
		return nil, err
	}
	rivalry, err := d.rivalry(ctx)
	if err != nil {
		return nil, err
	}
	return append(commits, rivalry...), nil
}

// desk is a job centre whose case workers work round the clock, each with a mailbox.
type desk struct {
	pool    *pgxpool.Pool
	planner *plannerdb.Store
	workers []planner.CaseWorker
	option  planner.InterviewOption
	from    time.Time
	next    int // of the times that were not used yet
}

const bookCenter = "70002"

func newDesk(ctx context.Context, pool *pgxpool.Pool) (*desk, error) {
	quiet := slog.New(slog.DiscardHandler)
	out, err := jobs.NewOutbox(pool, quiet)
	if err != nil {
		return nil, err
	}
	calendars := syncdb.New(pool, out, time.Now, quiet)
	d := &desk{
		pool: pool, planner: plannerdb.New(pool, plannerdb.Options{Sealer: benchSealer(), Changes: calendars}),
		option: planner.InterviewOption{
			ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: 30 * time.Minute, SlotStep: 30 * time.Minute,
			HorizonDays: 183, Title: "Måling",
		},
		from: time.Now().Truncate(24*time.Hour).AddDate(0, 0, 2),
	}
	if err := d.planner.PutJobCenter(ctx, planner.JobCenter{Code: bookCenter, Name: "Måling"}); err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for i := range bookWorkers {
		w := planner.CaseWorker{ID: uuid.New(), JobCenter: bookCenter, Identifier: fmt.Sprint("RID-skranke-", i), GivenName: "Anna", Surname: "Østergård", Email: uuid.NewString() + "@example.dk"}
		for day := 1; day <= 7; day++ {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: day, StartMinute: 0, EndMinute: 24 * 60})
		}
		if err := d.planner.PutCaseWorker(ctx, w); err != nil {
			return nil, err
		}
		if _, err := calendars.AddMailbox(ctx, w.ID, w.ID.String(), w.Email); err != nil {
			return nil, err
		}
		d.workers, ids = append(d.workers, w), append(ids, w.ID)
	}
	if err := d.planner.PutInterviewOption(ctx, bookCenter, d.option, ids); err != nil {
		return nil, err
	}
	for _, sql := range []string{
		`update mailbox set state = 'active', as_of = now()`,
		`create table bench_plain (id uuid primary key, case_worker_id uuid not null, starts_at timestamptz not null, ends_at timestamptz not null)`,
		`create table bench_unique (case_worker_id uuid, starts_at timestamptz, citizen int not null, primary key (case_worker_id, starts_at))`,
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// request is a booking of a time that nobody has asked for yet, by a citizen who has no other then.
func (d *desk) request() planner.CreateRequest {
	n := d.next
	d.next++
	return planner.CreateRequest{
		JobCenter: bookCenter, CPR: benchCitizen(n), BookingID: uuid.New(), Option: d.option.ID, CaseWorkerIdentifier: d.workers[n%bookWorkers].Identifier,
		Start: d.from.Add(time.Duration(n/bookWorkers) * d.option.Duration), Caller: planner.Caller{OrganisationType: 8, OrganisationCode: bookCenter},
	}
}

func (d *desk) commits(ctx context.Context) ([]result, error) {
	var reserved, unreserved, byHand, floor []float64
	sealer := benchSealer()
	for round := range bookRounds + 1 {
		var withPromise, without, rows []planner.CreateRequest
		for range bookEach {
			for _, promised := range []*[]planner.CreateRequest{&withPromise, &rows} {
				r := d.request()
				held, err := d.planner.Reserve(ctx, planner.ReserveRequest{JobCenter: bookCenter, CPR: r.CPR, Option: &r.Option, Start: r.Start, CaseWorkerIdentifier: r.CaseWorkerIdentifier})
				if err != nil {
					return nil, fmt.Errorf("reserve: %w", err)
				}
				r.Reservation = &held.ID
				*promised = append(*promised, r)
			}
			without = append(without, d.request())
		}
		for _, side := range []struct {
			into *[]float64
			do   func(i int) error
		}{
			{&floor, func(i int) error {
				_, err := d.pool.Exec(ctx, `insert into bench_plain (id, case_worker_id, starts_at, ends_at) values ($1, $2, $3, $4)`,
					uuid.New(), d.workers[i%bookWorkers].ID, d.from, d.from.Add(time.Hour))
				return err
			}},
			{&byHand, func(i int) error {
				r := rows[i]
				worker := slices.IndexFunc(d.workers, func(w planner.CaseWorker) bool { return w.Identifier == r.CaseWorkerIdentifier })
				_, err := d.pool.Exec(ctx, bookingRows, r.BookingID, bookCenter, sealer.Hash(r.CPR), r.Option, d.workers[worker].ID, r.Start, r.Start.Add(d.option.Duration), r.Reservation)
				return err
			}},
			{&reserved, func(i int) error { _, err := d.planner.CreateBooking(ctx, withPromise[i]); return err }},
			{&unreserved, func(i int) error { _, err := d.planner.CreateBooking(ctx, without[i]); return err }},
		} {
			began := time.Now()
			if err := atOnce(bookClients, bookEach, side.do); err != nil {
				return nil, err
			}
			if round > 0 { // the first one warms up
				*side.into = append(*side.into, bookEach/time.Since(began).Seconds())
			}
		}
	}
	const beside = "commit of one plain row"
	return []result{
		atLeast("commits of the rows alone", beside, "1/s", byHand, floor, 0),
		atLeast("commits of reserved bookings", beside, "1/s", reserved, floor, .4),
		atLeast("commits of bookings not reserved", beside, "1/s", unreserved, floor, .4),
		atLeast("commits of reserved bookings", "the rows alone", "1/s", reserved, byHand, .7),
	}, nil
}

// rivalry lets 8 citizens book the same time with the same case worker at once, 500 times. Exactly one gets it.
func (d *desk) rivalry(ctx context.Context) ([]result, error) {
	var ours, floor []time.Duration
	for n := range rivalTimes {
		base := d.request()
		var mu sync.Mutex
		won := 0
		took, err := race(func(i int) error {
			r := base
			r.CPR, r.BookingID = benchCitizen(d.next+(i+1)*1000), uuid.New()
			_, err := d.planner.CreateBooking(ctx, r)
			var refusal *planner.Error
			switch {
			case err == nil:
				mu.Lock()
				won++
				mu.Unlock()
			case errors.As(err, &refusal) && refusal.Code == planner.CodeTaken:
				err = nil
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("rivals: %w", err)
		}
		if won != 1 {
			return nil, fmt.Errorf("%d of %d rivals got the time", won, rivals)
		}
		ours = append(ours, took...)
		took, err = race(func(i int) error {
			_, err := d.pool.Exec(ctx, `insert into bench_unique (case_worker_id, starts_at, citizen) values ($1, $2, $3) on conflict do nothing`,
				d.workers[0].ID, d.from.Add(time.Duration(n)*time.Minute), i)
			return err
		})
		if err != nil {
			return nil, err
		}
		floor = append(floor, took...)
	}
	const beside = "insert into a unique index"
	return []result{
		atMost("worst wait of 8 rivals", beside, "ms", quantile(ours, 1), quantile(floor, 1), 4, rivalTimes),
		besides("p99 of 8 rivals", beside, "ms", quantile(ours, .99), quantile(floor, .99), rivalTimes),
	}, nil
}

// race runs f for all rivals at once and tells how long each took.
func race(f func(i int) error) ([]time.Duration, error) {
	var all sync.WaitGroup
	start := make(chan struct{})
	took, errs := make([]time.Duration, rivals), make([]error, rivals)
	for i := range rivals {
		all.Go(func() {
			<-start
			began := time.Now()
			errs[i] = f(i)
			took[i] = time.Since(began)
		})
	}
	close(start)
	all.Wait()
	return took, errors.Join(errs...)
}

// atOnce runs f for 0 to n-1, so many at once.
func atOnce(clients, n int, f func(i int) error) error {
	var all sync.WaitGroup
	work := make(chan int)
	errs := make([]error, clients)
	for c := range clients {
		all.Go(func() {
			for i := range work {
				if err := f(i); err != nil {
					errs[c] = err
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
	return errors.Join(slices.Compact(errs)...)
}
