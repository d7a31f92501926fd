package adminui

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/syncdb"
)

// heldPlan is a plan over two days: a private appointment, one across midnight, and a meeting that a move has lost.
func heldPlan() []syncdb.HeldRow {
	item := func(kind string, start, long time.Duration, showAs string, private bool, reason string) syncdb.HeldRow {
		return syncdb.HeldRow{HeldNumber: 3, State: "held", HeldBlocks: 40, ItemKind: kind, StartsAt: noon.Add(start), EndsAt: noon.Add(start + long), ShowAs: showAs, Private: private, Reason: reason}
	}
	return []syncdb.HeldRow{
		item("busy", 2*time.Hour, 30*time.Minute, "busy", true, "appointment-gone"),
		item("busy", 11*time.Hour, 4*time.Hour, "oof", false, "appointment-gone"),
		item("booking", 26*time.Hour, time.Hour, "busy", false, "moved-not-found"),
	}
}

func heldSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, nil, row(7, func(r *syncdb.MailboxRow) {
		r.State, r.HeldPlan, r.HeldDeletions, r.HeldBlocks = "held", ptr("a1"), ptr(int32(3)), ptr(int32(40))
	}))
	s.store.held = heldPlan()
	return s
}

func TestAHeldPlanIsShownDayByDay(t *testing.T) {
	s := heldSite(t)
	page := s.Get(t, "/kalendere/7/godkend")
	first, second := between(t, page, "Tirsdag den 24. nov.</h3>", "<h3"), between(t, page, "Onsdag den 25. nov.</h3>", "</section>")
	for _, want := range []string{`13.00–13.30</th><td>Aftale i Outlook</td><td>Optaget, privat</td>`, `22.00 til 25. nov. kl. 02.00</th><td>Aftale i Outlook</td><td>Ikke til stede</td>`} {
		if !strings.Contains(first, want) {
			t.Errorf("the first day lacks %q:\n%s", want, first)
		}
	}
	if !strings.Contains(second, `13.00–14.00</th><td>Møde med en borger</td><td>Optaget</td>`) {
		t.Errorf("the second day:\n%s", second)
	}
	for _, want := range []string{"<strong>2 aftaler af 40</strong>", "<strong>1 møde</strong>", `name="plan" value="3"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestOfTwoAdministratorsWhoSawOnePlanTheFirstDecides(t *testing.T) {
	for _, order := range [][2]string{{"approve", "reject"}, {"reject", "approve"}, {"approve", "approve"}, {"reject", "reject"}} {
		s := heldSite(t)
		seen := between(t, s.Get(t, "/kalendere/7/godkend"), `name="plan" value="`, `"`) // both have the page open
		decide := func(action string) string {
			w := s.Ask("POST", "/kalendere/7", url.Values{"handling": {action}, "plan": {seen}}, s.In(t), nil)
			return s.Follow(t, w).Body.String()
		}
		if page := decide(order[0]); !strings.Contains(page, notices[order[0]].Text) {
			t.Errorf("%v: the first is not told that it was done:\n%s", order, page)
		}
		if page := decide(order[1]); !strings.Contains(page, notices["plan"].Text) || !strings.Contains(page, "Det handler planen om") {
			t.Errorf("%v: the second is not told, or not shown the plan again:\n%s", order, page)
		}
		if len(s.store.did) != 1 || s.store.did[0] != order[0]+" plan 3 of 7 by admin:admin" {
			t.Errorf("%v: did %v", order, s.store.did)
		}
	}
}

func TestADecisionWithoutThePlanThatWasSeenDoesNothing(t *testing.T) {
	s := heldSite(t)
	for _, number := range []string{"", "2", "4", "3x"} {
		w := s.Ask("POST", "/kalendere/7", url.Values{"handling": {"approve"}, "plan": {number}}, s.In(t), nil)
		if w.Header().Get("Location") != "/kalendere/7/godkend" || len(s.store.did) != 0 {
			t.Errorf("%q: leads to %q, did %v", number, w.Header().Get("Location"), s.store.did)
		}
	}
	s.store.held = nil
	if w := s.Ask("GET", "/kalendere/7/godkend", nil, s.In(t), nil); w.Header().Get("Location") != "/kalendere/7" {
		t.Errorf("with nothing to decide: %d", w.Code)
	}
}

func TestARejectedPlanTellsWhoAndWhenAndCanStillBeApproved(t *testing.T) {
	s := heldSite(t)
	for i := range s.store.held {
		s.store.held[i].RejectedBy, s.store.held[i].RejectedAt = ptr("staff:kirsten"), ptr(noon.Add(-20*time.Hour))
	}
	page := s.Get(t, "/kalendere/7/godkend")
	if !strings.Contains(page, "Afvist af kirsten i går kl. 15.00.") || !strings.Contains(page, `value="approve"`) || strings.Contains(page, `value="reject"`) {
		t.Errorf("%s", page)
	}
}
