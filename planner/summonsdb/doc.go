// Package summonsdb keeps mass summonses in Postgres and carries them out.
//
//	list ─▶ Make: lines checked, a plan ─▶ shown ─▶ Approve ─▶ CarryOut, in the background ─▶ outcome of every line
//	                      ▲      │                     Pause ⇄ Resume, Cancel
//	                      └ Plan ┘
//
// # Each citizen once
//
// A line's BookingIdentifier is made with the line. CarryOut books line by line through plannerdb.Summon, each in a transaction of its
// own, and then notes the outcome. Stopped between the two, it books the same line again, which Summon knows by the
// identifier: nothing is booked or audited twice. Lines are booked in the plan's order, since rooms last only in that.
//
// # A time that is gone
//
// Citizens book for themselves meanwhile. A line whose time was taken is planned once more, by the same rules, around what the
// other lines are to have; taken a second time, or with nothing left, it ends as failed and says why.
//
// # Who did it
//
// Approving, pausing, resuming and cancelling write an audit row each, with the name of who did; every booking writes its
// own, in the approver's name. Planning changes nothing and writes none.
//
// CPR numbers are sealed as in bookings and end with their batch, which package recorddb deletes.
package summonsdb
