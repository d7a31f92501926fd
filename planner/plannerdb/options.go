package plannerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// stretchDays is how much of the calendars is read at a time when the first and last times of options are sought: mostly
// they lie within the first and the last stretch, and half a year of fifty calendars is a lot of rows.
const stretchDays = 28

// InterviewOptions lists, by title, the options that a citizen is shown, each with its first and last bookable time.
// With an unknown CPR number nobody's own meetings are heeded.
func (s *Store) InterviewOptions(ctx context.Context, jc planner.JobCenterCode, c planner.Citizen) ([]planner.OfferedOption, error) {
	doing := fmt.Sprintf("list options of job centre %s", jc)
	now := s.now()
	var (
		centers  []dbsqlc.JobCenterByCodeRow
		rows     []dbsqlc.InterviewOption
		links    []dbsqlc.InterviewOptionHolder
		meetings []dbsqlc.CitizenMeetingsRow
	)
	hash := s.hashOrNone(c.CPR)
	horizon := planner.Span{Start: now, End: now.Add(farthest)}
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	_, _ = q.JobCenterByCode(ctx, string(jc))
	pgbatch.Into(b, &centers)
	_, _ = q.ActiveOptions(ctx, string(jc))
	pgbatch.Into(b, &rows)
	_, _ = q.OptionCaseWorkerLinks(ctx, string(jc))
	pgbatch.Into(b, &links)
	_, _ = q.CitizenMeetings(ctx, dbsqlc.CitizenMeetingsParams{CitizenHash: hash, FromAt: horizon.Start, ToAt: horizon.End})
	pgbatch.Into(b, &meetings)
	tx, err := s.begin(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rollback(ctx, tx)
	if len(centers) == 0 {
		return nil, refuse(planner.CodeUnknownJobCenter, "")
	}

	e := ends{tx: tx, jc: jc, hash: hash, now: now, citizen: toMeetings(meetings), closing: toClosing(centers[0]), holders: map[uuid.UUID]map[uuid.UUID]bool{}}
	for _, l := range links {
		if e.holders[l.InterviewOptionID] == nil {
			e.holders[l.InterviewOptionID] = map[uuid.UUID]bool{}
		}
		e.holders[l.InterviewOptionID][l.CaseWorkerID] = true
	}
	offered := []planner.OfferedOption{}
	for _, r := range rows {
		if option := toOption(r); option.Search.Admits(c) {
			offered = append(offered, planner.OfferedOption{InterviewOption: option})
		}
	}
	if err := e.find(ctx, offered); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return offered, nil
}

// ends seeks the first and last times of several options, a stretch of days at a time, in the transaction's snapshot.
type ends struct {
	tx      pgx.Tx
	jc      planner.JobCenterCode
	hash    []byte
	now     time.Time
	citizen []planner.Span
	closing planner.ClosingDays
	holders map[uuid.UUID]map[uuid.UUID]bool // of each option
}

func (e *ends) find(ctx context.Context, offered []planner.OfferedOption) error {
	last := e.now
	for _, o := range offered {
		if end := o.Offered(e.now).End; end.After(last) {
			last = end
		}
	}
	for at := e.now; at.Before(last) && missing(offered, first); at = at.AddDate(0, 0, stretchDays) {
		if err := e.lookAt(ctx, planner.Span{Start: at, End: at.AddDate(0, 0, stretchDays)}, offered, first); err != nil {
			return err
		}
	}
	// Options without a first time have no last one.
	for end := last; end.After(e.now) && missing(offered, lastKnown); end = end.AddDate(0, 0, -stretchDays) {
		if err := e.lookAt(ctx, planner.Span{Start: end.AddDate(0, 0, -stretchDays), End: end}, offered, lastKnown); err != nil {
			return err
		}
	}
	return nil
}

// An edge is one of the two times sought.
type edge func(o *planner.OfferedOption) *time.Time

func first(o *planner.OfferedOption) *time.Time { return &o.First }

func lastKnown(o *planner.OfferedOption) *time.Time { return &o.Last }

func missing(offered []planner.OfferedOption, which edge) bool {
	for i := range offered {
		if sought(&offered[i], which) {
			return true
		}
	}
	return false
}

func sought(o *planner.OfferedOption, which edge) bool {
	return which(o).IsZero() && (which(o) == &o.First || !o.First.IsZero())
}

// lookAt seeks one edge among the starts within a stretch, for the options that lack it.
func (e *ends) lookAt(ctx context.Context, within planner.Span, offered []planner.OfferedOption, which edge) error {
	// A meeting that starts within the stretch may end a little after it.
	interval := planner.Span{Start: within.Start, End: within.End.Add(longest)}
	window := calendarsOf(withBuffers(interval), e.now, e.hash)
	rows, err := dbsqlc.New(e.tx).JobCenterCalendars(ctx, dbsqlc.JobCenterCalendarsParams{
		FromAt: window.FromAt, ToAt: window.ToAt, WeekFrom: window.WeekFrom, WeekTo: window.WeekTo, FromDay: window.FromDay, ToDay: window.ToDay,
		Now: e.now, CitizenHash: e.hash, JobCenterCode: string(e.jc),
	})
	if err != nil {
		return err
	}
	calendars := make([]planner.Calendar, len(rows))
	for i, r := range rows {
		calendars[i] = planner.Calendar{
			CaseWorker: r.ID, Identifier: r.Identifier, Hours: toHours(r.Hours), Exceptions: toExceptions(r.Exceptions), Contacts: toContacts(r.Contacts),
			MaxPerDay: int(r.MaxPerDay), LastDay: toLastDay(r.LastDay), Busy: toSpans(r.Busy), Held: toSpans(r.Held),
		}
	}
	for i := range offered {
		o := &offered[i]
		if !sought(o, which) {
			continue
		}
		search := planner.Search{Option: o.InterviewOption, Interval: interval, Now: e.now, Citizen: e.citizen, Closing: e.closing}
		if r := o.Rules; r.Group() || r.MaxPerDay > 0 || len(r.RoomFor) > 0 {
			// What is read for all options at once says nothing of these.
			var f facts
			window.Option = &o.ID
			b, q := newBatch()
			f.queueOption(ctx, b, q, &o.ID, nil)
			f.queueCalendars(ctx, b, q, window)
			if err := pgbatch.Send(ctx, e.tx, b); err != nil {
				return err
			}
			if err := f.readRules(ctx, e.tx); err != nil {
				return err
			}
			search.Calendars, search.Rooms = f.known(false), toRooms(f.rooms)
		} else {
			search.Calendars = e.held(o.ID, calendars)
		}
		from, to := search.Ends()
		if which(o) == &o.First {
			o.First = from
		} else {
			o.Last = to
		}
	}
	return nil
}

// held leaves those who hold the option's meetings.
func (e *ends) held(option uuid.UUID, calendars []planner.Calendar) (found []planner.Calendar) {
	for _, c := range calendars {
		if e.holders[option][c.CaseWorker] {
			found = append(found, c)
		}
	}
	return found
}
