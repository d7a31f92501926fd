package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// calendarWith has so many known busy blocks of which so many are gone, and so many bookings alike.
func calendarWith(blocks, gone, bookings, deleted int) Snapshot {
	s := Snapshot{Complete: true}
	for i := range blocks {
		it := Item{ID: fmt.Sprintf("block %d", i), Owner: OutlookOwns, Base: "v", Local: "v", Remote: "v"}
		if i < gone {
			it.Remote = ""
		}
		s.Items = append(s.Items, it)
	}
	for i := range bookings {
		it := Item{ID: fmt.Sprintf("booking %d", i), Owner: PlannerOwns, Base: "v", Local: "v", Remote: "v"}
		if i < deleted {
			it.Remote = ""
		}
		s.Items = append(s.Items, it)
	}
	return s
}

func TestAPlanThatEmptiesACalendarIsHeld(t *testing.T) {
	cancel := Rules{Delete: CancelDeleted, MaxRestores: 3}
	for _, c := range []struct {
		name                            string
		blocks, gone, bookings, deleted int
		rules                           Rules
		held                            bool
		items                           int
	}{
		{"nothing known", 0, 0, 0, 0, DefaultRules(), false, 0},
		{"ten of ten", 10, 10, 0, 0, DefaultRules(), false, 0},
		{"eleven of eleven", 11, 11, 0, 0, DefaultRules(), true, 11},
		{"eleven of fifty-four", 54, 11, 0, 0, DefaultRules(), true, 11},
		{"eleven of fifty-five", 55, 11, 0, 0, DefaultRules(), false, 0},
		{"a fifth of a thousand", 1000, 200, 0, 0, DefaultRules(), false, 0},
		{"more than a fifth of a thousand", 1000, 201, 0, 0, DefaultRules(), true, 201},
		{"many bookings do not make many blocks", 11, 11, 500, 0, DefaultRules(), true, 11},
		{"all events of bookings gone, which restores them", 0, 0, 40, 40, DefaultRules(), false, 0},
		{"all events of bookings gone, which would cancel them", 0, 0, 40, 40, cancel, true, 40},
		{"a sick counsellor's day, cancelled by rule", 0, 0, 40, 8, cancel, false, 0},
		{"blocks and cancellations together", 60, 60, 40, 40, cancel, true, 100},
		{"cancellations, and few enough blocks", 60, 12, 40, 40, cancel, true, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := calendarWith(c.blocks, c.gone, c.bookings, c.deleted)
			plan, err := Make(s, c.rules)
			var held *HeldError
			if errors.As(err, &held) != c.held {
				t.Fatalf("held: %v, want held %t", err, c.held)
			}
			if !c.held {
				return
			}
			if len(plan.Decisions) != 0 {
				t.Error("a held plan gives decisions that could be carried out")
			}
			want := HeldError{Deletions: c.gone, Blocks: c.blocks, Bookings: c.bookings}
			if c.rules.Delete == CancelDeleted {
				want.Cancellations = c.deleted
			}
			told := *held
			if told.Items = nil; !cmp.Equal(told, want) || len(held.Items) != c.items {
				t.Errorf("told %+v with %d items, want %+v", told, len(held.Items), want)
			}
		})
	}
}

func TestAPartialReadIsMeasuredByAllThatIsKnown(t *testing.T) {
	var s Snapshot
	for i := range 15 {
		s.Items = append(s.Items, Item{ID: fmt.Sprint(i), Owner: OutlookOwns, Base: "v", Local: "v", Removed: true})
	}
	var held *HeldError
	if _, err := Make(s, DefaultRules()); !errors.As(err, &held) {
		t.Fatalf("fifteen of fifteen known: %v", err)
	}
	s.KnownBlocks = 200
	if _, err := Make(s, DefaultRules()); err != nil {
		t.Errorf("fifteen of two hundred known: %v", err)
	}
}

func TestAnItemToldTwiceStopsThePlan(t *testing.T) {
	s := Snapshot{Items: []Item{{ID: "a", Owner: OutlookOwns, Remote: "x"}, {ID: "a", Owner: PlannerOwns, Local: "x"}}}
	if _, err := Make(s, DefaultRules()); err != nil {
		t.Fatalf("a booking and a block of one name are two items: %v", err)
	}
	s.Items = append(s.Items, Item{ID: "a", Owner: OutlookOwns, Local: "x"})
	var twice *RepeatedError
	if _, err := Make(s, DefaultRules()); !errors.As(err, &twice) || *twice != (RepeatedError{OutlookOwns, "a"}) {
		t.Errorf("got %v", err)
	}
}

// What absence may do when the read was not whole: to blocks nothing, to bookings only what we
// ourselves changed.
func TestAnIncompleteReadDeletesNothing(t *testing.T) {
	for _, cell := range cells {
		if cell[2] != "" {
			continue
		}
		for _, o := range []Owner{PlannerOwns, OutlookOwns, Retired} {
			for _, r := range []Rules{DefaultRules(), {Delete: CancelDeleted}} {
				it := Item{ID: "a", Owner: o, Base: cell[0], Local: cell[1]}
				plan, err := Make(Snapshot{Items: []Item{it}}, r)
				if err != nil {
					t.Fatal(err)
				}
				got, want := plan.Decisions[0].Verb, Nothing
				if o == PlannerOwns {
					switch {
					case cell[0] == "" && cell[1] != "":
						want = CreateRemote
					case cell[0] != "" && cell[1] == "":
						want = DeleteRemote
					case cell[0] != cell[1]:
						want = UpdateRemote
					}
				}
				if got != want {
					t.Errorf("%s %q: %s, want %s", o, cell, got, want)
				}
				it.Removed = true
				plan, err = Make(Snapshot{Items: []Item{it}}, r)
				if err != nil {
					t.Fatal(err)
				}
				if want := Decide(it, r); plan.Decisions[0] != want {
					t.Errorf("%s %q, said to be removed: %+v, want %+v", o, cell, plan.Decisions[0], want)
				}
			}
		}
	}
}

