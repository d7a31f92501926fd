package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

func TestWhyNotIsToldInDanish(t *testing.T) {
	start := time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
	read := start.Add(-24 * time.Hour)
	var out strings.Builder
	explain(&out, planner.InterviewOption{Title: "Jobsamtale"}, start, []plannerdb.Explanation{
		{CaseWorker: planner.CaseWorker{GivenName: "Åse", MiddleName: "Bo", Surname: "Ærø", Identifier: "RID-1"}, AsOf: &read, Obstacles: []planner.Obstacle{
			{Reason: planner.ReasonClosed}, {Reason: planner.ReasonBusy, Span: planner.Span{Start: start.Add(-12 * time.Hour), End: start.Add(time.Hour)}},
		}},
		{CaseWorker: planner.CaseWorker{GivenName: "Ib", Surname: "Øst", Identifier: "RID-2"}},
	})
	want := `Jobsamtale, onsdag den 2. december 2026 kl. 10.00

Åse Bo Ærø (RID-1)
  – Jobcenteret har lukket den dag.
  – Vejlederen er optaget i sin kalender. (tirsdag den 1. december 2026 kl. 22.00 – 11.00)
  Kalenderen kendes pr. tirsdag den 1. december 2026 kl. 10.00.00.

Ib Øst (RID-2)
  Tilbydes.
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}

func TestEveryReasonHasDanishWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../planner/whynot.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		reason, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if n++; reason != "" && planner.Reason(reason).Danish() == reason {
			t.Errorf("%s has no Danish words", spec.Names[0].Name)
		}
		return true
	})
	if n < 20 {
		t.Errorf("%d reasons found", n)
	}
}

func TestWhyNotNeedsAnOptionAndATime(t *testing.T) {
	id := "00000000-0000-4000-8000-0000000000aa"
	ask, err := whyNotQuery([]string{"-option", id, "-at", "2026-12-02 10:00", "-case-worker", "RID-1"})
	if err != nil || !ask.Start.Equal(time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)) || ask.CaseWorkerIdentifier != "RID-1" || ask.Option.String() != id {
		t.Errorf("%+v, %v", ask, err)
	}
	for _, args := range [][]string{{}, {"-option", id}, {"-option", "x", "-at", "2026-12-02 10:00"}, {"-option", id, "-at", "2026-12-02 10:00", "-team", "x"}, {"-option", id, "-at", "2026-12-02 10:00", "more"}} {
		if _, err := whyNotQuery(args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

func TestCodeListsAreReadWhateverTheirForm(t *testing.T) {
	for name, text := range map[string]string{
		"codes.csv": "list;code;name;valid_from;valid_to\nInterviewType;7;Jobsamtale;;\n", "codes.json": ` [{"list":"InterviewType","code":7,"name":"Jobsamtale"}]`,
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		codes, err := readCodes(file)
		if d := cmp.Diff([]planner.ListedCode{{List: "InterviewType", Code: 7, Name: "Jobsamtale"}}, codes); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
	if err := importCommand(t.Context(), []string{"people", "x"}, nil); !errors.Is(err, errUsage) {
		t.Errorf("importing something else: %v", err)
	}
}
