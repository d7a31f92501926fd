//go:build unix

package pglaunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usualPlaces are the directories that packages put the programs into.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                // PGDG on Fedora, RHEL
	"/usr/libexec/postgresql*",                        // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",              // Homebrew, Apple silicon
	"/usr/local/opt/postgresql@*/bin",                 // Homebrew, Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew, Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin", // built from source
}

// findInstalled prefers PG_BIN, then PATH, then the newest of the usual places.
// want is the only major accepted, 0 = any from MinMajor on.
func findInstalled(ctx context.Context, o Options, id identity, want int) (*programs, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" && o.places == nil {
		p, err := probe(ctx, programs{bin: dir, source: Installed}, id, want)
		if err != nil { // what a person said is not passed over in silence
			return nil, &settingError{err}
		}
		return p, nil
	}
	places := o.places
	var first []string
	if places == nil {
		places = usualPlaces
		if path, err := exec.LookPath("postgres"); err == nil {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				first = []string{filepath.Dir(real)}
			}
		}
	}
	var rest []string
	for _, g := range places {
		m, err := filepath.Glob(g)
		if err != nil {
			return nil, fmt.Errorf("looking for %s: %w", g, err)
		}
		rest = append(rest, m...)
	}
	var why []error
	best := func(dirs []string) *programs {
		var good []*programs
		for _, d := range dirs {
			if _, err := os.Stat(filepath.Join(d, "postgres")); err != nil {
				continue
			}
			p, err := probe(ctx, programs{bin: d, source: Installed}, id, want)
			if err != nil {
				why = append(why, err)
				continue
			}
			good = append(good, p)
		}
		if len(good) == 0 {
			return nil
		}
		return slices.MaxFunc(good, func(a, b *programs) int { return cmp.Compare(a.major, b.major) })
	}
	if p := best(first); p != nil {
		return p, nil
	}
	if p := best(rest); p != nil {
		return p, nil
	}
	if len(why) == 0 {
		return nil, errors.New("neither PG_BIN, PATH nor a usual place has it")
	}
	return nil, errors.Join(why...)
}

// probe runs "postgres --version" as the user who is to run the server: that
// shows at once whether the user can reach it and whether all libraries are there.
func probe(ctx context.Context, p programs, id identity, want int) (*programs, error) {
	if _, err := os.Stat(filepath.Join(p.bin, "initdb")); err != nil {
		return nil, fmt.Errorf("%s has no initdb", p.bin)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "postgres"), "--version")
	cmd.SysProcAttr, cmd.Dir, cmd.Env = id.attr(), "/", p.env("/")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w %s", cmd.Path, err, strings.TrimSpace(string(out)))
	}
	if p.major, err = parseMajor(string(out)); err != nil {
		return nil, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	switch {
	case want != 0 && p.major != want:
		return nil, fmt.Errorf("%s is PostgreSQL %d", p.bin, p.major)
	case p.major < MinMajor:
		return nil, fmt.Errorf("%s is PostgreSQL %d, too old", p.bin, p.major)
	}
	return &p, nil
}

// parseMajor reads "postgres (PostgreSQL) 15.18 (Debian …)" or "… 18beta1".
func parseMajor(version string) (int, error) {
	_, after, ok := strings.Cut(version, "(PostgreSQL) ")
	digits := after
	if i := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = after[:i]
	}
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is no PostgreSQL version", strings.TrimSpace(version))
	}
	return n, nil
}

// env is all that PostgreSQL gets of an environment: the service's own may hold
// secrets, and PG… variables would change what the programs do.
func (p programs) env(home string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C"}
	if p.libPath != "" {
		env = append(env, "LD_LIBRARY_PATH="+p.libPath)
	}
	return env
}
