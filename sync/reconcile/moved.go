package reconcile

// Sight counts what a round found of the ids that were known before it: of our own events those that were looked for, of
// busy blocks those within the window. Gone is what Outlook cannot read under its id and does not tell to be deleted.
type Sight struct {
	OwnSeen, OwnGone       int
	BlocksSeen, BlocksGone int
	// LinkDied tells that there was a link to the feed, and that the feed does not go on from it.
	LinkDied bool
}

// Suspect tells whether our own events alone look as if the mailbox had been moved with all ids replaced: several are
// gone at once, and more than half of those looked for.
func (s Sight) Suspect() bool { return s.OwnGone >= 2 && s.OwnGone > s.OwnSeen }

// Moved tells whether the mailbox was moved, between tenants or out of a backup, so that its events have other ids: then
// an id that cannot be read says nothing about the event. Somebody who deletes several of ours leaves the ids of the
// rest as they were; so where blocks are known, more than half of their ids must be gone as well, and where none is
// known, the link must have died: a calendar that was never read whole shows nothing by what it lacks.
//
// One event alone is never taken for moved. It counts as deleted, and is made again once.
func (s Sight) Moved() bool {
	return s.Suspect() && (s.BlocksGone > s.BlocksSeen || s.BlocksSeen+s.BlocksGone == 0 && s.LinkDied)
}

// Successor is the event that one of ours has become in a moved mailbox, out of those that carry its stamp: the only
// one that is not known as something else. Without it, why not. A stamp is good enough here and nowhere else, since
// people copy events; hence only one of one.
func Successor(stamped []string, known func(string) bool) (id string, why Reason) {
	found := 0
	for _, s := range stamped {
		if !known(s) {
			id = s
			found++
		}
	}
	switch found {
	case 0:
		return "", ReasonMovedNotFound
	case 1:
		return id, ""
	default:
		return "", ReasonMovedCopies
	}
}
