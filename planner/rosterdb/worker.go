package rosterdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Worker is a case worker, and what others know of them.
type Worker struct {
	roster.Worker
	Version int
	// Mailbox is the number of their calendar, 0 for none; its owner's object id in Entra ID and its state.
	Mailbox                int64
	ObjectID, MailboxState string
}

// Workers lists a job centre's case workers by name, those who have left too.
func (s *Store) Workers(ctx context.Context, jc planner.JobCenterCode) ([]Worker, error) {
	return workers(ctx, s.read(), dbsqlc.WorkersParams{JobCenterCode: string(jc)})
}

// Worker reads one.
func (s *Store) Worker(ctx context.Context, id uuid.UUID) (Worker, error) {
	return workerByID(ctx, s.read(), id)
}

func workerByID(ctx context.Context, q *dbsqlc.Queries, id uuid.UUID) (Worker, error) {
	list, err := workers(ctx, q, dbsqlc.WorkersParams{ID: &id})
	if err == nil && len(list) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Worker{}, err
	}
	return list[0], nil
}

func workers(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.WorkersParams) ([]Worker, error) {
	rows, err := q.Workers(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read case workers: %w", err)
	}
	list := make([]Worker, len(rows))
	for i, r := range rows {
		w := Worker{
			Worker: roster.Worker{
				ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Identifier: r.Identifier, GivenName: r.GivenName, MiddleName: r.MiddleName,
				Surname: r.Surname, Email: r.Email, Phone: r.Phone, MaxPerDay: int(r.MaxPerDay), Competences: orNone(r.Competences),
				Teams: orNone(r.Teams), Active: r.Active,
			},
			Version: int(r.Version), Mailbox: r.MailboxID, ObjectID: r.GraphUserID, MailboxState: r.MailboxState,
		}
		if r.LastDay.Valid {
			d := toDate(r.LastDay.Time)
			w.LastDay = &d
		}
		for h := range triples(r.Hours) {
			w.Hours = append(w.Hours, planner.WorkingHours{Weekday: h[0], StartMinute: h[1], EndMinute: h[2]})
		}
		for x := range triples(r.Exceptions) {
			day := toDate(time.Date(2000, 1, 1+x[0], 0, 0, 0, 0, time.UTC))
			w.Exceptions = append(w.Exceptions, planner.DateHours{Date: day, StartMinute: x[1], EndMinute: x[2]})
		}
		for k := 0; k+1 < len(r.Contacts); k += 2 {
			w.Contacts = append(w.Contacts, planner.ContactRule{Weekday: int(r.Contacts[k]), ContactType: int(r.Contacts[k+1])})
		}
		list[i] = w
	}
	return list, nil
}

func triples(flat []int32) func(yield func([3]int) bool) {
	return func(yield func([3]int) bool) {
		for i := 0; i+2 < len(flat) && yield([3]int{int(flat[i]), int(flat[i+1]), int(flat[i+2])}); i += 3 {
		}
	}
}

// PutWorker makes a case worker (version 0) or changes the one read at that version, and tells which of their meetings must be
// moved because they leave or have left. Meetings already made stay otherwise. A job centre is not changed: who moves leaves
// one and is new in the other.
func (s *Store) PutWorker(ctx context.Context, w roster.Worker, version int, by string) (toMove []Meeting, err error) {
	err = s.change(ctx, fmt.Sprintf("set case worker %s", w.ID), by, func(e edit) error {
		if err := e.q.LockWorkers(ctx, []uuid.UUID{w.ID}); err != nil {
			return err
		}
		stored, err := workers(ctx, e.q, dbsqlc.WorkersParams{ID: &w.ID})
		if err != nil {
			return err
		}
		var before *roster.Worker
		seen := 0
		if len(stored) > 0 {
			before, seen = &stored[0].Worker, stored[0].Version
		}
		if err := current(before != nil, seen, version); err != nil {
			return err
		}
		if err := e.writeWorker(ctx, before, w); err != nil {
			return err
		}
		toMove, err = meetings(ctx, e.q, dbsqlc.UpcomingParams{Now: e.at, ID: &w.ID})
		return err
	})
	return toMove, err
}

