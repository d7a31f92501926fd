//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startLimit bounds one start of the server, crash recovery included.
	startLimit = 60 * time.Second
	// joinLimit bounds the wait for the server of another process.
	joinLimit = 60 * time.Second
	// startTries: after kill -9 of a server its children hold its memory for a moment.
	startTries = 6
)

// Start gives a database: Options.URL, or a private cluster that this process
// starts, or one that another process of ours already runs. It returns once the
// database answers. ctx bounds the start only; the caller calls Stop.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.URL != "" {
		return &Server{URL: o.URL}, nil
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c, err := openCluster(ctx, o)
	if err != nil {
		return nil, err
	}
	s, err := c.serve(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, o.Database); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// cluster is a private cluster on disk.
type cluster struct {
	o       Options
	id      identity
	dir     string // belongs to the server's user
	data    string
	logPath string
}

func openCluster(ctx context.Context, o Options) (*cluster, error) {
	id, err := serverIdentity()
	if err != nil {
		return nil, err
	}
	if o.StateDir, err = filepath.Abs(o.StateDir); err != nil {
		return nil, fmt.Errorf("naming the state directory: %w", err)
	}
	mode := fs.FileMode(0o700)
	if id.drop {
		mode = 0o755 // another user's server must be able to pass
	}
	if err := os.MkdirAll(o.StateDir, mode); err != nil {
		return nil, fmt.Errorf("making the state directory: %w", err)
	}
	if o.StateDir, err = filepath.EvalSymlinks(o.StateDir); err != nil { // as the server will see it
		return nil, fmt.Errorf("naming the state directory: %w", err)
	}
	return &cluster{o: o, id: id, logPath: filepath.Join(o.StateDir, "postgres.log")}, nil
}

// serve starts the server or joins the running one. Two locks: "start" is held
// while somebody starts; "owner" from then on until the server has ended. A
// server that answers while nobody owns it is an orphan and on its way out.
func (c *cluster) serve(ctx context.Context) (*Server, error) {
	starting, err := waitLock(ctx, filepath.Join(c.o.StateDir, "postgres.start.lock"))
	if err != nil {
		return nil, err
	}
	defer starting.release()
	if c.dir, err = clusterDir(c.o, c.id); err != nil {
		return nil, err
	}
	c.data = filepath.Join(c.dir, "data")

	tick := time.NewTicker(poll)
	defer tick.Stop()
	limit := time.NewTimer(joinLimit)
	defer limit.Stop()
	for {
		owner, err := tryLock(filepath.Join(c.o.StateDir, "postgres.owner.lock"))
		if err != nil {
			return nil, err
		}
		if owner != nil {
			s, err := c.launch(ctx, owner)
			if err != nil {
				owner.release()
			}
			return s, err
		}
		err = errors.New("it has not said where it listens")
		if pm, ok := readPostmaster(c.data); ok {
			at := address{socketDir: pm.socketDir, port: pm.port}
			if err = ping(ctx, at, c.data); err == nil {
				if pm.tcp && c.o.TCPPort != 0 {
					if at.password, err = c.password(); err != nil {
						return nil, err
					}
				}
				c.o.Log.Info("joined the PostgreSQL of another process", "cluster", c.dir)
				return c.server(at), nil
			}
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return nil, fmt.Errorf("another process runs the PostgreSQL of %s, but it does not answer: %w", c.dir, err)
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the PostgreSQL of another process: %w", ctx.Err())
		}
	}
}

func (c *cluster) server(at address) *Server {
	return &Server{URL: at.url(c.o.Database), DataDir: c.data, LogFile: c.logPath, at: at}
}

