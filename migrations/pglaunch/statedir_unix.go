//go:build unix

package pglaunch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// DefaultStateDir is /var/lib/kommunal-planner for root, else
// $XDG_STATE_HOME/kommunal-planner, else ~/.local/state/kommunal-planner, else
// (no home directory that can be written) a directory of the user's own below
// the temporary one.
func DefaultStateDir() (string, error) {
	if os.Getuid() == 0 {
		return rootState, nil
	}
	if d := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, product), nil
	}
	if home, err := os.UserHomeDir(); err == nil {
		d := filepath.Join(home, ".local", "state", product)
		if os.MkdirAll(d, 0o700) == nil {
			return d, nil
		}
	}
	d := filepath.Join(os.TempDir(), product+"-"+strconv.Itoa(os.Getuid()))
	if err := ownDir(d, os.Getuid(), os.Getgid(), 0o700); err != nil {
		return "", fmt.Errorf("making a state directory: %w", err)
	}
	return d, nil
}

func programsDir(state string) string { return filepath.Join(state, "programs") }

// ownDir makes the directory, or accepts it when it is a real directory that
// belongs to uid and that nobody else may write to: in a shared place (/tmp)
// somebody else may have made it first.
func ownDir(path string, uid, gid int, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	if err == nil {
		if uid == os.Getuid() {
			return nil
		}
		if err := os.Lchown(path, uid, gid); err != nil {
			return fmt.Errorf("giving %s to uid %d: %w", path, uid, err)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s is not a directory that only its owner may write to", path)
	}
	if int(st.Uid) != uid {
		return fmt.Errorf("%s belongs to uid %d, not to uid %d, who runs PostgreSQL: start as the user who made it, or choose another state directory", path, st.Uid, uid)
	}
	return nil
}

// locationFile, in the state directory, names a cluster directory elsewhere.
const locationFile = "postgres.location"

// clusterDir gives the directory of the cluster, which belongs to the server's
// user. It is "postgres" in the state directory, unless root's state directory
// lies where the server's user cannot go (/root, a 0700 temporary directory):
// then it is a fresh one below /var/lib/kommunal-planner, and the state
// directory remembers which. Deleting the state directory therefore still means
// a new cluster.
func clusterDir(o Options, id identity) (string, error) {
	if id.canEnter(o.StateDir) {
		d := filepath.Join(o.StateDir, "postgres")
		return d, ownDir(d, id.uid, id.gid, 0o700)
	}
	if !id.drop {
		return "", fmt.Errorf("the state directory %s cannot be entered", o.StateDir)
	}
	marker := filepath.Join(o.StateDir, locationFile)
	if text, err := os.ReadFile(marker); err == nil {
		d := strings.TrimSpace(string(text))
		if filepath.IsAbs(d) {
			return d, ownDir(d, id.uid, id.gid, 0o700)
		}
	}
	if err := os.MkdirAll(o.fallback, 0o755); err != nil {
		return "", fmt.Errorf("making the state directory: %w", err)
	}
	if !id.canEnter(o.fallback) {
		return "", fmt.Errorf("uid %d, who runs PostgreSQL, can enter neither %s nor %s: choose another state directory", id.uid, o.StateDir, o.fallback)
	}
	d := filepath.Join(o.fallback, "cluster-"+rand.Text())
	if err := ownDir(d, id.uid, id.gid, 0o700); err != nil {
		return "", err
	}
	o.Log.Info("PostgreSQL's user cannot enter the state directory; the cluster is kept elsewhere", "state", o.StateDir, "cluster", d)
	return d, os.WriteFile(marker, []byte(d+"\n"), 0o600)
}
