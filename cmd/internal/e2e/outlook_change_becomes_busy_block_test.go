package e2e

import (
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func TestAnOutlookChangeBecomesABusyBlock(t *testing.T) {
	t.Parallel()
	w := newTown(t, 2, nil)
	at := workday(30, 10)
	user := w.People[0].ObjectID

	e, err := w.Outlook.Block(w.ctx, user, "Tandlæge", at, time.Hour)
	w.must(err)
	w.eventually("the new appointment blocks", func() bool { return w.blockedAt(0, at) })
	w.must(w.Outlook.Drag(w.ctx, user, e.ID, at.Add(2*time.Hour), time.Hour))
	w.eventually("the moved appointment blocks its new time only", func() bool { return !w.blockedAt(0, at) && w.blockedAt(0, at.Add(2*time.Hour)) })
	w.must(w.Outlook.Delete(w.ctx, user, e.ID))
	w.eventually("the deleted appointment blocks no more", func() bool { return !w.blockedAt(0, at.Add(2*time.Hour)) })
	if w.blockedAt(1, at) {
		t.Error("another counsellor was blocked")
	}
}

func TestASeriesBlocksEveryWeekAndADeletedOccurrenceDoesNot(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	monday := workday(20, 9)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, 1)
	}
	for week := range 4 {
		if !w.blockedAt(0, monday.AddDate(0, 0, 7*week).Add(30*time.Minute)) {
			t.Fatalf("the team meeting of week %d does not block", week)
		}
	}
	outlook, err := w.Graph.Outlook(w.People[0].ObjectID)
	w.must(err)
	master := ""
	all, err := w.Graph.Events(w.People[0].ObjectID)
	w.must(err)
	for _, e := range all {
		if e.Type == "seriesMaster" {
			master = e.ID
		}
	}
	w.must(outlook.DeleteOccurrence(master, monday))
	w.eventually("the deleted occurrence frees its time", func() bool { return !w.blockedAt(0, monday.Add(30*time.Minute)) })
	if !w.blockedAt(0, monday.AddDate(0, 0, 7).Add(30*time.Minute)) {
		t.Error("its neighbour went too")
	}
}

func TestALostNoticeCostsTimeAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1, nil)
	_, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultNoticesDropped})
	w.must(err)
	at := workday(30, 10)
	_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", at, time.Hour)
	w.must(err)
	w.Graph.Settle()
	// The sweep is due after a quarter of an hour; the test does not wait for it.
	_, err = w.Pool.Exec(w.ctx, `update mailbox set next_sweep_at = now()`)
	w.must(err)
	w.eventually("the sweep finds the appointment", func() bool { return w.blockedAt(0, at) })
}
