package service

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// failing is an upkeep that does not get far.
type failing struct{ jobs.Upkeep }

var errFailing = errors.New("the database is away")

func (failing) Prune(context.Context, time.Time) error { return errFailing }

func TestATickLooksAfterCalendarsWhateverElseFails(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	worker := uuid.New()
	for _, sql := range []string{
		`insert into job_center (code, name) values ('10100', 'Prøveby')`,
		`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ('` + worker.String() + `', '10100', 'RID:1', 'Åse', 'Ærø', 'aase@example.dk')`,
		`insert into calendar_source (case_worker_id, source, next, since, compared_at) values ('` + worker.String() + `', 'graph', 'kommuneklient', '2026-11-23', '2026-11-23')`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	u := answeringUpkeep{failing{}, newAnswering(pool, nil, nil, func() time.Time { return now }, slog.New(slog.DiscardHandler))}
	if err := u.Prune(t.Context(), now); !errors.Is(err, errFailing) {
		t.Errorf("%v", err)
	}
	var source string
	if err := pool.QueryRow(t.Context(), `select source from calendar_source`).Scan(&source); err != nil {
		t.Fatal(err)
	}
	if source != "kommuneklient" {
		t.Errorf("the word of %s counts", source)
	}
}
