// Package e2e holds the end-to-end tests: real HTTP, real Postgres, the real SDK, a simulated tenant. One file
// per sentence about what users see.
//
// A town is the whole service on the machine's clock, with its queue and its webhook. A desk is the same stores,
// client and tenant without the queue, on a clock of the test's own: rounds are run by hand, so that histories and
// crashes come the same way each time. hard_cases_test.go says which test decides which of the 45 hard cases.
package e2e
