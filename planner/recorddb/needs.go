package recorddb

import "kommunalplanner.example/planner"

// Hasher gives what a citizen's rows are found by. It is plannerdb's Sealer.
type Hasher interface {
	Hash(planner.CPR) []byte
}
