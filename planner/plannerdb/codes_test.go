package plannerdb_test

import (
	"testing"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

func TestOptionsMayOnlyHaveCodesThatAreValidToday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	put := func() error { return w.PutInterviewOption(ctx, center, w.option, []uuid.UUID{w.anna.ID}) }
	must(t, put()) // no list is known: nothing is checked
	first, last := planner.Date{Year: 2026, Month: 12, Day: 1}, planner.Date{Year: 2026, Month: 11, Day: 30}
	must(t, w.PutCodeLists(ctx, []planner.ListedCode{
		{List: planner.ListInterviewType, Code: 7, Name: "Jobsamtale", ValidFrom: first, ValidTo: first},
		{List: planner.ListContactType, Code: 1}, {List: planner.ListContactType, Code: 8, ValidTo: last},
	}))
	wrong, err := w.InvalidCodes(ctx, w.option)
	must(t, err)
	if len(wrong) != 1 || wrong[0].List != planner.ListContactType || wrong[0].Code != 8 {
		t.Errorf("invalid codes: %v", wrong)
	}
	refused(t, put(), planner.CodeInvalidCode)
	w.option.ContactTypes = []int{1}
	must(t, put())
	w.option.InterviewType = 4
	refused(t, put(), planner.CodeInvalidCode)
	must(t, w.PutCodeLists(ctx, []planner.ListedCode{{List: planner.ListInterviewType, Code: 4}}))
	must(t, put())
}