func TestAFlagStandsThroughAPartialRead(t *testing.T) {
	it := Item{ID: "a", Owner: PlannerOwns, Base: "v", Local: "v", Restores: 3, Flagged: true}
	plan, err := Make(Snapshot{Items: []Item{it}}, DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	if d := plan.Decisions[0]; d.Verb != Nothing || d.Restores != 3 {
		t.Errorf("got %+v", d)
	}
}

// What a person approved is done, what was rejected is left out, and either is good for just the plan that was seen.
func TestAPersonDecidesOnJustThePlanThatWasSeen(t *testing.T) {
	rules := Rules{Delete: CancelDeleted, MaxRestores: 3}
	s := calendarWith(60, 60, 40, 40)
	s.Items = append(s.Items, Item{ID: "new", Owner: OutlookOwns, Remote: "w"})
	hold := func(s Snapshot) *HeldError {
		t.Helper()
		var held *HeldError
		if _, err := Make(s, rules); !errors.As(err, &held) {
			t.Fatalf("not held: %v", err)
		}
		return held
	}
	seen := hold(s).Plan()
	shuffled := s
	shuffled.Items = slices.Clone(s.Items)
	slices.Reverse(shuffled.Items)
	if again := hold(shuffled).Plan(); again != seen {
		t.Error("the same plan in another order has another name")
	}

	approved := s
	approved.Approved = seen
	plan, err := Make(approved, rules)
	if err != nil || plan.Kept {
		t.Fatalf("approved, and still: %v", err)
	}
	if got := verbs(plan); got[DeleteLocal] != 60 || got[CancelLocal] != 40 || got[CreateLocal] != 1 {
		t.Errorf("approved: %v", got)
	}

	rejected := s
	rejected.Rejected = seen
	plan, err = Make(rejected, rules)
	if err != nil || !plan.Kept {
		t.Fatalf("rejected: kept %t, %v", plan.Kept, err)
	}
	if got := verbs(plan); got[Nothing] != 100 || got[CreateLocal] != 1 || len(got) != 2 {
		t.Errorf("rejected: %v", got)
	}
	if plan.Decisions[0].Reason != ReasonRejected {
		t.Errorf("reason of what stays: %s", plan.Decisions[0].Reason)
	}

	for name, change := range map[string]func(*Snapshot){
		"one more goes":            func(s *Snapshot) { s.Items = append(s.Items, Item{ID: "x", Owner: OutlookOwns, Base: "v", Local: "v"}) },
		"one comes back":           func(s *Snapshot) { s.Items[0].Remote = "v" },
		"another one goes instead": func(s *Snapshot) { s.Items[0].ID = "y" },
		"one was changed before":   func(s *Snapshot) { s.Items[0].Base, s.Items[0].Local = "u", "u" },
	} {
		other := s
		other.Items = slices.Clone(s.Items)
		change(&other)
		other.Approved, other.Rejected = seen, seen
		if hold(other).Plan() == seen {
			t.Errorf("%s: has the same name", name)
		}
	}
}

func verbs(p Plan) map[Verb]int {
	n := map[Verb]int{}
	for _, d := range p.Decisions {
		n[d.Verb]++
	}
	return n
}

// After a move of the mailbox every block goes and comes under another id; that frees nothing.
func TestABlockThatAnotherEventReplacesIsNotFreed(t *testing.T) {
	for _, c := range []struct {
		name      string
		come      int // of the thirty that go, so many come again
		elsewhere int // and so many at other times
		deletions int // that the brake tells, 0 = not held
	}{
		{"all come again", 30, 0, 0},
		{"ten do not", 20, 0, 0},
		{"eleven do not", 19, 0, 11},
		{"others are no replacement", 0, 30, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Snapshot{Complete: true}
			for i := range 30 {
				at := Version(fmt.Sprint("time ", i/2)) // two at each time
				s.Items = append(s.Items, Item{ID: fmt.Sprint("old ", i), Owner: OutlookOwns, Base: "v", Local: "v", Time: at})
				if i < c.come {
					s.Items = append(s.Items, Item{ID: fmt.Sprint("new ", i), Owner: OutlookOwns, Remote: "w", Time: at})
				}
				if i < c.elsewhere {
					s.Items = append(s.Items, Item{ID: fmt.Sprint("other ", i), Owner: OutlookOwns, Remote: "w", Time: at + "!"})
				}
			}
			plan, err := Make(s, DefaultRules())
			var held *HeldError
			if errors.As(err, &held) != (c.deletions > 0) {
				t.Fatalf("held: %v", err)
			}
			if held != nil && (held.Deletions != c.deletions || held.Blocks != 30 || len(held.Items) != c.deletions) {
				t.Errorf("told %d of %d, %d items; want %d", held.Deletions, held.Blocks, len(held.Items), c.deletions)
			}
			if got := verbs(plan); held == nil && (got[DeleteLocal] != 30 || got[CreateLocal] != c.come) {
				t.Errorf("done: %v", got)
			}
		})
	}
}
