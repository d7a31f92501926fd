//go:build unix

package pglaunch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// borrowDebian unpacks Debian's (or Ubuntu's) own packages below ProgramsDir. apt
// checks their signatures; nothing is installed, no maintainer script runs, no
// root is needed, and apt's own books are only read. What was unpacked once is
// used again; deleting ProgramsDir/debian-NN renews it.
func borrowDebian(ctx context.Context, o Options, id identity, want int) (*programs, error) {
	for _, tool := range []string{"apt-get", "apt-cache", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("this is no Debian or Ubuntu (no %s)", tool)
		}
	}
	lock, err := lockPrograms(ctx, o, id)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	if p := borrowed(ctx, o, id, want); p != nil {
		return p, nil
	}
	work, err := os.MkdirTemp(o.ProgramsDir, "borrowing-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for packages: %w", err)
	}
	defer os.RemoveAll(work)
	// The lists that the system has may be missing (containers) or name versions
	// that the mirror has dropped; our own are fetched only then.
	if err := os.Chmod(work, 0o755); err != nil { // apt downloads as its own user when it is root
		return nil, fmt.Errorf("making a directory for packages: %w", err)
	}
	a := apt{dir: work, extra: o.aptOptions}
	if err := a.configure(false); err != nil {
		return nil, err
	}
	root, major, err := a.unpack(ctx, o, want)
	if err != nil && ctx.Err() == nil {
		o.Log.Warn("the system's package lists do not lead to PostgreSQL; fetching lists of our own", "why", err)
		if err := a.configure(true); err != nil {
			return nil, err
		}
		if err := a.update(ctx); err != nil {
			return nil, err
		}
		root, major, err = a.unpack(ctx, o, want)
	}
	if err != nil {
		return nil, err
	}
	final := filepath.Join(o.ProgramsDir, "debian-"+strconv.Itoa(major))
	if err := os.RemoveAll(final); err != nil { // unusable, or it would have been taken above
		return nil, fmt.Errorf("clearing %s: %w", final, err)
	}
	if err := os.Rename(root, final); err != nil {
		return nil, fmt.Errorf("putting the unpacked packages into place: %w", err)
	}
	return probe(ctx, debianPrograms(final, major), id, want)
}

// lockPrograms makes ProgramsDir and keeps others from filling it at the same time.
func lockPrograms(ctx context.Context, o Options, id identity) (*fileLock, error) {
	mode := fs.FileMode(0o700)
	if id.drop {
		mode = 0o755
	}
	if err := os.MkdirAll(o.ProgramsDir, mode); err != nil {
		return nil, fmt.Errorf("making the directory of programs: %w", err)
	}
	if !id.canEnter(o.ProgramsDir) {
		return nil, fmt.Errorf("uid %d, who is to run PostgreSQL, cannot enter %s", id.uid, o.ProgramsDir)
	}
	return waitLock(ctx, filepath.Join(o.ProgramsDir, "lock"))
}

// borrowed finds what an earlier start unpacked, newest first.
func borrowed(ctx context.Context, o Options, id identity, want int) *programs {
	dirs, _ := filepath.Glob(filepath.Join(o.ProgramsDir, "debian-[0-9]*")) // the pattern is ours and valid
	var best *programs
	for _, d := range dirs {
		major, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(d), "debian-"))
		if err != nil {
			continue
		}
		p, err := probe(ctx, debianPrograms(d, major), id, want)
		if err == nil && (best == nil || p.major > best.major) {
			best = p
		}
	}
	return best
}

// debianPrograms: PostgreSQL finds its own share and lib directories relative to
// the program; only the shared libraries of other packages have to be shown.
func debianPrograms(root string, major int) programs {
	var libs []string
	for _, g := range []string{"usr/lib/*-linux-gnu*", "lib/*-linux-gnu*"} {
		m, _ := filepath.Glob(filepath.Join(root, g)) // the pattern is ours and valid
		libs = append(libs, m...)
	}
	return programs{
		bin:     filepath.Join(root, "usr/lib/postgresql", strconv.Itoa(major), "bin"),
		libPath: strings.Join(libs, ":"),
		source:  Debian,
	}
}

// apt runs Debian's tools with a configuration that writes to dir alone.
type apt struct {
	dir   string
	extra []string
}

