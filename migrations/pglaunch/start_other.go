//go:build !unix

package pglaunch

import (
	"context"
	"errors"
	"path/filepath"
)

// ErrUnsupported: private clusters need unix sockets, uids and signals.
var ErrUnsupported = errors.New("a private PostgreSQL cluster is not started on this operating system: install PostgreSQL and set DATABASE_URL")

// DefaultStateDir has no answer on this operating system.
func DefaultStateDir() (string, error) { return "", ErrUnsupported }

func programsDir(state string) string { return filepath.Join(state, "programs") }

// Start returns Options.URL when it is set, else ErrUnsupported.
func Start(_ context.Context, o Options) (*Server, error) {
	if o.URL != "" {
		return &Server{URL: o.URL}, nil
	}
	return nil, ErrUnsupported
}
