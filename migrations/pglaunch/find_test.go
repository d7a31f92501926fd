//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutProgramsTheErrorNamesWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no postgres, no apt-get
	t.Setenv("HOME", t.TempDir()) // no archive of embedded-postgres
	dir := passableDir(t)
	_, err := Start(context.Background(), Options{
		StateDir: dir, ProgramsDir: filepath.Join(dir, "programs"),
		places:     []string{filepath.Join(dir, "nowhere/*")},
		Repository: "http://127.0.0.1:1",
	})
	var missing *NotFoundError
	if !errors.As(err, &missing) || len(missing.Tried) != 3 {
		t.Fatalf("%T: %v", err, err)
	}
	for _, want := range []string{"DATABASE_URL", "apt-get install -y postgresql", "dnf install", "brew install", "PG_BIN", "installed: ", "debian: ", "embedded: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %v", err)
	}
}

func TestAWrongPGBINIsNotPassedOver(t *testing.T) {
	t.Setenv("PG_BIN", t.TempDir())
	dir := passableDir(t)
	_, err := Start(context.Background(), Options{StateDir: dir, ProgramsDir: dir})
	if err == nil || !strings.HasPrefix(err.Error(), "PG_BIN: ") {
		t.Fatal(err)
	}
}

func TestDataOfAnotherMajorAreNotTouched(t *testing.T) {
	dir := passableDir(t)
	id, err := serverIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"postgres", "postgres/data"} {
		if err := ownDir(filepath.Join(dir, d), id.uid, id.gid, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "postgres/data/PG_VERSION"), []byte("12\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Start(context.Background(), Options{StateDir: dir, ProgramsDir: dir, Search: []Source{Installed}})
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.Major != 12 {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "postgres/data"))
	if err != nil || len(left) != 1 {
		t.Errorf("the data directory holds %v, %v", left, err)
	}
}

// fakeProgram writes programs that only tell a version.
func fakeProgram(t *testing.T, dir, version string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho '"+name+" (PostgreSQL) "+version+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheNewestInstalledMajorIsTakenUnlessDataWantAnother(t *testing.T) {
	dir := passableDir(t)
	for _, v := range []string{"9.6.24", "14.2", "15.18 (Debian 15.18-0+deb12u1)", "17.5", "16.9"} {
		fakeProgram(t, filepath.Join(dir, strings.Fields(v)[0], "bin"), v)
	}
	id, err := serverIdentity()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{places: []string{dir + "/*/bin"}}
	for want, got := range map[int]int{0: 17, 15: 15, 16: 16} {
		p, err := findInstalled(context.Background(), o, id, want)
		if err != nil || p.major != got {
			t.Errorf("want %d: %+v, %v", want, p, err)
		}
	}
	for _, want := range []int{14, 18} { // too old for us; not there
		if p, err := findInstalled(context.Background(), o, id, want); err == nil {
			t.Errorf("want %d: %+v", want, p)
		}
	}
}

func TestAptsPlanIsReducedToWhatAServerLoads(t *testing.T) {
	plan := `NOTE: This is only a simulation!
Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []
Inst libssl3 [3.0.11-1] (3.0.22-1~deb12u2 Debian-Security:12/oldstable-security [amd64])
Inst perl (5.36.0-7 Debian:12.15/oldstable [amd64])
Inst libjson-perl (4.10000-1 Debian:12.15/oldstable [all])
Inst libllvm14 (1:14.0.6-12 Debian:12.15/oldstable [amd64])
Inst libz3-4 (4.8.12-3.1 Debian:12.15/oldstable [amd64])
Inst libaudit-common (1:3.0.9-1 Debian:12.15/oldstable [all])
Inst libgmp10 (2:6.2.1+dfsg1-1.1 Debian:12.15/oldstable [amd64])
Inst postgresql-common (248+deb12u2 Debian-Security:12/oldstable-security [all])
Inst postgresql-client-15 (15.20-0+deb12u1 Debian-Security:12/oldstable-security [amd64])
Inst postgresql-15 (15.20-0+deb12u1 Debian-Security:12/oldstable-security [amd64])
Conf libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64])
`
	want := []string{"postgresql-15=15.20-0+deb12u1", "libssl3=3.0.22-1~deb12u2", "libgmp10=2:6.2.1+dfsg1-1.1", "postgresql-client-15=15.20-0+deb12u1"}
	if d := cmp.Diff(want, neededPackages([]byte(plan), 15)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"postgresql-17"}, neededPackages([]byte("postgresql-17 is already the newest version\n"), 17)); d != "" {
		t.Error(d)
	}
}

func TestVersionsAreRead(t *testing.T) {
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1":                          18,
		"postgres (PostgreSQL) 9.6.24":                           9,
		"postgres (PostgreSQL) ":                                 0,
		"15.18":                                                  0,
		"":                                                       0,
	} {
		if got, err := parseMajor(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func FuzzParseMajor(f *testing.F) {
	f.Add("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseMajor(text); err == nil && (n < 0 || !strings.Contains(text, "(PostgreSQL) ")) {
			t.Errorf("%q: %d", text, n)
		}
	})
}

func TestPostmasterFilesAreRead(t *testing.T) {
	whole := "4711\n/var/lib/x/data\n1700000000\n5432\n/var/lib/x/run\n\n  123 456\nready   \n"
	pm, ok := parsePostmaster(whole)
	if !ok || pm != (postmaster{pid: 4711, port: 5432, socketDir: "/var/lib/x/run"}) {
		t.Errorf("%+v, %t", pm, ok)
	}
	if pm, _ := parsePostmaster(strings.Replace(whole, "run\n\n", "run\n127.0.0.1\n", 1)); !pm.tcp {
		t.Error("TCP is not seen")
	}
	for _, bad := range []string{"", "4711\n", "x\n/d\n1\n5432\n/run\n", "4711\n/d\n1\nx\n/run\n", "4711\n/d\n1\n5432\n\n", "-1\n/d\n1\n5432\n/run\n", "1\n/d\n1\n5432\n/run\n"} {
		if pm, ok := parsePostmaster(bad); ok {
			t.Errorf("%q: %+v", bad, pm)
		}
	}
}

func FuzzParsePostmaster(f *testing.F) {
	f.Add("4711\n/var/lib/x/data\n1700000000\n5432\n/var/lib/x/run\n\n  123 456\nready   \n")
	f.Fuzz(func(t *testing.T, text string) {
		if pm, ok := parsePostmaster(text); ok && pm.pid <= 1 { // kill(0), kill(-1) and init are never meant
			t.Errorf("%q: pid %d", text, pm.pid)
		}
	})
}
