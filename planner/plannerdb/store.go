package plannerdb

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
)

// Options of a Store.
type Options struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Sealer hides CPR numbers; required.
	Sealer *Sealer
	// Changes is told of each booking's change in its transaction; nil tells nobody.
	Changes CalendarOutbox
	// Live is looked into before a time that no reservation holds is taken; nil trusts what is stored.
	Live LiveCalendar
	// Keep is about how many bytes the answers to Timeslots may take in memory, with what they are made of; zero keeps nothing.
	// It costs a connection of its own, which Close ends.
	Keep int64
	// Log gets a line per change; nil discards.
	Log *slog.Logger
}

// Store is the planner in Postgres. It may be used by several goroutines. Refusals by rule are
// *planner.Error; every other error means that nothing was decided, and the caller may try again.
type Store struct {
	pool    *pgxpool.Pool
	clock   func() time.Time
	seal    *Sealer
	changes CalendarOutbox
	live    LiveCalendar
	log     *slog.Logger
	memory  *memory // nil when nothing is
}

// New makes a store on a migrated database. The caller closes the pool. It panics without Sealer.
func New(pool *pgxpool.Pool, o Options) *Store {
	if o.Sealer == nil {
		panic("plannerdb: Options.Sealer is required")
	}
	s := &Store{pool: pool, clock: o.Now, seal: o.Sealer, changes: o.Changes, live: o.Live, log: o.Log}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Keep > 0 {
		s.memory = newMemory(s, o.Keep)
	}
	return s
}

// Close ends what keeping takes. The store stays of use.
func (s *Store) Close(ctx context.Context) {
	if s.memory != nil {
		s.memory.close(ctx)
	}
}

// Kept tells how much is answered from memory; false when nothing is kept.
func (s *Store) Kept() (KeptStats, bool) {
	if s.memory == nil {
		return KeptStats{}, false
	}
	return s.memory.stats(), true
}

// now is the instant of one decision, in Postgres' precision so that it reads back equal.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

func refuse(code planner.Code, detail string) error {
	return &planner.Error{Code: code, Detail: detail}
}
