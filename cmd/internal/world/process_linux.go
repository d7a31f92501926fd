package world

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the child when this process is gone, however it went.
func dieWithParent(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
