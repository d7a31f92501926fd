// Package syncdb keeps what the sync knows in Postgres: mailboxes and their generations, delta links,
// busy blocks, base versions, subscriptions, recorded decisions. It owns the transaction of a sync step.
//
// # Fencing
//
// Every write of a run locks the mailbox row and compares the run's epoch with it; a run that was
// overtaken gets mailbox.ErrFenced and has written nothing.
//
// # Generations
//
// A wake-up (notice, booking, sweep, button) raises mailbox.wanted_generation and inserts the job in one
// transaction, the row first. A run notes the generation before it reads; it ends in CloseGeneration,
// which locks the row, compares, and completes the job in the same transaction. A producer that waits for
// the lock therefore sees the job completed, and its insert goes through: River drops an insert while its
// twin runs (knowledge of the lost wake-up: package jobs).
//
// # The limit on requests
//
// graph_limit has one row; Lease locks it, and nothing else, while it adapts the limit and shares it out (the rules
// are mailbox.LimitRule and mailbox.Share). Leases end by themselves.
//
// # Lock order
//
// case_worker before mailbox before calendar_source, mailboxes by id. CommitRound takes only the mailbox, and when full the
// row of calendar_source, for a Kommuneklient from whom Graph takes over (package planner/calendardb); a move made in Outlook
// is given to the planner in a transaction of its own, after it.
package syncdb
