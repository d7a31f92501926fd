//go:build peers

package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gsoapImports is where Debian keeps what soapcpp2 imports.
const gsoapImports = "/usr/share/gsoap/import"

func TestGSOAPBooksThroughTheServedContract(t *testing.T) {
	t.Parallel()
	wsdl2h, soapcpp2 := tool(t, "wsdl2h", "gsoap"), tool(t, "soapcpp2", "gsoap")
	gcc := tool(t, "gcc", "gcc libc6-dev")
	for header, debianPackage := range map[string]string{"/usr/include/stdsoap2.h": "libgsoap-dev", "/usr/include/openssl/ssl.h": "libssl-dev", "/usr/include/zlib.h": "zlib1g-dev"} {
		if _, err := os.Stat(header); err != nil {
			t.Fatalf("%v: apt-get install %s", err, debianPackage)
		}
	}
	// soap_set_version does nothing before the first call, so that each version is a program of its own. It is made from
	// the WSDL of the first round, over HTTP: wsdl2h cannot present a certificate.
	root, made := t.TempDir(), map[string]string{}
	testPeer(t, peer{
		versions: []string{"1.1", "1.2"},
		command: func(t *testing.T, version, wsdl string) *exec.Cmd {
			if made[version] == "" {
				dir := filepath.Join(root, version)
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				made[version] = filepath.Join(dir, "flow")
				in := func(name string, args ...string) {
					cmd := exec.Command(name, args...)
					cmd.Dir = dir
					output(t, cmd)
				}
				in(wsdl2h, "-c", "-t", testdata(t, "gsoap/typemap.dat"), "-o", "contract.h", wsdl)
				in(soapcpp2, "-"+strings.TrimPrefix(version, "1."), "-c", "-C", "-x", "-L", "-w", "-I"+gsoapImports, "contract.h")
				// The flags that Debian's libgsoapssl was built with: they decide what a struct soap looks like.
				in(gcc, "-O0", "-w", "-DWITH_IPV6", "-DWITH_OPENSSL", "-DWITH_GZIP", "-DWITH_DOM", "-I.", "-o", made[version],
					testdata(t, "gsoap/flow.c"), "soapC.c", "soapClient.c", "-lgsoapssl", "-lssl", "-lcrypto", "-lz")
			}
			return exec.Command(made[version])
		},
	})
}
