// Package reconcile decides what must change so that the Planner and Outlook tell the same story,
// and why. It is pure: it changes nothing and knows neither database nor Graph. Package mailbox
// gathers the items, carries the decisions out, and stores what was agreed on.
//
// # Who is right
//
// The Planner is right about bookings, Outlook about the counsellor's other time. For each item
// three versions are compared: base (what both sides last agreed on), local (the Planner's) and
// remote (Outlook's). A version is a fingerprint of the fields that are kept in step, so a rotated
// etag, a note in the body or a category is no change, and our own write coming back as news is none.
//
//	base     local    remote    booking                             busy block
//	–        x        –         create in Outlook                   delete the block
//	–        –        x         report the orphan, touch nothing    create the block
//	–        x        x         remember                            remember
//	–        x        y         update Outlook                      update the block
//	v        –        –         forget                              forget
//	v        –        v         delete in Outlook                   create the block again
//	v        –        changed   delete in Outlook, edit lost        create the block again
//	v        v        –         restore once, or cancel (rule)      delete the block
//	v        v        v         nothing                             nothing
//	v        v        changed   restore, or accept a move (rule)    update the block
//	v        changed  –         create again                        delete the block
//	v        changed  v         update Outlook                      update the block
//	v        changed  changed   update Outlook, remember if equal   update the block, remember if equal
//
// testdata/decision_table.golden has every cell with every rule; a changed rule is a diff there.
// Every combination settles in one step, with two exceptions: a move accepted from an event whose
// text was edited too takes a second one, which puts the text back; and what a person must look at
// (flag, report) stays as it is until then.
//
// # The careful cells
//
//   - Stamped as ours but unknown to us is reported. Deleting it would, after a restored backup, take
//     every appointment made since the backup out of the counsellors' calendars. Such an
//     event is a busy block besides, so that its time is not given away; and so is a copy that the
//     user made, which has our stamp too, but another id.
//   - An event of ours that another one replaced is known (Retired). If it comes back, out of Deleted
//     Items, it goes again, so that the meeting does not stand there twice.
//   - Deleting a citizen's meeting in Outlook does not cancel it, unless the municipality says so. The
//     event is made again once, with a new generation; after that a person is asked.
//   - Edits are put back, but not for ever: another program may be doing the same from the other end.
//     Rules.MaxRestores bounds it, Item.Restores counts, and a change of the booking starts afresh.
//
// # What absence means
//
// A failed, partial or empty read is not an empty calendar. In an incomplete Snapshot an item
// without Remote is unseen, and not gone, unless Outlook said so (Item.Removed). A whole plan that
// would free more than ten blocks and more than a fifth of them is held (HeldError) until a person decides on
// just that plan; cancellations of bookings are braked alike, by the number of bookings. A block that another event
// replaces, at the same time and under a new id, frees nothing. What a person rejected stays as it is, and all
// else of the plan is done.
//
// # When all ids are new
//
// A mailbox that was moved between tenants, or came out of a backup, holds the same appointments under other ids.
// Sight tells that from deletions: several of ours are gone at once, more than half of them, and so are the blocks' ids.
// Only then the stamp is asked, and one event with the stamp of one booking is that booking's (Successor). None,
// or several, hold the plan: a person finds out what became of the meeting, and nothing is made twice.
package reconcile
