package recorddb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner/recorddb/dbsqlc"
)

const (
	// resealedAtOnce is how many rows one transaction seals anew.
	resealedAtOnce = 500
	// keysKind is under which name of retention_run the daily look for old keys stands.
	keysKind = "cpr-keys"
)

// KeyRows is how many rows of a column a key has sealed.
type KeyRows struct {
	Table, Column string
	Key           byte
	Rows          int64
}

// Keys counts what is sealed, by table and key.
func (s *Store) Keys(ctx context.Context) ([]KeyRows, error) {
	columns, err := s.sealed(ctx)
	if err != nil {
		return nil, err
	}
	var out []KeyRows
	for _, c := range columns {
		// Names of tables cannot be parameters; these come from the catalogue.
		rows, err := s.pool.Query(ctx, fmt.Sprintf(`select get_byte(%[2]s, 0) as key, count(*) from %[1]s where length(%[2]s) > 0 group by 1 order by 1`, quoted(c.TableName), quoted(c.ColumnName)))
		if err != nil {
			return nil, fmt.Errorf("count keys in %s: %w", c.TableName, err)
		}
		var key int32
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&key, &n}, func() error {
			out = append(out, KeyRows{c.TableName, c.ColumnName, byte(key), n})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("count keys in %s: %w", c.TableName, err)
		}
	}
	return out, nil
}

func (s *Store) sealed(ctx context.Context) ([]dbsqlc.SealedColumnsRow, error) {
	columns, err := dbsqlc.New(s.pool).SealedColumns(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for sealed columns: %w", err)
	}
	return columns, nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// Resealed is what Reseal did.
type Resealed struct {
	Rows int64
	// Unreadable rows are sealed with a key that this program does not have. They stay as they are.
	Unreadable int64
}

// Reseal seals anew everything that a key of a lower number than the current one has sealed. Numbers go up, so that a process that
// still has an older key as its current one undoes nothing. Rows that somebody else holds are left to the next run.
func (s *Store) Reseal(ctx context.Context) (done Resealed, err error) {
	columns, err := s.sealed(ctx)
	if err != nil {
		return done, err
	}
	for _, c := range columns {
		by := s.o.CPR
		if c.ColumnName == "body_sealed" {
			by = s.o.Messages
		}
		for after, more := "(0,0)", true; more; {
			if after, more, err = s.reseal(ctx, c, by, after, &done); err != nil {
				return done, fmt.Errorf("seal %s anew: %w", c.TableName, err)
			}
		}
	}
	now := s.now()
	if err := dbsqlc.New(s.pool).PutRun(ctx, dbsqlc.PutRunParams{Kind: keysKind, NextAt: now.Add(24 * time.Hour), RanAt: &now}); err != nil {
		return done, fmt.Errorf("note that keys were looked at: %w", err)
	}
	if done.Rows > 0 {
		s.o.Log.InfoContext(ctx, "sealed anew", "rows", done.Rows)
	}
	if done.Unreadable > 0 {
		s.o.Log.ErrorContext(ctx, "sealed with a key that is not given", "rows", done.Unreadable)
	}
	return done, nil
}

// reseal does one transaction's rows from a place in the table on. A row that was sealed anew has another place, and is not met
// again, since its key is the current one.
func (s *Store) reseal(ctx context.Context, c dbsqlc.SealedColumnsRow, by Resealer, after string, done *Resealed) (last string, more bool, err error) {
	table, column := quoted(c.TableName), quoted(c.ColumnName)
	last = after
	var did Resealed
	err = s.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, fmt.Sprintf(
			`select ctid::text as place, %[2]s from %[1]s where ctid > $1::text::tid and length(%[2]s) > 0 and get_byte(%[2]s, 0) < $2::int
			order by ctid limit %[3]d for no key update skip locked`, table, column, resealedAtOnce), after, int32(by.Current()))
		if err != nil {
			return err
		}
		type row struct {
			Place  string
			Sealed []byte
		}
		old, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		for _, r := range old {
			last = r.Place
			anew, err := by.Reseal(r.Sealed)
			if err != nil {
				did.Unreadable++
				continue
			}
			b.Queue(fmt.Sprintf(`update %[1]s set %[2]s = $2 where ctid = $1::text::tid`, table, column), r.Place, anew)
			did.Rows++
		}
		more = len(old) == resealedAtOnce
		return tx.SendBatch(ctx, b).Close()
	})
	if err == nil {
		done.Rows, done.Unreadable = done.Rows+did.Rows, done.Unreadable+did.Unreadable
	}
	return last, more, err
}

// SealingKey is the number of the key that seals CPR numbers from now on.
func (s *Store) SealingKey() byte { return s.o.CPR.Current() }

// KeysDue tells whether it is time to look for old keys.
func (s *Store) KeysDue(ctx context.Context) (bool, error) {
	later, err := dbsqlc.New(s.pool).NotDue(ctx, s.now())
	if err != nil {
		return false, fmt.Errorf("look whether keys are to be looked at: %w", err)
	}
	for _, kind := range later {
		if kind == keysKind {
			return false, nil
		}
	}
	return true, nil
}
