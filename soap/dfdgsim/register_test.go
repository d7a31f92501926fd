package dfdgsim

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/dfdg"
)

func saved(change func(*dfdg.SaveBooking)) *dfdg.SaveBooking {
	m := &dfdg.SaveBooking{
		Booking: uuid.UUID{1}, CPR: citizen, JobCenter: jobCenter,
		Details: booking.BookingDetailsType{
			InterviewTypeIdentifier: code(4), InterviewFormTypeIdentifier: code(1), InterviewContactTypeIdentifier: code(1),
			BookingStartTime: wire.At(now.Add(time.Hour)), BookingEndTime: wire.At(now.Add(2 * time.Hour)), MeetingTitle: "Samtale",
			Supervisor: booking.CaseWorkerStructureType{CaseWorkerGivenName: "A", CaseWorkerSurname: "B", CaseWorkerIdentifier: "RID:1"},
		},
	}
	if change != nil {
		change(m)
	}
	return m
}

func (w *world) save(operation string, m *dfdg.SaveBooking, header []soapclient.Part) error {
	w.t.Helper()
	if header == nil {
		header = headers(3, "CVR:12345678-FID:1")
	}
	return w.call(PathRegister, dfdg.NamespaceRegister, operation, header, m, &dfdg.Receipt{})
}

func (w *world) remove(id uuid.UUID, cpr string) error {
	w.t.Helper()
	return w.call(PathRegister, dfdg.NamespaceRegister, "DeleteBooking", headers(3, "CVR:12345678-FID:1"),
		&dfdg.BookingKey{Booking: id, CPR: cpr, JobCenter: jobCenter}, &dfdg.Receipt{})
}

// The rules that STAR's pages tell of BookingService, each by its number.
func TestTheRegisterRefusesByNumber(t *testing.T) {
	t.Parallel()
	at := wire.At(now)
	for _, c := range []struct {
		name   string
		change func(*dfdg.SaveBooking)
		person *Person
		header []soapclient.Part
		code   int
	}{
		{"not by the schema", func(m *dfdg.SaveBooking) { m.JobCenter = "1" }, nil, nil, 1014},
		{"unknown citizen", func(m *dfdg.SaveBooking) { m.CPR = "0000000000" }, nil, nil, 1010},
		{"unknown to the CPR register", nil, &Person{Unknown: true}, nil, 1010},
		{"dead", nil, &Person{Dead: true}, nil, 4405},
		{"not enrolled", nil, &Person{NotEnrolled: true}, nil, 4367},
		{"contact form", func(m *dfdg.SaveBooking) { m.Details.InterviewContactTypeIdentifier = code(99) }, nil, nil, 4708},
		{"interview type", func(m *dfdg.SaveBooking) { m.Details.InterviewTypeIdentifier = code(99) }, nil, nil, 4709},
		{"meeting form", func(m *dfdg.SaveBooking) { m.Details.InterviewFormTypeIdentifier = code(99) }, nil, nil, 4805},
		{"before today", func(m *dfdg.SaveBooking) { m.Details.BookingStartTime = wire.At(now.AddDate(0, 0, -1)) }, nil, nil, 4783},
		{"ends before it starts", func(m *dfdg.SaveBooking) { m.Details.BookingEndTime = at }, nil, nil, 4792},
		{"needless rebooking deadline", func(m *dfdg.SaveBooking) { m.Details.RebookingDeadline = &at }, nil, nil, 8125},
		{"missing rebooking deadline", func(m *dfdg.SaveBooking) { m.Details.RebookingPossible = true }, nil, nil, 8126},
		{"needless cancellation deadline", func(m *dfdg.SaveBooking) { m.Details.CancellationDeadline = &at }, nil, nil, 8127},
		{"missing cancellation deadline", func(m *dfdg.SaveBooking) { m.Details.CancellationPossible = true }, nil, nil, 1100},
		{"group meeting without id", func(m *dfdg.SaveBooking) { m.Details.InterviewFormTypeIdentifier = code(2) }, nil, nil, 1014},
		{"self-booked by a system", func(m *dfdg.SaveBooking) { m.SelfBooked = true }, nil, nil, 1100},
		{"self-booked by another citizen", func(m *dfdg.SaveBooking) { m.SelfBooked = true }, nil, headers(1, "0202801234"), 1100},
		{"another job centre", func(m *dfdg.SaveBooking) { m.JobCenter = "20200" }, nil, nil, 4575},
		{"no headers", nil, nil, []soapclient.Part{}, 8232},
		{"no user", nil, nil, headers(3, "x")[1:], 8233},
		{"no organisation", nil, nil, headers(3, "x")[:1], 8232},
		{"unknown user type", nil, nil, headers(9, "x"), 8174},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{JointForms: []int32{2}})
			if c.person != nil {
				w.SetPerson(citizen, *c.person)
			}
			if got := codeOf(t, w.save("CreateBooking", saved(c.change), c.header)); got != c.code {
				t.Errorf("fault %d, want %d", got, c.code)
			}
			if n := w.Counts().Bookings; n != 0 {
				t.Errorf("%d bookings", n)
			}
		})
	}
}

func TestTheRegisterKeepsWhatItIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.must(w.save("CreateBooking", saved(nil), nil))
	w.must(w.save("CreateBooking", saved(nil), nil)) // a repeat changes nothing
	later := saved(func(m *dfdg.SaveBooking) { m.Details.BookingEndTime = wire.At(now.Add(3 * time.Hour)) })
	if got := codeOf(t, w.save("CreateBooking", later, nil)); got != 1100 {
		t.Errorf("other content under the same id: %d", got)
	}
	w.must(w.save("UpdateBooking", later, nil))
	if got := codeOf(t, w.remove(uuid.UUID{9}, citizen)); got != 4768 {
		t.Errorf("unknown booking: %d", got)
	}
	if got := codeOf(t, w.remove(uuid.UUID{1}, "0202801234")); got != 8107 {
		t.Errorf("another citizen's: %d", got)
	}
	w.must(w.remove(uuid.UUID{1}, citizen))
	w.must(w.remove(uuid.UUID{1}, citizen))
	if c := w.Counts(); c.Creates != 1 || c.Updates != 1 || c.Deletes != 1 || c.Repeats != 2 || c.Cancelled != 1 || c.Waiting != 3 {
		t.Errorf("%+v", c)
	}
	var got dfdg.BookingAnswer
	w.must(w.call(PathRegister, dfdg.NamespaceRegister, "GetBooking", headers(3, "x"), &dfdg.BookingKey{Booking: uuid.UUID{1}, CPR: citizen, JobCenter: jobCenter}, &got))
	if got.Indkaldelse.Status != dfdg.StatusCancelled || got.Indkaldelse.Booking != (uuid.UUID{1}) {
		t.Errorf("%+v", got)
	}
}

func TestAnOwnersBookingIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	kss, _ := w.kss(Meeting{})
	owner := int32(dfdg.SystemCaseSystem)
	w.mu.Lock()
	w.register[kss].Owner = &owner
	w.mu.Unlock()
	if got := codeOf(t, w.remove(kss, citizen)); got != 4575 {
		t.Errorf("fault %d", got)
	}
}

func TestARunningDeadlineAllowsOneFutureAppointmentOfItsType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.SetPerson(citizen, Person{DeadlineTypes: []int32{4}})
	w.must(w.save("CreateBooking", saved(nil), nil))
	if got := codeOf(t, w.save("CreateBooking", saved(func(m *dfdg.SaveBooking) { m.Booking = uuid.UUID{2} }), nil)); got != 1100 {
		t.Errorf("fault %d", got)
	}
	w.must(w.save("UpdateBooking", saved(func(m *dfdg.SaveBooking) { m.Details.BookingEndTime = wire.At(now.Add(3 * time.Hour)) }), nil))
}
