package planner_test

import (
	"strings"
	"testing"

	"kommunalplanner.example/planner"
)

const someBookBys = "jobcenter;cpr;samtaletype;frist;sidste_afholdelsesdato\n10100;010190-1234;7;2026-12-08;2026-12-15\n10100;0202901234;4;2026-12-09;2026-12-09\n"

func TestDeadlinesAreReadFromCSVWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	got, err := planner.ParseBookBys([]byte(someBookBys))
	if err != nil || len(got) != 2 || got[0].CPR.Reveal() != "0101901234" || got[0].InterviewType != 7 || got[0].Hold.Day() != 15 || got[1].Book != got[1].Hold {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := planner.ParseBookBys([]byte(strings.ReplaceAll(someBookBys, ";", ","))); err != nil || len(got) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	for _, wrong := range []string{"10100;3201901234;7;2026-12-08;2026-12-15", "10100;0101901234;x;2026-12-08;2026-12-15", "10100;0101901234;7;2026-12-16;2026-12-15", "10100;0000000000;7;2026-12-08;2026-12-15", "10100;0101901234;7"} {
		if _, err := planner.ParseBookBys([]byte(someBookBys + wrong + "\n")); err == nil || !strings.Contains(err.Error(), "line 4") || strings.Contains(err.Error(), "01901234") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func FuzzDeadlinesNeverPanicAndNeverTellNumbers(f *testing.F) {
	f.Add([]byte(someBookBys))
	f.Add([]byte("\xef\xbb\xbf\"\n;;"))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := planner.ParseBookBys(file)
		for _, d := range got {
			if d.CPR.Unknown() || d.Hold.Before(d.Book) {
				t.Errorf("%+v", d)
			}
		}
		if err != nil && len(err.Error()) > 0 && strings.Contains(err.Error(), "0101901234") {
			t.Error(err)
		}
	})
}
