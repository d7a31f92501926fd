package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// PutBookBys stores citizens' deadlines, all or none; one replaces what there is of the same citizen and kind of meeting.
func (s *Store) PutBookBys(ctx context.Context, deadlines []planner.BookBy, by planner.Staff) error {
	now := s.now()
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	for _, d := range deadlines {
		_ = q.PutDeadline(ctx, dbsqlc.PutDeadlineParams{
			JobCenterCode: string(d.JobCenter), CitizenHash: s.seal.Hash(d.CPR), CitizenSealed: s.seal.Seal(d.CPR), InterviewType: int32(d.InterviewType),
			BookBy: d.Book, HoldBy: d.Hold, Source: "csv", At: now,
		})
	}
	entry{at: now, actor: by.Actor(), action: "import-deadlines", caller: planner.Caller{From: by.From}, reason: fmt.Sprintf("%d deadlines", len(deadlines))}.queue(ctx, q)
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("store %d deadlines: %w", len(deadlines), err)
	}
	return nil
}

// Pressing is a deadline that is near, of a citizen who has booked nothing.
type Pressing struct {
	planner.BookBy
	// Earliest is the first start that a citizen without other meetings finds of an option of that kind; zero when there is none in time.
	Earliest time.Time
	// Later is the first one when that is too late, and Offered tells whether there is an option of that kind at all.
	Later   time.Time
	Offered bool
}

// Pressing lists the deadlines that end within so many days, nearest first. An option's search rules are not heeded.
func (s *Store) Pressing(ctx context.Context, jc planner.JobCenterCode, days int) ([]Pressing, error) {
	now := s.now()
	read := dbsqlc.New(s.pool)
	rows, err := read.NearDeadlines(ctx, dbsqlc.NearDeadlinesParams{JobCenterCode: string(jc), Now: now, Until: now.AddDate(0, 0, days)})
	if err != nil {
		return nil, fmt.Errorf("read deadlines of job centre %s: %w", jc, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	options, err := read.ActiveOptions(ctx, string(jc))
	if err != nil {
		return nil, fmt.Errorf("list options of job centre %s: %w", jc, err)
	}
	earliest, offered := map[int32]time.Time{}, map[int32]bool{}
	for _, o := range options {
		offered[o.InterviewType] = true
		found, err := s.Timeslots(ctx, planner.TimeslotQuery{JobCenter: jc, Option: o.ID, Interval: planner.Span{Start: now, End: now.Add(farthest)}})
		if err != nil {
			return nil, err
		}
		if first, ok := earliest[o.InterviewType]; len(found.Slots) > 0 && (!ok || found.Slots[0].Start.Before(first)) {
			earliest[o.InterviewType] = found.Slots[0].Start
		}
	}
	var out []Pressing
	for _, r := range rows {
		cpr, err := s.seal.Open(r.CitizenSealed)
		if err != nil {
			return nil, fmt.Errorf("read a deadline of job centre %s: %w", jc, err)
		}
		p := Pressing{BookBy: planner.BookBy{JobCenter: jc, CPR: cpr, InterviewType: int(r.InterviewType), Book: r.BookBy.UTC(), Hold: r.HoldBy.UTC()}, Offered: offered[r.InterviewType]}
		end := time.Date(p.Hold.Year(), p.Hold.Month(), p.Hold.Day()+1, 0, 0, 0, 0, planner.Copenhagen())
		if first := earliest[r.InterviewType]; first.Before(end) {
			p.Earliest = first
		} else {
			p.Later = first
		}
		out = append(out, p)
	}
	return out, nil
}
