package recorddb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner/recorddb"
)

// link adds links until there are so many more: entries wait for older transactions of the whole cluster, and other tests have some.
func (w *world) link(want int) {
	w.Helper()
	added := 0
	for {
		n, err := w.Link(w.Context())
		must(w, err)
		if added += n; added == want {
			return
		}
		if added > want {
			w.Fatalf("%d links added, want %d", added, want)
		}
	}
}

// linkNextDay is link by the search of a coming day: what waits for an older transaction on that day is found on the next.
func (w *world) linkNextDay(want int) {
	w.Helper()
	for added := 0; added < want; {
		w.clock.advance(25 * time.Hour)
		n, err := w.Link(w.Context())
		must(w, err)
		if added += n; added > want {
			w.Fatalf("%d links added, want %d", added, want)
		}
	}
}

func TestWhateverIsChangedBehindTheProgramsBackIsNamedByItsLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sql string
		seq       int64
		fault     string
	}{
		{"nothing", "perform 1", 0, ""},
		{"who", "update audit_entry set actor = 'admin:somebody' where id = 3", 3, recorddb.FaultContent},
		{"from where", "update audit_entry set came_from = 'soap' where id = 3", 3, recorddb.FaultContent},
		{"what was after", `update audit_entry set after = '{"b": 2, "a": [1.50]}' where id = 4`, 4, recorddb.FaultContent},
		{"a value moved to another column", "update audit_entry set reason = action, action = '' where id = 2", 2, recorddb.FaultContent},
		{"the instant", "update audit_entry set at = at - interval '1 us' where id = 2", 2, recorddb.FaultInstant},
		{"an entry taken away", "delete from audit_entry where id = 5", 5, recorddb.FaultMissing},
		{"entry and link taken away", "delete from audit_entry where id = 5; delete from audit_link where seq = 5", 6, recorddb.FaultGap},
		{"a link's hash of the content", "update audit_link set content = sha256('x') where seq = 4", 4, recorddb.FaultHash},
		{"a link's instant", "update audit_link set at = at - interval '1 year' where seq = 4", 4, recorddb.FaultHash},
		{"a link's hash", "update audit_link set hash = sha256('x') where seq = 4", 4, recorddb.FaultHash},
		{"two entries changed for one another", "update audit_link set entry_id = -entry_id where seq in (3, 7); update audit_link set entry_id = 10 - seq where entry_id < 0", 3, recorddb.FaultHash},
		{"the end cut off", "delete from audit_entry where id > 7; delete from audit_link where seq > 7", 8, recorddb.FaultHead},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i := range 9 {
				w.note(fmt.Sprint("deed ", i))
			}
			w.link(9)
			whole, err := w.Verify(t.Context(), 1, recorddb.Head{})
			must(t, err)
			w.tamper(c.sql)
			got, err := w.Verify(t.Context(), 1, whole.Head)
			var broken *recorddb.Broken
			switch {
			case c.fault == "":
				must(t, err)
				if got != whole || got.Links != 9 {
					t.Errorf("%+v, then %+v", whole, got)
				}
				// From the middle, and with a head that another chain had.
				if got, err = w.Verify(t.Context(), 4, whole.Head); err != nil || got.Links != 6 || got.Head != whole.Head {
					t.Errorf("%+v %v", got, err)
				}
				other := whole.Head
				other.Hash[31] ^= 1
				if _, err = w.Verify(t.Context(), 1, other); !errors.As(err, &broken) || broken.Fault != recorddb.FaultOther || broken.Seq != 9 {
					t.Error(err)
				}
			case !errors.As(err, &broken) || broken.Seq != c.seq || broken.Fault != c.fault:
				t.Errorf("%v, want link %d: %s", err, c.seq, c.fault)
			}
		})
	}
}

