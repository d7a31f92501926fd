// Package webhook takes Microsoft Graph's change notifications and turns them into wake-ups.
//
// A notice is a hint: at least once, doubled, late, sometimes never (graph.md §2). It only says which
// mailbox to look at. The handler therefore does two things: it checks that the notice is about a
// subscription of ours and carries its secret (clientState, compared in constant time), and it stores the
// wake-up. It answers 202 after the commit, and 503 when it could not store, so that Graph tries again.
// It never calls Graph and answers well within Graph's three seconds, since a slow answer makes Graph delay
// or drop the notices of every mailbox behind this address (§2.3).
//
// Notices that are unknown or carry a wrong secret are counted and dropped, and answered 202 all the same:
// the sender learns nothing.
//
// The validation handshake (a POST with validationToken while a subscription is made or renewed) is
// answered without state, so any replica can answer it.
package webhook
