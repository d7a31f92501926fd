package reconcile

import (
	"errors"
	"testing"
)

func TestSeveralIDsGoneAtOnceMeanAMoveAndNotDeletions(t *testing.T) {
	for _, c := range []struct {
		name    string
		sight   Sight
		suspect bool
		moved   bool
	}{
		{"nothing known", Sight{}, false, false},
		{"all there", Sight{OwnSeen: 5, BlocksSeen: 5}, false, false},
		{"one of one, as when somebody deletes it", Sight{OwnGone: 1, BlocksGone: 40}, false, false},
		{"two of two, nothing else in the calendar", Sight{OwnGone: 2, LinkDied: true}, true, true},
		{"two of two, nothing else in the calendar, which was never read whole or goes on", Sight{OwnGone: 2}, true, false},
		{"two of two, the rest of the calendar stands", Sight{OwnGone: 2, BlocksSeen: 30}, true, false},
		{"two of two, and the rest is gone too", Sight{OwnGone: 2, BlocksGone: 30}, true, true},
		{"two of three", Sight{OwnSeen: 1, OwnGone: 2, LinkDied: true}, true, true},
		{"two of four", Sight{OwnSeen: 2, OwnGone: 2}, false, false},
		{"three of five", Sight{OwnSeen: 2, OwnGone: 3, BlocksGone: 3}, true, true},
		{"two of five", Sight{OwnSeen: 3, OwnGone: 2, BlocksGone: 30}, false, false},
		{"all of ours, half of the blocks", Sight{OwnGone: 9, BlocksSeen: 10, BlocksGone: 10}, true, false},
		{"all of ours, more than half of the blocks", Sight{OwnGone: 9, BlocksSeen: 10, BlocksGone: 11}, true, true},
		{"all of ours, and appointments made since stand", Sight{OwnGone: 9, BlocksSeen: 2, BlocksGone: 20}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.sight.Suspect() != c.suspect || c.sight.Moved() != c.moved {
				t.Errorf("%+v: suspect %t, moved %t; want %t, %t", c.sight, c.sight.Suspect(), c.sight.Moved(), c.suspect, c.moved)
			}
		})
	}
}

func TestOneEventWithTheStampOfOneBookingIsItsOwn(t *testing.T) {
	known := func(id string) bool { return id == "another booking's" || id == "retired" }
	for _, c := range []struct {
		name    string
		stamped []string
		id      string
		why     Reason
	}{
		{"none", nil, "", ReasonMovedNotFound},
		{"one", []string{"a"}, "a", ""},
		{"a copy besides", []string{"a", "b"}, "", ReasonMovedCopies},
		{"only one that is known as something else", []string{"retired"}, "", ReasonMovedNotFound},
		{"one, and one that is known", []string{"another booking's", "a"}, "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if id, why := Successor(c.stamped, known); id != c.id || why != c.why {
				t.Errorf("got %q, %q; want %q, %q", id, why, c.id, c.why)
			}
		})
	}
}

// What could not be found again is decided on by a person, however few they are.
func TestWhatAMoveLostIsHeld(t *testing.T) {
	lost := func(it Item) Item {
		it.ID, it.Owner, it.Removed, it.Lost = "a", PlannerOwns, true, ReasonMovedNotFound
		return it
	}
	for _, c := range []struct {
		name  string
		item  Item
		rules Rules
		held  bool
		then  Verb // once approved
	}{
		{"a meeting as it was", lost(Item{Base: "v", Local: "v"}), DefaultRules(), true, CreateRemote},
		{"a meeting that moved since", lost(Item{Base: "v", Local: "w"}), DefaultRules(), true, CreateRemote},
		{"a meeting that Outlook may cancel", lost(Item{Base: "v", Local: "v"}), Rules{Delete: CancelDeleted}, true, CancelLocal},
		{"a meeting that was made again before", lost(Item{Base: "v", Local: "v", Restores: 3}), DefaultRules(), true, Flag},
		{"a cancelled one that would be forgotten", lost(Item{Base: "v"}), DefaultRules(), true, Forget},
		{"one for which somebody is asked already", lost(Item{Base: "v", Local: "v", Restores: 3, Flagged: true}), DefaultRules(), false, Nothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Snapshot{Items: []Item{c.item}, Complete: true}
			plan, err := Make(s, c.rules)
			var held *HeldError
			if errors.As(err, &held) != c.held {
				t.Fatalf("held: %v", err)
			}
			if held != nil {
				if held.Lost != 1 || held.Cancellations != 0 || held.Items[0].Reason != ReasonMovedNotFound {
					t.Errorf("told %+v", held)
				}
				s.Approved = held.Plan()
				if plan, err = Make(s, c.rules); err != nil {
					t.Fatal(err)
				}
			}
			if got := plan.Decisions[0].Verb; got != c.then {
				t.Errorf("then %s, want %s", got, c.then)
			}
		})
	}
}
