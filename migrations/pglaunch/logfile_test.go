package pglaunch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLogIsTurnedOverAndKeepsTwoFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postgres.log")
	for run := range 2 { // a second start goes on in the same file
		l, err := openLog(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			fmt.Fprintf(l, "run %d line %02d\n", run, i) // 14 bytes
		}
		if !strings.HasSuffix(l.lastWords(), "line 14\n") {
			t.Errorf("last words %q", l.lastWords())
		}
		l.close()
		if n, err := l.Write([]byte("late")); n != 4 || err != nil {
			t.Errorf("a write after the end: %d, %v", n, err)
		}
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	var text string
	for _, f := range []string{path + ".1", path} {
		b, err := os.ReadFile(f)
		if err != nil || len(b) > 100 {
			t.Errorf("%s: %d bytes, %v", f, len(b), err)
		}
		text += string(b)
	}
	if !strings.HasSuffix(text, "run 1 line 13\nrun 1 line 14\n") {
		t.Errorf("the newest lines are missing: %s", text)
	}
}
