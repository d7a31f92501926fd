package world

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is a copy of the service in a process of its own, so that it can be killed for real.
type Process struct {
	name string
	env  []string
	log  string
	cmd  *exec.Cmd
	done chan error
}

// childMark in the environment makes the demo's own binary a service process.
const childMark = "PLANNER_DEMO_CHILD"

// IsChild tells whether this process was started by Process.
func IsChild() bool { return os.Getenv(childMark) != "" }

// readyLine is what a child says on its standard output once it serves.
const readyLine = "ready"

// SayReady tells the parent that the child serves.
func SayReady(map[string]string) { fmt.Println(readyLine) }

// NewProcess describes a service process; its log goes to a file in dir.
func NewProcess(name, dir string, env map[string]string) *Process {
	p := &Process{name: name, log: filepath.Join(dir, name+".log")}
	for _, v := range os.Environ() {
		key, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(key, "PLANNER_") && !strings.HasPrefix(key, "GRAPH_") && key != "DATABASE_URL" {
			p.env = append(p.env, v)
		}
	}
	p.env = append(p.env, childMark+"=1")
	for k, v := range env {
		p.env = append(p.env, k+"="+v)
	}
	return p
}

// Start runs the process and returns once it serves.
func (p *Process) Start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", p.name, err)
	}
	defer log.Close()
	p.cmd = exec.Command(self)
	p.cmd.Env, p.cmd.Stderr = p.env, log
	dieWithParent(p.cmd)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	p.done = done
	cmd := p.cmd
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() == readyLine {
				close(ready)
				break
			}
		}
		done <- cmd.Wait()
	}()
	select {
	case <-ready:
		return nil
	case err := <-done:
		return fmt.Errorf("%s stopped at its start (%w); see %s", p.name, err, p.log)
	case <-ctx.Done():
		_ = p.Kill()
		return ctx.Err()
	}
}

// Kill ends the process without warning (SIGKILL) and waits until it is gone.
func (p *Process) Kill() error {
	if p.cmd == nil || p.cmd.Process == nil {
		return nil
	}
	err := p.cmd.Process.Kill()
	<-p.done
	p.cmd = nil
	return err
}

// Stop asks the process to stop, and kills it if it does not within a while.
func (p *Process) Stop() error {
	if p.cmd == nil || p.cmd.Process == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case err := <-p.done:
		p.cmd = nil
		return err
	case <-time.After(30 * time.Second):
		return fmt.Errorf("%s did not stop within 30 s and was killed: %w", p.name, p.Kill())
	}
}
