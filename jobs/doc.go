// Package jobs is the queue: River's client, the workers, and what their errors mean.
//
//	notice (webhook) ─┐
//	booking (plannerdb)├─▶ sync_mailbox ──▶ one mailbox in step
//	sweep (tick) ─────┘
//	tick ─────────────▶ subscribe_mailbox ─▶ one live subscription per mailbox
//	tick ─────────────▶ poll_dfdg ─────────▶ what others booked comes in
//	booking, tick ────▶ report_dfdg ───────▶ what was booked here is reported
//	tick ─────────────▶ retain ────────────▶ a kind of data past its time is let go
//	tick ─────────────▶ reseal ────────────▶ CPR numbers under an old key get the new one
//
// # No wake-up is lost
//
// A mailbox has at most one sync_mailbox job (unique by arguments while available, pending, running,
// scheduled or retryable), so that it is never run twice at once. River therefore drops an insert while the
// twin runs, and with it the news that something changed after the run had looked. The cure: every
// wake-up first raises the mailbox's generation; a run notes it before it looks, and ends by locking the
// row, comparing, and completing its own job in the same transaction (JobCompleteTx). A producer waits for
// that lock; when it gets it, the job is completed and its insert goes through. If the generation moved
// meanwhile, the run goes round again.
//
// # Order
//
// The mailbox queue has priorities: the writing of a booking, then notices and buttons, sweeps, first readings. A
// mailbox has one job whatever it is for, so an insert that is dropped for its twin makes the twin as urgent
// (pull_forward.sql), and a booking brings back a job that was put off: writing may go well where reading did not,
// and a pause that Graph asked for stands in the mailbox's row, not in the job.
//
// A booking cannot wait for River's answers in the midst of its batch: queue_writing (migration 00014) does in SQL what
// Outbox.AddTx does for it, and calls the workers only when a job was put there or brought back.
//
// # One retry authority
//
// Nothing below retries by itself. A worker's error says what to do next by small interfaces
// (RetryAfter, Permanent), and outcome.go, alone, translates that for River. Trouble at Microsoft snoozes
// the job and uses up no attempt; attempts are for our own faults.
//
// # Crashes
//
// A job whose process died stays "running". Each runner shows that it lives by an advisory lock; the next
// tick, or the next runner that starts, gives the jobs of one that is gone back to the queue (rescue.go).
// River's rescuer (Config.RescueAfter) is behind that. Nothing depends on a job being done once only.
package jobs
