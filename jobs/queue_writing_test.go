package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
)

// The function that migration 00014 made knows River's table by itself: a River that stores a job otherwise shows here.
func TestAJobPutIntoTheQueueBySQLIsTheOneThatTheOutboxPuts(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	out, err := jobs.NewOutbox(pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const byOutbox, bySQL = int64(7), int64(8)
	put := map[int64]func(pgx.Tx) error{
		byOutbox: func(tx pgx.Tx) error {
			return out.AddTx(t.Context(), tx, jobargs.SyncMailbox{Mailbox: byOutbox, Urgency: jobargs.Booking})
		},
		bySQL: func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `select queue_writing($1)`, bySQL)
			return err
		},
	}
	// row is what is stored, but for what differs from job to job.
	row := func(mailbox int64) string {
		rows, err := pool.Query(t.Context(), `select to_jsonb(j) - array['id', 'args', 'unique_key', 'created_at', 'scheduled_at', 'finalized_at']
				|| jsonb_build_object('due', scheduled_at <= now(), 'args', replace(args::text, $1, 'N'))
			from river_job j where args->>'mailbox' = $1 order by id`, fmt.Sprint(mailbox))
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, "\n")
	}
	for name, twin := range map[string]string{
		"no job":                  "delete from river_job",
		"waiting":                 "update river_job set priority = 4",
		"as urgent":               "update river_job set priority = 1",
		"put off":                 "update river_job set state = 'scheduled', scheduled_at = now() + interval '1 hour', priority = 2",
		"put off, as urgent":      "update river_job set state = 'scheduled', scheduled_at = now() + interval '1 hour'",
		"running":                 "update river_job set state = 'running', priority = 3",
		"failed, to be run again": "update river_job set state = 'retryable', scheduled_at = now() + interval '1 hour', priority = 2",
		"completed":               "update river_job set state = 'completed', finalized_at = now()",
		"given up":                "update river_job set state = 'discarded', finalized_at = now(), priority = 3",
	} {
		if _, err := pool.Exec(t.Context(), "delete from river_job"); err != nil {
			t.Fatal(err)
		}
		for m, f := range put { // the twins, each by the other's way: their keys must be the same
			if err := pgx.BeginFunc(t.Context(), pool, f); err != nil {
				t.Fatal(err)
			}
			if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				return out.AddTx(t.Context(), tx, jobargs.SyncMailbox{Mailbox: m})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := pool.Exec(t.Context(), twin); err != nil {
			t.Fatal(err)
		}
		for _, f := range put {
			if err := pgx.BeginFunc(t.Context(), pool, f); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := row(byOutbox), row(bySQL); a != b || a == "" {
			t.Errorf("%s:\noutbox %s\nSQL    %s", name, a, b)
		}
	}
}

func TestAJobPutIntoTheQueueBySQLCallsTheWorkers(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `listen "public.river_insert"`); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `select queue_writing(7)`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n, err := conn.Conn().WaitForNotification(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n.Payload != `{"queue": "mailbox"}` {
		t.Errorf("told %s", n.Payload)
	}
}
