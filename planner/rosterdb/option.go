package rosterdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb/dbsqlc"
)

// Options lists a job centre's options, those offered first, by title.
func (s *Store) Options(ctx context.Context, jc planner.JobCenterCode) ([]Versioned[roster.Option], error) {
	return options(ctx, s.read(), dbsqlc.OptionsParams{JobCenterCode: string(jc)})
}

// Option reads one.
func (s *Store) Option(ctx context.Context, id uuid.UUID) (Versioned[roster.Option], error) {
	return one(options(ctx, s.read(), dbsqlc.OptionsParams{ID: &id}))
}

func options(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.OptionsParams) ([]Versioned[roster.Option], error) {
	rows, err := q.Options(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	list := make([]Versioned[roster.Option], len(rows))
	for i, r := range rows {
		o := roster.Option{
			ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), CaseWorkers: orNone(r.CaseWorkers), Teams: orNone(r.Teams),
			Template: r.TemplateID, Active: r.Active,
			Spec: roster.Spec{
				Title: r.Title, Description: r.Description, InterviewType: int(r.InterviewType), InterviewForm: int(r.InterviewForm),
				ContactTypes: ints(r.ContactTypes), DurationMinutes: int(r.DurationMinutes), SlotStepMinutes: int(r.SlotStepMinutes),
				NoticeMinutes: int(r.NoticeMinutes), HorizonDays: int(r.HorizonDays), IsCompulsory: r.IsCompulsory, Location: r.Location,
				StreetName: r.StreetName, StreetBuilding: r.StreetBuilding, Floor: r.Floor, Suite: r.Suite, PostCode: r.PostCode,
				District: r.District, Phone: r.Phone, Email: r.Email, RebookingMinutes: optional(r.RebookingDeadlineMinutes),
				CancellationMinutes: optional(r.CancellationDeadlineMinutes), ContactGroups: ints(r.ContactGroups),
				PersonCategories: ints(r.PersonCategories), PersonGroupProjects: orNone(r.PersonGroupProjects),
				BufferBeforeMinutes: int(r.BufferBeforeMinutes), BufferAfterMinutes: int(r.BufferAfterMinutes), MaxPerDay: int(r.MaxPerDay),
				RoomFor: ints(r.RoomContactTypes), Competences: orNone(r.Competences),
			},
		}
		if r.Seats > 1 {
			o.Seats = int(r.Seats)
		}
		list[i] = Versioned[roster.Option]{o, int(r.Version)}
	}
	return list, nil
}

// PutOption makes an option (version 0) or changes the one read at that version. Meetings already made stay as they are.
func (s *Store) PutOption(ctx context.Context, o roster.Option, version int, by string) error {
	return s.change(ctx, fmt.Sprintf("set option %s", o.ID), by, func(e edit) error { return e.putOption(ctx, o, version) })
}

// previewDays is how far ahead Preview looks.
const previewDays = 28

