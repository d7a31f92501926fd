//go:build unix

package pglaunch

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// identity is the user that PostgreSQL runs as.
type identity struct {
	uid, gid int
	drop     bool // we are root and become this user
}

// serverIdentity: PostgreSQL refuses to run as root, so root becomes "postgres",
// or "nobody" where no such user exists; everybody else stays who they are.
func serverIdentity() (identity, error) {
	if os.Getuid() != 0 {
		return identity{uid: os.Getuid(), gid: os.Getgid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := osuser(name)
		if err == nil {
			return u, nil
		}
	}
	return identity{}, errors.New("running as root, and there is neither a postgres nor a nobody user to run PostgreSQL as")
}

func osuser(name string) (identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return identity{}, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return identity{}, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return identity{uid: uid, gid: gid, drop: true}, err
}

// attr is fresh for each command: os/exec writes into it.
func (id identity) attr() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if id.drop {
		a.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)}
	}
	return a
}

// canEnter tells whether the user can reach the directory. It asks the kernel by
// going there, because mode bits alone do not tell (ACLs, mounts, groups).
func (id identity) canEnter(dir string) bool {
	cmd := exec.Command("/bin/sh", "-c", ":")
	cmd.Dir, cmd.SysProcAttr = dir, id.attr()
	return cmd.Run() == nil
}
