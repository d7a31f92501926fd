package recorddb

import "kommunalplanner.example/planner"

// Resealer seals anew what an older key sealed; the first byte of what is sealed is the key's number. For CPR numbers it is plannerdb's
// Sealer, for whole messages dfdgdb's Vault.
type Resealer interface {
	Current() byte
	Reseal([]byte) ([]byte, error)
}

// Hasher gives what a citizen's rows are found by. It is plannerdb's Sealer.
type Hasher interface {
	Hash(planner.CPR) []byte
}
