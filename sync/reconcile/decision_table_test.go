package reconcile

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew; read the diff before it is committed")

// choice is one thing, beside the three versions, that a decision may depend on.
type choice struct {
	name string
	set  []string
	with func(it *Item, r *Rules, value int)
}

var choices = []choice{
	{"move", []string{"restore", "accept"}, func(_ *Item, r *Rules, v int) { r.Move = MovePolicy(v) }},
	{"delete", []string{"restore", "cancel"}, func(_ *Item, r *Rules, v int) { r.Delete = DeletePolicy(v) }},
	{"edit", []string{"of text", "of time"}, func(it *Item, _ *Rules, v int) { it.TimeMoved = v == 1 }},
	{"restores", []string{"0/3", "2/3", "3/3"}, func(it *Item, _ *Rules, v int) { it.Restores = []int{0, 2, 3}[v] }},
	{"creation", []string{"not sent", "sent"}, func(it *Item, _ *Rules, v int) { it.Sent = v == 1 }},
	{"flag", []string{"no", "stands"}, func(it *Item, _ *Rules, v int) { it.Flagged = v == 1 }},
}

// cells are all ways in which three versions can be absent, equal or different.
var cells = [][3]Version{
	{"", "", ""}, {"", "x", ""}, {"", "", "x"}, {"", "x", "x"}, {"", "x", "y"},
	{"v", "", ""}, {"v", "", "v"}, {"v", "", "x"}, {"v", "v", ""}, {"v", "v", "v"}, {"v", "v", "x"},
	{"v", "x", ""}, {"v", "x", "v"}, {"v", "x", "x"}, {"v", "x", "y"},
}

// combinations calls f for every value of every choice.
func combinations(f func(values []int)) {
	values := make([]int, len(choices))
	var walk func(i int)
	walk = func(i int) {
		if i == len(choices) {
			f(values)
			return
		}
		for v := range choices[i].set {
			values[i] = v
			walk(i + 1)
		}
	}
	walk(0)
}

func decideCell(o Owner, cell [3]Version, values []int) Decision {
	it := Item{ID: "a", Owner: o, Base: cell[0], Local: cell[1], Remote: cell[2]}
	r := DefaultRules()
	for i, c := range choices {
		c.with(&it, &r, values[i])
	}
	return Decide(it, r)
}

// outcome is a decision as the table shows it; what happens to the counter is part of it.
func outcome(d Decision, restores int) string {
	s := fmt.Sprintf("%-14s %-20s", d.Verb, d.Reason)
	if d.Restores != restores {
		s += fmt.Sprintf(" counter %d → %d", restores, d.Restores)
	}
	if d.NewGeneration() {
		s += " new generation"
	}
	return strings.TrimRight(s, " ")
}

// matters tells which choices change anything in the cell.
func matters(o Owner, cell [3]Version) []bool {
	yes := make([]bool, len(choices))
	combinations(func(values []int) {
		one := decideCell(o, cell, values)
		for i, c := range choices {
			other := append([]int(nil), values...)
			for v := range c.set {
				other[i] = v
				d := decideCell(o, cell, other)
				d.Restores = one.Restores // shown as a change; by itself it follows the counter
				yes[i] = yes[i] || d != one
			}
		}
	})
	return yes
}

func shown(v Version) string {
	if v == "" {
		return "–"
	}
	return string(v)
}

// decisionTable has one line for each cell and for each value of the choices that matter in it.
func decisionTable() string {
	var b strings.Builder
	b.WriteString("Every decision there is. v: last agreed on; x, y: other versions; –: absent.\n")
	b.WriteString("Where no choice is named, none changes the decision; \"counter\" is shown for the values that were tried.\n")
	for _, o := range []Owner{PlannerOwns, OutlookOwns, Retired} {
		fmt.Fprintf(&b, "\n%s\nbase local remote\n", o)
		for _, cell := range cells {
			yes := matters(o, cell)
			before := ""
			combinations(func(values []int) {
				var named []string
				for i, c := range choices {
					if yes[i] {
						named = append(named, c.name+" "+c.set[values[i]])
					} else if values[i] != 0 {
						return
					}
				}
				d := decideCell(o, cell, values)
				line := fmt.Sprintf("%-4s %-5s %-6s  %s", shown(cell[0]), shown(cell[1]), shown(cell[2]), outcome(d, []int{0, 2, 3}[values[3]]))
				if len(named) > 0 {
					line = fmt.Sprintf("%-76s if %s", line, strings.Join(named, ", "))
				}
				if line != before {
					b.WriteString(line + "\n")
				}
				before = line
			})
		}
	}
	return b.String()
}

func TestTheDecisionTableIsTheReviewedOne(t *testing.T) {
	golden(t, "decision_table.golden", decisionTable())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is not what the rules say (-file +rules); if that is meant, run with -update:\n%s", file, diff)
	}
}

