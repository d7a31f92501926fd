package plannerdb_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// month is a question about what the world's option offers to a citizen in the weeks to come.
func (w *world) month(t testing.TB, who int) planner.TimeslotQuery {
	return planner.TimeslotQuery{
		JobCenter: center, CPR: citizen(t, who), Option: w.option.ID, Interval: planner.Span{Start: at(t, "2026-12-01 07:00"), End: at(t, "2026-12-20 00:00")},
	}
}

// told is an answer, or the refusal, without what is kept with it.
func told(t testing.TB, s *plannerdb.Store, ask planner.TimeslotQuery) string {
	t.Helper()
	found, err := s.Timeslots(t.Context(), ask)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, w := range found.CaseWorkers {
		fmt.Fprintln(&b, w.Identifier, w.GivenName, w.Hours)
	}
	for _, slot := range found.Slots {
		fmt.Fprintln(&b, slot.Start.Format(time.DateTime), slot.CaseWorkers, slot.ContactTypes)
	}
	fmt.Fprintln(&b, found.Option.Title)
	return b.String()
}

// keptTables lists changes of each table that answers from memory are made of, each of which must show at once.
var keptTables = []struct{ table, change string }{
	{"busy_block", `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($anna, 'graph', '1', '2026-12-02 09:00+1', '2026-12-02 10:00+1', 'busy')`},
	{"busy_block", `update busy_block set starts_at = '2026-12-02 07:00+1'`},
	{"busy_block", `update busy_block set case_worker_id = $bo`},
	{"busy_block", `delete from busy_block`},
	{"busy_block", `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($anna, 'graph', '2', '2026-12-02 09:00+1', '2026-12-04 10:00+1', 'busy')`},
	{"busy_block", `truncate busy_block`},
	{"held_time", `insert into held_time (id, case_worker_id, during, expires_at, job_center_code, citizen_hash, contact_type) values (gen_random_uuid(), $anna, '[2026-12-02 09:00+1,2026-12-02 10:00+1)', '2027-01-01', '10100', 'x', 1)`},
	{"held_time", `update held_time set expires_at = '2026-11-30'`},
	{"held_time", `update held_time set expires_at = '2027-01-01', case_worker_id = $bo`},
	{"held_time", `delete from held_time`},
	{"held_time", `insert into held_time (id, case_worker_id, during, exclusive, expires_at, job_center_code, citizen_hash, contact_type) values (gen_random_uuid(), $anna, '[2026-12-02 09:00+1,2026-12-02 10:00+1)', false, '2027-01-01', '10100', 'x', 1)`},
	{"held_time", `truncate held_time, group_seat, room_hold`},
	{"mailbox", `insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at) values ($anna, 'a', 'a', 'new', now(), now(), now())`},
	{"mailbox", `update mailbox set state = 'active', as_of = '2026-12-01 05:00+1'`},
	{"mailbox", `update mailbox set case_worker_id = $bo, state = 'denied'`},
	{"mailbox", `update mailbox set state = 'held'`},
	{"mailbox", `update mailbox set as_of = null`},
	{"calendar_source", `insert into calendar_source (case_worker_id, source, since) values ($bo, 'kommuneklient', now())`},
	{"calendar_source", `update calendar_source set source = 'graph'`},
	{"calendar_source", `update calendar_source set source = 'kommuneklient'`},
	{"calendar_source", `delete from calendar_source`},
	{"mailbox", `delete from mailbox`},
	{"working_hours", `insert into working_hours (case_worker_id, weekday, start_minute, end_minute) values ($anna, 3, 1000, 1200)`},
	{"working_hours", `update working_hours set end_minute = 1100 where start_minute = 1000`},
	{"working_hours", `delete from working_hours where weekday = 3`},
	{"working_hours_exception", `insert into working_hours_exception (case_worker_id, on_date, start_minute, end_minute) values ($bo, '2026-12-02', 600, 800)`},
	{"working_hours_exception", `update working_hours_exception set end_minute = 900`},
	{"working_hours_exception", `delete from working_hours_exception`},
	{"case_worker_contact", `insert into case_worker_contact (case_worker_id, weekday, contact_type) values ($bo, 0, 8)`},
	{"case_worker_contact", `update case_worker_contact set contact_type = 1`},
	{"case_worker_contact", `delete from case_worker_contact`},
	{"case_worker", `update case_worker set given_name = 'Annette' where id = $anna`},
	{"case_worker", `update case_worker set max_per_day = 1, active = false where id = $anna`},
	{"case_worker", `update case_worker set active = true where id = $anna`},
	{"case_worker", `update case_worker set last_day = '2026-12-10' where id = $anna`},
	{"case_worker", `update case_worker set last_day = null where id = $anna`},
	{"interview_option", `update interview_option set title = 'Samtale'`},
	{"interview_option", `update interview_option set competences = '{tolk}'`},
	{"case_worker", `update case_worker set competences = '{tolk}' where id = $bo`},
	{"interview_option", `update interview_option set notice_minutes = 3000`},
	{"interview_option", `update interview_option set active = false`},
	{"interview_option", `update interview_option set active = true, competences = '{}'`},
	{"interview_option_case_worker", `delete from interview_option_case_worker where case_worker_id = $bo`},
	{"interview_option_case_worker", `insert into interview_option_case_worker (interview_option_id, case_worker_id) values ($option, $bo)`},
	{"interview_option_case_worker", `truncate interview_option_case_worker`},
	{"interview_option_team", `with t as (insert into team (id, job_center_code, name) values ($team, '10100', 'Unge') returning id) insert into interview_option_team (interview_option_id, team_id) select $option, id from t`},
	{"team_member", `insert into team_member (team_id, case_worker_id) values ($team, $bo)`},
	{"team_member", `update team_member set case_worker_id = $anna`},
	{"interview_option_team", `delete from interview_option_team`},
	{"interview_option_team", `insert into interview_option_team (interview_option_id, team_id) values ($option, $team)`},
	{"team_member", `delete from team_member`},
	{"team_member", `insert into team_member (team_id, case_worker_id) values ($team, $bo)`},
	{"closing_day", `insert into closing_day (job_center_code, on_date) values ('10100', '2026-12-04')`},
	{"closing_day", `update closing_day set on_date = '2026-12-07'`},
	{"closing_day", `delete from closing_day`},
	{"mailbox", `insert into mailbox (case_worker_id, graph_user_id, email, state, as_of, state_since, full_round_due_at, next_sweep_at) values ($bo, 'b', 'b', 'active', '2026-12-01 05:00+1', now(), now(), now())`},
	{"job_center", `update job_center set stale_after_minutes = 30`},
	{"job_center", `update job_center set stale_after_minutes = null`},
	{"job_center", `update job_center set stale_after_minutes = 30`},
	{"mailbox", `update mailbox set as_of = '2026-12-01 06:59+1'`},
	{"booking", `insert into booking (id, job_center_code, citizen_hash, citizen_sealed, case_worker_id, starts_at, ends_at, contact_type, title, origin, request_fingerprint, created_at, updated_at) values (gen_random_uuid(), '10100', $citizen, '', $anna, '2026-12-08 09:00+1', '2026-12-08 10:00+1', 1, '', 'kss', '', now(), now())`},
	{"booking", `update booking set status = 'cancelled'`},
}

