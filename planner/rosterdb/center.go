package rosterdb

import (
	"context"
	"fmt"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Centers lists the job centres by name.
func (s *Store) Centers(ctx context.Context) ([]Versioned[roster.Center], error) {
	return centers(ctx, s.read(), "")
}

// Center reads one.
func (s *Store) Center(ctx context.Context, code planner.JobCenterCode) (Versioned[roster.Center], error) {
	return one(centers(ctx, s.read(), code))
}

// one is the only thing of a list, or ErrUnknown.
func one[T any](list []Versioned[T], err error) (Versioned[T], error) {
	if err == nil && len(list) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Versioned[T]{}, err
	}
	return list[0], nil
}

func centers(ctx context.Context, q *dbsqlc.Queries, code planner.JobCenterCode) ([]Versioned[roster.Center], error) {
	rows, err := q.Centers(ctx, string(code))
	if err != nil {
		return nil, fmt.Errorf("read job centres: %w", err)
	}
	list := make([]Versioned[roster.Center], len(rows))
	for i, r := range rows {
		c := roster.Center{
			Code: planner.JobCenterCode(r.Code), Name: r.Name, ReservationMinutes: int(r.ReservationMinutes),
			WorkingElsewhereBlocks: r.WorkingElsewhereBlocks, OutlookMove: r.OutlookMove, OutlookDelete: r.OutlookDelete,
			CitizenNameInOutlook: r.CitizenNameInOutlook, PublicHolidays: r.ClosedOnPublicHolidays, LabourDay: r.ClosedOnLabourDay,
			ConstitutionDay: r.ClosedOnConstitutionDay, ChristmasEve: r.ClosedOnChristmasEve, NewYearsEve: r.ClosedOnNewYearsEve,
			StaleAfterMinutes: int(r.StaleAfterMinutes), SpreadByWeek: r.SpreadByWeek,
		}
		for k, d := range r.ClosingDates {
			c.ClosingDays = append(c.ClosingDays, roster.ClosingDay{Date: d, Note: r.ClosingNotes[k]})
		}
		list[i] = Versioned[roster.Center]{c, int(r.Version)}
	}
	return list, nil
}

// PutCenter makes a job centre (version 0) or changes the one read at that version.
func (s *Store) PutCenter(ctx context.Context, c roster.Center, version int, by string) error {
	c, faults := c.Checked()
	if err := faults.Err(); err != nil {
		return err
	}
	return s.change(ctx, fmt.Sprintf("set job centre %s", c.Code), by, func(e edit) error {
		stored, err := centers(ctx, e.q, c.Code)
		if err != nil {
			return err
		}
		var before any
		if len(stored) > 0 {
			if version == 0 {
				return roster.Faults{{Field: "code", Code: roster.Taken}}
			}
			before = stored[0].Value
			if err := current(true, stored[0].Version, version); err != nil {
				return err
			}
		} else if err := current(false, 0, version); err != nil {
			return err
		}
		if changed, err := e.record(ctx, "job-center", c.Code, nil, before, c); err != nil || !changed {
			return err
		}
		return e.writeCenter(ctx, c)
	})
}

func (e edit) writeCenter(ctx context.Context, c roster.Center) error {
	err := e.q.PutCenter(ctx, dbsqlc.PutCenterParams{
		Code: string(c.Code), Name: c.Name, ReservationMinutes: int32(c.ReservationMinutes), WorkingElsewhereBlocks: c.WorkingElsewhereBlocks,
		OutlookMove: c.OutlookMove, OutlookDelete: c.OutlookDelete, CitizenNameInOutlook: c.CitizenNameInOutlook,
		ClosedOnPublicHolidays: c.PublicHolidays, ClosedOnLabourDay: c.LabourDay, ClosedOnConstitutionDay: c.ConstitutionDay,
		ClosedOnChristmasEve: c.ChristmasEve, ClosedOnNewYearsEve: c.NewYearsEve, StaleAfterMinutes: int32(c.StaleAfterMinutes),
		SpreadByWeek: c.SpreadByWeek,
	})
	if err != nil {
		return err
	}
	dates, notes := []string{}, []string{}
	for _, d := range c.ClosingDays {
		dates, notes = append(dates, d.Date), append(notes, d.Note)
	}
	if err := e.q.DeleteClosingDays(ctx, string(c.Code)); err != nil {
		return err
	}
	return e.q.InsertClosingDays(ctx, dbsqlc.InsertClosingDaysParams{JobCenterCode: string(c.Code), Dates: dates, Notes: notes})
}
