//go:build unix

package pglaunch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
)

// socketPathMax is the longest path of a unix socket: sun_path less its final
// zero byte (unix(7): 108 on Linux; 104 on the BSDs and macOS).
func socketPathMax() int {
	if runtime.GOOS == "linux" {
		return 107
	}
	return 103
}

// runDir is the socket's directory in the cluster's.
const runDir = "run"

// socketDir is "run" in the cluster's directory, or, where that makes too long a
// path, a short directory below /tmp that belongs to the server's user alone.
func socketDir(cluster string, port int, id identity) (string, error) {
	dir := filepath.Join(cluster, runDir)
	if socketFits(dir, port) {
		return dir, ownDir(dir, id.uid, id.gid, 0o700)
	}
	sum := sha256.Sum256([]byte(cluster))
	dir = "/tmp/kp-pg-" + strconv.Itoa(id.uid) + "-" + hex.EncodeToString(sum[:6])
	if err := ownDir(dir, id.uid, id.gid, 0o700); err != nil {
		return "", fmt.Errorf("the path of %s is too long for a unix socket (%d bytes at most), and the short way round is barred: %w", cluster, socketPathMax(), err)
	}
	return dir, nil
}

func socketFits(dir string, port int) bool {
	return len(dir)+len("/.s.PGSQL.")+len(strconv.Itoa(port)) <= socketPathMax()
}
