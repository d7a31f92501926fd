//go:build peers

package peers

import (
	"os/exec"
	"testing"
)

func TestPHPBooksThroughTheServedContract(t *testing.T) {
	t.Parallel()
	php := tool(t, "php", "php-cli php-soap")
	if out, err := exec.Command(php, "-r", `exit(class_exists("SoapClient") ? 0 : 1);`).CombinedOutput(); err != nil {
		t.Fatalf("php has no SoapClient: apt-get install php-soap\n%s", out)
	}
	testPeer(t, peer{
		versions: []string{"1.1", "1.2"}, wsdl12: false,
		command: func(t *testing.T, _, _ string) *exec.Cmd {
			return exec.Command(php, testdata(t, "php/flow.php"))
		},
	})
}
