package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs"
	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/sync/mailbox"
)

// ordered tells which mailboxes were run, in order.
type ordered struct {
	boxes *boxes
	ran   chan int64
}

func (o *ordered) Sync(ctx context.Context, id int64) (mailbox.Result, error) {
	o.ran <- id
	return o.boxes.Sync(ctx, id)
}

func (r *rig) add(t *testing.T, job jobargs.Job) {
	t.Helper()
	out, err := jobs.NewOutbox(r.pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error { return out.AddTx(t.Context(), tx, job) }); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) job(t *testing.T, mailbox int64) (state string, priority int, wait time.Duration) {
	t.Helper()
	var at time.Time
	err := r.pool.QueryRow(t.Context(), `select state::text, priority, scheduled_at from river_job
		where kind = 'sync_mailbox' and (args->>'mailbox')::bigint = $1 order by id desc limit 1`, mailbox).Scan(&state, &priority, &at)
	if err != nil {
		t.Fatal(err)
	}
	return state, priority, time.Until(at)
}

// graph.md §12.25: initial rounds at low priority behind booking writes.
func TestABookingWaitsBehindNoFirstReadingAndANoticeBehindNoSweep(t *testing.T) {
	t.Parallel()
	r := newRig(t, 30, 0, nil) // thirty first readings wait
	if _, priority, _ := r.job(t, r.ids[0]); priority != 4 {
		t.Fatalf("a first reading has priority %d", priority)
	}
	noticed, booked, swept := r.ids[27], r.ids[28], r.ids[29]
	r.add(t, jobargs.SyncMailbox{Mailbox: swept, Urgency: jobargs.Sweep})
	r.add(t, jobargs.SyncMailbox{Mailbox: noticed})
	r.add(t, jobargs.SyncMailbox{Mailbox: booked, Urgency: jobargs.Booking})
	r.add(t, jobargs.SyncMailbox{Mailbox: booked, Urgency: jobargs.Sweep}) // does not push it back

	order := &ordered{r.boxes, make(chan int64, 30)}
	run, err := jobs.NewRunner(jobs.Config{
		Pool: r.pool, Log: slog.New(slog.DiscardHandler), Now: time.Now, Mailboxes: order, Generations: r.store, Subscriber: nothing{}, Upkeep: nothing{}, MailboxWorkers: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = run.Stop(context.Background()) }()
	for i, want := range []int64{booked, noticed, swept, r.ids[0]} {
		if got := <-order.ran; got != want {
			t.Fatalf("run %d was of mailbox %d, want %d", i+1, got, want)
		}
	}
}

func TestABookingBringsBackAJobThatWasPutOffAndANoticeDoesNot(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1, 0, nil)
	id := r.ids[0]
	if _, err := r.pool.Exec(t.Context(), `update river_job set state = 'scheduled', scheduled_at = now() + interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	r.add(t, jobargs.SyncMailbox{Mailbox: id})
	if state, priority, wait := r.job(t, id); state != "scheduled" || priority != 2 || wait < 59*time.Minute {
		t.Fatalf("after a notice: %s, priority %d, in %s", state, priority, wait)
	}
	r.add(t, jobargs.SyncMailbox{Mailbox: id, Urgency: jobargs.Booking})
	if state, priority, wait := r.job(t, id); state != "available" || priority != 1 || wait > time.Second {
		t.Fatalf("after a booking: %s, priority %d, in %s", state, priority, wait)
	}
}

func TestAJobUnderWayIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1, 0, nil)
	if _, err := r.pool.Exec(t.Context(), `update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = array['x']`); err != nil {
		t.Fatal(err)
	}
	r.add(t, jobargs.SyncMailbox{Mailbox: r.ids[0], Urgency: jobargs.Booking})
	if state, priority, _ := r.job(t, r.ids[0]); state != "running" || priority != 4 {
		t.Fatalf("%s, priority %d", state, priority)
	}
}
