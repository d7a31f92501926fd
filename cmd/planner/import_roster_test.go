package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// step is one use of the console and what its output, or its error, must hold.
type step struct {
	args []string
	want string
}

func tryEach(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		out, err := console(t, s.args...)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, s.want) {
			t.Errorf("%v:\n%s\nwant %q", s.args, out, s.want)
		}
	}
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestCaseWorkersAreImportedFromAFileTwiceWithTheSameResult(t *testing.T) {
	pool, anna := inEnvironment(t)
	people := file(t, "v.csv", "identifier;fornavn;efternavn;e-mail;arbejdstid;objektid\nRID-2;Bo;B;bo@kommune.dk;man-fre 8-16;o-bo\nRID-3;C;C;odd;;\n")
	tryEach(t, []step{
		{[]string{"import", "case-workers", people, "-job-center", "10100"}, "line 2     made      RID-2 Bo B\nline 3     left out  RID-3 C C: email bad-form\n1 made, 1 left out\nNothing was changed"},
		{[]string{"import", "case-workers", people, "-job-center", "10100", "-apply"}, "1 made, 1 left out\n"},
		{[]string{"import", "case-workers", "-job-center", "10100", "-apply", people}, "1 as before, 1 left out\n"},
		{[]string{"import", "case-workers", people, "-job-center", "10100", "-leavers"}, "not in the file left      RID-1 Anna A"},
		{[]string{"import", "case-workers", people, "-job-center", "10100", "-leavers", "-apply"}, "0 meetings must be moved"},
		{[]string{"import", "case-workers", people, "-job-center", "10100", "-leavers", "-apply"}, "1 as before, 1 left out\n"},
		{[]string{"import", "case-workers", people, "extra"}, "usage"},
		{[]string{"import", "case-workers", file(t, "x.csv", "navn\n")}, `no column "navn"`},
	})
	var hours, boxes, jobs, audits int
	var active bool
	must(t, pool.QueryRow(t.Context(), `select
		(select count(*) from working_hours h join case_worker w on w.id = h.case_worker_id where w.identifier = 'RID-2'),
		(select count(*) from mailbox where graph_user_id = 'o-bo' and email = 'bo@kommune.dk'),
		(select count(*) from river_job where kind = 'sync_mailbox'),
		(select count(*) from audit_entry where action = 'roster:case-worker' and actor like 'admin:%' and reason = 'imported from a file'),
		(select active from case_worker where id = $1)`, anna.ID).Scan(&hours, &boxes, &jobs, &audits, &active))
	if hours != 5 || boxes != 1 || jobs != 1 || audits != 2 || active {
		t.Errorf("%d stretches of hours, %d mailboxes, %d jobs, %d audit rows, Anna active: %v", hours, boxes, jobs, audits, active)
	}
}

func TestOptionsAreImportedFromAFile(t *testing.T) {
	pool, _ := inEnvironment(t)
	options := file(t, "o.json", `[{"title": "CV-samtale", "interviewType": 10, "interviewForm": 2, "contactTypes": [1, 3], "durationMinutes": 30, "caseWorkers": ["RID-1"]},
		{"title": "Uden vejleder", "interviewType": 10, "interviewForm": 2, "contactTypes": [1]}]`)
	tryEach(t, []step{
		{[]string{"import", "options", options, "-job-center", "10100"}, "option 1   made      CV-samtale\noption 2   left out  Uden vejleder: caseWorkers missing\n1 made, 1 left out\nNothing was changed"},
		{[]string{"import", "options", options, "-job-center", "10100", "-apply"}, "1 made, 1 left out\n"},
		{[]string{"import", "options", options, "-job-center", "10100", "-apply"}, "1 as before, 1 left out\n"},
		{[]string{"import", "options", file(t, "x.json", `[{"titel": ""}]`)}, `unknown field "titel"`},
		{[]string{"import", "options", options, "-leavers"}, "usage"},
	})
	var n int
	must(t, pool.QueryRow(t.Context(), `select count(*) from interview_option o join interview_option_case_worker l on l.interview_option_id = o.id where o.title = 'CV-samtale' and duration_minutes = 30`).Scan(&n))
	if n != 1 {
		t.Errorf("%d options", n)
	}
}
