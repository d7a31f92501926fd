package recorddb

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options of a Store.
type Options struct {
	// Hasher is needed where a citizen is asked about.
	Hasher Hasher
	// CPR and Messages are needed to seal anew.
	CPR, Messages Resealer
	// Periods say how long kinds of data are kept; nil: as long as each kind says.
	Periods Periods
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	Log *slog.Logger
}

// Store is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	o    Options
}

// New makes a store on a migrated database. The caller closes the pool.
func New(pool *pgxpool.Pool, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{pool, o}
}

func (s *Store) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

func (s *Store) tx(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, do)
}
