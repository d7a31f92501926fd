// Package pgbatch sends sqlc's queries to Postgres several at a time: in one round trip, and, as pgx sends a
// batch in one piece, in one transaction that commits if all of them succeed.
//
// A queued query says nothing when it is called; Into and Affected, called right after it, say where its
// result goes once the batch was sent.
package pgbatch
