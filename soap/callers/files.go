package callers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
)

// followed is what some files say. A version that cannot be read or used leaves the one before in force. Contents are
// compared, not times: files that are put in place by renaming a folder's link, as Kubernetes does, are seen
// too. value is for concurrent use; look is not.
type followed[T any] struct {
	name  string // of the setting
	paths []string
	read  func(texts [][]byte) (T, error)

	now    atomic.Pointer[T]
	seen   [32]byte // of what was read last, whether it could be used or not
	broken atomic.Bool
}

// value is what is in force; the zero T before the first look that succeeded.
func (f *followed[T]) value() (v T) {
	if p := f.now.Load(); p != nil {
		return *p
	}
	return v
}

// look reads the files and takes over what they say if it is new, or again when anew is set. An error tells that they
// say nothing of use; it is told once for each version of the files.
func (f *followed[T]) look(anew bool) (changed bool, err error) {
	texts := make([][]byte, len(f.paths))
	for i, path := range f.paths {
		if texts[i], err = os.ReadFile(path); err != nil {
			texts[i] = []byte(err.Error())
			break
		}
	}
	lengths := make([]int, len(texts))
	for i, t := range texts {
		lengths[i] = len(t)
	}
	sum := sha256.Sum256(append(fmt.Append(nil, lengths, err != nil), bytes.Join(texts, nil)...))
	if sum == f.seen && !anew {
		return false, nil
	}
	again := sum == f.seen
	f.seen = sum
	var value T
	if err == nil {
		value, err = f.read(texts)
	}
	f.broken.Store(err != nil)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.name, err)
	}
	f.now.Store(&value)
	return !again, nil
}

// take looks and logs what came of it.
func (f *followed[T]) take(ctx context.Context, log *slog.Logger, anew bool) (changed bool) {
	if len(f.paths) == 0 {
		return false
	}
	changed, err := f.look(anew)
	switch {
	case err != nil:
		log.ErrorContext(ctx, "new version of a file not taken over; the one before stays in force", "setting", f.name, "files", f.paths, "err", err)
	case changed:
		log.InfoContext(ctx, "new version of a file in force", "setting", f.name, "files", f.paths)
	}
	return changed
}
