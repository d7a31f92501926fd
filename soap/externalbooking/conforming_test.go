package externalbooking

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
)

// wild is a Planner whose data nobody has looked over.
type wild struct {
	fake
	option planner.InterviewOption
	worker planner.CaseWorker
	start  time.Time
}

func (w *wild) InterviewOptions(context.Context, planner.JobCenterCode, planner.Citizen) ([]planner.OfferedOption, error) {
	return []planner.OfferedOption{{InterviewOption: w.option, First: w.start}}, nil
}

func (w *wild) Timeslots(context.Context, planner.TimeslotQuery) (planner.Timeslots, error) {
	return planner.Timeslots{Option: w.option, CaseWorkers: []planner.CaseWorker{w.worker}, Slots: []planner.Timeslot{{Start: w.start, CaseWorkers: []uuid.UUID{w.worker.ID}}}}, nil
}

func (w *wild) Reserve(_ context.Context, r planner.ReserveRequest) (planner.Reservation, error) {
	held := planner.Reservation{Option: w.option, CaseWorker: w.worker, ContactType: w.option.ContactTypes[0], Span: planner.Span{Start: w.start, End: w.start.Add(w.option.Duration)}}
	held.RebookingDeadline, held.CancellationDeadline = w.option.Deadlines(w.start)
	return held, nil
}

func drawWild(t *rapid.T) *wild {
	words := func(name string) string {
		return rapid.OneOf(rapid.String(), rapid.StringN(0, 300, -1), rapid.SampledFrom([]string{"", " ", "12B", "st.", "1. th", "8000", "+45 1234 5678", "a@b.dk", "<&>"})).Draw(t, name)
	}
	duration := func(name string) *time.Duration {
		if !rapid.Bool().Draw(t, "has "+name) {
			return nil
		}
		d := time.Duration(rapid.Int64Range(0, 1000).Draw(t, name)) * time.Hour
		return &d
	}
	codes := rapid.IntRange(0, 100000000)
	w := &wild{start: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "start"), 0)}
	w.option = planner.InterviewOption{
		ID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")), InterviewType: codes.Draw(t, "type"), InterviewForm: codes.Draw(t, "form"),
		ContactTypes: rapid.SliceOfN(codes, 1, 3).Draw(t, "contact"), Duration: time.Duration(rapid.IntRange(1, 600).Draw(t, "duration")) * time.Minute,
		Title: words("title"), Description: words("description") + strings.Repeat("x", rapid.SampledFrom([]int{0, 1990, 5000}).Draw(t, "more")),
		Location:          planner.Location{Description: words("place")},
		Phone:             words("phone"),
		Email:             words("mail"),
		RebookingDeadline: duration("rebooking"), CancellationDeadline: duration("cancellation"),
	}
	if rapid.Bool().Draw(t, "has address") {
		w.option.Location.Address = &planner.Address{StreetName: words("street"), Building: words("building"), Floor: words("floor"), Suite: words("suite"), PostCode: words("post"), District: words("district")}
	}
	w.worker = planner.CaseWorker{
		ID: uuid.New(), Identifier: rapid.StringN(1, 255, -1).Draw(t, "identifier"), GivenName: words("given"), MiddleName: words("middle"), Surname: words("surname"),
		Phone: words("worker's phone"), Email: words("worker's mail"),
	}
	return w
}

// DFDG tells the citizen of a system error when an answer breaks the contract, so none may.
func TestWhateverThePlannerHoldsTheAnswerKeepsToTheContract(t *testing.T) {
	var bodies [][]byte
	for _, file := range []string{"GetSelfbookInterviewOptions/every-field", "GetSelfbookTimeslots/soap12", "GetBookingDetails/reserve"} {
		b, err := os.ReadFile("testdata/" + file + ".request.xml")
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWild(t)
		h := New(w, soap.Config{CheckAnswers: true, Logger: silent})
		for _, body := range bodies {
			if answer := call(h, body); answer.Code != 200 {
				t.Fatalf("%s", answer.Body)
			}
		}
	})
}

