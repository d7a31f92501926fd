//go:build unix

package pgtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestDirectoriesOfKilledBinariesAreRemovedAndLivingOnesKept(t *testing.T) {
	t.Parallel()
	killed, err := newDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(killed.path, "data"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	killed.lock.Close() // as the kernel does for a dead process
	living, err := newDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(killed.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the leftover %s: %v", killed.path, err)
	}
	third, err := newDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(living.path); err != nil {
		t.Error(err)
	}
	for _, d := range []*testDir{living, third} {
		d.remove()
		if _, err := os.Stat(d.path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", d.path, err)
		}
	}
}