// unseen are changes in the list above that do not show by themselves; they make the next one show.
var unseen = []string{"insert into interview_option_team (interview_option_id, team_id) select", "insert into mailbox (case_worker_id, graph_user_id, email, state, as_of",
	"update calendar_source set source = 'graph'"}

func TestWhatChangesInAnyTableShowsInAnswersFromMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	processes := []*plannerdb.Store{w.Store, w.process(t)}
	live := plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t)})
	values := strings.NewReplacer("$anna", "'"+w.anna.ID.String()+"'", "$bo", "'"+w.bo.ID.String()+"'", "$option", "'"+w.option.ID.String()+"'",
		"$team", "'00000000-0000-4000-8000-000000000009'", "$citizen", fmt.Sprintf(`'\x%x'`, sealer(t).Hash(citizen(t, 1))))
	ask := w.month(t, 1)
	before := told(t, live, ask)
	for i, k := range keptTables {
		for n, p := range processes {
			if i > 0 {
				break
			}
			if got := told(t, p, ask); got != before {
				t.Fatalf("process %d at first:\n%s", n, diff.Diff(before, got))
			}
		}
		if _, err := w.pool.Exec(t.Context(), values.Replace(k.change)); err != nil {
			t.Fatal(k.change, err)
		}
		want := told(t, live, ask)
		if want == before && !slices.ContainsFunc(unseen, func(u string) bool { return strings.Contains(k.change, u) }) {
			t.Errorf("%s shows nothing: it is no test", k.change)
		}
		for n, p := range processes {
			if got := told(t, p, ask); got != want {
				t.Errorf("process %d after %s:\n%s", n, k.change, diff.Diff(want, got))
			}
		}
		before = want
	}
}

