package pglaunch

import "syscall"

// dieWithParent makes the kernel send SIGINT (fast shutdown) when the thread that forked ends.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
