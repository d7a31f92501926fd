//go:build !unix

package pgtest

import "kommunalplanner.example/migrations/pglaunch"

type testDir struct{ path string }

// newDir: only TEST_DATABASE_URL helps here.
func newDir() (*testDir, error) { return nil, pglaunch.ErrUnsupported }

func (*testDir) remove() {}
