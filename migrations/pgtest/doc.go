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
// The server's goroutines run before the first test and after the last. A test
// that counts goroutines takes the picture before it calls New, and compares
// after New's Cleanup has closed the pool:
//
//	before := goleak.IgnoreCurrent()
//	t.Cleanup(func() { goleak.VerifyNone(t, before) })
//	pool := pgtest.New(t)
//
// A test binary that is killed takes its server with it; its directory is
// removed by the next one.
package pgtest
