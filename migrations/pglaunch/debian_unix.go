//go:build unix

package pglaunch

import (
	"context"
	"errors"
)

func borrowDebian(context.Context, Options, identity, int) (*programs, error) {
	return nil, errors.New("no apt-get")
}
func fetchEmbedded(context.Context, Options, identity, int) (*programs, error) {
	return nil, errors.New("none")
}
