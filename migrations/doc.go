// Package migrations holds the schema of the database and how it gets there.
//
// # Who applies what, and when
//
// The schema is two sets of steps: River's (package rivermigrate) and ours (the
// numbered .sql files beside this one, run by goose and read by sqlc). Every
// process calls Up at every start, so there is no separate step to forget.
// Several processes start at once, goose's lock would cover ours only, and
// rivermigrate has none: raced starts fail on River's first table. Hence one
// session advisory lock over both. The lock belongs to a session, so all work
// runs on that very session: if its connection breaks, the lock is gone and so
// is the work; no second connection is ever opened. Behind PgBouncer that needs
// session pooling, or a DATABASE_URL that goes straight to Postgres.
//
// Status serves "planner migrate -status"; Check serves /readyz.
//
// # Old programs on a new schema
//
// While a release is rolled out, and after it is rolled back, the previous
// program runs on the new schema. It must work for one release. So the way back
// is to start the old program; Down marks exist for tests and are never run on
// an installation. A schema with steps that a program does not know is ready
// for it.
//
// # Writing a migration
//
//   - Take the next number (00003_what.sql). An applied file is never edited.
//   - Begin with a comment that says what it locks and for how long ("Creates
//     new objects only: waits for nothing, blocks nobody."; "Locks booking for
//     the time of one catalogue change."). A test demands it.
//   - Only add. New columns are nullable or have a constant default; the old
//     program neither reads nor writes them. What is no longer used is removed
//     in the release after the one that stopped using it. A rename is an
//     addition, a copy and, a release later, a removal.
//   - A statement waits at most 5 s for a table (lock_timeout), because all
//     traffic queues behind it; Up tries a step that waited in vain six times
//     and then ends with the error, the schema being as before the step.
//   - On a table that may be big (booking, busy_block, held_time, audit_entry,
//     sync_decision): indexes "concurrently", in a file of its own marked
//     "-- +goose NO TRANSACTION", which begins with "drop index if exists" (an
//     interrupted build leaves an invalid index) and sets lock_timeout to 0 for
//     the build and back again, since that build waits for old transactions
//     without blocking anybody. Checks and foreign keys are added "not valid"
//     and validated in the next file. No change of a type that rewrites the table.
//   - Data are moved by jobs in small transactions, not by migrations.
//   - Instants are timestamptz; no step depends on the session's time zone.
//
// # Connections
//
// OpenPool gives the product's pool: 24 connections (pgx' default is the number
// of CPUs), statements and idle transactions end after 15 s, sessions and
// scanned instants are in UTC.
package migrations
