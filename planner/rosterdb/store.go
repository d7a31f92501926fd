package rosterdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// ErrStale is returned when somebody else has changed the thing since the editor read it. Nothing was written.
var ErrStale = errors.New("changed by somebody else meanwhile")

// ErrUnknown is returned for a thing that does not exist.
var ErrUnknown = errors.New("no such thing in the roster")

// Options of a Store. All but Log and Now are required.
type Options struct {
	Codes     Codes
	Times     Times
	Mailboxes Mailboxes
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Log gets a line per change; nil discards.
	Log *slog.Logger
}

// Store is the roster in Postgres. It may be used by several goroutines. What may not be is roster.Faults; see also ErrStale and
// ErrUnknown. Every other error means that nothing was written.
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
	return &Store{pool: pool, o: o}
}

func (s *Store) read() *dbsqlc.Queries { return dbsqlc.New(s.pool) }

func (s *Store) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

// Versioned is a thing with the version to save it over.
type Versioned[T any] struct {
	Value   T
	Version int
}

// edit is one change under way.
type edit struct {
	*Store
	tx pgx.Tx
	q  *dbsqlc.Queries
	at time.Time
	// by is who changes, as the audit trail names them: "admin:anna", "system".
	by string
	// logs are written once the change is committed.
	logs *[]func()
	// why stands in the audit trail; empty for what a person does on a page.
	why string
}

// errUndo ends a transaction whose result is wanted, not its effect.
var errUndo = errors.New("not to be kept")

// attempts bounds how often a change is tried that Postgres ended for the sake of another. By design none is.
const attempts = 5

func (s *Store) change(ctx context.Context, doing, by string, f func(e edit) error) error {
	var err error
	var logs []func()
	for range attempts {
		logs = nil
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			e := edit{Store: s, tx: tx, q: dbsqlc.New(tx), at: s.now(), by: by, logs: &logs}
			if err := e.q.LockRoster(ctx); err != nil {
				return err
			}
			return f(e)
		})
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "40001" && pg.Code != "40P01" {
			break
		}
	}
	if err == nil {
		for _, write := range logs {
			write()
		}
		return nil
	}
	var faults roster.Faults
	switch {
	case errors.Is(err, ErrStale), errors.Is(err, ErrUnknown), errors.As(err, &faults):
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// record adds the change to the audit trail. It tells whether there is one: when nothing differs, there is not.
func (e edit) record(ctx context.Context, kind string, jc planner.JobCenterCode, worker *uuid.UUID, before, after any) (bool, error) {
	var old, changed []byte
	if before != nil {
		old = roster.Describe(before)
	}
	if after != nil {
		changed = roster.Describe(after)
	}
	if bytes.Equal(old, changed) {
		return false, nil
	}
	code := string(jc)
	err := e.q.Audit(ctx, dbsqlc.AuditParams{
		At: e.at, Actor: e.by, Action: "roster:" + kind, JobCenterCode: &code, CaseWorkerID: worker, Reason: e.why, Before: old, After: changed,
	})
	if err != nil {
		return false, err
	}
	*e.logs = append(*e.logs, func() {
		e.o.Log.InfoContext(ctx, "roster changed", "kind", kind, "jobCenter", jc, "by", e.by, "made", before == nil, "removed", after == nil)
	})
	return true, nil
}

// current checks that the editor saw what is stored: version 0 makes a thing that must not exist.
func current(exists bool, stored, seen int) error {
	switch {
	case !exists && seen != 0:
		return ErrUnknown
	case exists && stored != seen:
		return ErrStale
	}
	return nil
}

func fromDate(d planner.Date) pgtype.Date {
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

func toDate(t time.Time) planner.Date {
	y, m, d := t.Date()
	return planner.Date{Year: y, Month: m, Day: d}
}

func ints(from []int32) []int {
	var to []int // none is nil, as it is when read from a form
	for _, v := range from {
		to = append(to, int(v))
	}
	return to
}

// int32s is never nil: the columns are not null.
func int32s(from []int) []int32 {
	to := make([]int32, len(from))
	for i, v := range from {
		to[i] = int32(v)
	}
	return to
}

func optional(m *int32) *int {
	if m == nil {
		return nil
	}
	v := int(*m)
	return &v
}

func optional32(m *int) *int32 {
	if m == nil {
		return nil
	}
	v := int32(*m)
	return &v
}

// orNone is nil for an empty list.
func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
