package pglaunch

import (
	"io"
	"log/slog"
)

const product = "kommunal-planner"

// rootState is root's state directory: below /root the server's user could not reach it.
const rootState = "/var/lib/" + product

// Source is a place that PostgreSQL's programs may come from.
type Source string

// The sources, in the order in which they are tried.
const (
	// Installed: PG_BIN, PATH and the usual places of packages.
	Installed Source = "installed"
	// Debian: packages downloaded with apt-get and unpacked, not installed.
	Debian Source = "debian"
	// Embedded: the archive of the embedded-postgres project.
	Embedded Source = "embedded"
)

// MinMajor is the oldest PostgreSQL that the launcher starts.
const MinMajor = 15

// Options say which database is wanted. The zero value is the product's default.
type Options struct {
	// URL, usually os.Getenv("DATABASE_URL"). Used as it is when not empty; nothing is started then.
	URL string
	// StateDir holds the cluster, its log and its locks. Default: DefaultStateDir.
	StateDir string
	// ProgramsDir holds borrowed or downloaded programs, shared by all clusters of the user.
	// Default: "programs" below DefaultStateDir.
	ProgramsDir string
	// Database is created when it is missing. Default "planner".
	Database string
	// TCPPort, when not 0, is opened on 127.0.0.1 (with a password) besides the unix socket.
	TCPPort int
	// Fast gives up durability (fsync off, no autovacuum): for tests only.
	Fast bool
	// MaxConnections of the server. Default 100.
	MaxConnections int
	// Search restricts and orders the sources of programs. Default: Installed, Debian, Embedded.
	Search []Source
	// Repository is the Maven repository that Embedded downloads from. Default: Maven Central.
	Repository string
	// Log is told what is done. Default: nothing is told.
	Log *slog.Logger

	// places replaces the installed places that are searched; tests hide programs with it.
	places []string
	// fallback replaces /var/lib/kommunal-planner as the place for clusters whose state directory is out of the server's reach.
	fallback string
	// aptOptions are added to every apt call; tests pretend with it that nothing is installed.
	aptOptions []string
}

func (o Options) withDefaults() (Options, error) {
	if o.StateDir == "" || o.ProgramsDir == "" {
		d, err := DefaultStateDir()
		if err != nil {
			return o, err
		}
		if o.StateDir == "" {
			o.StateDir = d
		}
		if o.ProgramsDir == "" {
			o.ProgramsDir = programsDir(d)
		}
	}
	if o.Database == "" {
		o.Database = "planner"
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 100
	}
	if o.Search == nil {
		o.Search = []Source{Installed, Debian, Embedded}
	}
	if o.fallback == "" {
		o.fallback = rootState
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o, nil
}
