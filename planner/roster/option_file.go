package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// OptionRow is one option of a file, unchecked: the members of Spec, and who holds it by the names that people know.
type OptionRow struct {
	JobCenter planner.JobCenterCode `json:"jobCenter"`
	ID        uuid.UUID             `json:"id"`       // may be left out: then an option is known by its title
	Template  string                `json:"template"` // by name; who is new has its fields where the file tells none
	// CaseWorkers are identifiers, Teams names. Left out they stay as they are.
	CaseWorkers []string `json:"caseWorkers"`
	Teams       []string `json:"teams"`
	Active      *bool    `json:"active"` // left out: true for who is new

	title  string
	fields json.RawMessage // the whole object
}

// ReadOptions reads a file of options: a JSON array of objects. Members that there are not are refused, since they are typing errors.
// The error names the option by its number, from 1.
func ReadOptions(file []byte) ([]OptionRow, error) {
	var objects []json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), &objects); err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	rows := make([]OptionRow, len(objects))
	for i, object := range objects {
		var whole struct {
			OptionRow
			Spec
		}
		d := json.NewDecoder(bytes.NewReader(object))
		d.DisallowUnknownFields()
		if err := d.Decode(&whole); err != nil {
			return nil, fmt.Errorf("read option %d: %w", i+1, err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read option %d: more than one object", i+1)
		}
		rows[i] = whole.OptionRow
		rows[i].title, rows[i].fields = whole.Title, object
	}
	return rows, nil
}

// KnownOptions is what a plan for options is made against, beside Known.
type KnownOptions struct {
	Known
	Options   []Option
	Templates []Template
}

// OptionStep is what is to be done about one option of a file.
type OptionStep struct {
	Number  int // from 1
	Verb    Verb
	Before  *Option // nil for one that is new
	After   Option
	Changes []string // by the JSON of Option
	Faults  Faults
}

// PlanOptionRows tells what is to be done so that the options are as the rows say. Options that are in no row stay.
func PlanOptionRows(known KnownOptions, rows []OptionRow, o PlanOptions) []OptionStep {
	steps := make([]OptionStep, len(rows))
	done := map[uuid.UUID]bool{}
	titles := map[[2]string]bool{}
	for i, row := range rows {
		if row.JobCenter == "" {
			row.JobCenter = o.JobCenter
		}
		s := known.optionStep(row, o.NewID)
		s.Number = i + 1
		title := [2]string{string(s.After.JobCenter), s.After.Title}
		if done[s.After.ID] || s.Before == nil && titles[title] {
			s.Faults.add("title", Repeated, "")
		}
		done[s.After.ID], titles[title] = true, true
		switch {
		case len(s.Faults) > 0:
			s.Verb = Refuse
		case s.Before == nil:
			s.Verb = Make
		case len(s.Changes) > 0:
			s.Verb = Change
		default:
			s.Verb = Keep
		}
		steps[i] = s
	}
	return steps
}

func (k KnownOptions) optionStep(row OptionRow, newID func() uuid.UUID) (s OptionStep) {
	i := slices.IndexFunc(k.Options, func(o Option) bool {
		if row.ID != uuid.Nil {
			return o.ID == row.ID
		}
		return o.JobCenter == row.JobCenter && o.Title == row.title
	})
	if i >= 0 {
		s.Before, s.After = &k.Options[i], k.Options[i]
	} else {
		s.After = Option{ID: row.ID, JobCenter: row.JobCenter, Spec: NewSpec(), Active: true}
		if row.ID == uuid.Nil {
			s.After.ID = newID()
		}
		if !slices.Contains(k.Centers, row.JobCenter) {
			s.Faults.add("jobCenter", Unknown, string(row.JobCenter))
		}
	}
	if row.Template != "" {
		t := slices.IndexFunc(k.Templates, func(t Template) bool { return t.JobCenter == s.After.JobCenter && t.Name == row.Template })
		if t < 0 {
			s.Faults.add("template", Unknown, row.Template)
		} else {
			s.After.Template = &k.Templates[t].ID
			if s.Before == nil {
				s.After.Spec = k.Templates[t].Spec
			}
		}
	}
	// A copy first: lists are filled in place, and what is known must not change.
	var spec Spec
	for _, text := range [][]byte{Describe(s.After.Spec), row.fields} {
		if err := json.Unmarshal(text, &spec); err != nil {
			panic(err) // the one was just written, the other read before
		}
	}
	s.After.Spec = spec
	if row.Active != nil {
		s.After.Active = *row.Active
	}
	k.holders(row, &s)
	var faults Faults
	s.After, faults = s.After.Checked()
	s.Faults = append(s.Faults, faults...)
	if s.Before != nil {
		before, _ := s.Before.Checked()
		s.Changes = differingJSON(before, s.After)
	}
	return s
}

func (k KnownOptions) holders(row OptionRow, s *OptionStep) {
	if row.CaseWorkers != nil {
		s.After.CaseWorkers = nil
		for _, identifier := range row.CaseWorkers {
			i := slices.IndexFunc(k.Workers, func(w KnownWorker) bool { return w.JobCenter == s.After.JobCenter && w.Identifier == identifier })
			if i < 0 {
				s.Faults.add("caseWorkers", Unknown, identifier)
				continue
			}
			s.After.CaseWorkers = append(s.After.CaseWorkers, k.Workers[i].ID)
		}
	}
	if row.Teams != nil {
		s.After.Teams = nil
		for _, name := range row.Teams {
			i := slices.IndexFunc(k.Teams, func(t Team) bool { return t.JobCenter == s.After.JobCenter && t.Name == name })
			if i < 0 {
				s.Faults.add("teams", Unknown, name)
				continue
			}
			s.After.Teams = append(s.After.Teams, k.Teams[i].ID)
		}
	}
}