func TestTheTrailAndItsLinksRefuseEveryStatementButInsert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.note("deed")
	w.link(1)
	refused := func(sql string) bool {
		_, err := w.pool.Exec(t.Context(), sql)
		var pg *pgconn.PgError
		if err != nil && (!errors.As(err, &pg) || pg.Code != "KP002") {
			t.Fatal(err)
		}
		return err != nil
	}
	for _, table := range []string{"audit_entry", "audit_link"} {
		for _, sql := range []string{"update " + table + " set at = at", "delete from " + table, "delete from " + table + " where false", "truncate " + table} {
			if !refused(sql) {
				t.Errorf("%q was not refused", sql)
			}
		}
	}
	// The way of retention is open for deletes of entries alone.
	asRetention := func(sql string) string {
		return "do $$ begin perform set_config('planner.retention', 'on', true); " + sql + "; end $$"
	}
	for _, sql := range []string{"update audit_entry set at = at", "truncate audit_entry", "delete from audit_link", "truncate audit_link"} {
		if !refused(asRetention(sql)) {
			t.Errorf("retention's %q was not refused", sql)
		}
	}
	if refused(asRetention("delete from audit_entry")) {
		t.Error("retention cannot delete")
	}
}

// Several programs write, several link, all at once.
func TestManyWritersAndLinkersMakeOneChainOfEveryEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const writers, each = 6, 40
	var writing, linking sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		linking.Go(func() {
			for {
				if _, err := w.Link(context.Background()); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for n := range writers {
		writing.Go(func() {
			for i := range each {
				err := pgx.BeginFunc(context.Background(), w.pool, func(tx pgx.Tx) error {
					for range 1 + i%3 {
						if _, err := tx.Exec(context.Background(), `insert into audit_entry (at, actor, action) values ($1, 'system', $2)`, w.clock.Now(), fmt.Sprint(n, i)); err != nil {
							return err
						}
					}
					if i%7 == 6 {
						return errUndone
					}
					return nil
				})
				if err != nil && !errors.Is(err, errUndone) {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	linking.Wait()
	w.whole()
}

var errUndone = errors.New("undone")

// whole links what is left, and checks that the chain holds and has every entry once.
func (w *world) whole() {
	w.Helper()
	w.link(w.count(`select (select count(*) from audit_entry) - (select count(*) from audit_link)`))
	v, err := w.Verify(w.Context(), 1, recorddb.Head{})
	must(w, err)
	if entries := w.count(`select count(*) from audit_entry`); int(v.Links) != entries || v.Waiting != 0 || v.Erased != 0 {
		w.Errorf("%+v of %d entries", v, entries)
	}
	if n := w.count(`select count(*) from (
		select a.tx, a.id, lead(a.tx) over (order by l.seq) as next_tx, lead(a.id) over (order by l.seq) as next_id
		from audit_link l join audit_entry a on a.id = l.entry_id) o
		where (o.next_tx, o.next_id) < (o.tx, o.id)`); n != 0 {
		w.Errorf("%d links stand before what was written earlier", n)
	}
}

// Transactions that write are begun, go on and end in any order, with runs of Link between.
func TestAnyInterleavingOfTransactionsAndRunsLinksEveryEntryOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		w.tamper(`truncate audit_entry, audit_link`)
		var open []pgx.Tx
		defer func() {
			for _, tx := range open {
				_ = tx.Rollback(context.Background())
			}
		}()
		pick := func(rt *rapid.T) int {
			if len(open) == 0 {
				rt.Skip()
			}
			return rapid.IntRange(0, len(open)-1).Draw(rt, "which")
		}
		committed, written := map[string]bool{}, 0
		holds := map[pgx.Tx][]string{}
		end := func(rt *rapid.T, do func(pgx.Tx) error) pgx.Tx {
			i := pick(rt)
			tx := open[i]
			open = append(open[:i], open[i+1:]...)
			must(t, do(tx))
			return tx
		}
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(rt *rapid.T) {
				if len(open) > 4 {
					rt.Skip()
				}
				tx, err := w.pool.Begin(t.Context())
				must(t, err)
				open = append(open, tx)
			},
			"write": func(rt *rapid.T) {
				tx := open[pick(rt)]
				written++
				action := fmt.Sprint("deed ", written)
				_, err := tx.Exec(t.Context(), `insert into audit_entry (at, actor, action) values ($1, 'system', $2)`, w.clock.Now(), action)
				must(t, err)
				holds[tx] = append(holds[tx], action)
			},
			"commit": func(rt *rapid.T) {
				tx := end(rt, func(tx pgx.Tx) error { return tx.Commit(t.Context()) })
				for _, a := range holds[tx] {
					committed[a] = true
				}
			},
			"undo": func(rt *rapid.T) { end(rt, func(tx pgx.Tx) error { return tx.Rollback(t.Context()) }) },
			"link": func(*rapid.T) {
				_, err := w.Link(t.Context())
				must(t, err)
				// Whatever is linked holds at every moment.
				_, err = w.Verify(t.Context(), 1, recorddb.Head{})
				must(t, err)
			},
		})
		for len(open) > 0 {
			must(t, open[0].Rollback(t.Context()))
			open = open[1:]
		}
		w.whole()
		if n := w.count(`select count(*) from audit_link l join audit_entry a on a.id = l.entry_id`); n != len(committed) {
			rt.Fatalf("%d entries are linked, %d were committed", n, len(committed))
		}
	})
}

func TestAProcessKilledWhileItLinksLeavesNothingHalfDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.note(fmt.Sprint("deed ", i))
	}
	w.link(5)
	for i := range 5 {
		w.note(fmt.Sprint("later deed ", i))
	}
	// It has read, and waits to write.
	inTheWay, err := w.pool.Begin(t.Context())
	must(t, err)
	_, err = inTheWay.Exec(t.Context(), `lock table audit_link in share mode`)
	must(t, err)
	one, err := pgxpool.New(t.Context(), w.pool.Config().ConnString())
	must(t, err)
	defer one.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := recorddb.New(one, recorddb.Options{Now: w.clock.Now}).Link(context.Background())
		ended <- err
	}()
	for killed := 0; killed == 0; {
		killed = w.count(`select count(pg_terminate_backend(pid)) from pg_locks where relation = 'audit_link'::regclass and not granted`)
	}
	if err := <-ended; err == nil {
		t.Error("it ended well")
	}
	must(t, inTheWay.Rollback(t.Context()))
	if n := w.count(`select count(*) from audit_link`); n != 5 {
		t.Errorf("%d links", n)
	}
	w.link(5)
	w.whole()
}

