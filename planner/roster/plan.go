package roster

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Known is what a plan is made against.
type Known struct {
	Centers []planner.JobCenterCode
	Workers []KnownWorker
	Teams   []Team
}

// KnownWorker is a case worker with the object id of their mailbox's owner, empty for none.
type KnownWorker struct {
	Worker
	ObjectID string
}

// Verb is what is to be done about a case worker.
type Verb string

// The verbs.
const (
	Make   Verb = "make"
	Change Verb = "change"
	Keep   Verb = "keep"   // nothing differs
	Leave  Verb = "leave"  // not in the file any more: has left
	Refuse Verb = "refuse" // Faults tell why
)

// Step is what is to be done about one row, or about one who has none.
type Step struct {
	Line int // 0 for one who is in no row
	Verb Verb
	// Before is nil for who is new. After is as they are to be; of a refused row as far as it could be read.
	Before *Worker
	After  Worker
	// ObjectID is the owner's of the mailbox that is to be made known or corrected; empty when there is nothing to do.
	ObjectID string
	// Changes names what differs, by the JSON of Worker, and "objectId".
	Changes []string
	Faults  Faults
}

// PlanOptions say how rows are to be taken.
type PlanOptions struct {
	// JobCenter is that of rows that name none.
	JobCenter planner.JobCenterCode
	// Leavers has those leave who are in no row, of the job centres that rows or JobCenter name.
	Leavers bool
	// NewID gives the id of a case worker who is made.
	NewID func() uuid.UUID
}

// Plan tells what is to be done so that the roster is as the rows say, row by row, leavers last. It does not change what it is given.
// Rows planned twice, the first time carried out, are all kept.
//
// A row of a Member knows of no identifier: it is about who has the object id, else about who has the mail address; a
// new case worker's identifier is then the object id. It does not reach into another job centre.
func Plan(known Known, rows []Row, o PlanOptions) []Step {
	p := planning{Known: known, o: o, mail: map[string]uuid.UUID{}, object: map[string]uuid.UUID{}, done: map[uuid.UUID]bool{}, made: map[[2]string]bool{}}
	for _, w := range known.Workers {
		p.mail[strings.ToLower(w.Email)] = w.ID
		if w.ObjectID != "" {
			p.object[w.ObjectID] = w.ID
		}
	}
	centers := map[planner.JobCenterCode]bool{o.JobCenter: true}
	var steps []Step
	for _, row := range rows {
		jc := p.center(row)
		s := p.step(jc, row)
		centers[jc] = true // not that of who was found by an object id elsewhere, where nobody leaves for it
		steps = append(steps, s)
	}
	for _, w := range known.Workers {
		if o.Leavers && len(rows) > 0 && centers[w.JobCenter] && !p.done[w.ID] && w.Active && w.LastDay == nil {
			after := w.Worker
			after.Active = false
			steps = append(steps, Step{Verb: Leave, Before: &w.Worker, After: after, Changes: []string{"active"}})
		}
	}
	return steps
}

type planning struct {
	Known
	o            PlanOptions
	mail, object map[string]uuid.UUID
	done         map[uuid.UUID]bool
	made         map[[2]string]bool // job centre and identifier
}

// find gives the case worker that a row is about.
func (p *planning) find(jc planner.JobCenterCode, row Row) *KnownWorker {
	byIdentifier := func(w KnownWorker) bool { return w.JobCenter == jc && w.Identifier == row.Cells[ColIdentifier] }
	byObject := func(w KnownWorker) bool { return row.Cells[ColObjectID] != "" && w.ObjectID == row.Cells[ColObjectID] }
	byEmail := func(w KnownWorker) bool { return row.Member && strings.EqualFold(w.Email, row.Cells[ColEmail]) }
	for _, same := range []func(KnownWorker) bool{byIdentifier, byObject, byEmail} {
		if i := slices.IndexFunc(p.Workers, same); i >= 0 {
			return &p.Workers[i]
		}
	}
	return nil
}

// center is the job centre that a row is for.
func (p *planning) center(row Row) planner.JobCenterCode {
	if code := row.Cells[ColJobCenter]; code != "" {
		return planner.JobCenterCode(code)
	}
	return p.o.JobCenter
}

