package plannerdb_test

import (
	"testing"

	"kommunalplanner.example/planner"
)

func TestAForecastTellsOfEachOptionWhatIsLeftOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // a Tuesday
	forecast := func() planner.WeekTimes {
		t.Helper()
		all, err := w.Forecast(t.Context(), center, 2)
		must(t, err)
		if len(all) != 1 || all[0].Option.ID != w.option.ID || len(all[0].Weeks) != 2 {
			t.Fatalf("%+v", all)
		}
		return all[0].Weeks[0]
	}
	before := forecast()
	if before.Week != 49 || before.Starts == 0 || before.Capacity <= before.Starts/2 {
		t.Errorf("%+v", before)
	}
	_, _, err := w.create(t, 1, "2026-12-02 10:00")
	must(t, err)
	if after := forecast(); after.Starts != before.Starts || after.Capacity != before.Capacity-1 {
		t.Errorf("%+v, then %+v", before, after)
	}
	must(t, w.WithdrawInterviewOption(t.Context(), w.option.ID))
	if all, err := w.Forecast(t.Context(), center, 2); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}