var parameter = regexp.MustCompile(`@\w+`)

// TestEveryTableThatIsKeptTellsOfItsChanges takes the tables from the queries themselves.
func TestEveryTableThatIsKeptTellsOfItsChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read := map[string]bool{}
	for file, names := range map[string][]string{"memory.sql": {"KeptCalendars", "OptionHolders"}, "option.sql": {"OptionByID", "JobCenterByCode"}} {
		content, err := os.ReadFile("queries/" + file)
		must(t, err)
		for _, name := range names {
			_, query, found := strings.Cut(string(content), "-- name: "+name+" :many\n")
			if !found {
				t.Fatalf("no query %s", name)
			}
			query, _, _ = strings.Cut(query, ";\n")
			w.exec(t, "create view reads_"+name+" as "+parameter.ReplaceAllString(query, "null"))
			rows, err := w.pool.Query(t.Context(), `
				select distinct c.relname::text from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class c on c.oid = d.refobjid
				where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and r.ev_class = $1::text::regclass and c.oid <> r.ev_class`, "reads_"+name)
			must(t, err)
			for rows.Next() {
				var table string
				must(t, rows.Scan(&table))
				read[table] = true
			}
			must(t, rows.Err())
		}
	}
	if len(read) < 13 {
		t.Errorf("only %d tables were found: %v", len(read), read)
	}
	tested := map[string]bool{}
	for _, k := range keptTables {
		tested[k.table] = true
	}
	for table := range read {
		// Bits of pg_trigger.tgtype: insert 4, delete 8, update 16, truncate 32.
		if n := w.count(t, `select coalesce(bit_or(tgtype) & 60, 0) from pg_trigger where tgrelid = $1::text::regclass and tgname like 'tell\_%' and tgenabled = 'O'`, table); n != 60 {
			t.Errorf("%s does not tell of all changes: %d", table, n)
		}
		if !tested[table] {
			t.Errorf("%s has no change in keptTables", table)
		}
	}
}

func TestWhatDoesNotMatterInAMailboxIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `insert into mailbox (case_worker_id, graph_user_id, email, state, state_since, full_round_due_at, next_sweep_at) values ($1, 'a', 'a', 'new', now(), now(), now())`, w.anna.ID)
	before := w.count(t, `select count(*) from calendar_change`)
	w.exec(t, `update mailbox set wanted_generation = 7, epoch = 8, state = 'new'`)
	if n := w.count(t, `select count(*) from calendar_change`); n != before {
		t.Errorf("%d changes were told", n-before)
	}
	w.exec(t, `update mailbox set as_of = now()`)
	if n := w.count(t, `select count(*) from calendar_change`); n != before+1 {
		t.Errorf("%d changes were told, want 1", n-before)
	}
}

func TestATransactionUnderWayAtTheLastLookIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := w.month(t, 1)
	first := told(t, w.Store, ask)
	slow, err := w.pool.Begin(t.Context())
	must(t, err)
	defer func() { _ = slow.Rollback(context.Background()) }()
	_, err = slow.Exec(t.Context(), `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', 'slow', '2026-12-02 09:00+1', '2026-12-02 10:00+1', 'busy')`, w.anna.ID)
	must(t, err)
	// Younger, and done first.
	w.block(t, w.bo.ID, "2026-12-03 09:00", "2026-12-03 10:00")
	second := told(t, w.Store, ask)
	must(t, slow.Commit(t.Context()))
	third := told(t, w.Store, ask)
	live := plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t)})
	if want := told(t, live, ask); first == second || second == third || third != want {
		t.Errorf("the younger transaction shows: %v, then the older: %v\n%s", first != second, second != third, diff.Diff(want, third))
	}
}

func TestWhoHasNotLookedForLongForgetsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := w.month(t, 1)
	prune := func() {
		w.exec(t, `update calendar_change set at = at - interval '1 hour'`)
		must(t, w.PruneChanges(t.Context()))
	}
	asleep := w.process(t)
	first := told(t, asleep, ask)
	w.block(t, w.anna.ID, "2026-12-02 09:00", "2026-12-02 10:00")
	prune()
	if n := w.count(t, `select count(*) from calendar_change`); n != 1 {
		t.Errorf("%d rows are left", n)
	}
	prune() // of what the first one left
	want := told(t, plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t)}), ask)
	if got := told(t, asleep, ask); got == first || got != want {
		t.Error(diff.Diff(want, got))
	}
	// Whoever looked since the transactions of before ended keeps what there is; those of other tests count.
	for w.count(t, `select count(*) from calendar_change where xid >= pg_snapshot_xmin(pg_current_snapshot())`) > 0 {
	}
	told(t, asleep, ask)
	before, _ := asleep.Kept()
	prune()
	told(t, asleep, ask)
	if after, _ := asleep.Kept(); after.Calendars != before.Calendars {
		t.Errorf("%d calendars were read again", after.Calendars-before.Calendars)
	}
}

func TestALostConnectionEndsWhatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := w.month(t, 1)
	first := told(t, w.Store, ask)
	// Told to nobody, as by a server that forgot.
	w.exec(t, `alter table busy_block disable trigger all`)
	w.block(t, w.anna.ID, "2026-12-02 09:00", "2026-12-02 10:00")
	if told(t, w.Store, ask) != first {
		t.Fatal("the answer was not kept: this is no test")
	}
	w.exec(t, `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and query like '%pg_snapshot_xip%' and pid <> pg_backend_pid()`)
	live := plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t)})
	if want, got := told(t, live, ask), told(t, w.Store, ask); got != want || got == first {
		t.Error(diff.Diff(want, got))
	}
	w.Close(t.Context())
	if want, got := told(t, live, ask), told(t, w.Store, ask); got != want {
		t.Error("closed:", diff.Diff(want, got))
	}
}

func TestACalendarThatGrowsStaleIsWithheldFromAnswersInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `update job_center set stale_after_minutes = 30`)
	w.exec(t, `insert into mailbox (case_worker_id, graph_user_id, email, state, as_of, state_since, full_round_due_at, next_sweep_at) values ($1, 'a', 'a', 'active', $2, now(), now(), now())`,
		w.anna.ID, w.clock.Now().Add(-20*time.Minute))
	both := []uuid.UUID{w.anna.ID, w.bo.ID}
	for _, step := range []struct {
		after time.Duration
		want  []uuid.UUID
	}{{0, both}, {10 * time.Minute, both}, {time.Microsecond, both[1:]}} {
		w.clock.advance(step.after)
		got := w.free(t, 1, "2026-12-02 09:00")
		if d := diff.Diff(step.want, got, cmpopts.SortSlices(func(a, b uuid.UUID) bool { return cmp.Compare(a.String(), b.String()) < 0 })); d != "" {
			t.Errorf("%s later: %s", step.after, d)
		}
	}
}

