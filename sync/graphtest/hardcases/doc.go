// Package hardcases holds the tests of the 45 cases that every two-way sync gets wrong (graph.md §12): real Postgres, the real
// client over real HTTP, a simulated tenant. It has no other code. Which test decides which case stands in the table of package
// graphtest, whose tests hold it to be whole.
//
// A desk is mailboxes between the stores, the client and the tenant without the queue, on a clock of the test's own: rounds are
// run by hand, so that cases, random histories and crashes come the same way each time. An office is a desk that Graph calls:
// the webhook listens, and a runner works the queue.
package hardcases
