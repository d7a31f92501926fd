package recorddb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

const (
	// goneAtOnce is how many rows one transaction deletes.
	goneAtOnce = 1000
	// patience is how long one run of a kind goes on; what is left then is due at once.
	patience = time.Minute
	// every is how often a kind is looked through.
	every = 24 * time.Hour
)

// Due is what of a kind is past its time.
type Due struct {
	Kind   Kind
	Days   int
	Before time.Time // what is older goes
	Rows   int64
	Oldest time.Time // zero when there are none
}

// Due counts what is past its time, and changes nothing.
func (s *Store) Due(ctx context.Context) ([]Due, error) {
	var out []Due
	for _, k := range kinds {
		d, err := s.due(ctx, k)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func (s *Store) due(ctx context.Context, k Kind) (Due, error) {
	d := Due{Kind: k, Days: s.o.Periods.of(k)}
	d.Before = s.now().AddDate(0, 0, -d.Days)
	var err error
	if d.Rows, d.Oldest, err = k.count(ctx, dbsqlc.New(s.pool), d.Before); err != nil {
		return d, fmt.Errorf("count %s past their time: %w", k.Name, err)
	}
	if d.Rows == 0 {
		d.Oldest = time.Time{}
	}
	return d, nil
}

// DueKinds names the kinds that are to be looked through now.
func (s *Store) DueKinds(ctx context.Context) ([]string, error) {
	later, err := dbsqlc.New(s.pool).NotDue(ctx, s.now())
	if err != nil {
		return nil, fmt.Errorf("look for kinds of data to look through: %w", err)
	}
	var out []string
	for _, k := range kinds {
		if !slices.Contains(later, k.Name) {
			out = append(out, k.Name)
		}
	}
	return out, nil
}

// Retain lets go of what of a kind is past its time, and says how much that was. The first of its transactions writes into the
// audit trail that it is done, and how many rows are concerned; from says who asked. What it leaves after a minute is due at once.
func (s *Store) Retain(ctx context.Context, kind, from string) (deleted int64, err error) {
	k, ok := kindNamed(kind)
	if !ok {
		return 0, fmt.Errorf("no kind of data %q", kind)
	}
	d, err := s.due(ctx, k)
	if err != nil {
		return 0, err
	}
	began, next := s.now(), s.now().Add(every)
	for more := d.Rows > 0; more; {
		var n int64
		err := s.tx(ctx, func(tx pgx.Tx) (err error) {
			q := dbsqlc.New(tx)
			if deleted == 0 {
				if err := q.AuditRetention(ctx, dbsqlc.AuditRetentionParams{At: began, CameFrom: from, Kind: kind, Before: d.Before, Rows: d.Rows}); err != nil {
					return err
				}
			}
			if k.erases {
				if err := q.LetDeletesThrough(ctx); err != nil {
					return err
				}
			}
			n, err = k.delete(ctx, q, d.Before, goneAtOnce)
			return err
		})
		if err != nil {
			return deleted, fmt.Errorf("let go of %s past their time: %w", kind, err)
		}
		deleted += n
		more = n >= goneAtOnce
		if more && s.now().Sub(began) > patience {
			next, more = s.now(), false
		}
	}
	if err := dbsqlc.New(s.pool).PutRun(ctx, dbsqlc.PutRunParams{Kind: kind, NextAt: next, RanAt: &began, Deleted: deleted}); err != nil {
		return deleted, fmt.Errorf("note that %s were looked through: %w", kind, err)
	}
	if deleted > 0 {
		s.o.Log.InfoContext(ctx, "let go of what is past its time", "kind", kind, "rows", deleted, "before", d.Before)
	}
	return deleted, nil
}
