package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Citizens book, move and cancel; the counsellor adds, moves, edits, copies, deletes and digs events
// out of Deleted Items; rounds see everything, or only a part; writes fail before or after their
// effect; etags change by themselves. Whatever the order: nothing foreign is written, a partial
// read takes nothing away, and once the faults stop, both calendars agree and a further round writes
// nothing.
func TestAnyHistoryConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := Rules{
			Move:        MovePolicy(rapid.IntRange(0, 1).Draw(t, "move")),
			Delete:      DeletePolicy(rapid.IntRange(0, 1).Draw(t, "delete")),
			MaxRestores: rapid.IntRange(0, 3).Draw(t, "restores"),
		}
		h := &history{world: newWorld(rules), trash: map[string]event{}}
		t.Repeat(map[string]func(*rapid.T){
			"book":          h.book,
			"rebook":        h.rebook,
			"cancel":        h.cancel,
			"add":           h.add,
			"edit":          h.edit,
			"delete":        h.delete,
			"copy":          h.copyEvent,
			"undelete":      h.undelete,
			"rotate etags":  h.rotate,
			"round":         h.fullRound,
			"partial round": h.partialRound,
			"faulty round":  h.faultyRound,
			"":              h.check,
		})
		h.mustConverge(t)
	})
}

type history struct {
	*world
	trash map[string]event
	added int
}

var times, texts = []string{"mon", "tue", "wed"}, []string{"Jobsamtale", "Frokost"}

func pick(rt *rapid.T, from []string, what string) string {
	if len(from) == 0 {
		rt.Skip("nothing to " + what) // rapid then tries another action
	}
	return rapid.SampledFrom(from).Draw(rt, what)
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (h *history) book(t *rapid.T) {
	h.added++
	h.bookings[fmt.Sprintf("b%d", h.added)] = content{pick(t, times, "time"), texts[0]}
}

func (h *history) rebook(t *rapid.T) {
	b := pick(t, keys(h.bookings), "rebook")
	h.bookings[b] = content{pick(t, times, "time"), h.bookings[b].text}
}

func (h *history) cancel(t *rapid.T) { delete(h.bookings, pick(t, keys(h.bookings), "cancel")) }

func (h *history) add(t *rapid.T) {
	h.added++
	h.outlook[fmt.Sprintf("e%d", h.added)] = event{content: content{pick(t, times, "time"), "-"}}
}

func (h *history) edit(t *rapid.T) {
	id := pick(t, keys(h.outlook), "edit")
	e := h.outlook[id]
	e.time, e.text, e.note = pick(t, times, "time"), pick(t, texts, "text"), pick(t, []string{"", "husk"}, "note")
	e.etag++
	h.outlook[id] = e
}

func (h *history) delete(t *rapid.T) {
	id := pick(t, keys(h.outlook), "delete")
	h.trash[id] = h.outlook[id]
	delete(h.outlook, id)
}

func (h *history) copyEvent(t *rapid.T) {
	h.added++
	h.outlook[fmt.Sprintf("copy%d", h.added)] = h.outlook[pick(t, keys(h.outlook), "copy")]
}

func (h *history) undelete(t *rapid.T) {
	id := pick(t, keys(h.trash), "undelete")
	if _, there := h.outlook[id]; !there {
		h.outlook[id] = h.trash[id]
	}
	delete(h.trash, id)
}

func (h *history) rotate(*rapid.T) {
	for id, e := range h.outlook {
		e.etag++
		h.outlook[id] = e
	}
}

func (h *history) fullRound(t *rapid.T) { h.checked(t, nil, nil) }

// partialRound sees some events, and tombstones of some of those that are gone.
func (h *history) partialRound(t *rapid.T) {
	seen, removed := map[string]bool{}, map[string]bool{}
	for _, id := range keys(h.outlook) {
		if rapid.Bool().Draw(t, "sees "+id) {
			seen[id] = true
		}
	}
	for _, id := range keys(h.trash) {
		if _, back := h.outlook[id]; !back && rapid.Bool().Draw(t, "tombstone of "+id) {
			removed[id] = true
		}
	}
	h.checked(t, seen, removed)
}

func (h *history) faultyRound(t *rapid.T) {
	h.refuse = func() (bool, bool) {
		return rapid.Bool().Draw(t, "write fails"), rapid.Bool().Draw(t, "after its effect")
	}
	h.checked(t, nil, nil)
	h.refuse = func() (bool, bool) { return false, false }
}

// checked runs a round and looks at what it may not have done.
func (h *history) checked(t *rapid.T, seen, removed map[string]bool) {
	blocks, bookings, cancels, outlook := maps.Clone(h.blocks), maps.Clone(h.bookings), h.cancels, maps.Clone(h.outlook)
	_, err := h.round(seen, removed)
	var held *HeldError
	if err != nil && !errors.As(err, &held) {
		t.Fatal(err)
	}
	for id := range blocks {
		if _, kept := h.blocks[id]; !kept && seen != nil && !removed[id] {
			t.Errorf("a partial read freed block %s", id)
		}
	}
	if h.cancels > cancels && h.rules.Delete != CancelDeleted {
		t.Error("a booking was cancelled without the rule")
	}
	for b, c := range bookings {
		if now, there := h.bookings[b]; there && now != c && h.rules.Move != AcceptMoves {
			t.Errorf("booking %s moved without the rule", b)
		}
	}
	for id, e := range outlook {
		if now, there := h.outlook[id]; !h.ours[id] && (!there || now != e) {
			t.Errorf("foreign event %s was %+v, is %+v", id, e, now)
		}
		if now, there := h.outlook[id]; there && now.note != e.note {
			t.Errorf("the note in %s is lost", id)
		}
	}
}

func (h *history) check(t *rapid.T) {
	if h.foreign > 0 {
		t.Fatal("wrote to an event that is not ours")
	}
}

// mustConverge: two full rounds at most (a moved event with edited text takes the second), each
// approved if held, then nothing more.
func (h *history) mustConverge(t *rapid.T) {
	for range 2 {
		s := h.snapshot(nil, nil)
		p, err := Make(s, h.rules)
		var held *HeldError
		if errors.As(err, &held) {
			s.Approved = held.Plan()
			p, err = Make(s, h.rules)
		}
		if err != nil {
			t.Fatal(err)
		}
		h.carryOut(p)
	}
	before, writes := h.String(), h.writes
	did, err := h.round(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range did {
		if d.Verb != Report {
			t.Errorf("still something to do: %+v", d)
		}
	}
	if h.writes != writes || h.String() != before {
		t.Errorf("a further round changed\n%sto\n%s", before, h)
	}
	h.mustAgree(t)
}

func (h *history) mustAgree(t *rapid.T) {
	for b, c := range h.bookings {
		l := h.links[b]
		if l == nil || !l.flagged && h.outlook[l.event].content != c {
			t.Errorf("booking %s is not in Outlook as it should: %+v\n%s", b, l, h)
		}
	}
	for b := range h.links {
		if _, there := h.bookings[b]; !there {
			t.Errorf("a link of booking %s is left", b)
		}
	}
	for id, e := range h.outlook {
		of := h.links[e.stamp]
		switch ours := of != nil && of.event == id; {
		case h.retired[id]:
			t.Errorf("replaced event %s is in Outlook", id)
		case !ours && h.blocks[id] != e.content:
			t.Errorf("event %s does not block as it should: %q", id, h.blocks[id])
		}
	}
	for id, c := range h.blocks {
		if h.outlook[id].content != c {
			t.Errorf("block %s has no event", id)
		}
	}
}
