package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"kommunalplanner.example/jobs/jobargs"
)

// Config is what a runner needs. Every process that works jobs must be given all of it: a process that
// lacks a kind would make River's rescuer discard such jobs.
type Config struct {
	Pool        *pgxpool.Pool
	Log         *slog.Logger
	Now         func() time.Time
	Mailboxes   Mailboxes
	Generations Generations
	Subscriber  Subscriber
	Upkeep      Upkeep
	Retention   Retention
	Resealer    Resealer
	// Queue and Register are nil where no DFDG is configured; their jobs are then not inserted, and wait if
	// they are.
	Queue    Queue
	Register Register
	// Summonses is nil in tests of other things; its jobs then wait.
	Summonses Summonses
	// MailboxWorkers is how many mailboxes are worked at once by this process; 0 means 16. Each waits
	// mostly for Graph and holds no database connection meanwhile.
	MailboxWorkers int
	// TickEvery is how often what is due is looked for; 0 means 15 s.
	TickEvery time.Duration
	// JobTimeout ends a job; 0 means 2 min. RescueAfter frees the job of a process that died, and must be
	// longer; 0 means 5 min. It is the last resort: presence frees them much sooner.
	JobTimeout, RescueAfter time.Duration
	// Observe, when set, is told of every job's end.
	Observe func(kind, outcome string, wait, run time.Duration)
}

// Runner works jobs.
type Runner struct {
	client   *river.Client[pgx.Tx]
	presence *presence
	announce func(context.Context) error
	cancel   func()
	done     chan struct{}
	every    time.Duration
	log      *slog.Logger
	ticking  sync.WaitGroup
	stopTick context.CancelFunc
}

// NewRunner makes a runner; Start starts it.
func NewRunner(c Config) (*Runner, error) {
	timeout := orElse(c.JobTimeout, 2*time.Minute)
	here := &presence{pool: c.Pool, log: c.Log, name: "planner-" + rand.Text()}
	workers := river.NewWorkers()
	err := errors.Join(
		river.AddWorkerSafely(workers, &syncMailboxWorker{mailboxes: c.Mailboxes, generations: c.Generations, now: c.Now, timeout: timeout}),
		river.AddWorkerSafely(workers, &subscribeMailboxWorker{subscriber: c.Subscriber, now: c.Now, timeout: timeout}),
		river.AddWorkerSafely(workers, &tickWorker{upkeep: c.Upkeep, now: c.Now, log: c.Log, freeDead: here.freeDead}),
		river.AddWorkerSafely(workers, &resealWorker{resealer: c.Resealer, timeout: timeout}),
		river.AddWorkerSafely(workers, &retainWorker{retention: c.Retention, timeout: timeout}),
		river.AddWorkerSafely(workers, &auditSubscriptionsWorker{subscriber: c.Subscriber, timeout: timeout}),
	)
	if c.Queue == nil {
		c.Queue = absent{}
	}
	if c.Register == nil {
		c.Register = absent{}
	}
	if c.Summonses == nil {
		c.Summonses = absent{}
	}
	err = errors.Join(err,
		river.AddWorkerSafely(workers, &pollDFDGWorker{queue: c.Queue, now: c.Now, timeout: timeout}),
		river.AddWorkerSafely(workers, &reportDFDGWorker{register: c.Register, now: c.Now, timeout: timeout}),
		river.AddWorkerSafely(workers, &carryOutSummonsWorker{summonses: c.Summonses, now: c.Now, timeout: timeout}),
	)
	if err != nil {
		return nil, fmt.Errorf("register workers: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		ID:      here.name,
		Logger:  c.Log,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			queueMailbox:      {MaxWorkers: orElse(c.MailboxWorkers, 16), FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond},
			queueSubscription: {MaxWorkers: 4},
			queueUpkeep:       {MaxWorkers: 2},
			queueDFDG:         {MaxWorkers: 4},
			queueSummons:      {MaxWorkers: 2},
			queueRetention:    {MaxWorkers: 1},
		},
		// The cooldown and the poll bound freshness: of inserts that come within a millisecond only the first
		// is told, and its news may arrive before the others are committed.
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           500 * time.Millisecond,
		JobTimeout:                  timeout,
		RescueStuckJobsAfter:        orElse(c.RescueAfter, 5*time.Minute),
		SoftStopTimeout:             20 * time.Second,
		CompletedJobRetentionPeriod: 6 * time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("make the queue's client: %w", err)
	}
	r := &Runner{client: client, presence: here, announce: c.Subscriber.Announce, done: make(chan struct{}), every: orElse(c.TickEvery, 15*time.Second), log: c.Log}
	r.observe(c.Observe)
	return r, nil
}

func (r *Runner) observe(tell func(kind, outcome string, wait, run time.Duration)) {
	events, cancel := r.client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled, river.EventKindJobSnoozed)
	r.cancel = cancel
	go func() {
		defer close(r.done)
		for e := range events {
			if tell != nil {
				tell(e.Job.Kind, string(e.Kind), e.JobStats.QueueWaitDuration, e.JobStats.RunDuration)
			}
		}
	}()
}

// Start begins to work; it returns once the first fetch is under way.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.presence.arrive(ctx); err != nil {
		return err
	}
	if _, err := r.presence.freeDead(ctx); err != nil {
		return err
	}
	if err := r.announce(ctx); err != nil {
		return err
	}
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("start working jobs: %w", err)
	}
	ticks, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stopTick = stop
	r.ticking.Go(func() { r.tick(ticks) })
	return nil
}

// tick inserts a tick now and at every interval. Each runner does, rather than River's elected leader: after a
// crash it may take that a quarter of a minute to be elected anew. Several ticks at once do no harm.
func (r *Runner) tick(ctx context.Context) {
	t := time.NewTicker(r.every)
	defer t.Stop()
	for {
		opts := optsOf(jobargs.Tick{})
		if _, err := r.client.Insert(ctx, jobargs.Tick{}, &opts); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "no tick was started", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Stop lets running jobs finish, for a while; those that do not are given back to the queue.
func (r *Runner) Stop(ctx context.Context) error {
	if r.stopTick != nil {
		r.stopTick()
		r.ticking.Wait()
	}
	err := r.client.Stop(ctx)
	r.presence.leave()
	r.cancel()
	<-r.done
	if err != nil {
		return fmt.Errorf("stop working jobs: %w", err)
	}
	return nil
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
