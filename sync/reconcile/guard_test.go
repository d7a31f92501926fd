package reconcile

import (
	"errors"
	"fmt"
	"testing"
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
		approved                        int
		rules                           Rules
		held                            bool
	}{
		{"nothing known", 0, 0, 0, 0, 0, DefaultRules(), false},
		{"ten of ten", 10, 10, 0, 0, 0, DefaultRules(), false},
		{"eleven of eleven", 11, 11, 0, 0, 0, DefaultRules(), true},
		{"eleven of fifty-four", 54, 11, 0, 0, 0, DefaultRules(), true},
		{"eleven of fifty-five", 55, 11, 0, 0, 0, DefaultRules(), false},
		{"a fifth of a thousand", 1000, 200, 0, 0, 0, DefaultRules(), false},
		{"more than a fifth of a thousand", 1000, 201, 0, 0, 0, DefaultRules(), true},
		{"approved to the number", 1000, 201, 0, 0, 201, DefaultRules(), false},
		{"approved one too few", 1000, 201, 0, 0, 200, DefaultRules(), true},
		{"many bookings do not make many blocks", 11, 11, 500, 0, 0, DefaultRules(), true},
		{"all events of bookings gone, which restores them", 0, 0, 40, 40, 0, DefaultRules(), false},
		{"all events of bookings gone, which would cancel them", 0, 0, 40, 40, 0, cancel, true},
		{"a sick counsellor's day, cancelled by rule", 0, 0, 40, 8, 0, cancel, false},
		{"blocks and cancellations approved together", 60, 60, 40, 40, 100, cancel, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := calendarWith(c.blocks, c.gone, c.bookings, c.deleted)
			s.ApprovedDeletions = c.approved
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
			if *held != want {
				t.Errorf("told %+v, want %+v", *held, want)
			}
			s.ApprovedDeletions = held.Total()
			if _, err := Make(s, c.rules); err != nil {
				t.Errorf("approved as told, and still: %v", err)
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
