//go:build unix

package pglaunch

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running postgres, child of this process.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once it has ended
	err   error         // valid after ended
	done  chan struct{} // closed once what belongs to it is released as well
}

// spawn starts cmd so that it dies with this process. The kernel ties the death
// signal to the thread that forked, not to the process (prctl(2)); the goroutine
// therefore keeps its thread until the child has ended. after runs when it has.
func spawn(cmd *exec.Cmd, after func()) (*process, error) {
	dieWithParent(cmd.SysProcAttr)
	// Ctrl-C goes to the whole foreground group; the server must outlive our orderly end.
	cmd.SysProcAttr.Setpgid = true
	// A backend that lingers with the log pipe open must not keep Wait from returning.
	cmd.WaitDelay = 2 * time.Second
	p := &process{cmd: cmd, ended: make(chan struct{}), done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
		after()
		close(p.done)
	}()
	return p, <-started
}

// stop asks, then insists, then forces.
func (p *process) stop() error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 20 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}} {
		select {
		case <-p.done:
			return p.err
		default:
		}
		_ = p.cmd.Process.Signal(step.signal) // it may have ended meanwhile
		limit := time.NewTimer(step.wait)
		select {
		case <-p.done:
			limit.Stop()
			return p.err
		case <-limit.C:
		}
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	return p.err
}