// carryOut is what package mailbox does with a decision, on versions alone. Moving the booking gives
// it Outlook's time but keeps its own text, so with a text edited too it is a version of its own.
func carryOut(it Item, d Decision, textEdited bool) Item {
	it.Restores = d.Restores
	it.Sent = it.Sent && (d.Verb == Nothing || d.Verb == Report || d.Verb == Flag)
	switch d.Verb {
	case Remember:
		it.Base, it.Flagged = it.Local, false
	case Forget:
		it.Base, it.Local, it.Remote, it.Flagged = "", "", "", false
	case CreateRemote, UpdateRemote:
		it.Base, it.Remote, it.Flagged = it.Local, it.Local, false
	case DeleteRemote:
		it.Base, it.Local, it.Remote, it.Flagged = "", "", "", false
	case CreateLocal, UpdateLocal:
		it.Base, it.Local = it.Remote, it.Remote
	case DeleteLocal, CancelLocal:
		it.Base, it.Local, it.Remote, it.Flagged = "", "", "", false
	case AcceptMove:
		it.Base, it.Local, it.Flagged = it.Remote, it.Remote, false
		if textEdited {
			it.Local = it.Remote + " with our text"
		}
	case Flag:
		it.Flagged = true
	}
	return it
}

// Five versions on each of three places, three owners, every rule: each settles in one step, a move
// with edited text in two, and only what a person must see leaves the sides apart.
func TestEveryCombinationSettles(t *testing.T) {
	versions := []Version{"", "1", "2", "3", "4"}
	n := 0
	for _, o := range []Owner{PlannerOwns, OutlookOwns, Retired} {
		for _, base := range versions {
			for _, local := range versions {
				for _, remote := range versions {
					combinations(func(values []int) {
						for _, textEdited := range []bool{false, true} {
							n++
							it, r := Item{ID: "a", Owner: o, Base: base, Local: local, Remote: remote}, DefaultRules()
							for i, c := range choices {
								c.with(&it, &r, values[i])
							}
							settles(t, it, r, textEdited)
						}
					})
				}
			}
		}
	}
	t.Logf("%d combinations", n)
}

func settles(t *testing.T, it Item, r Rules, textEdited bool) {
	first := Decide(it, r)
	after := carryOut(it, first, textEdited)
	second := Decide(after, r)
	if first.Verb == AcceptMove && textEdited {
		if second.Verb != UpdateRemote {
			t.Errorf("%+v: the text stays edited after the move, got %s", it, second.Verb)
		}
		after = carryOut(after, second, textEdited)
		second = Decide(after, r)
	}
	switch {
	case first.Verb == Report:
		if after != it || second.Verb != Report {
			t.Errorf("%+v: an orphan was not left as it was: %+v", it, after)
		}
	case second.Verb != Nothing:
		t.Errorf("%+v: %s, and then still %s (%s)", it, first.Verb, second.Verb, second.Reason)
	case second.Reason == ReasonWaiting:
		if after.Local != it.Local || after.Remote != it.Remote {
			t.Errorf("%+v: changed although a person is asked: %+v", it, after)
		}
	case it.Owner == Retired:
		if after.Remote != "" {
			t.Errorf("%+v: a replaced event stays in Outlook", it)
		}
	case after.Local != after.Remote:
		t.Errorf("%+v: the sides differ after %s", it, first.Verb)
	}
}

// Whatever the versions and rules, the owner's side of things is never written, but by the two rules
// with which a municipality gives Outlook a say over bookings.
func TestTheOwnersVersionIsNeverOverwritten(t *testing.T) {
	for _, cell := range cells {
		combinations(func(values []int) {
			switch d := decideCell(PlannerOwns, cell, values); d.Verb {
			case CreateLocal, UpdateLocal, DeleteLocal:
				t.Errorf("booking %q: %s", cell, d.Verb)
			case AcceptMove:
				if values[0] != 1 || values[2] != 1 {
					t.Errorf("booking %q moved without the rule, or without a moved time", cell)
				}
			case CancelLocal:
				if values[1] != 1 {
					t.Errorf("booking %q cancelled without the rule", cell)
				}
			}
			switch d := decideCell(OutlookOwns, cell, values); d.Verb {
			case CreateRemote, UpdateRemote, DeleteRemote, AcceptMove, CancelLocal, Flag, Report:
				t.Errorf("busy block %q: %s", cell, d.Verb)
			}
		})
	}
}

func TestTheZeroRulesAskAPersonRatherThanWrite(t *testing.T) {
	edited := Item{Owner: PlannerOwns, Base: "v", Local: "v", Remote: "x", TimeMoved: true}
	if d := Decide(edited, Rules{}); d.Verb != Flag {
		t.Errorf("an edit: %s", d.Verb)
	}
	edited.Remote = ""
	if d := Decide(edited, Rules{}); d.Verb != Flag {
		t.Errorf("a deletion: %s", d.Verb)
	}
}