// Error codes 8125, 8126 and 8127.
func TestADeadlineStandsIfAndOnlyIfTheThingIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWild(t)
		held, _ := w.Reserve(t.Context(), planner.ReserveRequest{})
		d := bookingDetails(held)
		if d.RebookingPossible != (d.RebookingDeadline != nil) || d.CancellationPossible != (d.CancellationDeadline != nil) {
			t.Fatalf("%+v", d)
		}
		if d.RebookingPossible != (w.option.RebookingDeadline != nil) || d.CancellationPossible != (w.option.CancellationDeadline != nil) {
			t.Fatalf("%+v from %+v", d, w.option)
		}
	})
}

func TestAnAnswerThatBreaksTheContractIsAnInternalFaultAndNotSent(t *testing.T) {
	body, err := os.ReadFile("testdata/GetSelfbookTimeslots/soap12.request.xml")
	if err != nil {
		t.Fatal(err)
	}
	w := &wild{option: option(), worker: anna}
	w.worker.Identifier = "" // the database forbids it
	answer := call(New(w, soap.Config{CheckAnswers: true, Logger: silent}), body)
	if answer.Code != 500 || !strings.Contains(answer.Body.String(), "<ErrorCode>1011</ErrorCode>") || strings.Contains(answer.Body.String(), "Supervisor") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestAPrintedRequestTellsNoCPR(t *testing.T) {
	var b strings.Builder
	r := booking.CreateBookingRequest{PersonCivilRegistrationIdentifier: "0101801234"}
	for _, s := range []string{fmt.Sprintf("%v", r), fmt.Sprintf("%+v", r), fmt.Sprintf("%#v", r), r.PersonCivilRegistrationIdentifier.String()} {
		b.WriteString(s)
	}
	if strings.Contains(b.String(), "0101801234") {
		t.Error(b.String())
	}
}

// A long answer: 20 case workers, 30 days of 28 times each.
func big() *planner.Timeslots {
	found := &planner.Timeslots{Option: option()}
	for range 20 {
		w := anna
		w.ID = uuid.New()
		found.CaseWorkers = append(found.CaseWorkers, w)
	}
	start := time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC)
	for day := range 30 {
		for quarter := range 28 {
			s := planner.Timeslot{Start: start.AddDate(0, 0, day).Add(time.Duration(quarter) * 15 * time.Minute)}
			for i := range 5 {
				s.CaseWorkers = append(s.CaseWorkers, found.CaseWorkers[(quarter+i)%20].ID)
			}
			found.Slots = append(found.Slots, s)
		}
	}
	return found
}

func BenchmarkTimeslotsAnswer(b *testing.B) {
	found := big()
	var e wire.Encoder
	b.ReportAllocs()
	for b.Loop() {
		answer, err := timeslots(b.Context(), *found)
		if err != nil {
			b.Fatal(err)
		}
		e.Buf = e.Buf[:0]
		answer.AppendContent(&e)
		b.SetBytes(int64(len(e.Buf)))
	}
}

func BenchmarkCall(b *testing.B) {
	for _, check := range []bool{false, true} {
		name := "answers unchecked"
		if check {
			name = "answers checked"
		}
		b.Run(name, func(b *testing.B) {
			body, err := os.ReadFile("testdata/GetSelfbookTimeslots/over-the-change-of-clocks.request.xml")
			if err != nil {
				b.Fatal(err)
			}
			h := New(new(quiet), soap.Config{Logger: silent, CheckAnswers: check})
			b.ReportAllocs()
			for b.Loop() {
				if w := call(h, body); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

// quiet keeps no notes.
type quiet struct{ fake }

func (q *quiet) Timeslots(_ context.Context, r planner.TimeslotQuery) (planner.Timeslots, error) {
	return q.slots(r.Interval, r.CaseWorkerIdentifier)
}
