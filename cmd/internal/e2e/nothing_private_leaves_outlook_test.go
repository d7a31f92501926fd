package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/cmd/internal/world"
	"kommunalplanner.example/sync/graphsim"
)

func TestNothingPrivateLeavesOutlook(t *testing.T) {
	t.Parallel()
	w := newTown(t, 2, nil)
	option, start := w.freeTime(0)
	cpr := w.citizen(0).CPR
	w.must(w.citizen(0).Book(w.ctx, uuid.New(), option, uuid.Nil, start, ""))
	// Trouble makes errors, and errors are where text leaks.
	_, err := w.Graph.SetFault(graphsim.Fault{Kind: graphsim.FaultError, Status: 400, Code: "ErrorInvalidRequest", Message: "The event '" + world.PrivateMarker + "' is bad.", Count: 2})
	w.must(err)
	_, err = w.Outlook.Block(w.ctx, w.People[0].ObjectID, world.PrivateMarker, start.Add(3*time.Hour), time.Hour)
	w.must(err)
	w.eventually("the appointment blocks", func() bool { return w.blockedAt(0, start.Add(3*time.Hour)) })
	w.must(w.Quiet(w.ctx))

	rows, err := w.Pool.Query(w.ctx, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
	w.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	for _, table := range tables {
		for _, text := range []string{world.PrivateMarker, "Tandlæge", "Teammøde", cpr} {
			if n := w.count("select count(*) from "+table+" r where r::text like '%' || $1 || '%'", text); n > 0 {
				t.Errorf("%d rows of %s hold %q", n, table, text)
			}
		}
	}
	for _, text := range []string{world.PrivateMarker, "Tandlæge", "Teammøde", cpr} {
		if strings.Contains(w.log.String(), text) {
			t.Errorf("the log holds %q", text)
		}
	}
	all, err := w.Graph.Events(w.People[0].ObjectID)
	w.must(err)
	for _, e := range all {
		if strings.Contains(e.Subject+e.BodyText, cpr) {
			t.Errorf("an event in Outlook holds a CPR number")
		}
	}
}
