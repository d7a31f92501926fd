package calendardb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/calendardb"
	"kommunalplanner.example/soap/externalcalendar"
)

var (
	reference = regexp.MustCompile(`(<ServiceRequestLogReferenceIdentifier>)[^<]*`)
	received  = regexp.MustCompile(`(<EventReceivalTime>)[^<]*`)
	tagEnds   = regexp.MustCompile(`><`)
	eventText = regexp.MustCompile(`(?s)<CalendarEvent>.*</CalendarEvent>\n`)
)

// comparable takes out of an answer what differs from run to run, and sorts appointments: their order is free.
func comparable(answer string) string {
	answer = received.ReplaceAllString(reference.ReplaceAllString(answer, "$1"), "$1")
	return eventText.ReplaceAllStringFunc(answer, func(all string) string {
		events := strings.SplitAfter(all, "</CalendarEvent>\n")
		slices.Sort(events)
		return strings.Join(events, "")
	})
}

// The requests are those that STAR's real client sent, and the answers the golden ones of package externalcalendar.
func TestTheRealClientsRequestsAreAnsweredFromPostgres(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const folder = "../../soap/externalcalendar/testdata/"
	files, err := filepath.Glob(folder + "*.request.xml")
	if err != nil || len(files) != 12 {
		t.Fatalf("%d requests, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		w.must(err)
		want, err := os.ReadFile(strings.TrimSuffix(file, ".request.xml") + ".response.xml")
		w.must(err)
		status, answer := w.post(body)
		if invalid := strings.Contains(file, "invalid"); (status == 500) != invalid {
			t.Errorf("%s: HTTP %d", file, status)
		}
		if diff := cmp.Diff(comparable(string(want)), comparable(tagEnds.ReplaceAllString(answer, ">\n<")+"\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	// Nothing but times and identifiers was kept, and it blocks.
	var other int
	w.must(w.pool.QueryRow(t.Context(), `select count(*) from busy_block where source <> 'kommuneklient' or series_id is not null or show_as <> 'busy' or private`).Scan(&other))
	if n := w.blocks(calendardb.Kommuneklient); n != 28 || other != 0 {
		t.Errorf("%d blocks, %d odd ones", n, other)
	}
	if w.offered(span(4, 9)) || !w.offered(span(18, 9)) {
		t.Error("what was told does not block, or more does")
	}
}

func TestAToldAppointmentBlocksItsTimeUntilItIsMovedOrDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !w.offered(span(4, 9)) {
		t.Fatal("a case worker without mailbox is not offered")
	}
	for _, step := range []struct {
		do   externalcalendar.Change
		want externalcalendar.Outcome
		free []int // hours of Friday that are offered, of 9 and 13
	}{
		{update("a", span(4, 9)), externalcalendar.NotTold, []int{9, 13}}, // nobody has adopted the calendar yet
		{create("a", span(4, 9)), externalcalendar.Done, []int{13}},
		{create("a", span(4, 13)), externalcalendar.AlreadyThere, []int{13}},
		{update("a", span(4, 13)), externalcalendar.Done, []int{9}},
		{update("A", span(4, 9)), externalcalendar.NotThere, []int{9}},
		{remove("a"), externalcalendar.Done, []int{9, 13}},
		{remove("a"), externalcalendar.NotThere, []int{9, 13}},
	} {
		if got := w.tell(step.do); got[0] != step.want {
			t.Errorf("%+v: outcome %d, want %d", step.do, got[0], step.want)
		}
		for _, hour := range []int{9, 13} {
			if got := w.offered(span(4, hour)); got != slices.Contains(step.free, hour) {
				t.Errorf("after %+v: %d o'clock offered: %v", step.do, hour, got)
			}
		}
	}
}

func TestChangesOfOneCallSeeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boUpdate := update("a", span(5, 9))
	boUpdate.CaseWorker = bo.ID
	boCreate := create("a", span(5, 10))
	boCreate.CaseWorker = bo.ID
	got := w.tell(create("a", span(4, 9)), create("a", span(4, 10)), remove("a"), update("a", span(4, 9)), create("a", span(4, 11)), boUpdate, boCreate, update("a", span(4, 12)))
	want := []externalcalendar.Outcome{externalcalendar.Done, externalcalendar.AlreadyThere, externalcalendar.Done, externalcalendar.NotThere,
		externalcalendar.Done, externalcalendar.NotThere, externalcalendar.Done, externalcalendar.Done}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	told, err := w.ToldEvents(t.Context(), []uuid.UUID{anna.ID, bo.ID}, nil, nil)
	w.must(err)
	if len(told) != 2 || !told[0].Span.Start.Equal(span(4, 12).Start) || told[1].CaseWorker != bo.ID {
		t.Errorf("%+v", told)
	}
}

func TestBoundsOfAComparisonCountIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell(create("a", span(4, 9)), create("b", span(4, 10)), create("c", span(4, 11)))
	from, to := span(4, 9).Start, span(4, 10).Start
	for _, c := range []struct {
		workers []uuid.UUID
		bounds  [2]bool
		want    int
	}{{[]uuid.UUID{anna.ID}, [2]bool{true, true}, 2}, {[]uuid.UUID{anna.ID}, [2]bool{true, false}, 3}, {[]uuid.UUID{anna.ID}, [2]bool{false, true}, 2}, {[]uuid.UUID{bo.ID}, [2]bool{}, 0}} {
		f, u := &from, &to
		if !c.bounds[0] {
			f = nil
		}
		if !c.bounds[1] {
			u = nil
		}
		if got, err := w.ToldEvents(t.Context(), c.workers, f, u); err != nil || len(got) != c.want {
			t.Errorf("%+v: %d, %v", c, len(got), err)
		}
	}
}

func TestACalendarOfGraphsIsNotListenedToNorAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.sync.AddMailbox(t.Context(), anna.ID, "user-anna", "anna@kommune.dk")
	w.must(err)
	for _, c := range []externalcalendar.Change{create("a", span(4, 9)), update("a", span(4, 9)), remove("a")} {
		if got := w.tell(c); got[0] != externalcalendar.NotTold {
			t.Errorf("%+v: %d", c, got[0])
		}
	}
	all, err := w.ToldCaseWorkers(t.Context(), center)
	w.must(err)
	if len(all) != 2 || all[0].ID != anna.ID || all[0].Wanted || !all[1].Wanted || len(all[0].Hours) != 4 {
		t.Errorf("%+v", all)
	}
	var unknown *planner.Error
	if _, err := w.ToldCaseWorkers(t.Context(), "99999"); !errors.As(err, &unknown) || unknown.Code != planner.CodeUnknownJobCenter {
		t.Errorf("%v", err)
	}
}

func TestOfAnotherJobCentreNobodyCanTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.planner.PutJobCenter(t.Context(), planner.JobCenter{Code: "10200", Name: "Et andet"}))
	w.tell(create("a", span(4, 9)))
	c := remove("a")
	c.CaseWorker = anna.ID
	if done, err := w.Tell(t.Context(), "10200", []externalcalendar.Change{c}); err != nil || done[0] != externalcalendar.NotTold {
		t.Errorf("%v %v", done, err)
	}
	if w.blocks(calendardb.Kommuneklient) != 1 {
		t.Error("another job centre deleted an appointment")
	}
}

// A booking that Graph wrote into Outlook comes back up through the Kommuneklient.
func TestOurOwnMeetingComesBackAsOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell(create("a", span(11, 9)))
	_, err := w.sync.AddMailbox(t.Context(), anna.ID, "user-anna", "anna@kommune.dk")
	w.must(err)
	cpr, err := planner.ParseCPR("0101901234")
	w.must(err)
	booking := uuid.New()
	_, err = w.planner.CreateBooking(t.Context(), planner.CreateRequest{JobCenter: center, CPR: cpr, BookingID: booking, Option: w.option.ID, Start: span(4, 9).Start})
	w.must(err)
	if got := w.tell(create("early", span(4, 9))); got[0] != externalcalendar.Done {
		t.Errorf("before we have put it there: %d", got[0]) // somebody's of just that time, and it blocks
	}
	w.tell(remove("early"))
	w.exec(`update outlook_event set event_id = 'AAMk' where booking_id = $1`, booking)
	move := remove("icaluid")
	move.Span = span(4, 9)
	for _, c := range []externalcalendar.Change{create("icaluid", span(4, 9)), update("icaluid", span(4, 9)), move} {
		if got := w.tell(c); got[0] != externalcalendar.OurOwn {
			t.Errorf("%+v: %d", c, got[0])
		}
	}
	if got := w.tell(update("a", span(4, 9))); got[0] != externalcalendar.Done {
		t.Errorf("a private appointment moved onto the meeting: %d", got[0])
	}
	if got := w.tell(create("other", planner.Span{Start: span(4, 9).Start, End: span(4, 10).End})); got[0] != externalcalendar.Done {
		t.Errorf("a longer one: %d", got[0])
	}
}

// Ten calls at once is what the client may do; they follow one another per calendar, and none deadlocks.
func TestCallsAtOnceAboutTheSameCalendarsFollowOneAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		created int
	)
	for caller := range 10 {
		all.Go(func() {
			for i := range 10 {
				a, b := create(fmt.Sprint(i), span(4, i+8)), create(fmt.Sprint(i), span(4, i+8))
				a.CaseWorker, b.CaseWorker = anna.ID, bo.ID
				changes := []externalcalendar.Change{a, b}
				if caller%2 == 1 {
					slices.Reverse(changes)
				}
				done, err := w.Tell(context.WithoutCancel(t.Context()), center, changes)
				if err != nil {
					t.Error(err)
					return
				}
				for _, o := range done {
					if o == externalcalendar.Done {
						mu.Lock()
						created++
						mu.Unlock()
					}
				}
			}
		})
	}
	all.Wait()
	if created != 20 || w.blocks(calendardb.Kommuneklient) != 10 {
		t.Errorf("%d created, want each of 20 once", created)
	}
}
