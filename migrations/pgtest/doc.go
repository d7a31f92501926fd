// Package pgtest gives each test a real Postgres database of its own, migrated
// by package migrations and started by package pglaunch.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestX(t *testing.T) {
//		t.Parallel()
//		pool := pgtest.New(t)
//
// One server per test binary, in memory (/dev/shm) where there is room, without
// fsync; one template, migrated once; each test clones it ("strategy file_copy",
// some 20 ms) instead of migrating, truncating or sharing. Databases do not
// share LISTEN channels, advisory locks or River's leader, so tests run in
// parallel. TEST_DATABASE_URL (a URL with the right to create databases, and
// PostgreSQL 15 or newer) makes it use that server instead.
//
// A missing Postgres is an error, never a skipped test.
//
// Goroutines of the server are there before the first test: a test that counts
// its own says goleak.VerifyNone(t, goleak.IgnoreCurrent()) and closes what it
// opened; the pool of New is closed in its Cleanup, so such a test takes
// pgtest.New first and registers the check before it, or opens its own pool on URL.
//
// A test binary that is killed takes its server with it; its directory is
// removed by the next one.
package pgtest
