package graphtest_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kommunalplanner.example/sync/graphtest"
)

//go:embed doc.go
var doc string

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTheSimulatorBehavesAsGraph runs every behaviour of the table in doc.go.
func TestTheSimulatorBehavesAsGraph(t *testing.T) {
	t.Parallel()
	graphtest.Run(t, graphtest.Simulator)
}

// TestARealTenantBehavesAsTheSuiteSays runs what needs no fault and no clock against the tenant that the
// environment names; without one there is nothing to ask.
func TestARealTenantBehavesAsTheSuiteSays(t *testing.T) {
	t.Parallel()
	if target, ok := graphtest.TenantFromEnvironment(); ok {
		graphtest.Run(t, target)
	}
}

func TestEachOfThe68BehavioursHasATestAndALineInTheTable(t *testing.T) {
	t.Parallel()
	table, _, _ := strings.Cut(doc, "# The 45 hard cases")
	have := map[int]bool{}
	names := map[string]bool{}
	for _, b := range graphtest.Behaviours() {
		have[b.Number] = true
		if names[b.Name()] {
			t.Errorf("two tests are named %q", b.Name())
		}
		names[b.Name()] = true
		kind := "sim "
		if b.Live {
			kind = "live"
		}
		if line := fmt.Sprintf("//\t%02d  %s  %s\n", b.Number, kind, b.Says); !strings.Contains(table, line) {
			t.Errorf("the table in doc.go lacks %q", line)
		}
	}
	for n := 1; n <= 68; n++ {
		if !have[n] {
			t.Errorf("behaviour %d has no test", n)
		}
	}
	if lines := strings.Count(table, "\n//\t") - 2; lines != len(names) {
		t.Errorf("the table in doc.go has %d lines for %d tests", lines, len(names))
	}
}
