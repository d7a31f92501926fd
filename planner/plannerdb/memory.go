package plannerdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

const (
	// lookTogether is how many questions share one look at the most.
	lookTogether = 32
	// lookWithin bounds one look, reading included.
	lookWithin = 15 * time.Second
	// manyChanges is from where on all is read anew; the query gives no more.
	manyChanges = 1000
)

// errNotKept says that a question must be asked of Postgres.
var errNotKept = errors.New("not answered from memory")

// memory is what this process has in memory of options and calendars; see doc.go. Its looks follow one another: each
// takes all the questions that have come since the last one began.
type memory struct {
	pool *pgxpool.Pool
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	waiting []*question
	looking bool // somebody is in lookOn
	closed  bool
	// ruled are options that are not kept, since they have rules on numbers, seats or rooms: for them no look is worth while. It
	// is only a hint.
	ruled  map[uuid.UUID]bool
	rounds sync.WaitGroup

	// Of the look under way.
	conn  *pgx.Conn
	since string // the snapshot in which everything kept is as it is
	of    int64  // which log told of changes
	facts keptFacts

	answers keptAnswers
	counts  keptCounts
}

type keptCounts struct{ looks, questions, calendars, bytes, hits, misses atomic.Int64 }

// KeptStats tells how much is answered from memory. All but the sizes count since the start.
type KeptStats struct {
	// Questions were answered after so many Looks for changes; Calendars were read for it.
	Questions, Looks, Calendars int64
	// Hits are answers that were there, Misses those that had to be made.
	Hits, Misses int64
	// Bytes is about what answers and calendars take.
	Bytes int64
}

// question is one question's part in a look for changes.
type question struct {
	option  uuid.UUID
	citizen []byte // the citizen's hash; empty for nobody
	done    chan struct{}

	// When done: the option's holders as they were in one snapshot taken since the question came, and the citizen's meetings in the
	// same one. view is nil when the option is not kept.
	view     *view
	meetings []planMeeting
	err      error
}

// planMeeting is a meeting of a citizen's.
type planMeeting struct {
	booking uuid.UUID
	dbsqlc.CitizenMeetingsRow
}

func newMemory(s *Store, limit int64) *memory {
	k := &memory{pool: s.pool, now: s.now, log: s.log, ruled: map[uuid.UUID]bool{}}
	k.facts.limit, k.answers.limit = limit/2, limit/2
	k.facts.reset(&k.answers)
	return k
}

func (k *memory) stats() KeptStats {
	c := &k.counts
	k.answers.mu.Lock()
	defer k.answers.mu.Unlock()
	return KeptStats{
		Questions: c.questions.Load(), Looks: c.looks.Load(), Calendars: c.calendars.Load(), Hits: c.hits.Load(), Misses: c.misses.Load(),
		Bytes: k.answers.size + c.bytes.Load(),
	}
}

// changesKept is for how long a process that nobody asks anything can still tell what has changed meanwhile.
const changesKept = 10 * time.Minute

// PruneChanges forgets what was told of changes long ago. Who has not looked since then forgets all that it keeps.
func (s *Store) PruneChanges(ctx context.Context) error {
	return dbsqlc.New(s.pool).DeleteOldChanges(ctx, pgtype.Interval{Microseconds: changesKept.Microseconds(), Valid: true})
}

// close ends the connection; questions are asked of Postgres from then on.
func (k *memory) close(ctx context.Context) {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.rounds.Wait()
	k.disconnect(ctx)
}

// look waits for a look that began after it was called. errNotKept is an answer too.
func (k *memory) look(ctx context.Context, option uuid.UUID, citizen []byte) (*question, error) {
	l := &question{option: option, citizen: citizen, done: make(chan struct{})}
	k.mu.Lock()
	if k.closed || k.ruled[option] {
		k.mu.Unlock()
		return nil, errNotKept
	}
	k.waiting = append(k.waiting, l)
	if !k.looking {
		k.looking = true
		k.rounds.Go(k.lookOn)
	}
	k.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case l.err != nil:
		return nil, l.err
	case l.view == nil:
		return nil, errNotKept
	}
	return l, nil
}

// lookOn looks until nobody waits.
func (k *memory) lookOn() {
	for {
		// Those who are about to ask may share this look.
		runtime.Gosched()
		k.mu.Lock()
		n := min(len(k.waiting), lookTogether)
		group := k.waiting[:n:n]
		k.waiting = k.waiting[n:]
		if n == 0 {
			k.looking = false
			k.mu.Unlock()
			return
		}
		k.mu.Unlock()
		err := k.lookFor(group)
		for _, l := range group {
			l.err = err
			close(l.done)
		}
	}
}

