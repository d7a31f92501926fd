package e2e

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
)

// looking is how long Graph may take for a live look in these tests.
const looking = 2 * time.Second

func liveTown(t *testing.T, n int) *town {
	t.Helper()
	return newTown(t, n, func(o *world.LocalOptions) { o.Env = map[string]string{"PLANNER_LIVE_CHECK": looking.String()} })
}

// An appointment whose notice is lost is seen all the same when its time is about to be taken.
func TestAnAppointmentOfWhichNoNoticeCameIsSeenWhenItsTimeIsReserved(t *testing.T) {
	t.Parallel()
	w := liveTown(t, 2)
	option, start := w.freeTime(0)
	_, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultNoticesDropped})
	w.must(err)
	_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", start, time.Hour)
	w.must(err)
	if !w.offered(option, 0, start) {
		t.Fatal("the notice was not lost: nothing is proven")
	}
	if _, _, err := w.citizen(0).Reserve(w.ctx, option, uuid.Nil, start, w.People[0].Identifier); world.FaultNumber(err) != 4770 {
		t.Errorf("reserving a time that Outlook has taken: %v, want 4770", err)
	}
	// What was seen wakes the sync, so that the next citizen is not offered it.
	w.eventually("the appointment blocks", func() bool { return w.blockedAt(0, start) })
	if w.offered(option, 0, start) {
		t.Error("still offered")
	}
}

func TestACitizenWithoutAWishGetsTheCaseWorkerWhoIsFreeJustNow(t *testing.T) {
	t.Parallel()
	w := liveTown(t, 2)
	option, start := w.freeTime(0)
	for !w.offered(option, 0, start) || !w.offered(option, 1, start) {
		start = start.Add(30 * time.Minute)
	}
	_, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultNoticesDropped})
	w.must(err)
	_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", start, time.Hour)
	w.must(err)
	_, with, err := w.citizen(0).Reserve(w.ctx, option, uuid.Nil, start, "")
	w.must(err)
	if with != w.People[1].Identifier {
		t.Errorf("reserved with %s, want the one who is free", with)
	}
	// Now nobody is left.
	if _, _, err := w.citizen(1).Reserve(w.ctx, option, uuid.Nil, start, ""); world.FaultNumber(err) != 4770 {
		t.Errorf("%v, want 4770", err)
	}
}

// SOAP does not wait for Microsoft longer than it was told to.
func TestAReservationIsAnsweredWithinTheBudgetThoughGraphHangs(t *testing.T) {
	t.Parallel()
	w := liveTown(t, 1)
	option, start := w.freeTime(0)
	hold, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultHold})
	w.must(err)
	began := time.Now()
	_, _, err = w.citizen(0).Reserve(w.ctx, option, uuid.Nil, start, w.People[0].Identifier)
	took := time.Since(began)
	w.Graph.ClearFault(hold)
	w.must(err)
	if took < looking || took > looking+10*time.Second { // the upper bound is for a slow machine
		t.Errorf("answered after %s with a budget of %s", took, looking)
	}
	_, err = w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultUnavailable})
	w.must(err)
	_, next := w.freeTime(0)
	_, _, err = w.citizen(1).Reserve(w.ctx, option, uuid.Nil, next, w.People[0].Identifier)
	w.must(err)
}
