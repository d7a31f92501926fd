//go:build unix && !linux

package pglaunch

import "syscall"

// dieWithParent: only Linux has a parent-death signal. Elsewhere a server that
// outlives a killed parent is stopped by the next start (see retireOrphan).
func dieWithParent(*syscall.SysProcAttr) {}