// While one process links, another does not wait for it.
func TestTheOneWhoComesSecondLeavesTheChainToTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.note("deed")
	tx, err := w.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `select from audit_chain for update`)
	must(t, err)
	w.link(0)
	must(t, tx.Rollback(t.Context()))
	w.link(1)
}

func TestAnEntryWhoseNumberComesLateIsLinkedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := func(id int) {
		w.exec(`insert into audit_entry (id, at, actor, action) overriding system value values ($1, now(), 'system', 'late')`, id)
	}
	late(50_000)
	w.link(1)
	late(49_999)
	w.link(1)
	late(1) // so late that only the daily search finds it
	w.link(0)
	w.linkNextDay(1)
	// From before the column, and from a cluster with higher numbers than this one's, that was dumped and restored here.
	w.tamper(`insert into audit_entry (id, at, actor, action, tx) overriding system value values (2, now(), 'system', 'old', null), (3, now(), 'system', 'restored', '4000000000')`)
	w.linkNextDay(2)
	w.whole()
}

func TestTheHeadIsToldToTheLogOnceADayAndCanBeLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.note("deed")
	w.link(1)
	w.note("another")
	w.link(1)
	told := func() (heads []string) {
		for _, line := range strings.Split(w.log.String(), "\n") {
			if _, head, found := strings.Cut(line, "head="); found {
				heads = append(heads, head)
			}
		}
		return heads
	}
	if len(told()) != 1 {
		t.Fatalf("%q", told())
	}
	w.clock.advance(24 * time.Hour)
	w.link(0)
	if len(told()) != 2 {
		t.Fatalf("%q", told())
	}
	for i, text := range told() {
		head, err := recorddb.ParseHead(text)
		must(t, err)
		if head.Seq != int64(i+1) {
			t.Errorf("%s", text)
		}
		_, err = w.Verify(t.Context(), 1, head)
		must(t, err)
	}
	for _, wrong := range []string{"", "1", "1:ab", "0:" + strings.Repeat("0", 64), "x:" + strings.Repeat("0", 64)} {
		if _, err := recorddb.ParseHead(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
