package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"kommunalplanner.example/sync/syncdb"
)

// onePlan is a store with plan 3 of mailbox 7.
type onePlan struct {
	rows    []syncdb.HeldRow
	decided syncdb.Action
}

func (p *onePlan) HeldPlan(_ context.Context, mailbox int64) ([]syncdb.HeldRow, error) {
	if mailbox != 7 {
		return nil, nil
	}
	return p.rows, nil
}

func (p *onePlan) DecidePlan(_ context.Context, mailbox int64, a syncdb.Action, number int, _ string) (bool, error) {
	if mailbox != 7 || number != 3 || p.decided != "" {
		return false, nil
	}
	p.decided = a
	return true, nil
}

func TestAHeldPlanIsShownAndDecidedOnByItsNumber(t *testing.T) {
	who, at := "kirsten", time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	p := &onePlan{rows: []syncdb.HeldRow{{HeldNumber: 3, HeldBlocks: 40, RejectedBy: &who, RejectedAt: &at, ItemKind: "busy", StartsAt: at, EndsAt: at.Add(time.Hour), ShowAs: "oof", Private: true, Reason: "appointment-gone"}}}
	var out strings.Builder
	if err := showHeld(t.Context(), p, 7, &out); err != nil {
		t.Fatal(err)
	}
	want := "mailbox 7: plan 3, 1 of 40\nrejected by kirsten, 2026-11-24 11:00\n" +
		"START             END               WHAT  SHOWN AS  PRIVATE  WHY\n2026-11-24 11:00  2026-11-24 12:00  busy  oof       true     appointment-gone\n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
	for _, args := range [][]string{nil, {"x"}, {"2"}, {"3", "4"}} {
		if err := decidePlan(t.Context(), p, syncdb.Approve, 7, args, &out); err == nil || p.decided != "" {
			t.Errorf("%v: %v, decided %q", args, err, p.decided)
		}
	}
	if err := decidePlan(t.Context(), p, syncdb.Reject, 7, []string{"3"}, &out); err != nil || p.decided != syncdb.Reject {
		t.Errorf("%v, decided %q", err, p.decided)
	}
	if err := decidePlan(t.Context(), p, syncdb.Approve, 7, []string{"3"}, &out); err == nil {
		t.Error("a second decision was taken")
	}
	out.Reset()
	if err := showHeld(t.Context(), p, 8, &out); err != nil || !strings.Contains(out.String(), "no plan is held") {
		t.Errorf("%v: %s", err, out.String())
	}
}
