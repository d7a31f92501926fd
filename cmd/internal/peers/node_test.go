//go:build peers

package peers

import (
	"os/exec"
	"testing"
)

func TestNpmSoapBooksThroughTheServedContract(t *testing.T) {
	t.Parallel()
	node := tool(t, "node", "nodejs")
	if out, err := exec.Command(node, "-e", `require("soap")`).CombinedOutput(); err != nil {
		t.Fatalf("node finds no soap: npm install soap, and name its node_modules in NODE_PATH\n%s", out)
	}
	testPeer(t, peer{
		versions: []string{"1.1", "1.2"}, wsdl12: false,
		command: func(t *testing.T, _, _ string) *exec.Cmd {
			return exec.Command(node, testdata(t, "node/flow.js"))
		},
	})
}
