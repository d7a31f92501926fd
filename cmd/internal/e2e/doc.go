// Package e2e holds the end-to-end tests: real HTTP, real Postgres, the real SDK, a simulated tenant. One file
// per sentence about what users see.
//
// A town is the whole service on the machine's clock, with its queue and its webhook. The sync alone, on a clock of the
// test's own, is tested in sync/graphtest/hardcases.
package e2e