// TestWhoeverMadeAChangeFindsItInTheNextAnswer lets many change and ask at once, each about a case worker of their own.
func TestWhoeverMadeAChangeFindsItInTheNextAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	processes := []*plannerdb.Store{w.Store, w.process(t)}
	ids := []uuid.UUID{w.anna.ID, w.bo.ID}
	var all sync.WaitGroup
	workers := []planner.CaseWorker{w.anna, w.bo}
	for n := range 4 {
		c := newWorker(fmt.Sprint("worker", n), daily(8, 16))
		must(t, w.PutCaseWorker(t.Context(), c))
		workers, ids = append(workers, c), append(ids, c.ID)
	}
	must(t, w.PutInterviewOption(t.Context(), center, w.option, ids))
	for n, c := range workers {
		all.Go(func() {
			ask := w.month(t, n+1)
			ask.CaseWorkerIdentifier = c.Identifier
			ask.Interval = planner.Span{Start: at(t, "2026-12-02 09:00"), End: at(t, "2026-12-02 10:00")}
			for i := range 60 {
				sql := `insert into busy_block (case_worker_id, source, item_id, starts_at, ends_at, show_as) values ($1, 'graph', 'x', '2026-12-02 09:00+1', '2026-12-02 10:00+1', 'busy')`
				if i%2 == 1 {
					sql = `delete from busy_block where case_worker_id = $1`
				}
				if _, err := w.pool.Exec(t.Context(), sql, c.ID); err != nil {
					t.Error(err)
					return
				}
				found, err := processes[(n+i/2)%2].Timeslots(t.Context(), ask)
				if err != nil || len(found.Slots) != i%2 {
					t.Errorf("change %d of %s: %d times, %v", i, c.Identifier, len(found.Slots), err)
					return
				}
			}
		})
	}
	all.Wait()
	for _, p := range processes {
		kept, _ := p.Kept()
		t.Logf("%+v", kept)
		if kept.Questions == 0 || kept.Looks > kept.Questions {
			t.Errorf("%+v", kept)
		}
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const keep = 100_000
	s := plannerdb.New(w.pool, plannerdb.Options{Now: w.clock.Now, Sealer: sealer(t), Keep: keep})
	defer s.Close(context.Background())
	most, last := int64(0), 0
	for n := range 300 {
		ask := w.month(t, 1)
		ask.Interval.Start = ask.Interval.Start.Add(time.Duration(n) * 30 * time.Minute)
		found, err := s.Timeslots(t.Context(), ask)
		must(t, err)
		if found.Kept != nil {
			// The first few begin within the notice, and are the same.
			made := found.Kept.Once(func() (any, int) { return n, 2000 }).(int)
			if made < last || made < n && n > 4 {
				t.Fatalf("what was made for question %d came with the answer to question %d", made, n)
			}
			last = made
		}
		kept, _ := s.Kept()
		most = max(most, kept.Bytes)
	}
	if kept, _ := s.Kept(); most > keep || most < keep/3 || kept.Misses < 250 {
		t.Errorf("at most %d bytes of %d: %+v", most, keep, kept)
	}
}

func TestCitizensWithoutMeetingsThereShareOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := 0
	shared := func(who int) bool {
		found, err := w.Timeslots(t.Context(), w.month(t, who))
		must(t, err)
		if found.Kept == nil {
			return false
		}
		return found.Kept.Once(func() (any, int) { made++; return "the answer", 10 }) == "the answer"
	}
	if _, _, err := w.create(t, 3, "2026-12-02 09:00"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reserve(t, 4, "2026-12-03 09:00"); err != nil {
		t.Fatal(err)
	}
	got := []bool{shared(1), shared(2), shared(3), shared(4)}
	if d := diff.Diff([]bool{true, true, false, false}, got); d != "" || made != 1 {
		t.Errorf("shared by two strangers, one with a booking, one with a reservation: %v; made %d times", got, made)
	}
}
