// Package archtest keeps the shape of the program: which package may import which, which are pure,
// which one touches each outside system, and what may never reach the product. Its test reads the
// whole tree, and a broken rule fails with a sentence that says what to do.
//
// The rules are tables in graph.go; a new package starts with a line there. The tree is read with
// go/parser in the test's own process, not by running the go command: go test knows then which files
// the answer depends on, and serves no stale one from its cache.
//
// Each check is a function from a tree to sentences, so that checks_test.go can plant violations in
// small trees in memory and see them found.
package archtest
