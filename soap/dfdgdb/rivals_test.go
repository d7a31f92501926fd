package dfdgdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
	"kommunalplanner.example/soap/dfdgsim"
)

func TestManyWorkersPollAndReportWithoutDoingAnythingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	var bookings []uuid.UUID
	for i := range 12 {
		id := w.summon(uuid.New(), w.at(3+i, 9, 0), &w.option.ID)
		w.move(id, w.at(3+i, 10, 0))
		bookings = append(bookings, id)
		w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(3+i, 14, 0), CPR: fmt.Sprintf("010180%04d", i)})
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	busy, messages := 0, 0
	for range 6 {
		all.Go(func() {
			out, err := w.poller(w.client(nil), w.store).Poll(t.Context(), center)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			messages += out.Messages
			if out.Busy {
				busy++
			}
		})
		all.Go(func() {
			if _, err := w.reporter(w.client(nil), w.store).Report(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.report()
	w.poll()
	c := w.dfdg.Counts()
	if c.Repeats != 0 || c.Creates != 24 || c.Updates != 12 || c.Waiting != 0 {
		t.Errorf("%+v", c)
	}
	for i, id := range bookings {
		if e := w.entry(id); !e.Details.BookingStartTime.Equal(w.at(3+i, 10, 0)) {
			t.Errorf("reports of %s came out of order: %s", id, e.Details.BookingStartTime)
		}
	}
	if n := w.count(`select count(*) from booking where origin = 'kss'`); n != 12 {
		t.Errorf("%d bookings of the case system", n)
	}
}

// The same messages at once from several sides, while citizens take the same case worker's time.
func TestTheSameMessageTakenInByManyHasOneEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	cpr, err := planner.ParseCPR(citizen)
	w.must(err)
	var summonses []dfdgqueue.Summons
	for i := range 6 {
		id := uuid.New()
		for j := range 3 {
			summonses = append(summonses, dfdgqueue.Summons{
				MessageID: uuid.New(), QueuedAt: w.clock.Now().Add(time.Duration(j) * time.Second), Booking: id, JobCenter: center, CPR: cpr, Status: dfdgqueue.Booked,
				Span: planner.Span{Start: w.at(2+i, 9+j, 0), End: w.at(2+i, 10+j, 0)}, CaseWorkerIdentifier: []string{"RID:A", "RID:B"}[j%2], ContactType: 1,
			})
		}
	}
	var all sync.WaitGroup
	for worker := range 5 {
		all.Go(func() {
			for n := range summonses {
				s := summonses[(n*(worker+1)+worker)%len(summonses)]
				_, err := w.store.Receive(t.Context(), dfdgqueue.Received{Kind: dfdgqueue.KindPush, Summons: s}, func(k dfdgqueue.Known) dfdgqueue.Decision { return dfdgqueue.Decide(k, s) })
				if err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			other, err := planner.ParseCPR(fmt.Sprintf("020280%04d", worker))
			if err != nil {
				t.Error(err)
			}
			for i := range 6 {
				_, err := w.planner.CreateBooking(t.Context(), planner.CreateRequest{
					JobCenter: center, CPR: other, BookingID: uuid.New(), Option: w.option.ID, Start: w.at(2+i, 9+worker%3, 0)})
				var refusal *planner.Error
				if err != nil && !errors.As(err, &refusal) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	// Every message was given to somebody; now each once more, in order.
	for _, s := range summonses {
		_, err := w.store.Receive(t.Context(), dfdgqueue.Received{Kind: dfdgqueue.KindPush, Summons: s}, func(k dfdgqueue.Known) dfdgqueue.Decision { return dfdgqueue.Decide(k, s) })
		w.must(err)
	}
	for i := range 6 {
		b, ok := w.booking(summonses[3*i].Booking)
		if !ok || !b.Start.Equal(w.at(2+i, 11, 0)) || b.Held != 1 || b.Overlapping == b.Exclusive {
			t.Errorf("%+v", b)
		}
	}
	if n := w.count(`select count(*) from dfdg_inbox`); n != len(summonses) {
		t.Errorf("%d rows of %d messages", n, len(summonses))
	}
	if n := w.count(`select count(*) from held_time a join held_time b on a.case_worker_id = b.case_worker_id and a.id < b.id and a.exclusive and b.exclusive and a.during && b.during`); n != 0 {
		t.Errorf("%d exclusive times overlap", n)
	}
}

func TestPushedNoticesAreFetchedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	p := dfdgqueue.NewPushed(dfdgqueue.PushedConfig{
		Notices: w.store, URL: w.http.URL + dfdgsim.PathRegister, HTTP: w.client(nil), Now: w.clock.Now,
		Caller: dfdgqueue.Caller{FullName: "Kommunal Planner", UserIdentifier: "CVR:12345678-UUID:x"},
	})
	hook := httptest.NewServer(p)
	t.Cleanup(hook.Close)
	w.dfdg.SetWebhook(string(center), hook.URL)
	w.must(w.store.AddPoller(t.Context(), center))
	id, _ := w.kss(dfdgsim.Meeting{Act: dfdgsim.Created, Start: w.at(2, 9, 0)})
	poller := dfdgqueue.NewPoller(dfdgqueue.PollerConfig{Transport: p, Intake: w.intake(w.store), Pollers: w.store, Now: w.clock.Now})
	_, err := poller.Poll(t.Context(), center)
	w.must(err)
	if due, err := w.store.DuePollers(t.Context()); err != nil || len(due) != 0 {
		t.Fatalf("%v %v", due, err)
	}
	if _, err := w.dfdg.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A notice makes its job centre due.
	if due, err := w.store.DuePollers(t.Context()); err != nil || len(due) != 1 || due[0] != center {
		t.Fatalf("%v %v", due, err)
	}
	w.nothingTells(citizen)
	for range 2 {
		if _, err := poller.Poll(t.Context(), center); err != nil {
			t.Fatal(err)
		}
	}
	if b, ok := w.booking(id); !ok || b.Held != 1 || w.told.told[id] != 1 || w.dfdg.Counts().Calls["GetBooking"] != 1 {
		t.Errorf("%+v, calls %v", b, w.dfdg.Counts().Calls)
	}
}

func TestAcknowledgedNumbersSurviveTheProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	post := func(body string) string {
		d := dfdgqueue.NewReliable(dfdgqueue.ReliableConfig{ // a new process each time
			Intake: w.intake(w.store), Sequences: w.store, Now: w.clock.Now,
			JobCenter: func(*http.Request) (planner.JobCenterCode, bool) { return center, true },
		})
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader([]byte(body)))
		r.Header.Set("Content-Type", "text/xml")
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	const open = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702">`
	created := post(open + `<s:Body><r:CreateSequence><r:AcksTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></r:AcksTo></r:CreateSequence></s:Body></s:Envelope>`)
	id := regexp.MustCompile(`<r:Identifier>([^<]+)`).FindStringSubmatch(created)[1]
	message := func(n int) string {
		return post(fmt.Sprintf(open+`<s:Header><r:Sequence><r:Identifier>%s</r:Identifier><r:MessageNumber>%d</r:MessageNumber></r:Sequence></s:Header><s:Body><x xmlns="urn:x">%d</x></s:Body></s:Envelope>`, id, n, n))
	}
	acked := regexp.MustCompile(`Lower="(\d+)" Upper="(\d+)"`)
	for _, c := range []struct {
		number int
		want   string
	}{{1, "[1 1]"}, {3, "[1 1][3 3]"}, {3, "[1 1][3 3]"}, {2, "[1 3]"}, {5, "[1 3][5 5]"}} {
		got := ""
		for _, m := range acked.FindAllStringSubmatch(message(c.number), -1) {
			got += "[" + m[1] + " " + m[2] + "]"
		}
		if got != c.want {
			t.Errorf("after %d: %s, want %s", c.number, got, c.want)
		}
	}
	end := post(open + `<s:Body><r:TerminateSequence><r:Identifier>` + id + `</r:Identifier></r:TerminateSequence></s:Body></s:Envelope>`)
	if !bytes.Contains([]byte(end), []byte("<r:Final/>")) {
		t.Error(end)
	}
	if late := message(4); !bytes.Contains([]byte(late), []byte("SequenceTerminated")) {
		t.Error(late)
	}
	if n := w.count(`select count(*) from dfdg_inbox where transport = 'wsrm'`); n != 4 {
		t.Errorf("%d messages", n)
	}
}

func TestAReportExistsIfAndOnlyIfTheChangeDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dfdgsim.Config{})
	id := w.summon(uuid.New(), w.at(2, 9, 0), &w.option.ID)
	woken := 0
	keys := map[byte][]byte{1: key(1)}
	sealer, err := plannerdb.NewSealer(keys, 1, key(9))
	w.must(err)
	vault, err := dfdgdb.NewVault(keys, 1)
	w.must(err)
	failing := errors.New("the queue is away")
	fail := true
	store := dfdgdb.New(w.pool, dfdgdb.Options{Sealer: sealer, Vault: vault, Now: w.clock.Now, Wake: func(ctx context.Context, tx pgx.Tx) error {
		woken++
		if fail {
			return failing
		}
		return nil
	}})
	p := plannerdb.New(w.pool, plannerdb.Options{Sealer: sealer, Changes: &calendars{told: map[uuid.UUID]int{}, next: store}, Now: w.clock.Now})
	span := planner.Span{Start: w.at(2, 10, 0), End: w.at(2, 10, 45)}
	if err := p.MoveFromOutlook(t.Context(), id, span); !errors.Is(err, failing) {
		t.Fatalf("%v", err)
	}
	if b, _ := w.booking(id); !b.Start.Equal(w.at(2, 9, 0)) || w.count(`select count(*) from dfdg_report`) != 1 {
		t.Errorf("moved without its report: %+v", b)
	}
	fail = false
	w.must(p.MoveFromOutlook(t.Context(), id, span))
	if b, _ := w.booking(id); !b.Start.Equal(span.Start) || w.count(`select count(*) from dfdg_report`) != 2 || woken != 2 {
		t.Errorf("%+v, woken %d times", b, woken)
	}
}
