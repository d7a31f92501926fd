package archtest

import (
	"os"
	"slices"
	"testing"
)

func TestTheTreeKeepsItsShape(t *testing.T) {
	tree, err := Read(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Packages) < len(pure) {
		t.Fatalf("only %d packages found: is this the whole tree?", len(tree.Packages))
	}
	for _, c := range []struct {
		name  string
		check func(*Tree) []string
	}{
		{"imports follow the graph", Imports},
		{"rules are pure", Pure},
		{"the product carries no test support", Product},
		{"packages are named", Names},
		{"packages are explained", Comments},
		{"tests wait for nothing and leave nothing out", Tests},
		{"nothing is left over", LeftOvers},
		{"the layout is the agreed one", Layout},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := c.check(tree)
			slices.Sort(broken)
			for _, b := range broken {
				t.Error(b)
			}
		})
	}
}