// launch starts the server; on success the server holds owner until it has ended.
func (c *cluster) launch(ctx context.Context, owner *fileLock) (*Server, error) {
	began := time.Now()
	if err := retireOrphan(ctx, c.data); err != nil {
		return nil, err
	}
	major, err := dataMajor(c.data)
	if err != nil {
		return nil, err
	}
	p, err := find(ctx, c.o, c.id, major)
	if err != nil {
		return nil, err
	}
	if major == 0 {
		if err := c.initdb(ctx, p); err != nil {
			return nil, err
		}
	}
	at := address{port: 5432}
	if c.o.TCPPort != 0 {
		at.port = c.o.TCPPort
		if at.password, err = c.password(); err != nil {
			return nil, err
		}
	}
	if at.socketDir, err = socketDir(c.dir, at.port, c.id); err != nil {
		return nil, err
	}
	log, err := openLog(c.logPath, logMax)
	if err != nil {
		return nil, err
	}
	proc, err := c.run(ctx, p, at, log, owner)
	if err != nil {
		log.close()
		return nil, err
	}
	s := c.server(at)
	s.Managed, s.Programs, s.exited, s.stop = true, p.bin, proc.done, proc.stop
	c.o.Log.Info("started PostgreSQL", "major", p.major, "programs", p.bin, "cluster", c.dir, "uid", c.id.uid, "took", time.Since(began))
	return s, nil
}

// dataMajor is 0 for a cluster that does not exist yet.
func dataMajor(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the cluster's version: %w", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("reading the cluster's version: %w", err)
	}
	return n, nil
}

func (c *cluster) command(ctx context.Context, p *programs, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.SysProcAttr, cmd.Dir, cmd.Env = c.id.attr(), c.dir, p.env(c.dir)
	return cmd
}

// run starts postgres and waits until it answers. A server that ends at once is
// tried again when it may have met the remains of one that was killed.
func (c *cluster) run(ctx context.Context, p *programs, at address, log *rotatingLog, owner *fileLock) (*process, error) {
	args := []string{"-D", c.data}
	for _, s := range c.settings(at) {
		args = append(args, "-c", s)
	}
	for try := 1; ; try++ {
		_, err := os.Stat(filepath.Join(c.data, "postmaster.pid"))
		remains := err == nil
		ready := make(chan bool, 1)
		// The process outlives ctx, which bounds the start only.
		cmd := c.command(context.WithoutCancel(ctx), p, "postgres", args...)
		cmd.Stdout, cmd.Stderr = log, log
		proc, err := spawn(cmd, func() {
			if <-ready {
				if at.socketDir != filepath.Join(c.dir, runDir) {
					_ = os.Remove(at.socketDir) // the short one in /tmp; empty after an orderly end
				}
				log.close()
				owner.release()
			}
		})
		if err != nil {
			return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
		}
		err = c.await(ctx, at, proc)
		ready <- err == nil
		if err == nil {
			return proc, nil
		}
		select {
		case <-proc.ended:
		default:
			return nil, errors.Join(err, proc.stop())
		}
		if !remains || try == startTries {
			return nil, fmt.Errorf("PostgreSQL (port %d) ended at its start: %w: %s", at.port, proc.err, oneLine(log.lastWords()))
		}
		pause := time.NewTimer(time.Duration(try) * 100 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, fmt.Errorf("starting PostgreSQL: %w", ctx.Err())
		}
	}
}

func (c *cluster) await(ctx context.Context, at address, proc *process) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	for {
		err := ping(ctx, at, c.data)
		if err == nil {
			return nil
		}
		select {
		case <-proc.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("starting PostgreSQL: %w", ctx.Err())
		case <-limit.C:
			return fmt.Errorf("PostgreSQL does not answer within %s: %w", startLimit, err)
		case <-tick.C:
		}
	}
}

// prepare makes the database and checks what our migrations and queries need of the installation.
func (s *Server) prepare(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.at.socket().url("postgres"))
	if err != nil {
		return fmt.Errorf("reaching the started database: %w", err)
	}
	defer conn.Close(ctx)
	var gist, exists bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_available_extensions where name = 'btree_gist'), exists (select from pg_database where datname = $1)`, database).Scan(&gist, &exists); err != nil {
		return fmt.Errorf("looking into the started database: %w", err)
	}
	if !gist {
		return errors.New("this PostgreSQL has no btree_gist extension: install its contrib package (Fedora, RHEL: dnf install -y postgresql-contrib; Alpine: apk add postgresql-contrib)")
	}
	if _, err := conn.Exec(ctx, `select timestamptz 'epoch' at time zone 'Europe/Copenhagen'`); err != nil {
		return fmt.Errorf("this PostgreSQL knows no time zones: install the package tzdata: %w", err)
	}
	if exists {
		return nil
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize())
	if err != nil && !isDuplicateDatabase(err) { // two processes that joined at once
		return fmt.Errorf("creating the database %s: %w", database, err)
	}
	return nil
}
