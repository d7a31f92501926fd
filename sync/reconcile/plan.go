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
	// Approved and Rejected are held plans (HeldError.Plan) that a person has decided on; empty = none.
	Approved, Rejected string
}

// Plan is what to do in one mailbox.
type Plan struct {
	// Decisions has one for each item, in the items' order, those to do nothing among them.
	Decisions []Decision
	// Kept tells that a person rejected part of the plan: those decisions are to do nothing. What was read must not
	// count as dealt with.
	Kept bool
}

// Make decides for every item of one mailbox. It fails with *HeldError when the plan looks like lost
// data and no person has decided on it, and with *RepeatedError when an item is told twice; then nothing of it may be carried out.
func Make(s Snapshot, r Rules) (Plan, error) {
	plan := Plan{Decisions: make([]Decision, 0, len(s.Items))}
	brake := brake{taken: map[Version]int{}}
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
	held := brake.check()
	if held == nil {
		return plan, nil
	}
	switch held.Plan() {
	case s.Approved:
		return plan, nil
	case s.Rejected:
		return plan.without(held.Items), nil
	default:
		return Plan{}, held
	}
}

// without leaves the held part out: what it is about stays as it is.
func (p Plan) without(held []HeldItem) Plan {
	rejected := make(map[key]bool, len(held))
	for _, it := range held {
		rejected[key{it.Owner, it.Item}] = true
	}
	for i, d := range p.Decisions {
		if rejected[key{d.Owner, d.Item}] {
			p.Decisions[i] = Decision{Item: d.Item, Owner: d.Owner, Verb: Nothing, Reason: ReasonRejected, Restores: d.Restores}
		}
	}
	p.Kept = true
	return p
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
