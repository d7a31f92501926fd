package plannerdb_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// reasons asks why not, and tells the reasons of each case worker.
func (w *world) reasons(t testing.TB, ask plannerdb.WhyNotQuery) map[string][]planner.Reason {
	t.Helper()
	ask.Option = w.option.ID
	_, told, err := w.WhyNot(t.Context(), ask)
	must(t, err)
	found := map[string][]planner.Reason{}
	for _, e := range told {
		found[e.CaseWorker.GivenName] = nil
		for _, o := range e.Obstacles {
			found[e.CaseWorker.GivenName] = append(found[e.CaseWorker.GivenName], o.Reason)
		}
	}
	return found
}

func TestWhyNotListsAllThatKeepsCaseWorkersFromBeingOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	start := at(t, "2026-12-02 10:00")
	cleo := newWorker("cleo", daily(8, 16))
	must(t, w.PutCaseWorker(ctx, cleo))
	team := uuid.New()
	must(t, w.PutTeam(ctx, center, team, "Team", []uuid.UUID{cleo.ID, w.bo.ID}))
	check := func(ask plannerdb.WhyNotQuery, want map[string][]planner.Reason) {
		t.Helper()
		if d := cmp.Diff(want, w.reasons(t, ask)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", ask, d)
		}
	}
	check(plannerdb.WhyNotQuery{Start: start}, map[string][]planner.Reason{"anna": nil, "bo": nil})
	check(plannerdb.WhyNotQuery{Start: start, Team: team}, map[string][]planner.Reason{"bo": nil, "cleo": {planner.ReasonNotHolder}})

	w.block(t, w.anna.ID, "2026-12-02 10:30", "2026-12-02 12:00")
	w.exec(t, `insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at, as_of) values ($1, 'a', 'a@kommune.example', 'denied', $2, $2, $2, $2)`,
		w.anna.ID, w.clock.at.Add(-time.Hour))
	must(t, w.SetCenterRules(ctx, center, planner.CenterRules{StaleAfter: 30 * time.Minute, Closing: planner.ClosingDays{Local: []planner.Date{{Year: 2026, Month: 12, Day: 2}}}}))
	must(t, w.SetCaseWorkerRules(ctx, w.bo.ID, planner.CaseWorkerRules{Competences: []string{"jura"}}))
	w.ruled(t, func(o *planner.InterviewOption) { o.Rules.Competences = []string{"jura"} })
	check(plannerdb.WhyNotQuery{Start: start}, map[string][]planner.Reason{
		"anna": {planner.ReasonCompetence, planner.ReasonUnknown, planner.ReasonStale}, "bo": {planner.ReasonClosed},
	})
	must(t, w.SetCaseWorkerRules(ctx, w.anna.ID, planner.CaseWorkerRules{Competences: []string{"jura"}}))
	check(plannerdb.WhyNotQuery{Start: start.Add(-5 * time.Minute), CaseWorkerIdentifier: w.anna.Identifier}, map[string][]planner.Reason{
		"anna": {planner.ReasonUnknown, planner.ReasonStale, planner.ReasonGrid, planner.ReasonClosed, planner.ReasonBusy},
	})
	_, told, err := w.WhyNot(ctx, plannerdb.WhyNotQuery{Option: w.option.ID, Start: start, CaseWorkerIdentifier: w.anna.Identifier})
	must(t, err)
	i := slices.IndexFunc(told[0].Obstacles, func(o planner.Obstacle) bool { return o.Reason == planner.ReasonBusy })
	if want := (planner.Span{Start: at(t, "2026-12-02 10:30"), End: at(t, "2026-12-02 12:00")}); i < 0 || !told[0].Obstacles[i].Span.Start.Equal(want.Start) || !told[0].Obstacles[i].Span.End.Equal(want.End) {
		t.Errorf("obstacles %v do not tell of %v", told[0].Obstacles, want)
	}
	must(t, w.RetireCaseWorker(ctx, w.bo.ID))
	must(t, w.WithdrawInterviewOption(ctx, w.option.ID))
	check(plannerdb.WhyNotQuery{Start: start, CaseWorkerIdentifier: w.bo.Identifier}, map[string][]planner.Reason{"bo": {planner.ReasonWithdrawn, planner.ReasonInactive}})
	_, _, err = w.WhyNot(ctx, plannerdb.WhyNotQuery{Option: uuid.New(), Start: start})
	refused(t, err, planner.CodeUnknownOption)
	_, _, err = w.WhyNot(ctx, plannerdb.WhyNotQuery{Option: w.option.ID, Start: start, CaseWorkerIdentifier: "nobody"})
	refused(t, err, planner.CodeUnknownCaseWorker)
}
