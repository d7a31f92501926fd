//go:build unix && borrow

package pglaunch

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// These tests need a Debian mirror (the first two) or tar and xz (the third), so
// they are behind the build tag "borrow":
//
//	go test -tags borrow -run TestBorrow ./migrations/pglaunch

// nothingInstalled makes apt plan as on an empty machine, so that every library
// except libc comes from the borrowed packages.
func nothingInstalled(t *testing.T, dir string) []string {
	t.Helper()
	status := filepath.Join(dir, "status")
	if err := os.WriteFile(status, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"-o", "Dir::State::status=" + status}
}

func TestBorrowedDebianPackagesRunAndAreKept(t *testing.T) {
	dir := passableDir(t)
	o := Options{StateDir: filepath.Join(dir, "a"), ProgramsDir: filepath.Join(dir, "programs"), Search: []Source{Debian}, aptOptions: nothingInstalled(t, dir)}
	s := start(t, o)
	if !strings.HasPrefix(s.Programs, o.ProgramsDir) {
		t.Errorf("programs in %s", s.Programs)
	}
	do(t, s.URL, "create extension btree_gist; create table held (who int, during tstzrange, exclude using gist (who with =, during with &&))")
	// What the server has mapped must be the borrowed libraries, not the system's.
	if runtime.GOOS == "linux" {
		pm, ok := readPostmaster(s.DataDir)
		if !ok {
			t.Fatal("no postmaster.pid")
		}
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pm.pid))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(maps)) {
			f := strings.Fields(line)
			if lib := f[len(f)-1]; strings.Contains(lib, "libicu") && !strings.HasPrefix(lib, o.ProgramsDir) {
				t.Errorf("a library of the system is used: %s", lib)
			}
		}
	}
	if share := ask(t, s.URL, "select setting from pg_config where name = 'SHAREDIR'"); !strings.HasPrefix(share, o.ProgramsDir) {
		t.Errorf("share directory %s", share)
	}
	left, err := filepath.Glob(filepath.Join(o.ProgramsDir, "borrowing-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	o.StateDir = filepath.Join(dir, "b")
	o.aptOptions = []string{"--no-such-option"} // apt is not asked again
	ask(t, start(t, o).URL, "select ''")
}

func TestBorrowedByAnOrdinaryUserWithoutPackageLists(t *testing.T) {
	dir := passableDir(t)
	lists := filepath.Join(dir, "lists/partial")
	if err := os.MkdirAll(lists, 0o755); err != nil {
		t.Fatal(err)
	}
	var id identity
	if os.Getuid() == 0 {
		var err error
		if id, err = osuser("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	// The system's lists are hidden as a container image hides them: the configured
	// directory is empty. Our own lists then have to be fetched.
	conf := filepath.Join(dir, "system.conf")
	if err := os.WriteFile(conf, []byte(fmt.Sprintf("Dir::State %q;\n", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	apt := strings.Join(nothingInstalled(t, dir), " ")
	c := startChild(t, id, "CHILD_SEARCH=debian", "CHILD_APT="+apt, "APT_CONFIG="+conf)
	ask(t, c.url, "select ''")
	if id.drop && owner(t, c.dataDir) != id.uid {
		t.Error("the data do not belong to the user")
	}
	c.stop(t)
}

func TestBorrowEmbeddedArchive(t *testing.T) {
	id, err := serverIdentity()
	if err != nil {
		t.Fatal(err)
	}
	here, err := findInstalled(context.Background(), Options{}, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	// An archive as the embedded-postgres project publishes it: a jar with a tar.xz of bin, lib and share.
	dir := passableDir(t)
	txz := filepath.Join(dir, "postgres.txz")
	tar := exec.Command("tar", "--create", "--file", txz, "--use-compress-program", "xz -0", "-C", filepath.Dir(here.bin), "--exclude=bitcode", "bin/postgres", "bin/initdb", "bin/pg_ctl", "lib")
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	jar := filepath.Join(dir, "jar")
	writeJar(t, jar, txz)
	asked := 0
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".jar") {
			asked++
			http.ServeFile(w, r, jar)
			return
		}
		http.NotFound(w, r)
	}))
	defer repository.Close()
	o := Options{StateDir: filepath.Join(dir, "a"), ProgramsDir: filepath.Join(dir, "programs"), Search: []Source{Embedded}, Repository: repository.URL}
	s := start(t, o)
	ask(t, s.URL, "select ''")
	if !strings.HasPrefix(s.Programs, o.ProgramsDir) || asked != 1 {
		t.Errorf("programs in %s, %d downloads", s.Programs, asked)
	}
	o.StateDir = filepath.Join(dir, "b")
	ask(t, start(t, o).URL, "select ''")
	if asked != 1 {
		t.Errorf("%d downloads", asked)
	}
}

func writeJar(t *testing.T, path, txz string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := os.Open(txz)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z := zip.NewWriter(out)
	w, err := z.Create("postgres-linux.txz")
	if err == nil {
		_, err = io.Copy(w, in)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
