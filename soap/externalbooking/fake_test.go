package externalbooking

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

var (
	optionID  = uuid.MustParse("6f9619ff-8b86-4011-b42d-00c04fc964ff")
	bookingID = uuid.MustParse("0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01")
	reserveID = uuid.MustParse("7d0c2f6e-1111-4222-8333-944455566677")
	messageID = uuid.MustParse("99999999-0000-4000-8000-000000000001")

	anna = planner.CaseWorker{
		ID: uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001"), Identifier: "CVR:12345678-RID:87654321",
		GivenName: "Anna", MiddleName: "Ærø", Surname: "Østergård", Email: "anna@kommune.eksempel", Phone: "+45 70 10 20 30",
	}
	bo = planner.CaseWorker{
		ID: uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002"), Identifier: "5d4b1a9e-8d2a-4f0e-8d53-0f5d2c0f7e11",
		GivenName: "Bo", Surname: "Sørensen & Søn <x>",
	}
)

func option() planner.InterviewOption {
	day, hours := 24*time.Hour, 4*time.Hour
	return planner.InterviewOption{
		ID: optionID, InterviewType: 4, InterviewForm: 1, ContactTypes: []int{1, 8}, Duration: 45 * time.Minute, SlotStep: 15 * time.Minute,
		IsCompulsory: true, Title: "Opfølgende samtale", Description: "Medbring dit CV.\nVi taler om din jobsøgning.",
		Location: planner.Location{Description: "Mødelokale 2", Address: &planner.Address{StreetName: "Rådhuspladsen", Building: "12B", Floor: "ST.", Suite: "tv", PostCode: "8000", District: "Aarhus C"}},
		Phone:    "7010 2030", Email: "job@kommune.eksempel",
		RebookingDeadline: &day, CancellationDeadline: &hours,
	}
}

// bare is an option without any of what may be left out, at an address that the contract has no form for.
func bare() planner.InterviewOption {
	return planner.InterviewOption{
		ID: optionID, InterviewType: 0, ContactTypes: []int{0}, Duration: 30 * time.Minute, SlotStep: 15 * time.Minute, Title: "Møde",
		Location: planner.Location{Address: &planner.Address{StreetName: "Gl. Kongevej", Building: "1-3, port 2", PostCode: "1610", District: "København V"}},
		Phone:    "lokal 12", Email: "ingen",
	}
}

// fake answers from fixed data and keeps what it was asked.
type fake struct{ asked []string }

func (f *fake) note(operation string, a any) {
	s := fmt.Sprintf("%+v", a)
	f.asked = append(f.asked, operation+" "+strings.NewReplacer("0001-01-01 00:00:00 +0000 UTC", "-").Replace(s))
}

func deref[T any](p *T) any {
	if p == nil {
		return "nil"
	}
	return *p
}

func refuse(c planner.Code) error { return &planner.Error{Code: c} }

func common(jc planner.JobCenterCode, cpr planner.CPR) error {
	switch {
	case jc == "99999":
		return refuse(planner.CodeUnknownJobCenter)
	case cpr.Unknown():
		return refuse(planner.CodeUnknownCPR)
	}
	return nil
}

func (f *fake) InterviewOptions(_ context.Context, jc planner.JobCenterCode, c planner.Citizen) ([]planner.OfferedOption, error) {
	f.note("InterviewOptions", []any{jc, c.CPR, c.ContactGroup, deref(c.PersonCategory), c.PersonGroupProjects})
	if err := common(jc, c.CPR); err != nil || jc == "10200" {
		return nil, err
	}
	first := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	broken := option()
	broken.ContactTypes = nil
	return []planner.OfferedOption{
		{InterviewOption: option(), First: first, Last: first.AddDate(0, 6, 0)},
		{InterviewOption: broken},
		{InterviewOption: bare()},
	}, nil
}

func (f *fake) CaseWorkers(_ context.Context, jc planner.JobCenterCode, cpr planner.CPR, o uuid.UUID) ([]planner.CaseWorker, error) {
	f.note("CaseWorkers", []any{jc, cpr, o})
	if o != optionID {
		return nil, refuse(planner.CodeUnknownOption)
	}
	return []planner.CaseWorker{anna, bo}, common(jc, cpr)
}

