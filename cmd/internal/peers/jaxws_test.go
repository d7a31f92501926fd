//go:build peers

package peers

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// jaxwsRuntime is where Debian puts JAX-WS RI; its manifest names the rest.
const jaxwsRuntime = "/usr/share/java/jaxws-rt.jar"

func TestJAXWSBooksThroughTheServedContract(t *testing.T) {
	t.Parallel()
	wsimport, javac, java := tool(t, "wsimport", "jaxws"), tool(t, "javac", "default-jdk-headless"), tool(t, "java", "default-jdk-headless")
	if _, err := os.Stat(jaxwsRuntime); err != nil {
		t.Fatalf("%v: apt-get install libjaxws-java", err)
	}
	// Generated from the WSDL of the first round; every run reads its own round's too, over mutual TLS as well.
	classes := ""
	root := t.TempDir()
	testPeer(t, peer{
		versions: []string{"1.1", "1.2"}, wsdl12: true,
		command: func(t *testing.T, _, wsdl string) *exec.Cmd {
			if classes == "" {
				classes = filepath.Join(root, "classes")
				sources := filepath.Join(root, "sources")
				for _, dir := range []string{classes, sources} {
					if err := os.Mkdir(dir, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				output(t, exec.Command(wsimport, "-quiet", "-keep", "-Xnocompile", "-extension", "-XadditionalHeaders", "-encoding", "UTF-8", "-d", sources, wsdl))
				files := []string{testdata(t, "jaxws/Flow.java")}
				err := filepath.WalkDir(sources, func(path string, _ fs.DirEntry, err error) error {
					if strings.HasSuffix(path, ".java") {
						files = append(files, path)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				output(t, exec.Command(javac, append([]string{"-nowarn", "-proc:none", "-encoding", "UTF-8", "-cp", jaxwsRuntime, "-d", classes}, files...)...))
			}
			// Short runs: the second compiler would only cost.
			return exec.Command(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", "-cp", classes+":"+jaxwsRuntime, "Flow")
		},
	})
}