// writeWorker checks and writes a case worker who is locked.
func (e edit) writeWorker(ctx context.Context, before *roster.Worker, w roster.Worker) error {
	w, faults := w.Checked()
	if before != nil && before.JobCenter != w.JobCenter {
		faults = append(faults, roster.Fault{Field: "jobCenter", Code: roster.Fixed})
	}
	if err := faults.Err(); err != nil {
		return err
	}
	// "Active" is what the last day says, as of today.
	today := planner.DateOf(e.at)
	switch {
	case w.LastDay == nil && !w.Active:
		w.LastDay = &today
	case w.LastDay != nil && w.Gone(today):
		w.Active = false
	}
	clash, err := e.q.WorkerClash(ctx, dbsqlc.WorkerClashParams{ID: w.ID, Email: w.Email, Identifier: w.Identifier, JobCenterCode: string(w.JobCenter)})
	if err != nil {
		return err
	}
	for _, c := range clash {
		field := "identifier"
		if c.Email {
			field = "email"
		}
		faults = append(faults, roster.Fault{Field: field, Code: roster.Taken})
	}
	known, err := e.q.Centers(ctx, string(w.JobCenter))
	if err != nil {
		return err
	}
	if len(known) == 0 {
		faults = append(faults, roster.Fault{Field: "jobCenter", Code: roster.Unknown})
	}
	if err := faults.Err(); err != nil {
		return err
	}
	var was any
	var oldTeams []uuid.UUID
	if before != nil {
		was, oldTeams = *before, before.Teams
	}
	if changed, err := e.record(ctx, "case-worker", w.JobCenter, &w.ID, was, w); err != nil || !changed {
		return err
	}
	return e.storeWorker(ctx, oldTeams, w)
}

func (e edit) storeWorker(ctx context.Context, oldTeams []uuid.UUID, w roster.Worker) error {
	p := dbsqlc.PutWorkerParams{
		ID: w.ID, JobCenterCode: string(w.JobCenter), Identifier: w.Identifier, GivenName: w.GivenName, MiddleName: w.MiddleName, Surname: w.Surname,
		Email: w.Email, Phone: w.Phone, Active: w.Active, MaxPerDay: int32(w.MaxPerDay), Competences: append([]string{}, w.Competences...),
	}
	if w.LastDay != nil {
		p.LastDay = fromDate(*w.LastDay)
	}
	if err := e.q.PutWorker(ctx, p); err != nil {
		return err
	}
	if err := e.storeHours(ctx, w.ID, w.Hours); err != nil {
		return err
	}
	days := dbsqlc.InsertExceptionsParams{CaseWorkerID: w.ID, Dates: []pgtype.Date{}, Starts: []int16{}, Ends: []int16{}}
	for _, x := range w.Exceptions {
		days.Dates = append(days.Dates, fromDate(x.Date))
		days.Starts, days.Ends = append(days.Starts, int16(x.StartMinute)), append(days.Ends, int16(x.EndMinute))
	}
	contacts := dbsqlc.InsertContactsParams{CaseWorkerID: w.ID, Weekdays: []int16{}, ContactTypes: []int32{}}
	for _, k := range w.Contacts {
		contacts.Weekdays, contacts.ContactTypes = append(contacts.Weekdays, int16(k.Weekday)), append(contacts.ContactTypes, int32(k.ContactType))
	}
	for _, write := range []func() error{
		func() error { return e.q.DeleteExceptions(ctx, w.ID) },
		func() error { return e.q.InsertExceptions(ctx, days) },
		func() error { return e.q.DeleteContacts(ctx, w.ID) },
		func() error { return e.q.InsertContacts(ctx, contacts) },
		func() error { return e.q.DeleteTeamsOf(ctx, w.ID) },
		func() error {
			return e.q.InsertTeamsOf(ctx, dbsqlc.InsertTeamsOfParams{CaseWorkerID: w.ID, TeamIds: w.Teams, JobCenterCode: string(w.JobCenter)})
		},
		func() error { return e.q.BumpTeams(ctx, notInBoth(oldTeams, w.Teams)) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (e edit) storeHours(ctx context.Context, id uuid.UUID, week roster.Week) error {
	p := dbsqlc.InsertHoursParams{CaseWorkerID: id, Weekdays: []int16{}, Starts: []int16{}, Ends: []int16{}}
	for _, h := range week {
		p.Weekdays = append(p.Weekdays, int16(h.Weekday))
		p.Starts, p.Ends = append(p.Starts, int16(h.StartMinute)), append(p.Ends, int16(h.EndMinute))
	}
	if err := e.q.DeleteHours(ctx, id); err != nil {
		return err
	}
	return e.q.InsertHours(ctx, p)
}
