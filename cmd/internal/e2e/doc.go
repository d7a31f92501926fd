// Package e2e holds the end-to-end tests: real HTTP, real Postgres, the real SDK, a simulated tenant. One file
// per sentence about what users see.
package e2e
