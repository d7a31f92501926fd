package e2e

import (
	"testing"
	"time"

	"kommunalplanner.example/sync/graphsim"
)

func TestNothingIsLostWhateverGraphAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range []graphsim.Fault{
		{Kind: graphsim.FaultThrottle, RetryAfter: "1", Count: 3},
		{Kind: graphsim.FaultThrottle, RetryAfter: "none", Count: 1},
		{Kind: graphsim.FaultUnavailable, Status: 503, Body: "html", Count: 1},
		{Kind: graphsim.FaultCut, Count: 1},
		{Kind: graphsim.FaultDeltaExpired},
		{Kind: graphsim.FaultNoticesDuplicated, Count: 10},
		{Kind: graphsim.FaultDeltaShuffle, Count: 10},
		{Kind: graphsim.FaultDeltaNull, Count: 10},
		{Kind: graphsim.FaultUnauthorized, Count: 1},
	} {
		t.Run(f.Kind+" "+f.RetryAfter, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, 1, nil)
			before := w.count(`select count(*) from busy_block`)
			_, err := w.Graph.SetFault(f)
			w.must(err)
			at := workday(30, 10)
			_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, "Tandlæge", at, time.Hour)
			w.must(err)
			w.eventually("the appointment blocks all the same", func() bool { return w.blockedAt(0, at) })
			if after := w.count(`select count(*) from busy_block`); after != before+1 {
				t.Errorf("%d blocks before, %d after; want one more", before, after)
			}
		})
	}
}
