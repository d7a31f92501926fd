package service

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/recorddb"
)

func TestMetricsTellOfHowManyOptionsThereAreFewTimesOrNone(t *testing.T) {
	t.Parallel()
	pool, now := pgtest.New(t), time.Date(2026, 12, 2, 11, 0, 0, 0, time.UTC) // a Wednesday
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	seal, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	must(err)
	clock := func() time.Time { return now }
	store := plannerdb.New(pool, plannerdb.Options{Now: clock, Sealer: seal})
	must(store.PutJobCenter(t.Context(), planner.JobCenter{Code: "10100", Name: "Prøveby"}))
	anna := planner.CaseWorker{ID: uuid.UUID{15: 1}, JobCenter: "10100", Identifier: "RID-1", GivenName: "Anna", Surname: "Lund", Email: "anna@kommune.example"}
	for day := 1; day <= 5; day++ {
		anna.Hours = append(anna.Hours, planner.WorkingHours{Weekday: day, StartMinute: 9 * 60, EndMinute: 10 * 60})
	}
	must(store.PutCaseWorker(t.Context(), anna))
	for i, who := range [][]uuid.UUID{{anna.ID}, nil} {
		must(store.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{
			ID: uuid.UUID{15: byte(90 + i)}, InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 60, Title: "Møde",
		}, who))
	}
	short := &shortTimes{planner: store}
	if n := testutil.CollectAndCount(short); n != 0 {
		t.Errorf("%d figures before anything was counted", n)
	}
	out, err := jobs.NewOutbox(pool, slog.New(slog.DiscardHandler))
	must(err)
	u := upkeep{planner: store, records: recorddb.New(pool, recorddb.Options{Now: clock}), outbox: out, short: short}
	told := func(enough int) {
		t.Helper()
		must(u.Prune(t.Context(), now))
		var want strings.Builder
		want.WriteString("# HELP planner_options_by_free_times Options by how many citizens can be met: none, few, or enough. Week 0 is this one, Danish time.\n# TYPE planner_options_by_free_times gauge\n")
		for week, one := range []string{"few", "enough", "enough", "enough"} { // Thursday and Friday are left of this one
			for _, times := range []string{"none", "few", "enough"} {
				n := map[bool]int{true: enough}[times == one]
				if times == "none" {
					n = 2 - enough
				}
				want.WriteString("planner_options_by_free_times{job_center=\"10100\",times=\"" + times + "\",week=\"" + string(rune('0'+week)) + "\"} " + string(rune('0'+n)) + "\n")
			}
		}
		if err := testutil.CollectAndCompare(short, strings.NewReader(want.String())); err != nil {
			t.Error(err)
		}
	}
	told(1)
	must(store.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{
		ID: uuid.UUID{15: 90}, InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 60, Title: "Møde",
	}, nil))
	now = now.Add(shortEvery - time.Second)
	told(1) // not yet counted again
	now = now.Add(time.Second)
	told(0)
}
