//go:build unix

package pglaunch

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// find asks the sources in order; the first that has the programs wins.
func find(ctx context.Context, o Options, id identity, want int) (*programs, error) {
	sources := map[Source]func(context.Context, Options, identity, int) (*programs, error){
		Installed: findInstalled,
		Debian:    borrowDebian,
		Embedded:  fetchEmbedded,
	}
	missing := &NotFoundError{Major: want}
	for _, s := range o.Search {
		look, ok := sources[s]
		if !ok {
			return nil, fmt.Errorf("unknown source of programs %q", s)
		}
		p, err := look(ctx, o, id, want)
		if err == nil {
			return p, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("looking for PostgreSQL: %w", ctx.Err())
		}
		var insist *settingError
		if errors.As(err, &insist) {
			return nil, err
		}
		missing.Tried = append(missing.Tried, string(s)+": "+oneLine(err.Error()))
	}
	return nil, missing
}

// settingError: a person named a place, and it does not work; nothing else is tried.
type settingError struct{ err error }

func (e *settingError) Error() string { return "PG_BIN: " + e.err.Error() }
func (e *settingError) Unwrap() error { return e.err }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
