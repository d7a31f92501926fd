package reconcile

import "fmt"

// A plan may free this many blocks unasked, or this part of those known, whichever is more.
const (
	freeDeletions  = 10
	freeFifthOfAll = 5
)

// HeldError: the plan frees more than looks natural, so a person must approve it first. A mailbox
// that reads as nearly empty is more often a broken read than a cleared calendar.
type HeldError struct {
	// Deletions counts busy blocks that would go, of Blocks known before.
	Deletions, Blocks int
	// Cancellations counts bookings that would be cancelled because their events are gone, of
	// Bookings that have one. Always 0 unless the municipality lets Outlook cancel.
	Cancellations, Bookings int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("plan held: deletes %d of %d blocks and cancels %d of %d bookings", e.Deletions, e.Blocks, e.Cancellations, e.Bookings)
}

// Total is what Snapshot.ApprovedDeletions must reach to let the same plan pass.
func (e *HeldError) Total() int { return e.Deletions + e.Cancellations }

type brake struct {
	HeldError
	approved int
}

func (b *brake) count(it Item, d Decision) {
	switch {
	case it.Owner == OutlookOwns && it.Local != "":
		b.Blocks++
	case it.Owner == PlannerOwns && it.Base != "":
		b.Bookings++
	}
	switch d.Verb {
	case DeleteLocal:
		b.Deletions++
	case CancelLocal:
		b.Cancellations++
	}
}

func (b *brake) check() error {
	if b.Total() <= b.approved || (natural(b.Deletions, b.Blocks) && natural(b.Cancellations, b.Bookings)) {
		return nil
	}
	held := b.HeldError
	return &held
}

func natural(going, of int) bool { return going <= max(freeDeletions, of/freeFifthOfAll) }
