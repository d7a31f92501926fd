package syncdb_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/jobs/jobargs"
	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/syncdb"
	"kommunalplanner.example/sync/webhook"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var noon = time.Date(2026, 12, 7, 11, 0, 0, 0, time.UTC)

// queue remembers the jobs that were inserted.
type queue struct{ jobs []jobargs.Job }

func (q *queue) AddTx(_ context.Context, _ pgx.Tx, job jobargs.Job) error {
	q.jobs = append(q.jobs, job)
	return nil
}

func (q *queue) take() []jobargs.Job {
	jobs := q.jobs
	q.jobs = nil
	return jobs
}

func newStore(t *testing.T) (*syncdb.Store, *queue, int64) {
	t.Helper()
	pool := pgtest.New(t)
	q := &queue{}
	s := syncdb.New(pool, q, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	worker := uuid.New()
	for _, sql := range []string{
		`insert into job_center (code, name) values ('10100', 'Prøveby')`,
		`insert into case_worker (id, job_center_code, identifier, given_name, surname, email) values ('` + worker.String() + `', '10100', 'RID:1', 'Åse', 'Ærø', 'aase@example.dk')`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	id, err := s.AddMailbox(t.Context(), worker, "user-1", "aase@example.dk")
	if err != nil {
		t.Fatal(err)
	}
	q.take()
	return s, q, id
}

func TestANewMailboxIsShownToAdministratorsBeforeItWasRead(t *testing.T) {
	t.Parallel()
	s, _, id := newStore(t)
	rows, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0].ID != id || rows[0].State != "new" || rows[0].AsOf != nil || !rows[0].SubscribedUntil.IsZero() || !rows[0].PendingOldest.IsZero() {
		t.Fatalf("got %+v", rows)
	}
}

func TestATickStartsWhatIsDueOnce(t *testing.T) {
	t.Parallel()
	s, q, id := newStore(t)
	swept, subscribed, err := s.StartDue(t.Context(), noon, 5*time.Minute)
	if err != nil || swept != 1 || subscribed != 1 {
		t.Fatalf("swept %d, subscribed %d, %v; want 1 and 1", swept, subscribed, err)
	}
	if jobs := q.take(); len(jobs) != 2 || jobs[0] != (jobargs.SyncMailbox{Mailbox: id, Urgency: jobargs.FirstReading}) || jobs[1] != (jobargs.SubscribeMailbox{Mailbox: id}) {
		t.Fatalf("jobs %v", jobs)
	}
	if swept, _, _ = s.StartDue(t.Context(), noon.Add(time.Second), 5*time.Minute); swept != 0 {
		t.Fatal("the same sweep was started twice")
	}
	sub := calendar.Subscription{ID: "sub-1", Expires: noon.Add(6 * 24 * time.Hour)}
	if err := s.Subscribed(t.Context(), id, sub, noon.Add(3*24*time.Hour), "secret"); err != nil {
		t.Fatal(err)
	}
	if _, subscribed, _ = s.StartDue(t.Context(), noon.Add(2*24*time.Hour), time.Hour); subscribed != 0 {
		t.Fatal("a good subscription was made again")
	}
	if _, subscribed, _ = s.StartDue(t.Context(), noon.Add(3*24*time.Hour+time.Second), time.Hour); subscribed != 1 {
		t.Fatal("a subscription past half its life was not renewed")
	}
}

func TestAnAdministratorsActionIsAuditedOrNotDone(t *testing.T) {
	t.Parallel()
	s, q, id := newStore(t)
	for _, c := range []struct {
		action  syncdb.Action
		applies bool
		jobs    int
	}{
		{syncdb.SyncNow, true, 1}, {syncdb.RereadAll, true, 1}, {syncdb.Resume, false, 0},
		{syncdb.Pause, true, 0}, {syncdb.Pause, false, 0}, {syncdb.Resume, true, 1}, {syncdb.Subscribe, true, 1}, {syncdb.Unflag, true, 1},
	} {
		applied, err := s.Do(t.Context(), id, c.action, "kirsten")
		if err != nil || applied != c.applies || len(q.take()) != c.jobs {
			t.Errorf("%s: applied %v, %v; want %v and %d jobs", c.action, applied, err, c.applies, c.jobs)
		}
	}
	if _, err := s.Do(t.Context(), id, "explode", "kirsten"); err == nil {
		t.Error("an unknown action was done")
	}
	if applied, err := s.Do(t.Context(), id+1, syncdb.SyncNow, "kirsten"); err != nil || applied {
		t.Errorf("an unknown mailbox was acted on: %v %v", applied, err)
	}
}

func TestARemovedSubscriptionIsForgottenAndMadeAgain(t *testing.T) {
	t.Parallel()
	s, q, id := newStore(t)
	if err := s.Subscribed(t.Context(), id, calendar.Subscription{ID: "sub-1", Expires: noon.Add(time.Hour)}, noon, "secret"); err != nil {
		t.Fatal(err)
	}
	q.take()
	known, err := s.Subscriptions(t.Context(), []string{"sub-1", "sub-9"})
	if err != nil || len(known) != 1 || known["sub-1"] != (webhook.Subscription{Mailbox: id, ClientState: "secret"}) {
		t.Fatalf("known %v, %v", known, err)
	}
	if err := s.Noticed(t.Context(), webhook.Noticed{Wake: []int64{id, id}, Resubscribe: []int64{id}, Removed: []string{"sub-1"}}); err != nil {
		t.Fatal(err)
	}
	if jobs := q.take(); len(jobs) != 2 {
		t.Fatalf("jobs %v; want one sync and one subscription", jobs)
	}
	if known, _ = s.Subscriptions(t.Context(), []string{"sub-1"}); len(known) != 0 {
		t.Fatal("the removed subscription is still known")
	}
}
