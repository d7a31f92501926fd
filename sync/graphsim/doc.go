// Package graphsim is Microsoft Graph's calendar as an in-memory HTTP server, with the habits and
// the failures that a synchronising client meets in the real one.
//
// # What it is for
//
// Tests and demonstrations of any program that talks to Graph calendars, in any language: it speaks
// real HTTP and a real client-credentials flow, and imports nothing of the program it serves. It holds
// what the published mocks leave out: the change feed with its frozen windows, tokens and
// tombstones, change notifications with handshake and retries, etags that change by themselves,
// transactionId, immutable and classic ids, recurring series with exceptions, throttling per mailbox,
// and the person in Outlook who moves, copies and deletes what the program wrote.
//
// The behaviours are numbered 1 to 68; the table with the test of each is in package
// sync/graphtest. Where Graph's behaviour is not documented, a comment says what was chosen, and a
// Fault often switches to the other way.
//
// # Use
//
//	sim, base, tlsConfig := graphsim.NewTest(t, graphsim.Config{})   // in a Go test
//	user := sim.AddUser(graphsim.User{UPN: "ane@kommune.example"})
//
// or cmd/graphsim for everybody else. Point the client's authority host and Graph base URL at base.
// Everything that can be done with Go methods can be done over HTTP as well: GET /control/ prints how.
//
// # What nobody documents
//
// Some answers had to be chosen. A first day on a real tenant, with package graphtest, should settle them:
//
//   - A transactionId is remembered for ever; an event that was deleted still owns it, so the same create
//     again is refused. (Harder for the client than forgetting.)
//   - An edited occurrence keeps the occurrence's id.
//   - An edit of a series' pattern or times drops its exceptions and cancelled dates; any other edit passes on to
//     the exceptions that did not set the property themselves.
//   - A series that leaves the window, or is deleted, is a tombstone for the master and for each occurrence
//     that was in the window (FaultDeltaSeriesGone for the other two ways).
//   - A restored event keeps its immutable id and gets a new classic one (FaultRestoreNewID).
//   - users/{id}/events subscribes to all calendars of the mailbox; the route itself lists the primary one.
//   - More than a thousand subscriptions on a mailbox is 403; a renewal makes no new handshake.
//   - Throttle windows are fixed, not sliding; the limit on requests in flight says Retry-After: 1.
//   - An "endpoint" that is slow is a host, not a URL.
//
// Not simulated: notices with resource data (refused), events/delta, attachments, calendars of groups and shared ones,
// delegated permissions.
//
// # How it works
//
// A mailbox is a map of items; an item is the list of its versions, and a version is an event that is
// never changed again. A write adds a version with the mailbox's next sequence number. That makes the
// feed simple: a token carries a window and two sequence numbers, and a page is found again from the
// history each time, so the server keeps no state per round, old links stay good, and a feed that lags
// shows the mailbox as it was. Expiring all tokens is raising the mailbox's generation.
//
//	request ─ authenticate ─ throttle ─ faults before ─ route ─ mailbox ─ faults after ─ answer
//	                                                        │
//	                         version committed ─ notices per subscription ─ outbox per URL ─ POST, retries
//
// # Order of locks
//
// mailbox.mu before subscriptions.mu, faultList.mu, throttle.mu and Server.mu; Server.mu is never held
// while another is taken. What a write causes outside its mailbox (notices, copies of a meeting) is
// queued in mailbox.pending and done after mailbox.mu is free.
//
// # Time and chance
//
// All of it comes from Config.Clock and Config.Seed. With a VirtualClock nothing happens by itself;
// Server.Advance moves time on and waits for what becomes due. Time-outs of sockets are real.
package graphsim
