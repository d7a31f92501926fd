package plannerdb

import (
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
	return s
}

// now is the instant of one decision, in Postgres' precision so that it reads back equal.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

func refuse(code planner.Code, detail string) error {
	return &planner.Error{Code: code, Detail: detail}
}
