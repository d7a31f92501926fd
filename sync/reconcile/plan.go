package reconcile

import "fmt"

// Snapshot is what is known of one mailbox after a read.
type Snapshot struct {
	// Items are the appointments in question, each once, wholly or partly in the window.
	Items []Item
	// Complete: the read was a full round to its end. Only then does absence mean anything.
	Complete bool
	// ApprovedDeletions is how many deletions a person has approved; 0 = none asked for.
	ApprovedDeletions int
}

// Plan decides for every item of one mailbox, in their order, and leaves out those about which
// nothing is to be done. It fails with *HeldError when the plan looks like lost data, and with
// *RepeatedError when an item is told twice; then nothing of it may be carried out.
func Plan(s Snapshot, r Rules) ([]Decision, error) {
	var plan []Decision
	brake := brake{approved: s.ApprovedDeletions}
	seen := make(map[key]struct{}, len(s.Items))
	for _, it := range s.Items {
		k := key{it.Owner, it.ID}
		if _, twice := seen[k]; twice {
			return nil, &RepeatedError{Owner: it.Owner, Item: it.ID}
		}
		seen[k] = struct{}{}
		d := decideAfter(it, s.Complete, r)
		brake.count(it, d)
		if d.Verb != Nothing {
			plan = append(plan, d)
		}
	}
	if err := brake.check(); err != nil {
		return nil, err
	}
	return plan, nil
}

type key struct {
	owner Owner
	item  string
}

// decideAfter decides on the strength of a read that may say nothing about the item. A booking then
// counts as untouched in Outlook, so that our own changes still go out; of a busy block there is
// nothing to write, whatever the Planner holds.
func decideAfter(it Item, complete bool, r Rules) Decision {
	if unseen := !complete && it.Remote == "" && !it.Removed; unseen {
		if it.Owner != PlannerOwns {
			return Decision{Item: it.ID, Owner: it.Owner, Verb: Nothing, Reason: Unseen}
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