func (f *fake) slots(interval planner.Span, wished string) (planner.Timeslots, error) {
	found := planner.Timeslots{Option: option(), CaseWorkers: []planner.CaseWorker{anna, bo}}
	both := []uuid.UUID{bo.ID, anna.ID}
	switch wished {
	case anna.Identifier:
		found.CaseWorkers, both = found.CaseWorkers[:1], both[1:]
	case "":
	default:
		return planner.Timeslots{}, refuse(planner.CodeUnknownCaseWorker)
	}
	for _, start := range []time.Time{
		time.Date(2026, 10, 23, 7, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
		time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), time.Date(2026, 10, 26, 7, 0, 0, 0, time.UTC),
	} {
		if interval.Contains(planner.Span{Start: start, End: start.Add(found.Option.Duration)}) {
			found.Slots = append(found.Slots, planner.Timeslot{Start: start, CaseWorkers: both})
		}
	}
	// A group meeting, with seats left with one case worker only, in one contact type.
	if start := time.Date(2027, 3, 3, 8, 0, 0, 0, time.UTC); wished == "" && interval.Contains(planner.Span{Start: start, End: start.Add(found.Option.Duration)}) {
		found.Slots = append(found.Slots,
			planner.Timeslot{Start: start, CaseWorkers: []uuid.UUID{bo.ID}, Seats: 12, Free: 12},
			planner.Timeslot{Start: start, CaseWorkers: []uuid.UUID{anna.ID}, ContactTypes: found.Option.ContactTypes[:1], Seats: 12, Free: 3})
	}
	if len(found.Slots) == 0 {
		found.CaseWorkers = nil
	}
	return found, nil
}

func (f *fake) Timeslots(_ context.Context, q planner.TimeslotQuery) (planner.Timeslots, error) {
	f.note("Timeslots", q)
	if err := common(q.JobCenter, q.CPR); err != nil {
		return planner.Timeslots{}, err
	}
	return f.slots(q.Interval, q.CaseWorkerIdentifier)
}

func owns(id uuid.UUID, cpr planner.CPR) error {
	switch {
	case id == reserveID:
		return refuse(planner.CodeNotRebookable)
	case id != bookingID:
		return refuse(planner.CodeUnknownBooking)
	case cpr.Reveal() != "0101801234":
		return refuse(planner.CodeNotCitizensBooking)
	}
	return nil
}

func (f *fake) RescheduleTimeslots(_ context.Context, q planner.RescheduleQuery) (planner.Timeslots, error) {
	f.note("RescheduleTimeslots", q)
	if err := owns(q.Booking, q.CPR); err != nil {
		return planner.Timeslots{}, err
	}
	return f.slots(q.Interval, q.CaseWorkerIdentifier)
}

func (f *fake) Reserve(_ context.Context, r planner.ReserveRequest) (planner.Reservation, error) {
	f.note("Reserve", []any{r.JobCenter, r.CPR, deref(r.Option), deref(r.Booking), r.Start, r.CaseWorkerIdentifier, deref(r.ContactType), r.Caller})
	if r.Start.Year() < 2026 {
		return planner.Reservation{}, refuse(planner.CodePast)
	}
	held := planner.Reservation{
		ID: reserveID, Option: option(), CaseWorker: anna, ContactType: 1, Span: planner.Span{Start: r.Start, End: r.Start.Add(45 * time.Minute)},
	}
	if r.ContactType != nil {
		if held.ContactType = *r.ContactType; held.ContactType == 99 {
			return planner.Reservation{}, refuse(planner.CodeBadContactType)
		}
	}
	if r.JobCenter == "10300" {
		held.Option, held.CaseWorker, held.ContactType = bare(), bo, 0
	}
	if r.Start.Year() == 2027 {
		held.Group = &messageID
	}
	held.RebookingDeadline, held.CancellationDeadline = held.Option.Deadlines(r.Start)
	return held, nil
}

func (f *fake) CreateBooking(_ context.Context, r planner.CreateRequest) (planner.Receipt, error) {
	f.note("CreateBooking", []any{r.JobCenter, r.CPR, r.BookingID, r.Option, deref(r.Reservation), r.Start, r.CaseWorkerIdentifier, deref(r.ContactType), r.Caller})
	switch {
	case r.BookingID == optionID:
		return planner.Receipt{}, refuse(planner.CodeConflictingRepeat)
	case r.Start.In(planner.Copenhagen()).Hour() == 10 && r.Reservation != nil:
		return planner.Receipt{}, refuse(planner.CodeReservationGone)
	case r.Start.In(planner.Copenhagen()).Hour() == 10:
		return planner.Receipt{}, refuse(planner.CodeTaken)
	}
	return planner.Receipt{BookingID: r.BookingID, At: time.Date(2026, 11, 24, 9, 0, 0, 123456000, time.UTC), MessageID: messageID}, nil
}

func (f *fake) RescheduleBooking(_ context.Context, r planner.RescheduleRequest) (planner.Receipt, error) {
	f.note("RescheduleBooking", []any{r.JobCenter, r.CPR, r.BookingID, deref(r.Reservation), r.Start, r.CaseWorkerIdentifier, deref(r.ContactType), r.Caller})
	if err := owns(r.BookingID, r.CPR); err != nil {
		return planner.Receipt{}, err
	}
	return planner.Receipt{BookingID: r.BookingID, At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), MessageID: messageID}, nil
}
