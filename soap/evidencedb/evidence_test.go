package evidencedb_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/evidencedb"
	"kommunalplanner.example/soap/externalbooking"
	"kommunalplanner.example/soap/wire/booking"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The whole way: calls over HTTP, the real planner, the recorder, and what is read back.
func TestThatThereWereNoTimesOnADayCanBeShown(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := func() time.Time { return time.Date(2026, 4, 30, 8, 0, 0, 0, time.UTC) } // a Thursday
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: bytes.Repeat([]byte{1}, 32)}, 1, bytes.Repeat([]byte{2}, 32))
	must(t, err)
	p := plannerdb.New(pool, plannerdb.Options{Now: now, Sealer: sealer})
	must(t, p.PutJobCenter(t.Context(), planner.JobCenter{Code: "10100", Name: "Jobcenter Eksempel"}))
	// Fridays and Mondays, but none on the weekend of 2 and 3 May.
	anna := planner.CaseWorker{ID: uuid.New(), JobCenter: "10100", Identifier: "RID-1", GivenName: "Anna", Surname: "A", Email: "anna@example.dk",
		Hours: []planner.WorkingHours{{Weekday: 5, StartMinute: 540, EndMinute: 720}, {Weekday: 1, StartMinute: 540, EndMinute: 660}}}
	must(t, p.PutCaseWorker(t.Context(), anna))
	option := planner.InterviewOption{ID: uuid.MustParse("00000000-0000-4000-8000-0000000000aa"), InterviewType: 7, InterviewForm: 2, ContactTypes: []int{1},
		Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 30, Title: "Jobsamtale"}
	must(t, p.PutInterviewOption(t.Context(), "10100", option, []uuid.UUID{anna.ID}))

	recorder := evidencedb.NewRecorder(pool, evidencedb.Options{Hasher: sealer})
	srv := httptest.NewServer(externalbooking.New(p, soap.Config{
		Now: now, Logger: slog.New(slog.DiscardHandler), Observe: recorder.Observe, HashAnswers: true,
	}))
	defer srv.Close()
	ask := func(cpr, jc, to string) {
		body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetSelfbookTimeslotsRequest xmlns="` + booking.Namespace + `"><PersonCivilRegistrationIdentifier>` + cpr +
			`</PersonCivilRegistrationIdentifier><JobCenterCode>` + jc + `</JobCenterCode><InterviewOptionID>` + option.ID.String() +
			`</InterviewOptionID><BookingOptionIntervalStartTime>2026-05-01T00:00:00</BookingOptionIntervalStartTime><BookingOptionIntervalEndTime>` + to +
			`</BookingOptionIntervalEndTime></GetSelfbookTimeslotsRequest></s:Body></s:Envelope>`
		resp, err := http.Post(srv.URL, "text/xml", strings.NewReader(body))
		must(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		must(t, err)
		if jc == "10100" && resp.StatusCode != http.StatusOK {
			t.Fatalf("%s", answer)
		}
	}
	ask("0101901234", "10100", "2026-05-05T00:00:00")
	ask("0101901235", "10100", "2026-05-02T00:00:00")
	ask("0101901234", "99999", "2026-05-05T00:00:00") // refused
	must(t, recorder.Close(t.Context()))

	store := evidencedb.NewStore(pool, sealer, now)
	read := func(q evidencedb.Question) (found []evidencedb.Call) {
		q.From, q.To = now().Add(-time.Hour), now().Add(time.Hour)
		for c, err := range store.Calls(t.Context(), q, "kirsten") {
			must(t, err)
			found = append(found, c)
		}
		return found
	}
	cpr, err := planner.ParseCPR("0101901234")
	must(t, err)
	if n := len(read(evidencedb.Question{})); n != 3 {
		t.Fatalf("%d calls, want 3", n)
	}
	if n := len(read(evidencedb.Question{JobCenter: "10100"})); n != 2 {
		t.Errorf("%d calls of the job centre, want 2", n)
	}
	found := read(evidencedb.Question{Citizen: cpr})
	if len(found) != 2 || found[1].Fault == 0 || found[1].OfferHash != nil || found[0].Fault != 0 || len(found[0].OfferHash) != 16 || found[0].Offered != 5 {
		t.Fatalf("%+v", found)
	}
	for _, c := range []struct {
		day, want int
		asked     bool
	}{{1, 3, true}, {2, 0, true}, {3, 0, true}, {4, 2, true}, {6, 0, false}} {
		if times, ok := found[0].TimesOn(2026, time.May, c.day); times != c.want || ok != c.asked {
			t.Errorf("%d May: %d times, asked %v", c.day, times, ok)
		}
	}
	if _, ok := found[1].TimesOn(2026, time.May, 3); ok {
		t.Error("a call that got a fault shows that there were no times")
	}
	// No number of a person is in the table, and who looked is in the audit trail.
	var looked, leaks int
	must(t, pool.QueryRow(t.Context(), `select count(*) from audit_entry where action = 'evidence-read' and actor = 'admin:kirsten'`).Scan(&looked))
	must(t, pool.QueryRow(t.Context(), `select count(*) from soap_call c where c::text ~ '010190-?123[45]'`).Scan(&leaks))
	if looked != 3 || leaks != 0 {
		t.Errorf("%d looks, %d leaks", looked, leaks)
	}
}