// Preview tells how many times a citizen would be offered in the next four weeks if the option were as given. It does what
// PutOption does, and takes it back.
func (s *Store) Preview(ctx context.Context, o roster.Option, version int) (times int, err error) {
	err = s.change(ctx, fmt.Sprintf("preview option %s", o.ID), "preview", func(e edit) error {
		if err := e.putOption(ctx, o, version); err != nil {
			return err
		}
		if times, err = s.o.Times.CountTimesTx(ctx, e.tx, o.ID, previewDays); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return times, err
}

func (e edit) putOption(ctx context.Context, o roster.Option, version int) error {
	o, faults := o.Checked()
	if err := faults.Err(); err != nil {
		return err
	}
	stored, err := options(ctx, e.q, dbsqlc.OptionsParams{ID: &o.ID})
	if err != nil {
		return err
	}
	var before *roster.Option
	seen := 0
	if len(stored) > 0 {
		before, seen = &stored[0].Value, stored[0].Version
	}
	if err := current(before != nil, seen, version); err != nil {
		return err
	}
	return e.writeOption(ctx, before, o)
}

// writeOption writes an option that is right by itself, and checks what it refers to.
func (e edit) writeOption(ctx context.Context, before *roster.Option, o roster.Option) error {
	var was any
	if before != nil {
		was = *before
		if before.JobCenter != o.JobCenter {
			return roster.Faults{{Field: "jobCenter", Code: roster.Fixed}}
		}
	}
	if err := e.checkCodes(ctx, before, o); err != nil {
		return err
	}
	if changed, err := e.record(ctx, "option", o.JobCenter, nil, was, o); err != nil || !changed {
		return err
	}
	s := o.Spec
	err := e.q.PutOption(ctx, dbsqlc.PutOptionParams{
		ID: o.ID, JobCenterCode: string(o.JobCenter), InterviewType: int32(s.InterviewType), InterviewForm: int32(s.InterviewForm),
		ContactTypes: int32s(s.ContactTypes), DurationMinutes: int32(s.DurationMinutes), SlotStepMinutes: int32(s.SlotStepMinutes),
		NoticeMinutes: int32(s.NoticeMinutes), HorizonDays: int32(s.HorizonDays), IsCompulsory: s.IsCompulsory, Title: s.Title,
		Description: s.Description, Location: s.Location, StreetName: s.StreetName, StreetBuilding: s.StreetBuilding, Floor: s.Floor,
		Suite: s.Suite, PostCode: s.PostCode, District: s.District, Phone: s.Phone, Email: s.Email,
		RebookingDeadlineMinutes: optional32(s.RebookingMinutes), CancellationDeadlineMinutes: optional32(s.CancellationMinutes),
		ContactGroups: int32s(s.ContactGroups), PersonCategories: int32s(s.PersonCategories),
		PersonGroupProjects: append([]uuid.UUID{}, s.PersonGroupProjects...), BufferBeforeMinutes: int32(s.BufferBeforeMinutes),
		BufferAfterMinutes: int32(s.BufferAfterMinutes), MaxPerDay: int32(s.MaxPerDay), Seats: int32(max(s.Seats, 1)),
		RoomContactTypes: int32s(s.RoomFor), Competences: append([]string{}, s.Competences...), TemplateID: o.Template, Active: o.Active,
	})
	if err != nil {
		return err
	}
	if err := e.q.DeleteOptionHolders(ctx, o.ID); err != nil {
		return err
	}
	n, err := e.q.InsertOptionWorkers(ctx, dbsqlc.InsertOptionWorkersParams{InterviewOptionID: o.ID, CaseWorkerIds: o.CaseWorkers, JobCenterCode: string(o.JobCenter)})
	if err != nil {
		return err
	}
	if int(n) != len(o.CaseWorkers) {
		return roster.Faults{{Field: "caseWorkers", Code: roster.Unknown}}
	}
	n, err = e.q.InsertOptionTeams(ctx, dbsqlc.InsertOptionTeamsParams{InterviewOptionID: o.ID, TeamIds: o.Teams, JobCenterCode: string(o.JobCenter)})
	if err != nil {
		return err
	}
	if int(n) != len(o.Teams) {
		return roster.Faults{{Field: "teams", Code: roster.Unknown}}
	}
	return nil
}

// codeFields names the field of a spec that holds codes of each list.
var codeFields = map[string]string{
	planner.ListInterviewType: "interviewType", planner.ListInterviewForm: "interviewForm", planner.ListContactType: "contactTypes",
	planner.ListContactGroup: "contactGroups", planner.ListPersonCategory: "personCategories",
}

// checkCodes refuses codes that today's lists do not have. One that the option has already may stay: the list may have changed
// since, and the option must not be shut for editing.
func (e edit) checkCodes(ctx context.Context, before *roster.Option, o roster.Option) error {
	wrong, err := e.o.Codes.InvalidCodes(ctx, o.Interview())
	if err != nil {
		return err
	}
	had := map[string]bool{}
	if before != nil {
		for _, c := range before.Interview().Codes() {
			had[fmt.Sprint(c.List, c.Code)] = true
		}
	}
	var faults roster.Faults
	for _, c := range wrong {
		if !had[fmt.Sprint(c.List, c.Code)] {
			faults = append(faults, roster.Fault{Field: codeFields[c.List], Code: roster.NotListed, Detail: fmt.Sprint(c.Code)})
		}
	}
	return faults.Err()
}

// Template is one with the number of its variants.
type Template struct {
	roster.Template
	Version, Variants int
}

// Templates lists a job centre's templates by name.
func (s *Store) Templates(ctx context.Context, jc planner.JobCenterCode) ([]Template, error) {
	return templates(ctx, s.read(), dbsqlc.TemplatesParams{JobCenterCode: string(jc)})
}

// Template reads one.
func (s *Store) Template(ctx context.Context, id uuid.UUID) (Template, error) {
	list, err := templates(ctx, s.read(), dbsqlc.TemplatesParams{ID: &id})
	if err == nil && len(list) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Template{}, err
	}
	return list[0], nil
}

func templates(ctx context.Context, q *dbsqlc.Queries, which dbsqlc.TemplatesParams) ([]Template, error) {
	rows, err := q.Templates(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	list := make([]Template, len(rows))
	for i, r := range rows {
		t := Template{Template: roster.Template{ID: r.ID, JobCenter: planner.JobCenterCode(r.JobCenterCode), Name: r.Name}, Version: int(r.Version), Variants: int(r.Variants)}
		if err := json.Unmarshal(r.Spec, &t.Spec); err != nil {
			return nil, fmt.Errorf("read template %s: %w", r.ID, err)
		}
		list[i] = t
	}
	return list, nil
}

// PutTemplate makes a template (version 0) or changes the one read at that version. Its variants follow (roster.Follow), each as
// a change of its own in the audit trail, in the same transaction.
func (s *Store) PutTemplate(ctx context.Context, t roster.Template, version int, by string) error {
	t, faults := t.Checked()
	if err := faults.Err(); err != nil {
		return err
	}
	return s.change(ctx, fmt.Sprintf("set template %s", t.ID), by, func(e edit) error {
		all, err := templates(ctx, e.q, dbsqlc.TemplatesParams{JobCenterCode: string(t.JobCenter)})
		if err != nil {
			return err
		}
		var before *Template
		seen := 0
		for i, o := range all {
			switch {
			case o.ID == t.ID:
				before, seen = &all[i], o.Version
			case o.Name == t.Name:
				return roster.Faults{{Field: "name", Code: roster.Taken}}
			}
		}
		if err := current(before != nil, seen, version); err != nil {
			return err
		}
		var was any
		if before != nil {
			was = before.Template
		}
		if changed, err := e.record(ctx, "template", t.JobCenter, nil, was, t); err != nil || !changed {
			return err
		}
		if err := e.q.PutTemplate(ctx, dbsqlc.PutTemplateParams{ID: t.ID, JobCenterCode: string(t.JobCenter), Name: t.Name, Spec: roster.Describe(t.Spec)}); err != nil {
			return err
		}
		if before == nil {
			return nil
		}
		return e.follow(ctx, before.Spec, t)
	})
}

func (e edit) follow(ctx context.Context, old roster.Spec, t roster.Template) error {
	variants, err := options(ctx, e.q, dbsqlc.OptionsParams{TemplateID: &t.ID})
	if err != nil {
		return err
	}
	e.why = "follows its template"
	for _, v := range variants {
		changed := v.Value
		changed.Spec = roster.Follow(old, t.Spec, changed.Spec)
		changed, faults := changed.Checked()
		if err := faults.Err(); err != nil {
			return fmt.Errorf("variant %q: %w", v.Value.Title, err)
		}
		if err := e.writeOption(ctx, &v.Value, changed); err != nil {
			return err
		}
	}
	return nil
}

// DeleteTemplate removes a template; its variants stay as options of their own.
func (s *Store) DeleteTemplate(ctx context.Context, id uuid.UUID, version int, by string) error {
	return s.change(ctx, fmt.Sprintf("remove template %s", id), by, func(e edit) error {
		list, err := templates(ctx, e.q, dbsqlc.TemplatesParams{ID: &id})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return ErrUnknown
		}
		if err := current(true, list[0].Version, version); err != nil {
			return err
		}
		if _, err := e.record(ctx, "template", list[0].JobCenter, nil, list[0].Template, nil); err != nil {
			return err
		}
		return e.q.DeleteTemplate(ctx, id)
	})
}
