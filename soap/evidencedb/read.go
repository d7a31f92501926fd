package evidencedb

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/evidencedb/dbsqlc"
)

// Store reads what was written down. It is safe for concurrent use.
type Store struct {
	pool   *pgxpool.Pool
	hasher Hasher
	now    func() time.Time
}

// NewStore reads from a migrated database. hasher may be nil where no citizen is asked about.
func NewStore(pool *pgxpool.Pool, hasher Hasher, now func() time.Time) *Store {
	return &Store{pool: pool, hasher: hasher, now: now}
}

// Question is which calls are wanted: in [From, To), of the citizen unless the zero CPR, of the job centre unless empty.
type Question struct {
	From, To  time.Time
	Citizen   planner.CPR
	JobCenter planner.JobCenterCode
}

// Call is a call as it was written down.
type Call struct {
	dbsqlc.CallsRow
}

// TimesOn is how many times were offered on a Danish day. ok is false when the call did not ask about that day, or did not
// get an answer.
func (c Call) TimesOn(year int, month time.Month, day int) (times int, ok bool) {
	start := time.Date(year, month, day, 0, 0, 0, 0, planner.Copenhagen())
	end := time.Date(year, month, day+1, 0, 0, 0, 0, planner.Copenhagen())
	if c.AskedFrom == nil || c.Fault != 0 || c.FaultCode != "" || !c.AskedFrom.Before(end) || c.AskedTo.Before(start) {
		return 0, false
	}
	for i, d := range c.OfferedDays {
		if y, m, n := d.Date(); y == year && m == month && n == day {
			return int(c.OfferedPerDay[i]), true
		}
	}
	return 0, true
}

// page is how many calls are read at a time.
const page = 500

// Calls gives the calls in their order, and writes into the audit trail that who has looked. A failure ends the
// sequence with an error.
func (s *Store) Calls(ctx context.Context, ask Question, who string) iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		q := dbsqlc.New(s.pool)
		p := dbsqlc.CallsParams{FromAt: ask.From, ToAt: ask.To, AfterAt: ask.From.Add(-time.Second), Most: page}
		if !ask.Citizen.Unknown() {
			p.CitizenHash = s.hasher.Hash(ask.Citizen)
		}
		if ask.JobCenter != "" {
			code := string(ask.JobCenter)
			p.JobCenterCode = &code
		}
		span, _ := json.Marshal(map[string]time.Time{"from": ask.From, "to": ask.To}) // times of this century always marshal
		if err := q.Looked(ctx, dbsqlc.LookedParams{At: s.now(), Actor: "admin:" + who, JobCenterCode: p.JobCenterCode, CitizenHash: p.CitizenHash, After: span}); err != nil {
			yield(Call{}, fmt.Errorf("write into the audit trail who looks: %w", err))
			return
		}
		for {
			rows, err := q.Calls(ctx, p)
			if err != nil {
				yield(Call{}, fmt.Errorf("read SOAP calls: %w", err))
				return
			}
			for _, r := range rows {
				if !yield(Call{r}, nil) {
					return
				}
				p.AfterAt, p.AfterID = r.At, r.ID
			}
			if len(rows) < page {
				return
			}
		}
	}
}
