package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
)

// numbered gives ids that tell in which order they were made.
func numbered() func() uuid.UUID {
	n := byte(100)
	return func() uuid.UUID { n++; return uuid.UUID{15: n} }
}

func office() Known {
	anna := goodWorker()
	bo := anna
	bo.ID, bo.Identifier, bo.GivenName, bo.Email = uuid.UUID{2}, "RID-2", "Bo", "bo@kommune.dk"
	gone := anna
	gone.ID, gone.Identifier, gone.GivenName, gone.Email, gone.Active = uuid.UUID{3}, "RID-3", "Carl", "carl@kommune.dk", false
	gone.LastDay = &planner.Date{Year: 2026, Month: 1, Day: 31}
	return Known{
		Centers: []planner.JobCenterCode{"10100", "10200"},
		Workers: []KnownWorker{{Worker: anna, ObjectID: "o-anna"}, {Worker: bo}, {Worker: gone}},
		Teams:   []Team{{ID: uuid.UUID{9}, JobCenter: "10100", Name: "Nord"}},
	}
}

func told(steps []Step) (lines []string) {
	for _, s := range steps {
		line := fmt.Sprintf("%d %s %s", s.Line, s.Verb, s.After.Identifier)
		if len(s.Changes) > 0 && s.Verb != Refuse {
			line += " " + strings.Join(s.Changes, ",")
		}
		if len(s.Faults) > 0 {
			line += ": " + s.Faults.Error()
		}
		lines = append(lines, line)
	}
	return lines
}

func TestAFileIsPlannedLineByLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file    string
		options PlanOptions
		want    []string
	}{
		"one new, one changed, one as before": {
			"identifier;fornavn;efternavn;e-mail;arbejdstid\nRID-1;Anna;A;anna@kommune.dk;man 8-16\nRID-2;Bo;B;bo@kommune.dk;man 8-12\nRID-4;Dina;D;dina@kommune.dk;\n",
			PlanOptions{JobCenter: "10100"}, []string{"2 keep RID-1", "3 change RID-2 hours,surname", "4 make RID-4"},
		},
		"columns that are missing leave things as they are": {
			"identifier\nRID-1\n", PlanOptions{JobCenter: "10100"}, []string{"2 keep RID-1"},
		},
		"reasons for what is left out": {
			"identifier,email,teams,max_per_day,hours,job_center,last_day\nRID-1,bo@kommune.dk,Syd,x,man 8,10100,i morgen\nRID-5,e@k.dk,,,,10900,\n,,,,,10100,2026-12-31\n",
			PlanOptions{}, []string{
				"2 refuse RID-1: maxPerDay bad-form (x); teams unknown (Syd); hours bad-form (man 8); lastDay bad-form (i morgen); email taken",
				"3 refuse RID-5: jobCenter unknown (10900); givenName missing; surname missing",
				"4 refuse : identifier missing; givenName missing; surname missing; email missing",
			},
		},
		"the same twice": {
			"identifier,given_name,surname,email,object_id\nRID-1,Anna,A,anna@kommune.dk,\nRID-1,Anna,A,anna@kommune.dk,\nRID-7,G,G,g@k.dk,x\nRID-7,G,G,h@k.dk,\nRID-8,H,H,G@k.dk,\nRID-9,I,I,i@k.dk,x\n",
			PlanOptions{JobCenter: "10100"}, []string{
				"2 keep RID-1", "3 refuse RID-1: identifier repeated", "4 make RID-7 objectId", "5 refuse RID-7: identifier repeated",
				"6 refuse RID-8: email taken", "7 refuse RID-9: objectId taken",
			},
		},
		"known by the mailbox when the identifier is new": {
			"identifier,object_id\nRID-99,o-anna\n", PlanOptions{JobCenter: "10100"}, []string{"2 change RID-99 identifier"},
		},
		"who is in the file again is back": {
			"identifier\nRID-3\n", PlanOptions{JobCenter: "10100"}, []string{"2 change RID-3 active,lastDay"},
		},
		"those in no line leave": {
			"identifier\nRID-1\n", PlanOptions{JobCenter: "10100", Leavers: true}, []string{"2 keep RID-1", "0 leave RID-2 active"},
		},
		"a line that is refused is no reason to leave": {
			"identifier,email\nRID-1,anna@kommune.dk\nRID-2,odd\n", PlanOptions{JobCenter: "10100", Leavers: true}, []string{"2 keep RID-1", "3 refuse RID-2: email bad-form"},
		},
		"nobody leaves other job centres": {
			"identifier,job_center,given_name,surname,email\nRID-1,10200,N,N,n@k.dk\n", PlanOptions{JobCenter: "10200", Leavers: true}, []string{"2 make RID-1"},
		},
		"an empty file is no empty job centre": {
			"identifier\n", PlanOptions{JobCenter: "10100", Leavers: true}, nil,
		},
	} {
		rows, err := ReadTable([]byte(c.file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.options.NewID = numbered()
		if d := cmp.Diff(c.want, told(Plan(office(), rows, c.options))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// carriedOut is the roster after the steps.
func carriedOut(known Known, steps []Step, today planner.Date) Known {
	workers := append([]KnownWorker{}, known.Workers...)
	for _, s := range steps {
		if s.Verb == Refuse || s.Verb == Keep {
			continue
		}
		after := KnownWorker{Worker: s.After, ObjectID: s.ObjectID}
		switch { // as package rosterdb does
		case after.LastDay == nil && !after.Active:
			after.LastDay = &today
		case after.LastDay != nil && after.Gone(today):
			after.Active = false
		}
		found := false
		for i, w := range workers {
			if w.ID == after.ID {
				found = true
				if after.ObjectID == "" {
					after.ObjectID = w.ObjectID
				}
				workers[i] = after
			}
		}
		if !found {
			workers = append(workers, after)
		}
	}
	known.Workers = workers
	return known
}

func TestAFileImportedTwiceChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	pick := func(t *rapid.T, label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	made := 0
	twice := func(t *rapid.T) {
		var rows []Row
		for _, identifier := range rapid.Permutation([]string{"RID-1", "RID-2", "RID-3", "RID-4", "RID-5"}).Draw(t, "identifiers")[:rapid.IntRange(0, 5).Draw(t, "rows")] {
			cells := map[string]string{ColIdentifier: identifier}
			columns := map[string][]string{
				ColGivenName: {"Anna", "Bo"}, ColSurname: {"A", " B "}, ColEmail: {"anna@kommune.dk", "bo@kommune.dk", "X@y.dk", identifier + "@y.dk", identifier + "@z.dk"},
				ColHours: {"man 8-16", "tir 9-10, 10-12", ""}, ColTeams: {"nord", "", "Nord,nord"}, ColCompetences: {"b, a,,b", ""},
				ColObjectID: {"", "o-anna", "o-2"}, ColLastDay: {"", "2026-01-01", "2027-01-01"}, ColMaxPerDay: {"", "4"}, ColPhone: {"11 22 33 44", ""},
			}
			for _, column := range slices.Sorted(maps.Keys(columns)) { // or a seed would not replay
				if rapid.IntRange(0, 3).Draw(t, column+"?") > 0 {
					cells[column] = pick(t, column, columns[column]...)
				}
			}
			rows = append(rows, Row{Cells: cells})
		}
		o := PlanOptions{JobCenter: "10100", Leavers: rapid.Bool().Draw(t, "leavers"), NewID: numbered()}
		today := planner.Date{Year: 2026, Month: 12, Day: 1}
		for i := range rows {
			rows[i].Line = i + 2
		}
		first := Plan(office(), rows, o)
		second := Plan(carriedOut(office(), first, today), rows, o)
		if slices.ContainsFunc(first, func(s Step) bool { return s.Verb == Refuse }) {
			return // what a row was refused for may be gone the second time
		}
		made += len(first)
		for _, s := range second {
			if s.Verb != Keep {
				t.Fatalf("first %q\nsecond %q", told(first), told(second))
			}
		}
	}
	// Most files are refused for something.
	for range 10 {
		if rapid.Check(t, twice); made >= 20 {
			break
		}
	}
	if made < 20 {
		t.Errorf("only %d steps were compared", made)
	}
}

func TestFilesOfDanishExcelAreRead(t *testing.T) {
	t.Parallel()
	want := []Row{
		{Line: 2, Cells: map[string]string{ColIdentifier: "RID-1", ColSurname: `Ærø; "Å"`, ColPhone: "12"}},
		{Line: 5, Cells: map[string]string{ColIdentifier: "RID-2", ColSurname: "Ø\nO", ColPhone: ""}},
	}
	text := "RID;Efternavn;Tlf.;\r\nRID-1;\"Ærø; \"\"Å\"\"\";12;\r\n;;;\r\n\r\nRID-2;\"Ø\nO\";;\r\n"
	latin := func(s string) []byte {
		var b []byte
		for _, r := range s {
			b = append(b, byte(r))
		}
		return b
	}
	for name, file := range map[string][]byte{
		"UTF-8": []byte(text), "with a mark": []byte("\ufeff" + text), "Windows-1252": latin(text),
		"tabs": []byte("RID\tEfternavn\tTlf.\t\nRID-1\t\"Ærø; \"\"Å\"\"\"\t12\n\n\nRID-2\t\"Ø\nO\"\t\n"),
	} {
		rows, err := ReadTable(file)
		if d := cmp.Diff(want, rows); err != nil || d != "" {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
	if rows, err := ReadTable([]byte("RID,Efternavn\nx,A\x80\x93B")); err != nil || rows[0].Cells[ColSurname] != "A€“B" {
		t.Errorf("%+v %v", rows, err)
	}
	for file, want := range map[string]string{
		"":                     "headings",
		"navn;rid\n":           `no column "navn"`,
		"fornavn;efternavn\n":  "no column identifier",
		"rid;id\n":             "two columns for identifier",
		"rid;fornavn\nx;y;z\n": "line 2: more cells",
		"rid;fornavn\nx;\"y\n": "line",
	} {
		if _, err := ReadTable([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzTablesThatAreReadCanBePlanned(f *testing.F) {
	f.Add([]byte("RID;Efternavn;Tlf.;\r\nRID-1;\"Ærø\";12;\r\n"))
	f.Add([]byte("identifier,hours,teams,last_day,max_per_day\nRID-1,man 8-16,Nord,2026-12-31,4\n"))
	f.Add([]byte("\xef\xbb\xbfrid\tjobcenter\n\xe6\t10100\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := ReadTable(file)
		if err != nil {
			return
		}
		steps := Plan(office(), rows, PlanOptions{JobCenter: "10100", Leavers: true, NewID: numbered()})
		if len(steps) < len(rows) {
			t.Errorf("%d steps of %d rows", len(steps), len(rows))
		}
		for _, s := range steps {
			if _, f := s.After.Checked(); s.Verb != Refuse && len(f) > 0 {
				t.Errorf("%s %v: %v", s.Verb, s.After, f)
			}
		}
	})
}

func TestOptionsOfAFileAreMadeChangedOrLeftOutWithReasons(t *testing.T) {
	t.Parallel()
	here := goodOption()
	template := Template{ID: uuid.UUID{5}, JobCenter: "10100", Name: "CV", Spec: NewSpec()}
	template.Spec.InterviewType, template.Spec.InterviewForm, template.Spec.ContactTypes, template.Spec.DurationMinutes = 10, 2, []int{1}, 20
	known := KnownOptions{Known: office(), Options: []Option{here}, Templates: []Template{template}}
	file := `[
		{"title": "Jobsamtale"},
		{"title": "Jobsamtale", "jobCenter": "10200", "interviewType": 7, "interviewForm": 2, "contactTypes": [1], "caseWorkers": []},
		{"id": "02000000-0000-0000-0000-000000000000", "title": "Jobsamtale ny", "contactTypes": [1], "teams": ["Nord"]},
		{"title": "CV-samtale", "template": "CV", "teams": ["Nord"], "slotStepMinutes": 10},
		{"title": "CV-samtale", "template": "Andet", "caseWorkers": ["RID-9"], "durationMinutes": 3}
	]`
	rows, err := ReadOptions([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	steps := PlanOptionRows(known, rows, PlanOptions{JobCenter: "10100", NewID: numbered()})
	var got []string
	for _, s := range steps {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", s.Number, s.Verb, strings.Join(s.Changes, ","), s.Faults.Error())))
	}
	want := []string{
		"1 keep", "2 refuse  caseWorkers missing", "3 refuse contactTypes,teams,title title repeated", "4 make",
		"5 refuse  template unknown (Andet); caseWorkers unknown (RID-9); interviewType missing; interviewForm missing; contactTypes missing; " +
			"durationMinutes bad-range (5-720); caseWorkers missing; title repeated",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if a := steps[3].After; a.DurationMinutes != 20 || a.SlotStepMinutes != 10 || *a.Template != template.ID || len(a.Teams) != 1 || !a.Active {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff(goodOption(), known.Options[0]); d != "" {
		t.Errorf("what is known was changed: %s", d)
	}
	for file, want := range map[string]string{
		`{}`: "read options", `[{"titel": "x"}]`: `read option 1: json: unknown field "titel"`, `[{"durationMinutes": "45"}]`: "read option 1", `[{}] x`: "read options",
	} {
		if _, err := ReadOptions([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func FuzzOptionsThatAreReadCanBePlanned(f *testing.F) {
	f.Add([]byte(`[{"title": "CV-samtale", "template": "CV", "teams": ["Nord"], "slotStepMinutes": 10, "rebookingDeadlineMinutes": null}]`))
	f.Add([]byte(`[{"id": "02000000-0000-0000-0000-000000000000", "active": false, "contactTypes": [1]}, {"title": "Jobsamtale"}]`))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := ReadOptions(file)
		if err != nil {
			return
		}
		for _, s := range PlanOptionRows(KnownOptions{Known: office(), Options: []Option{goodOption()}}, rows, PlanOptions{JobCenter: "10100", NewID: numbered()}) {
			if _, f := s.After.Checked(); s.Verb != Refuse && len(f) > 0 {
				t.Errorf("%s: %v", s.Verb, f)
			}
		}
	})
}
