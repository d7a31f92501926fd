package plannerdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// SetCenterRules replaces the rules of a job centre, its closing days included.
func (s *Store) SetCenterRules(ctx context.Context, jc planner.JobCenterCode, r planner.CenterRules) error {
	p := dbsqlc.SetCenterRulesParams{
		Code: string(jc), ClosedOnPublicHolidays: r.Closing.PublicHolidays, ClosedOnLabourDay: r.Closing.LabourDay,
		ClosedOnConstitutionDay: r.Closing.ConstitutionDay, ClosedOnChristmasEve: r.Closing.ChristmasEve,
		ClosedOnNewYearsEve: r.Closing.NewYearsEve, SpreadByWeek: r.SpreadByWeek,
	}
	if r.StaleAfter > 0 {
		m := wholeMinutes(r.StaleAfter)
		p.StaleAfterMinutes = &m
	}
	days := make([]pgtype.Date, len(r.Closing.Local))
	for i, d := range r.Closing.Local {
		days[i] = fromDate(d)
	}
	var found int64
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_, _ = q.SetCenterRules(ctx, p)
	pgbatch.Affected(b, &found)
	_ = q.DeleteClosingDays(ctx, string(jc))
	_ = q.InsertClosingDays(ctx, dbsqlc.InsertClosingDaysParams{Days: days, JobCenterCode: string(jc)})
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("set rules of job centre %s: %w", jc, err)
	}
	if found == 0 {
		return refuse(planner.CodeUnknownJobCenter, "")
	}
	return nil
}

// SetCaseWorkerRules replaces the rules of a case worker; weekly hours are PutCaseWorker's. Meetings already made stay.
func (s *Store) SetCaseWorkerRules(ctx context.Context, id uuid.UUID, r planner.CaseWorkerRules) error {
	p := dbsqlc.SetCaseWorkerRulesParams{ID: id, Competences: append([]string{}, r.Competences...)}
	if r.MaxPerDay > 0 {
		n := int32(r.MaxPerDay)
		p.MaxPerDay = &n
	}
	var found int64
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCaseWorkers(ctx, dbsqlc.LockCaseWorkersParams{A: id, B: id, C: id})
	_, _ = q.SetCaseWorkerRules(ctx, p)
	pgbatch.Affected(b, &found)
	_ = q.DeleteHoursExceptions(ctx, id)
	for _, e := range r.Exceptions {
		_ = q.InsertHoursException(ctx, dbsqlc.InsertHoursExceptionParams{
			CaseWorkerID: id, OnDate: fromDate(e.Date), StartMinute: int16(e.StartMinute), EndMinute: int16(e.EndMinute),
		})
	}
	_ = q.DeleteContactRules(ctx, id)
	for _, k := range r.Contacts {
		_ = q.InsertContactRule(ctx, dbsqlc.InsertContactRuleParams{CaseWorkerID: id, Weekday: int16(k.Weekday), ContactType: int32(k.ContactType)})
	}
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("set rules of case worker %s: %w", id, err)
	}
	if found == 0 {
		return refuse(planner.CodeUnknownCaseWorker, "")
	}
	return nil
}

// PutTeam makes a team of a job centre, or changes one including all its members.
func (s *Store) PutTeam(ctx context.Context, jc planner.JobCenterCode, id uuid.UUID, name string, members []uuid.UUID) error {
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.PutTeam(ctx, dbsqlc.PutTeamParams{ID: id, JobCenterCode: string(jc), Name: name})
	_ = q.DeleteTeamMembers(ctx, id)
	_ = q.InsertTeamMembers(ctx, dbsqlc.InsertTeamMembersParams{TeamID: id, CaseWorkerIds: members})
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("put team %s: %w", id, err)
	}
	return nil
}

// SetOptionTeams says which teams hold an option's meetings, beside the case workers named with the option. Who of
// them lacks a competence that the option wants does not.
func (s *Store) SetOptionTeams(ctx context.Context, option uuid.UUID, teams []uuid.UUID) error {
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.DeleteOptionTeams(ctx, option)
	_ = q.InsertOptionTeams(ctx, dbsqlc.InsertOptionTeamsParams{InterviewOptionID: option, TeamIds: teams})
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("set teams of option %s: %w", option, err)
	}
	return nil
}

// PutRoom makes a room of a job centre, or renames one. One that was closed is used again.
func (s *Store) PutRoom(ctx context.Context, jc planner.JobCenterCode, id uuid.UUID, name string) error {
	if err := dbsqlc.New(s.pool).PutRoom(ctx, dbsqlc.PutRoomParams{ID: id, JobCenterCode: string(jc), Name: name}); err != nil {
		return fmt.Errorf("put room %s: %w", id, err)
	}
	return nil
}

// CloseRoom takes a room out of use for new meetings; those made keep it.
func (s *Store) CloseRoom(ctx context.Context, id uuid.UUID) error {
	if _, err := dbsqlc.New(s.pool).CloseRoom(ctx, id); err != nil {
		return fmt.Errorf("close room %s: %w", id, err)
	}
	return nil
}
