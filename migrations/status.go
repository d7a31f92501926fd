package migrations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

// The two sets of migrations.
const (
	SetRiver   = "river"
	SetPlanner = "planner"
)

// Step is one migration, as the database and this binary know it.
type Step struct {
	Set     string // SetRiver or SetPlanner
	Version int64
	Name    string    // "" when only the database knows it: a newer binary applied it
	Applied time.Time // UTC; zero while it is pending
}

// Pending reports whether the step is still to be applied.
func (s Step) Pending() bool { return s.Applied.IsZero() }

// ErrBehind is wrapped by Check when steps that this binary needs are missing.
var ErrBehind = errors.New("the database schema is older than this program")

// Status lists every step, River's first, each set by version. It changes
// nothing and takes no lock. An empty database gives all steps as pending.
func Status(ctx context.Context, pool *pgxpool.Pool) ([]Step, error) {
	all, err := known()
	if err != nil {
		return nil, err
	}
	steps := slices.Clone(all)
	applied, err := applied(ctx, pool)
	if err != nil {
		return nil, err
	}
	for i := range steps {
		k := key{steps[i].Set, steps[i].Version}
		steps[i].Applied = applied[k]
		delete(applied, k)
	}
	for k, at := range applied {
		steps = append(steps, Step{Set: k.set, Version: k.version, Applied: at})
	}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(-strings.Compare(a.Set, b.Set), cmp.Compare(a.Version, b.Version))
	})
	return steps, nil
}

// Check is the readiness check: nil when the schema has at least every step that
// this binary knows, an error wrapping ErrBehind when not, another error when
// the database cannot be asked.
func Check(ctx context.Context, pool *pgxpool.Pool) error {
	steps, err := Status(ctx, pool)
	if err != nil {
		return err
	}
	var missing []string
	for _, s := range steps {
		if s.Pending() {
			missing = append(missing, s.Set+" "+strconv.FormatInt(s.Version, 10))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s not applied", ErrBehind, strings.Join(missing, ", "))
	}
	return nil
}

type key struct {
	set     string
	version int64
}

// known are the steps of this binary; they do not change while it runs.
var known = sync.OnceValues(func() ([]Step, error) {
	river, err := newRiver(nil) // a driver without a pool can still list
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, v := range river.AllVersions() {
		steps = append(steps, Step{Set: SetRiver, Version: int64(v.Version), Name: v.Name})
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing our migrations: %w", err)
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("listing our migrations: %s: %w", name, err)
		}
		steps = append(steps, Step{Set: SetPlanner, Version: version, Name: name})
	}
	return steps, nil
})

// The books that the two tools keep; goose's version 0 is a mark, not a step.
const (
	riverBooks = `select version, created_at from river_migration where line = 'main'`
	gooseBooks = `select version_id, tstamp at time zone 'UTC' from goose_db_version where is_applied and version_id > 0`
)

func applied(ctx context.Context, pool *pgxpool.Pool) (map[key]time.Time, error) {
	found := map[key]time.Time{}
	for set, query := range map[string]string{SetRiver: riverBooks, SetPlanner: gooseBooks} {
		rows, err := pool.Query(ctx, query)
		if err == nil {
			var version int64
			var at time.Time
			_, err = pgx.ForEachRow(rows, []any{&version, &at}, func() error {
				found[key{set, version}] = at.UTC()
				return nil
			})
		}
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == undefinedTable {
			continue // no books yet: nothing of this set is applied
		}
		if err != nil {
			return nil, fmt.Errorf("reading the books of the %s migrations: %w", set, err)
		}
	}
	return found, nil
}

const undefinedTable = "42P01"