// lookFor looks once, and once more on another connection if that was lost meanwhile.
func (k *memory) lookFor(group []*question) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	before := k.conn != nil
	err := k.lookOnce(ctx, group)
	if err != nil {
		k.disconnect(ctx)
		if before {
			if err = k.lookOnce(ctx, group); err != nil {
				k.disconnect(ctx)
			}
		}
	}
	k.counts.looks.Add(1)
	k.counts.questions.Add(int64(len(group)))
	k.counts.bytes.Store(k.facts.size)
	if err != nil {
		return fmt.Errorf("look for changes of calendars: %w", err)
	}
	return nil
}

func (k *memory) lookOnce(ctx context.Context, group []*question) error {
	if k.conn == nil {
		if err := k.connect(ctx); err != nil {
			return err
		}
	}
	if err := k.validate(ctx, k.conn, group); err != nil {
		return err
	}
	if k.assign(group) {
		return nil
	}
	// What is missing is read in the same snapshot as another look for changes, so that what is there and what is read belong together.
	return pgx.BeginTxFunc(ctx, k.conn, oneSnapshot, func(tx pgx.Tx) error {
		if err := k.validate(ctx, tx, group); err != nil {
			return err
		}
		if err := k.read(ctx, tx, group); err != nil {
			return err
		}
		k.assign(group)
		return nil
	})
}

// connect takes a connection for good: with it ends all that is kept. Only so is it sure that nothing was missed: a server that was started
// again, or another one that took its place, may have forgotten transactions and given their numbers to others.
func (k *memory) connect(ctx context.Context) error {
	one, err := k.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	k.conn = one.Hijack()
	q := dbsqlc.New(k.conn)
	if err := q.PlanOnce(ctx); err != nil {
		return err
	}
	k.since, err = q.SnapshotNow(ctx)
	return err
}

func (k *memory) disconnect(ctx context.Context) {
	if k.conn != nil {
		_ = k.conn.Close(ctx)
		k.conn = nil
	}
	k.of = 0
	k.facts.reset(&k.answers)
}

// validate drops what has changed since the last look, and tells each of the group the citizen's meetings.
func (k *memory) validate(ctx context.Context, on dbsqlc.DBTX, group []*question) error {
	citizens := make([][]byte, 0, len(group))
	for _, l := range group {
		l.view, l.meetings = nil, nil
		if len(l.citizen) > 0 {
			citizens = append(citizens, l.citizen)
		}
	}
	// A question may have come a little before, and be answered for then.
	rows, err := dbsqlc.New(on).LookForChanges(ctx, dbsqlc.LookForChangesParams{Since: k.since, Citizens: citizens, Now: k.now().Add(-time.Minute)})
	if err != nil {
		return err
	}
	changed := 0
	for _, r := range rows {
		switch r.What {
		case 0:
			if k.of != 0 && k.of != r.Log {
				changed = manyChanges
			}
			k.since, k.of = r.Told, r.Log
		case 1:
			changed++
			if r.Told == "" {
				changed = manyChanges
			}
		case 2:
			for _, l := range group {
				if string(l.citizen) == string(r.CitizenHash) {
					l.meetings = append(l.meetings, planMeeting{r.BookingID, dbsqlc.CitizenMeetingsRow{StartsAt: r.StartsAt, EndsAt: r.EndsAt}})
				}
			}
		}
	}
	switch {
	case changed >= manyChanges:
		k.facts.reset(&k.answers)
		k.setRuled(nil)
	case changed > 0:
		for _, r := range rows {
			if r.What == 1 {
				k.facts.drop(r.Told, &k.answers)
				k.setRuled(&r.Told)
			}
		}
	}
	return nil
}

// setRuled forgets the hint on an option, or on all.
func (k *memory) setRuled(changed *string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.ruled) == 0 {
		return
	}
	if changed == nil {
		clear(k.ruled)
	} else if id, err := uuid.Parse(*changed); err == nil {
		delete(k.ruled, id)
	}
}

// assign gives each of the group the view of its option, and tells whether there was one for all.
func (k *memory) assign(group []*question) bool {
	all := true
	need := keptWindow(k.now())
	for _, l := range group {
		l.view = k.facts.view(l.option, need)
		all = all && l.view != nil
	}
	return all
}
