package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

func TestTheConsoleMarksWeeksWithTooFewTimes(t *testing.T) {
	pool, anna := inEnvironment(t)
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: key(1)}, 1, key(2))
	must(t, err)
	p := plannerdb.New(pool, plannerdb.Options{Sealer: sealer})
	for day := 1; day <= 7; day++ {
		anna.Hours = append(anna.Hours, planner.WorkingHours{Weekday: day, StartMinute: 480, EndMinute: 540})
	}
	must(t, p.PutCaseWorker(t.Context(), anna))
	must(t, p.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{ID: uuid.New(), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 90, Title: "Jobsamtale"}, []uuid.UUID{anna.ID}))
	if out, err := console(t, "shortage", "-job-center", "10100", "-weeks", "3", "-few", "7"); err != nil || strings.Count(out, "Jobsamtale") != 3 || strings.Count(out, "SHORT") > 1 { // the present week may have fewer than seven left
		t.Errorf("%s %v", out, err)
	}
	if out, err := console(t, "shortage", "-job-center", "10100", "-few", "8", "-json"); err != nil || strings.Count(out, `"short":true`) != 4 {
		t.Errorf("%s %v", out, err)
	}
	file := filepath.Join(t.TempDir(), "frister.csv")
	soon := time.Now().Add(72 * time.Hour).Format(time.DateOnly)
	must(t, os.WriteFile(file, []byte("jobcenter,cpr,samtaletype,frist,sidste_afholdelsesdato\n10100,0101901234,4,"+soon+","+soon+"\n"), 0o600))
	if out, err := console(t, "import", "deadlines", file); err != nil || out != "1 deadlines\n" {
		t.Errorf("%s %v", out, err)
	}
	if out, err := console(t, "shortage", "-job-center", "10100"); err != nil || !strings.Contains(out, "010190-****") || !strings.Contains(out, "NO TIME") || strings.Contains(out, "1234") {
		t.Errorf("%s %v", out, err)
	}
	if out, err := console(t, "shortage", "-job-center", "10100", "-json"); err != nil || !strings.Contains(out, `"hasTime":false`) {
		t.Errorf("%s %v", out, err)
	}
	for _, wrong := range [][]string{{}, {"-job-center", "10100", "-weeks", "0"}, {"-job-center", "10100", "-weeks", "29"}} {
		if _, err := console(t, append([]string{"shortage"}, wrong...)...); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}
