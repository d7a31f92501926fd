package hardcases

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"

	"kommunalplanner.example/migrations/pgtest"
)

// TestMain gives the histories a seed that can be printed, and fewer of them than rapid would make.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.seed": strconv.FormatUint(rand.Uint64(), 10), "rapid.checks": "40", "rapid.steps": "60", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil { // the command line comes after, and wins
			panic(err)
		}
	}
	pgtest.Main(m)
}
