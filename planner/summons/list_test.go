package summons

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kommunalplanner.example/planner"
)

func cpr(t testing.TB, s string) planner.CPR {
	t.Helper()
	c, err := planner.ParseCPR(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAListIsReadAsPastedAndAsExcelSavesIt(t *testing.T) {
	t.Parallel()
	a, b := cpr(t, "0101901234"), cpr(t, "3112852345")
	good := []Line{{Number: 1, CPR: a}, {Number: 2, CPR: b, Wished: "RID-anna"}}
	after := func(lines []Line, n int) []Line {
		moved := slices.Clone(lines)
		for i := range moved {
			moved[i].Number += n
		}
		return moved
	}
	cases := []struct {
		name, text string
		want       []Line
	}{
		{"numbers alone", "0101901234\n311285-2345\n", []Line{{Number: 1, CPR: a}, {Number: 2, CPR: b}}},
		{"semicolons", "0101901234;\r\n3112852345;RID-anna\r\n", good},
		{"commas", "0101901234,\n3112852345,RID-anna", good},
		{"tabulators, as pasted from a sheet", "010190-1234\t\n311285 2345\tRID-anna", good},
		{"old line ends", "0101901234;\r3112852345;RID-anna\r", good},
		{"byte order mark", "\ufeff0101901234;\n3112852345;RID-anna", good},
		{"UTF-16, as Excel's Unicode text", "\xff\xfe" + strings.Join(strings.Split("0101901234\n3112852345\tRID-anna", ""), "\x00") + "\x00", good},
		{"heading", "CPR-nr;Vejleder\n0101901234;\n3112852345;RID-anna", after(good, 1)},
		{"heading, other columns and order", "Navn;Ønsket vejleder;Personnummer\nÅse;;0101901234\nBo;RID-anna;3112852345", after(good, 1)},
		{"Windows-1252", "Navn;\xd8nsket vejleder;CPR\n\xc5se;;0101901234\nBo;RID-anna;3112852345", after(good, 1)},
		{"heading without a case worker", "CPR\n0101901234", []Line{{Number: 2, CPR: a}}},
		{"quotes", "\"0101901234\";\"\"\n\"3112852345\";\"RID-anna\"", good},
		{"blank lines", "\n;;\n0101901234\n \n", []Line{{Number: 3, CPR: a}}},
		{"a dash of the typesetter", "010190–1234", []Line{{Number: 1, CPR: a}}},
		{"nothing where the number should be", "0101901234;x\n;RID-anna", []Line{{Number: 1, CPR: a, Wished: "x"}, {Number: 2, Wished: "RID-anna", Problem: ProblemNoCPR}}},
		{"no day of the year", "3213901234", []Line{{Number: 1, Problem: ProblemBadCPR}}},
		{"a word", "0101901234\nÅse Møller", []Line{{Number: 1, CPR: a}, {Number: 2, Problem: ProblemBadCPR}}},
		{"nobody's number", "0000000000", []Line{{Number: 1, Problem: ProblemBadCPR}}},
		{"a dropped zero", "101901234", []Line{{Number: 1, Problem: ProblemNineDigits}}},
		{"twice", "0101901234\n3112852345\n010190-1234", []Line{{Number: 1, CPR: a}, {Number: 2, CPR: b}, {Number: 3, CPR: a, Problem: ProblemTwice, Earlier: 1}}},
	}
	for _, c := range cases {
		got, err := Read([]byte(c.text))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v (%v), want %+v", c.name, got, err, c.want)
		}
	}
}

func TestAListThatIsNoneIsRefusedWhole(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\ufeff", "\n ; \n", "CPR;Vejleder\n"} {
		if _, err := Read([]byte(text)); !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Read([]byte(strings.Repeat("0101901234\n", MostLines+1))); !errors.Is(err, ErrTooLong) {
		t.Errorf("one line too many: %v", err)
	}
	if _, err := Read(make([]byte, MostBytes+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("one byte too many: %v", err)
	}
}

func TestLinesAreCheckedAgainstWhatIsKnown(t *testing.T) {
	t.Parallel()
	lines, err := Read([]byte("0101901234;Anna@kommune.example\n3112852345;rid-ANNA\n0202901234;nobody\n0303901234\n0101901234;nobody"))
	if err != nil {
		t.Fatal(err)
	}
	checked := Check(lines, Known{
		CaseWorkers: map[string]string{"rid-anna": "RID-anna", "anna@kommune.example": "RID-anna"},
		HasMeeting:  map[planner.CPR]bool{cpr(t, "0303901234"): true},
	})
	want := []Problem{"", "", ProblemCaseWorker, ProblemHasMeeting, ProblemTwice}
	for i, l := range checked {
		if l.Problem != want[i] {
			t.Errorf("line %d: %q, want %q", l.Number, l.Problem, want[i])
		}
	}
	if checked[0].Wished != "RID-anna" || checked[1].Wished != "RID-anna" || lines[1].Wished != "rid-ANNA" {
		t.Errorf("wished %q and %q of %q", checked[0].Wished, checked[1].Wished, lines[1].Wished)
	}
}

func FuzzReadNeverTakesWhatIsNoCPRNumber(f *testing.F) {
	for _, s := range []string{"0101901234;x\n", "CPR;Vejleder\n010190-1234;", "\xff\xfe0\x00", "a,\"b\n\"c", "\xe6;\xf8\n;;;", "101901234"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines, err := Read(raw)
		if err != nil {
			if lines != nil || !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrTooLong) {
				t.Fatalf("%v with %v", lines, err)
			}
			return
		}
		last := 0
		for _, l := range lines {
			if l.Number <= last || !utf8.ValidString(l.Wished) {
				t.Fatalf("line %+v after %d", l, last)
			}
			last = l.Number
			digits := l.CPR.Reveal()
			if (l.Problem == ProblemNone || l.Problem == ProblemTwice) == l.CPR.Unknown() {
				t.Fatalf("line %+v has number %v", l, digits != "")
			}
		}
	})
}
