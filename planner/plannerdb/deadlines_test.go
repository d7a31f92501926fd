package plannerdb_test

import (
	"testing"
	"time"

	"kommunalplanner.example/planner"
)

func TestANearDeadlineIsPressingUntilTheCitizenHasBookedInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // Tuesday 1 December, an option of type 7 with times from that day on
	date := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		must(t, err)
		return d
	}
	deadline := func(who, kind int, book, hold string) planner.BookBy {
		return planner.BookBy{JobCenter: center, CPR: citizen(t, who), InterviewType: kind, Book: date(book), Hold: date(hold)}
	}
	must(t, w.PutBookBys(t.Context(), []planner.BookBy{
		deadline(1, 7, "2026-12-01", "2026-12-04"), // today
		deadline(2, 7, "2026-12-03", "2026-12-04"),
		deadline(3, 4, "2026-12-02", "2026-12-20"), // there is no option of this kind
		deadline(4, 7, "2026-11-30", "2026-12-04"), // over
		deadline(5, 7, "2026-12-30", "2026-12-31"), // far
	}, planner.Bootstrap("kirsten")))
	pressing := func() (who []planner.CPR, none int) {
		t.Helper()
		all, err := w.Pressing(t.Context(), center, 7)
		must(t, err)
		for _, p := range all {
			who = append(who, p.CPR)
			if p.Offered != (p.InterviewType == 7) {
				t.Errorf("type %d is offered: %t", p.InterviewType, p.Offered)
			}
			if p.Earliest.IsZero() {
				none++
			} else if !p.Earliest.Equal(at(t, "2026-12-01 09:00")) {
				t.Errorf("%s", p.Earliest)
			}
		}
		return who, none
	}
	if who, none := pressing(); len(who) != 3 || who[0] != citizen(t, 1) || who[1] != citizen(t, 3) || who[2] != citizen(t, 2) || none != 1 {
		t.Errorf("%d, %d without a time", len(who), none)
	}
	_, _, err := w.create(t, 1, "2026-12-04 10:00")
	must(t, err)
	_, _, err = w.create(t, 2, "2026-12-05 10:00") // after the last day for the meeting
	must(t, err)
	if who, _ := pressing(); len(who) != 2 || who[0] != citizen(t, 3) || who[1] != citizen(t, 2) {
		t.Errorf("%d", len(who))
	}
	// On Friday afternoon after the last time of the week the next one is too late.
	w.clock.advance(at(t, "2026-12-04 22:00").Sub(w.clock.Now()))
	must(t, w.PutBookBys(t.Context(), []planner.BookBy{deadline(2, 7, "2026-12-04", "2026-12-04")}, planner.Bootstrap("kirsten")))
	if all, err := w.Pressing(t.Context(), center, 7); err != nil || len(all) != 1 || !all[0].Earliest.IsZero() || !all[0].Later.After(at(t, "2026-12-05 00:00")) {
		t.Errorf("%v %+v", err, all)
	}
	// A later list replaces.
	must(t, w.PutBookBys(t.Context(), []planner.BookBy{deadline(2, 7, "2026-12-30", "2026-12-31"), deadline(3, 4, "2026-12-30", "2026-12-31")}, planner.Bootstrap("kirsten")))
	if who, _ := pressing(); len(who) != 0 {
		t.Errorf("%d", len(who))
	}
	if n := w.count(t, `select count(*) from audit_entry where action = 'import-deadlines' and actor = 'admin:kirsten'`); n != 3 {
		t.Errorf("%d entries of the trail", n)
	}
}
