package reconcile

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// declaredReasons reads the constants out of the source, so that one without a sentence is found.
func declaredReasons(t *testing.T) []Reason {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []Reason
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Reason(code))
		return true
	})
	return all
}

func TestEveryReasonHasADanishSentence(t *testing.T) {
	all := declaredReasons(t)
	if len(all) != len(danish) {
		t.Errorf("%d reasons are declared, %d have a sentence", len(all), len(danish))
	}
	sentences := map[string]Reason{}
	for _, r := range all {
		s := r.Danish()
		if s == string(r) || !strings.HasSuffix(s, ".") {
			t.Errorf("%s: %q is not a sentence", r, s)
		}
		if other, twice := sentences[s]; twice {
			t.Errorf("%s and %s say the same", r, other)
		}
		sentences[s] = r
	}
}

func TestAReasonOfAnotherReleaseShowsItsCode(t *testing.T) {
	if got := Reason("from-the-future").Danish(); got != "from-the-future" {
		t.Errorf("got %q", got)
	}
}

func TestEveryReasonOfADecisionIsUsedAndDeclared(t *testing.T) {
	used := map[Reason]bool{ReasonUnseen: true, ReasonRestored: true, ReasonMoveRefused: true, ReasonRefused: true,
		ReasonMovedFound: true, ReasonMovedNotFound: true, ReasonMovedCopies: true, ReasonRejected: true}
	for _, o := range []Owner{PlannerOwns, OutlookOwns, Retired} {
		for _, cell := range cells {
			combinations(func(values []int) { used[decideCell(o, cell, values).Reason] = true })
		}
	}
	for _, r := range declaredReasons(t) {
		if !used[r] {
			t.Errorf("no decision gives %s", r)
		}
		delete(used, r)
	}
	for r := range used {
		t.Errorf("%s is given but not declared", r)
	}
}