// configure writes the configuration; ownLists: package lists in dir instead of the system's.
func (a apt) configure(ownLists bool) error {
	for _, d := range []string{"debs", "root"} { // of an attempt before
		if err := os.RemoveAll(filepath.Join(a.dir, d)); err != nil {
			return fmt.Errorf("clearing apt's directories: %w", err)
		}
	}
	for _, d := range []string{"cache/archives/partial", "state/lists/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o755); err != nil {
			return fmt.Errorf("making apt's directories: %w", err)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Dir::Cache %q;\n", filepath.Join(a.dir, "cache"))
	b.WriteString("Acquire::Retries \"2\";\nAcquire::http::Timeout \"20\";\nAcquire::https::Timeout \"20\";\n")
	if ownLists {
		fmt.Fprintf(&b, "Dir::State %q;\n", filepath.Join(a.dir, "state"))
		// Hooks of the system (cleaning of caches, search indexes) would alter it when we are root.
		b.WriteString("#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n")
	}
	if err := os.WriteFile(filepath.Join(a.dir, "apt.conf"), []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("writing apt's configuration: %w", err)
	}
	return nil
}

func (a apt) run(ctx context.Context, tool string, args ...string) ([]byte, error) {
	args = append(append([]string{"-c", filepath.Join(a.dir, "apt.conf")}, a.extra...), args...)
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = filepath.Join(a.dir, "debs") // "download" puts files into the working directory
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", tool, args[len(args)-1], err, oneLine(complaint.String()))
	}
	return out.Bytes(), nil
}

func (a apt) update(ctx context.Context) error {
	_, err := a.run(ctx, "apt-get", "update")
	return err
}

// unpack downloads the newest server package (or that of want) with what it lacks, and unpacks all of it.
func (a apt) unpack(ctx context.Context, o Options, want int) (root string, major int, err error) {
	if major, err = a.newest(ctx, want); err != nil {
		return "", 0, err
	}
	server := "postgresql-" + strconv.Itoa(major)
	plan, err := a.run(ctx, "apt-get", "install", "--simulate", "--no-install-recommends", server)
	if err != nil {
		return "", 0, err
	}
	packages := neededPackages(plan, major)
	o.Log.Warn("PostgreSQL is not installed: borrowing Debian's packages without installing them", "server", server, "packages", len(packages), "into", o.ProgramsDir)
	if _, err := a.run(ctx, "apt-get", append([]string{"download"}, packages...)...); err != nil {
		return "", 0, err
	}
	debs, _ := filepath.Glob(filepath.Join(a.dir, "debs", "*.deb")) // the pattern is ours and valid
	if len(debs) == 0 {
		return "", 0, errors.New("apt-get download gave no package")
	}
	root = filepath.Join(a.dir, "root")
	for _, deb := range debs {
		if out, err := exec.CommandContext(ctx, "dpkg-deb", "-x", deb, root).CombinedOutput(); err != nil {
			return "", 0, fmt.Errorf("unpacking %s: %w: %s", filepath.Base(deb), err, oneLine(string(out)))
		}
	}
	return root, major, nil
}

var serverPackage = regexp.MustCompile(`^postgresql-([0-9]+) `)

// newest is the highest major on offer, or want if it is on offer.
func (a apt) newest(ctx context.Context, want int) (int, error) {
	out, err := a.run(ctx, "apt-cache", "search", "--names-only", `^postgresql-[0-9]+$`)
	if err != nil {
		return 0, err
	}
	var majors []int
	for line := range strings.Lines(string(out)) {
		if m := serverPackage.FindStringSubmatch(line); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && n >= MinMajor && (want == 0 || n == want) {
				majors = append(majors, n)
			}
		}
	}
	if len(majors) == 0 {
		return 0, errors.New("no package of a suitable PostgreSQL in the package lists")
	}
	return slices.Max(majors), nil
}

// neededPackages picks from apt's plan ("Inst name [old] (version origin [arch])")
// what a running server loads: the server, the client programs, and libraries.
// Left out: scripts and configuration (nobody runs them), LLVM (jit is off; it is
// half of the download), perl, and libc, which must be the running system's own.
func neededPackages(plan []byte, major int) []string {
	server, client := "postgresql-"+strconv.Itoa(major), "postgresql-client-"+strconv.Itoa(major)
	need := []string{server} // not in the plan when dpkg thinks it is installed
	lines := bufio.NewScanner(bytes.NewReader(plan))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 3 || f[0] != "Inst" {
			continue
		}
		name, version := f[1], ""
		for _, w := range f[2:] {
			if strings.HasPrefix(w, "(") {
				version = w[1:]
				break
			}
		}
		library := strings.HasPrefix(name, "lib") && !strings.HasSuffix(name, "-perl") && !strings.HasSuffix(name, "-common")
		for _, not := range []string{"libc6", "libc-", "libllvm", "libz3-", "libperl"} {
			library = library && !strings.HasPrefix(name, not)
		}
		switch {
		case name == server && version != "":
			need[0] = server + "=" + version
		case (name == client || library) && version != "":
			need = append(need, name+"="+version)
		}
	}
	return need
}
