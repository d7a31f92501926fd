//go:build unix

package pglaunch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// initdb makes the cluster beside its place and renames it, so that a killed
// initdb leaves nothing that looks like a cluster.
func (c *cluster) initdb(ctx context.Context, p *programs) error {
	pw, err := c.newPassword()
	if err != nil {
		return err
	}
	fresh := c.data + ".new"
	args := []string{"-D", fresh, "-U", superuser, "-E", "UTF8", "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + pw, "--no-instructions"}
	if c.o.Fast {
		args = append(args, "--no-sync")
	}
	// lower() of æøå needs a UTF-8 locale; not every system has the same ones.
	for _, locale := range []string{"C.UTF-8", "en_US.UTF-8", "C"} {
		if err := os.RemoveAll(fresh); err != nil {
			return fmt.Errorf("clearing an unfinished cluster: %w", err)
		}
		cmd := c.command(ctx, p, "initdb", append(args, "--locale="+locale)...)
		var out []byte
		if out, err = cmd.CombinedOutput(); err == nil {
			return os.Rename(fresh, c.data)
		}
		err = fmt.Errorf("%s: %w: %s", cmd.Path, err, oneLine(string(out)))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(err, os.RemoveAll(fresh))
}

func (c *cluster) passwordFile() string { return filepath.Join(c.dir, "password") }

// newPassword is for TCP only; the socket's directory is closed to others, so there it is not asked for.
func (c *cluster) newPassword() (string, error) {
	path := c.passwordFile()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("making the cluster's password: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("making the cluster's password: %w", err)
	}
	_, err = f.WriteString(rand.Text() + "\n")
	if c.id.drop {
		err = errors.Join(err, f.Chown(c.id.uid, c.id.gid))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("making the cluster's password: %w", err)
	}
	return path, nil
}

func (c *cluster) password() (string, error) {
	text, err := os.ReadFile(c.passwordFile())
	if err != nil {
		return "", fmt.Errorf("reading the cluster's password: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
