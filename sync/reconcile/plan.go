package reconcile

import "fmt"

// Snapshot is what is known of one mailbox after a read.
type Snapshot struct {
	// Items are the appointments in question, each once, wholly or partly in the window.
	Items []Item
	// Complete: absence from Items' Remote means absence from Outlook, because the calendar was read
	// to the end of a full round (or each listed item by its id).
	Complete bool
	// KnownBlocks is how many busy blocks the mailbox had before, if Items lists only some of them.
	KnownBlocks int
	// ApprovedDeletions is how many deletions a person has approved; 0 = none asked for.
	ApprovedDeletions int
}

// Plan is what to do in one mailbox.
type Plan struct {
	// Decisions has one for each item, in the items' order, those to do nothing among them.
	Decisions []Decision
}

// Make decides for every item of one mailbox. It fails with *HeldError when the plan looks like lost
// data, and with *RepeatedError when an item is told twice; then nothing of it may be carried out.
func Make(s Snapshot, r Rules) (Plan, error) {
	plan := Plan{Decisions: make([]Decision, 0, len(s.Items))}
	brake := brake{approved: s.ApprovedDeletions}
	seen := make(map[key]struct{}, len(s.Items))
	for _, it := range s.Items {
		k := key{it.Owner, it.ID}
		if _, twice := seen[k]; twice {
			return Plan{}, &RepeatedError{Owner: it.Owner, Item: it.ID}
		}
		seen[k] = struct{}{}
		d := decideAfter(it, s.Complete, r)
		brake.count(it, d)
		plan.Decisions = append(plan.Decisions, d)
	}
	brake.Blocks = max(brake.Blocks, s.KnownBlocks)
	if err := brake.check(); err != nil {
		return Plan{}, err
	}
	return plan, nil
}

type key struct {
	owner Owner
	item  string
}

// decideAfter decides on the strength of a read that may say nothing about the item. A booking that
// we changed then counts as untouched in Outlook, so that the change still goes out; of anything
// else there is nothing to write, and a flag stands.
func decideAfter(it Item, complete bool, r Rules) Decision {
	if unseen := !complete && it.Remote == "" && !it.Removed; unseen {
		if it.Owner != PlannerOwns || it.Local == it.Base {
			return Decision{Item: it.ID, Owner: it.Owner, Verb: Nothing, Reason: ReasonUnseen, Restores: it.Restores}
		}
		it.Remote = it.Base
	}
	return Decide(it, r)
}

// RepeatedError: the snapshot tells one item twice, so that two decisions about it could contradict
// each other.
type RepeatedError struct {
	Owner Owner
	Item  string
}

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("snapshot repeats %s item %s", e.Owner, e.Item)
}
