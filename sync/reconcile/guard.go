package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// A plan may free this many blocks unasked, or this part of those known, whichever is more.
const (
	freeDeletions  = 10
	freeFifthOfAll = 5
)

// HeldError: the plan frees more than looks natural, or takes for deleted what a move of the mailbox may only have
// hidden; so a person must approve it first. A mailbox that reads as nearly empty is more often a broken read
// than a cleared calendar.
type HeldError struct {
	// Deletions counts busy blocks that would go, of Blocks known before. One whose time another event takes
	// in the same way, under a new id, does not count: it frees nothing.
	Deletions, Blocks int
	// Cancellations counts bookings that would be cancelled because their events are gone, of
	// Bookings that have one. Always 0 unless the municipality lets Outlook cancel.
	Cancellations, Bookings int
	// Lost counts bookings that would be decided on though their event may be there under another id (Item.Lost).
	Lost int
	// Items are what is held: of the three above those that are not natural, each by id.
	Items []HeldItem
}

// HeldItem is one appointment that a held plan would free, cancel or make again.
type HeldItem struct {
	Item   string
	Owner  Owner
	Verb   Verb
	Reason Reason
	Local  Version
}

func (e *HeldError) Error() string {
	text := fmt.Sprintf("plan held: deletes %d of %d blocks and cancels %d of %d bookings", e.Deletions, e.Blocks, e.Cancellations, e.Bookings)
	if e.Lost > 0 {
		text += fmt.Sprintf(", and the events of %d are lost", e.Lost)
	}
	return text
}

// Plan names what is held, by its content: the same plan again has the same name, and one that differs in any item another.
// It is what a person approves or rejects (Snapshot.Approved, Snapshot.Rejected).
func (e *HeldError) Plan() string {
	h := sha256.New()
	for _, it := range e.Items {
		fmt.Fprintf(h, "%d %q %s %s %q\n", it.Owner, it.Item, it.Verb, it.Reason, it.Local)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

type brake struct {
	HeldError
	going []going
	taken map[Version]int // times that new events take
}

type going struct {
	HeldItem
	time Version
	lost bool
}

func (b *brake) count(it Item, d Decision) {
	switch {
	case it.Owner == OutlookOwns && it.Local != "":
		b.Blocks++
	case it.Owner == PlannerOwns && it.Base != "":
		b.Bookings++
	}
	g := going{HeldItem{Item: it.ID, Owner: it.Owner, Verb: d.Verb, Reason: d.Reason, Local: it.Local}, it.Time, false}
	switch {
	case it.Lost != "" && d.Verb != Nothing:
		g.Reason, g.lost = it.Lost, true
		b.going = append(b.going, g)
	case d.Verb == DeleteLocal, d.Verb == CancelLocal:
		b.going = append(b.going, g)
	case d.Verb == CreateLocal && it.Time != "":
		b.taken[it.Time]++
	}
}

// check gives what is held, nil when the plan may pass.
func (b *brake) check() *HeldError {
	// In an order of its own, so that of several alike the same ones are found replaced each time.
	slices.SortFunc(b.going, func(a, c going) int { return cmp.Or(cmp.Compare(a.Owner, c.Owner), cmp.Compare(a.Item, c.Item)) })
	held := b.HeldError
	var deletions, cancellations, lost []HeldItem
	for _, g := range b.going {
		switch {
		case g.lost:
			lost = append(lost, g.HeldItem)
		case g.Owner == PlannerOwns:
			cancellations = append(cancellations, g.HeldItem)
		case b.taken[g.time] > 0:
			b.taken[g.time]--
		default:
			deletions = append(deletions, g.HeldItem)
		}
	}
	held.Deletions, held.Cancellations, held.Lost = len(deletions), len(cancellations), len(lost)
	// What is natural is no part of the question.
	held.Items = lost
	if !natural(held.Cancellations, held.Bookings) {
		held.Items = append(held.Items, cancellations...)
	}
	if !natural(held.Deletions, held.Blocks) {
		held.Items = append(held.Items, deletions...)
	}
	if len(held.Items) == 0 {
		return nil
	}
	return &held
}

func natural(going, of int) bool { return going <= max(freeDeletions, of/freeFifthOfAll) }
