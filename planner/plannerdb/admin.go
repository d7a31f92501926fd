package plannerdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// PutJobCenter makes a job centre or changes its settings.
func (s *Store) PutJobCenter(ctx context.Context, c planner.JobCenter) error {
	c = c.WithDefaults()
	err := dbsqlc.New(s.pool).PutJobCenter(ctx, dbsqlc.PutJobCenterParams{
		Code: string(c.Code), Name: c.Name, ReservationMinutes: wholeMinutes(c.Reservation), WorkingElsewhereBlocks: c.WorkingElsewhereBlocks,
		OutlookMove: c.OutlookMove, OutlookDelete: c.OutlookDelete, CitizenNameInOutlook: c.CitizenNameInOutlook,
	})
	if err != nil {
		return fmt.Errorf("put job centre %s: %w", c.Code, err)
	}
	return nil
}

// PutCaseWorker makes a case worker, or changes one including all their hours. One who was retired is active again.
func (s *Store) PutCaseWorker(ctx context.Context, w planner.CaseWorker) error {
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.LockCaseWorkers(ctx, dbsqlc.LockCaseWorkersParams{A: w.ID, B: w.ID, C: w.ID})
	_ = q.PutCaseWorker(ctx, dbsqlc.PutCaseWorkerParams{
		ID: w.ID, JobCenterCode: string(w.JobCenter), Identifier: w.Identifier, GivenName: w.GivenName, MiddleName: orNull(w.MiddleName),
		Surname: w.Surname, Email: w.Email, Phone: orNull(w.Phone),
	})
	_ = q.DeleteWorkingHours(ctx, w.ID)
	for _, h := range w.Hours {
		_ = q.InsertWorkingHours(ctx, dbsqlc.InsertWorkingHoursParams{
			CaseWorkerID: w.ID, Weekday: int16(h.Weekday), StartMinute: int16(h.StartMinute), EndMinute: int16(h.EndMinute),
		})
	}
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("put case worker %s: %w", w.ID, err)
	}
	return nil
}

// RetireCaseWorker takes a case worker out of the offers. Their meetings stay.
func (s *Store) RetireCaseWorker(ctx context.Context, id uuid.UUID) error {
	n, err := dbsqlc.New(s.pool).RetireCaseWorker(ctx, id)
	if err != nil {
		return fmt.Errorf("retire case worker %s: %w", id, err)
	}
	if n == 0 {
		return refuse(planner.CodeUnknownCaseWorker, "")
	}
	return nil
}

// PutInterviewOption makes an option in a job centre, or changes one including who holds its meetings. One
// that was withdrawn is offered again. Codes that an imported code list does not have today are CodeInvalidCode.
func (s *Store) PutInterviewOption(ctx context.Context, jc planner.JobCenterCode, o planner.InterviewOption, caseWorkers []uuid.UUID) error {
	p := dbsqlc.PutInterviewOptionParams{
		ID: o.ID, JobCenterCode: string(jc), InterviewType: int32(o.InterviewType), InterviewForm: int32(o.InterviewForm),
		ContactTypes: int32s(o.ContactTypes), DurationMinutes: wholeMinutes(o.Duration), SlotStepMinutes: wholeMinutes(o.SlotStep),
		NoticeMinutes: wholeMinutes(o.Notice), HorizonDays: int32(o.HorizonDays), IsCompulsory: o.IsCompulsory, Title: o.Title,
		Description: orNull(o.Description), LocationDescription: orNull(o.Location.Description), Phone: orNull(o.Phone), Email: orNull(o.Email),
		RebookingDeadlineMinutes: optionalWholeMinutes(o.RebookingDeadline), CancellationDeadlineMinutes: optionalWholeMinutes(o.CancellationDeadline),
		ContactGroups: int32s(o.Search.ContactGroups), PersonCategories: int32s(o.Search.PersonCategories),
		PersonGroupProjects: append([]uuid.UUID{}, o.Search.PersonGroupProjects...),
		BufferBeforeMinutes: wholeMinutes(o.Rules.BufferBefore), BufferAfterMinutes: wholeMinutes(o.Rules.BufferAfter), Seats: int32(max(o.Rules.Seats, 1)),
		RoomContactTypes: int32s(o.Rules.RoomFor), Competences: append([]string{}, o.Rules.Competences...),
	}
	if o.Rules.MaxPerDay > 0 {
		n := int32(o.Rules.MaxPerDay)
		p.MaxPerDay = &n
	}
	if a := o.Location.Address; a != nil {
		p.StreetName, p.StreetBuilding, p.Floor, p.Suite = &a.StreetName, &a.Building, orNull(a.Floor), orNull(a.Suite)
		p.PostCode, p.DistrictName = &a.PostCode, &a.District
	}
	wrong, err := s.InvalidCodes(ctx, o)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return refuse(planner.CodeInvalidCode, fmt.Sprintf("%s %d", wrong[0].List, wrong[0].Code))
	}
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	_ = q.PutInterviewOption(ctx, p)
	_ = q.DeleteOptionCaseWorkers(ctx, o.ID)
	_ = q.InsertOptionCaseWorkers(ctx, dbsqlc.InsertOptionCaseWorkersParams{InterviewOptionID: o.ID, CaseWorkerIds: caseWorkers})
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("put interview option %s: %w", o.ID, err)
	}
	return nil
}

// WithdrawInterviewOption ends the offer of an option. Its meetings stay, and may still be moved.
func (s *Store) WithdrawInterviewOption(ctx context.Context, id uuid.UUID) error {
	n, err := dbsqlc.New(s.pool).WithdrawInterviewOption(ctx, id)
	if err != nil {
		return fmt.Errorf("withdraw interview option %s: %w", id, err)
	}
	if n == 0 {
		return refuse(planner.CodeUnknownOption, "")
	}
	return nil
}
