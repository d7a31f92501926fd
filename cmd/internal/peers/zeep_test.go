//go:build peers

package peers

import (
	"os"
	"os/exec"
	"testing"
)

func TestZeepBooksThroughTheServedContract(t *testing.T) {
	t.Parallel()
	python := os.Getenv("PLANNER_PEER_PYTHON")
	if python == "" {
		python = "/usr/bin/python3"
	}
	if out, err := exec.Command(python, "-c", "import zeep").CombinedOutput(); err != nil {
		t.Fatalf("%s has no zeep: apt-get install python3-zeep (or name another Python in PLANNER_PEER_PYTHON)\n%s", python, out)
	}
	testPeer(t, peer{
		versions: []string{"1.1", "1.2"}, wsdl12: true,
		command: func(t *testing.T, _, _ string) *exec.Cmd {
			return exec.Command(python, testdata(t, "zeep/flow.py"))
		},
	})
}