func (p *planning) step(jc planner.JobCenterCode, row Row) Step {
	s := Step{Line: row.Line, Verb: Change}
	if row.Refused != "" {
		s.Verb, s.After = Refuse, Worker{JobCenter: jc, GivenName: row.Cells[ColGivenName], Surname: row.Cells[ColSurname]}
		s.Faults.add("account", row.Refused, "")
		return s
	}
	w := p.find(jc, row)
	if w != nil {
		s.Before = &w.Worker
		s.After = w.Worker
		if p.done[w.ID] {
			s.Faults.add("identifier", Repeated, "")
		}
		p.done[w.ID] = true
		if row.Member && w.JobCenter != jc {
			s.Faults.add("jobCenter", Fixed, string(w.JobCenter))
		}
		if row.Member && w.named(row) {
			row = row.withoutNames()
		}
	} else {
		s.Verb = Make
		s.After = Worker{ID: p.o.NewID(), JobCenter: jc, Active: true}
		if row.Member {
			s.After.Identifier = row.Cells[ColObjectID]
		}
		if !slices.Contains(p.Centers, jc) {
			s.Faults.add("jobCenter", Unknown, string(jc))
		}
	}
	p.read(row, &s)
	var faults Faults
	s.After, faults = s.After.Checked()
	s.Faults = append(s.Faults, faults...)
	p.claim(row, w, &s)
	if s.Before != nil {
		s.Changes = differing(*s.Before, s.After)
	}
	if object := row.Cells[ColObjectID]; object != "" && (w == nil || w.ObjectID != object || !strings.EqualFold(s.After.Email, w.Email)) {
		s.ObjectID = object
		if w == nil || w.ObjectID != object {
			s.Changes = append(s.Changes, "objectId")
		}
	}
	switch {
	case len(s.Faults) > 0:
		s.Verb = Refuse
	case s.Before != nil && len(s.Changes) == 0:
		s.Verb = Keep
	}
	return s
}

// claim sees to it that nobody gets what another has, in the roster or in an earlier row.
func (p *planning) claim(row Row, w *KnownWorker, s *Step) {
	key := [2]string{string(s.After.JobCenter), s.After.Identifier}
	other := slices.ContainsFunc(p.Workers, func(k KnownWorker) bool {
		return k.JobCenter == s.After.JobCenter && k.Identifier == s.After.Identifier && k.ID != s.After.ID
	})
	if w == nil && p.made[key] {
		s.Faults.add("identifier", Repeated, "")
	} else if other {
		s.Faults.add("identifier", Taken, "")
	}
	p.made[key] = true
	take := func(field string, of map[string]uuid.UUID, value string) {
		if value == "" {
			return
		}
		if id, ok := of[value]; ok && id != s.After.ID {
			s.Faults.add(field, Taken, "")
		} else if len(s.Faults) == 0 {
			of[value] = s.After.ID
		}
	}
	take("email", p.mail, strings.ToLower(s.After.Email))
	take("objectId", p.object, row.Cells[ColObjectID])
}

// read takes over the cells that there are.
func (p *planning) read(row Row, s *Step) {
	w := &s.After
	for column, to := range map[string]*string{
		ColIdentifier: &w.Identifier, ColGivenName: &w.GivenName, ColMiddleName: &w.MiddleName, ColSurname: &w.Surname, ColEmail: &w.Email, ColPhone: &w.Phone,
	} {
		if cell, ok := row.Cells[column]; ok {
			*to = cell
		}
	}
	if cell, ok := row.Cells[ColMaxPerDay]; ok {
		n, err := strconv.Atoi(cell)
		if err != nil && cell != "" {
			s.Faults.add("maxPerDay", BadForm, cell)
		}
		w.MaxPerDay = n
	}
	if cell, ok := row.Cells[ColCompetences]; ok {
		w.Competences = strings.Split(cell, ",")
	}
	if cell, ok := row.Cells[ColTeams]; ok {
		w.Teams = nil
		for name := range strings.SplitSeq(cell, ",") {
			name = strings.TrimSpace(name)
			i := slices.IndexFunc(p.Teams, func(t Team) bool { return t.JobCenter == w.JobCenter && strings.EqualFold(t.Name, name) })
			switch {
			case name == "":
			case i < 0:
				s.Faults.add("teams", Unknown, name)
			default:
				w.Teams = append(w.Teams, p.Teams[i].ID)
			}
		}
	}
	if cell, ok := row.Cells[ColHours]; ok {
		week, err := ParseWeek(cell)
		if err != nil {
			wrong := err.(*HoursError)
			s.Faults.add("hours", wrong.Code, wrong.Part)
		}
		w.Hours = week
	}
	p.readStay(row, s)
}

// readStay tells whether the case worker stays: who is in a file without a last day does.
func (p *planning) readStay(row Row, s *Step) {
	cell := row.Cells[ColLastDay]
	if cell == "" {
		if _, told := row.Cells[ColLastDay]; told || !s.After.Active {
			s.After.Active, s.After.LastDay = true, nil
		}
		return
	}
	last, err := planner.ParseDate(cell)
	if err != nil {
		s.Faults.add("lastDay", BadForm, cell)
		return
	}
	s.After.LastDay = &last
}

// differing names what differs between two case workers.
func differing(a, b Worker) []string { return differingJSON(a.tidy(), b) }

// differingJSON names the members of JSON in which two values differ.
func differingJSON(a, b any) (names []string) {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(Describe(a), &x) != nil || json.Unmarshal(Describe(b), &y) != nil {
		panic("what Describe writes of them is an object")
	}
	all := maps.Clone(x)
	maps.Copy(all, y)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(x[name], y[name]) {
			names = append(names, name)
		}
	}
	return names
}
