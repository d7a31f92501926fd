package evidencedb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/evidencedb/dbsqlc"
)

// Hasher gives what a citizen is found by. It is plannerdb's Sealer.
type Hasher interface {
	Hash(planner.CPR) []byte
}

// Options of a Recorder; zero fields but Hasher have defaults.
type Options struct {
	Hasher Hasher
	Log    *slog.Logger
	// Room is how many calls wait at most, Batch how many are written at once, Every how long one waits when few come.
	Room, Batch int
	Every       time.Duration
}

// Recorder writes calls down. It is safe for concurrent use.
type Recorder struct {
	write func(context.Context, []dbsqlc.RecordParams) error
	o     Options

	mu      sync.RWMutex // held for writing only to close
	closed  bool
	calls   chan entry
	full    chan struct{} // rung when a batch is full
	stop    chan struct{} // closed when no more calls come
	done    chan struct{}
	ctx     context.Context // of writing; ends when Close gives up
	giveUp  context.CancelFunc
	dropped atomic.Int64
	told    int64 // of dropped, in the log; the writer's own
}

// entry is a row that still has the citizen's number, since hashing takes longer than queueing.
type entry struct {
	row     dbsqlc.RecordParams
	citizen planner.CPR
}

// NewRecorder starts a recorder over a migrated database. Close must be called before the pool is closed.
func NewRecorder(pool *pgxpool.Pool, o Options) *Recorder {
	q := dbsqlc.New(pool)
	return newRecorder(o, func(ctx context.Context, rows []dbsqlc.RecordParams) error {
		_, err := q.Record(ctx, rows)
		return err
	})
}

func newRecorder(o Options, write func(context.Context, []dbsqlc.RecordParams) error) *Recorder {
	if o.Room == 0 {
		o.Room = 16 << 10
	}
	if o.Batch == 0 {
		o.Batch = 512
	}
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, giveUp := context.WithCancel(context.Background())
	r := &Recorder{
		write: write, o: o, calls: make(chan entry, o.Room), full: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), ctx: ctx, giveUp: giveUp,
	}
	go r.run()
	return r
}

// Observe takes a call in. It never waits. It is soap.Config.Observe.
func (r *Recorder) Observe(call soap.Call) {
	e := entry{row: row(call), citizen: call.Asked.Citizen}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		r.dropped.Add(1)
		return
	}
	select {
	case r.calls <- e:
		if len(r.calls) >= r.o.Batch {
			select {
			case r.full <- struct{}{}:
			default:
			}
		}
	default:
		r.dropped.Add(1)
	}
}

// Dropped tells how many calls were not written down, since the start.
func (r *Recorder) Dropped() int64 { return r.dropped.Load() }

// Close writes what waits and ends the recorder. When ctx ends first, what is left is lost, and the error tells how much.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.stop)
	}
	r.mu.Unlock()
	defer r.giveUp()
	before := r.dropped.Load()
	select {
	case <-r.done:
	case <-ctx.Done():
		r.giveUp()
		<-r.done
	}
	if lost := r.dropped.Load() - before; lost > 0 {
		return fmt.Errorf("%d SOAP calls were not written down: %w", lost, ctx.Err())
	}
	return nil
}

func (r *Recorder) run() {
	defer close(r.done)
	tick := time.NewTicker(r.o.Every)
	defer tick.Stop()
	for stopping := false; !stopping; {
		select {
		case <-tick.C:
		case <-r.full:
		case <-r.stop:
			stopping = true
		}
		for len(r.calls) > 0 {
			r.flush()
		}
		if d := r.dropped.Load(); d > r.told {
			r.o.Log.Error("SOAP calls were not written down", "new", d-r.told, "sinceStart", d)
			r.told = d
		}
	}
}

// flush writes one batch, however long that takes, unless Close gives up.
func (r *Recorder) flush() {
	rows := make([]dbsqlc.RecordParams, 0, min(len(r.calls), r.o.Batch))
	for len(rows) < cap(rows) {
		e := <-r.calls
		if !e.citizen.Unknown() {
			e.row.CitizenHash = r.o.Hasher.Hash(e.citizen)
		}
		rows = append(rows, e.row)
	}
	pause := 100 * time.Millisecond
	for {
		err := r.write(r.ctx, rows)
		switch {
		case err == nil:
			return
		case r.ctx.Err() != nil:
			r.dropped.Add(int64(len(rows)))
			return
		case refused(err) && len(rows) > 1:
			// One of them is not to Postgres' liking; find it.
			for _, row := range rows {
				if err := r.write(r.ctx, []dbsqlc.RecordParams{row}); err != nil {
					r.dropped.Add(1)
					r.o.Log.Error("a SOAP call could not be written down", "operation", row.Operation, "error", err)
				}
			}
			return
		case refused(err):
			r.dropped.Add(1)
			r.o.Log.Error("a SOAP call could not be written down", "operation", rows[0].Operation, "error", err)
			return
		}
		r.o.Log.Warn("SOAP calls wait to be written down", "calls", len(rows)+len(r.calls), "error", err)
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-r.ctx.Done():
		}
		wait.Stop()
		pause = min(2*pause, 10*time.Second)
	}
}

// refused tells whether Postgres refuses a row for what is in it: classes 22 (data) and 23 (constraints).
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23"))
}

func row(c soap.Call) dbsqlc.RecordParams {
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	p := dbsqlc.RecordParams{
		At: c.Began, Service: c.Service, Operation: c.Operation, CallerCvr: orNull(c.CallerCVR), JobCenterCode: orNull(c.JobCenter),
		OptionID: c.Asked.Option, BookingID: c.Asked.Booking, AskedWorker: c.Asked.CaseWorker, Offered: int32(c.Offered),
		OfferedDays: make([]time.Time, len(c.Days)), OfferedPerDay: make([]int32, len(c.Days)),
		OfferHash: c.OfferHash, AnswerBytes: int32(c.AnswerBytes), DurationUs: c.Duration.Microseconds(), Fault: int32(c.Fault), FaultCode: c.Code,
	}
	if !c.Asked.Interval.Start.IsZero() {
		p.AskedFrom, p.AskedTo = &c.Asked.Interval.Start, &c.Asked.Interval.End
	}
	if o := c.Headers.Organisation; o != nil {
		p.OnBehalfOf = fmt.Sprintf("%d:%s", o.OrganisationTypeIdentifier, o.OrganisationCode)
	}
	for i, d := range c.Days {
		p.OfferedDays[i], p.OfferedPerDay[i] = d.Date, int32(d.Times)
	}
	return p
}
