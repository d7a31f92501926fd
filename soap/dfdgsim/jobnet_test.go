package dfdgsim

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannertest"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/externalbooking"
	"kommunalplanner.example/soap/wire/booking"
)

// withPlanner gives a world whose citizens are sent to a planner: the real SOAP server over a planner in memory.
func withPlanner(t *testing.T, config soap.Config) (*world, *Caller) {
	t.Helper()
	w := newWorld(t, Config{})
	p := plannertest.NewMemory(func() time.Time { return now })
	w.must(p.PutJobCenter(t.Context(), planner.JobCenter{Code: jobCenter, Name: "Prøve"}))
	worker := planner.CaseWorker{ID: uuid.New(), JobCenter: jobCenter, Identifier: "RID:1", GivenName: "Anna", Surname: "Prøve", Email: "a@kommune.example"}
	for day := 1; day <= 5; day++ {
		worker.Hours = append(worker.Hours, planner.WorkingHours{Weekday: day, StartMinute: 480, EndMinute: 960})
	}
	w.must(p.PutCaseWorker(t.Context(), worker))
	deadline := time.Hour
	w.must(p.PutInterviewOption(t.Context(), jobCenter, planner.InterviewOption{
		ID: uuid.New(), JobCenter: jobCenter, InterviewType: 4, InterviewForm: 1, ContactTypes: []int{1}, Duration: 45 * time.Minute, SlotStep: 30 * time.Minute,
		HorizonDays: 60, Title: "Opfølgning", RebookingDeadline: &deadline,
	}, []uuid.UUID{worker.ID}))
	config.Logger, config.CheckAnswers, config.Now = slog.New(slog.DiscardHandler), true, func() time.Time { return now }
	h := httptest.NewServer(externalbooking.New(p, config))
	t.Cleanup(h.Close)
	c := NewCaller(CallerConfig{URL: h.URL + externalbooking.Path, HTTP: h.Client(), Now: func() time.Time { return now }, Names: config.Names})
	w.SetPlanner(c)
	return w, c
}

func TestACitizenBooksAndMoves(t *testing.T) {
	t.Parallel()
	w, _ := withPlanner(t, soap.Config{RequireOrganisation: true, RequireUser: true})
	booked, err := w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen, Nth: 3})
	w.must(err)
	if booked.Offered < 10 || booked.CaseWorkerIdentifier != "RID:1" || booked.End.Sub(booked.Start) != 45*time.Minute {
		t.Errorf("%+v", booked)
	}
	e, ok := w.Entry(booked.Booking)
	if !ok || !e.SelfBooked || e.System != 32 || !e.Details.BookingStartTime.Equal(booked.Start) {
		t.Errorf("register: %+v", e)
	}
	moved, err := w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen, Booking: &booked.Booking, Nth: 8})
	w.must(err)
	if moved.Booking != booked.Booking || moved.Start.Equal(booked.Start) {
		t.Errorf("%+v", moved)
	}
	if e, _ := w.Entry(booked.Booking); e.Creates != 1 || e.Updates != 1 || !e.Details.BookingStartTime.Equal(moved.Start) {
		t.Errorf("register: %+v", e)
	}
	// The job centre is told of both, as of everything.
	if n := len(w.Queue(jobCenter).Waiting); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestAPlannersRefusalIsAFaultWithItsNumber(t *testing.T) {
	t.Parallel()
	w, c := withPlanner(t, soap.Config{})
	_, err := c.GetSelfbookTimeslots(t.Context(), &booking.GetSelfbookTimeslotsRequest{
		PersonCivilRegistrationIdentifier: "0000000000", JobCenterCode: jobCenter, InterviewOptionID: uuid.New(),
	})
	if code := codeOf(t, err); code == 0 {
		t.Error("a fault without number")
	}
	other, err := w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen})
	w.must(err)
	_, err = w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: "0202801234", Booking: &other.Booking})
	if code := codeOf(t, err); code != 8107 {
		t.Errorf("fault %d", code)
	}
	_, err = w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen, From: now.AddDate(0, 0, 4), To: now.AddDate(0, 0, 4)})
	if err == nil {
		t.Error("a time on no day")
	}
}

func TestTheCallersNamesAreConfiguration(t *testing.T) {
	t.Parallel()
	names := contract.Names{Target: "urn:andet", Message: "urn:andet:beskeder", Action: "urn:andet:handling"}
	w, _ := withPlanner(t, soap.Config{Names: names})
	if _, err := w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen}); err != nil {
		t.Error(err)
	}
}

func TestACitizenWithoutOffersIsToldSo(t *testing.T) {
	t.Parallel()
	w, _ := withPlanner(t, soap.Config{})
	none := uuid.New()
	if _, err := w.Jobnet(t.Context(), Errand{JobCenter: jobCenter, CPR: citizen, Option: &none}); !errors.Is(err, ErrNothingOffered) {
		t.Errorf("%v", err)
	}
}
