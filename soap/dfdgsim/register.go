package dfdgsim

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/dfdg"
)

// Entry is a booking in the register.
type Entry struct {
	Booking    uuid.UUID
	JobCenter  string
	CPR        string
	Status     int32
	SelfBooked bool
	Owner      *int32 // only this system may change it, if set
	System     int32  // that made it
	Details    booking.BookingDetailsType
	// Message and Changed are of the last message about it.
	Message uuid.UUID
	Changed time.Time
	// Writes counts what was written by whom: creations, changes and cancellations that took effect.
	Creates, Updates, Deletes int
	// Repeats counts writes of a planner that said what a planner had written last: each would be a second mail to the citizen.
	Repeats int
	// By is the system that wrote last.
	By int32
}

// Person is what the register knows of a citizen; one not told of is an ordinary one.
type Person struct {
	Unknown     bool `json:"unknown,omitempty"`
	Dead        bool `json:"dead,omitempty"`
	NotEnrolled bool `json:"notEnrolled,omitempty"`
	// DeadlineTypes are interview types with a running deadline: one future appointment of such a type is allowed.
	DeadlineTypes []int32 `json:"deadlineTypes,omitempty"`
}

// SetPerson tells the register of a citizen.
func (s *Server) SetPerson(cpr string, p Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.persons[cpr] = p
}

func encoded(m wire.Message) []byte {
	var e wire.Encoder
	m.AppendContent(&e)
	return e.Buf
}

// same tells whether both entries say the same of the meeting.
func (e *Entry) same(o *Entry) bool {
	return e.JobCenter == o.JobCenter && e.CPR == o.CPR && e.SelfBooked == o.SelfBooked && bytes.Equal(encoded(&e.Details), encoded(&o.Details))
}

func (e *Entry) repeated() {
	if e.By == dfdg.SystemPlanner {
		e.Repeats++
	}
}

// check applies the rules told for BookingService (booking error codes), to reports and to a planner's
// GetBookingDetails alike.
func (s *Server) check(id uuid.UUID, cpr string, d *booking.BookingDetailsType) *refusal {
	person := s.persons[cpr]
	now := s.cfg.Now()
	y, m, day := now.In(danish).Date()
	today := time.Date(y, m, day, 0, 0, 0, 0, danish)
	interview := int32(d.InterviewTypeIdentifier.CodeListItemIdentifier)
	form := int32(d.InterviewFormTypeIdentifier.CodeListItemIdentifier)
	switch {
	case cpr == "0000000000" || person.Unknown:
		return &refusal{1010, "Unknown cpr"}
	case person.Dead:
		return &refusal{4405, "The person is dead"}
	case person.NotEnrolled:
		return &refusal{4367, "The person is not enrolled"}
	case !allowed(s.cfg.ContactTypes, int32(d.InterviewContactTypeIdentifier.CodeListItemIdentifier), 1, 20):
		return &refusal{4708, "InterviewContactTypeIdentifier is invalid"}
	case !allowed(s.cfg.InterviewTypes, interview, 1, 40):
		return &refusal{4709, "InterviewTypeIdentifier is invalid"}
	case !allowed(s.cfg.InterviewForms, form, 1, 10):
		return &refusal{4805, "InterviewFormTypeIdentifier is invalid"}
	case d.BookingStartTime.Before(today):
		return &refusal{4783, "BookingTime is before today"}
	case !d.BookingEndTime.After(d.BookingStartTime.Time):
		return &refusal{4792, "BookingEndTime is before BookingStartTime"}
	case !d.RebookingPossible && d.RebookingDeadline != nil:
		return &refusal{8125, "RebookingDeadline is given though rebooking is not possible"}
	case d.RebookingPossible && d.RebookingDeadline == nil:
		return &refusal{8126, "RebookingDeadline is missing though rebooking is possible"}
	case !d.CancellationPossible && d.CancellationDeadline != nil:
		return &refusal{8127, "CancellationDeadline is given though cancellation is not possible"}
	case d.CancellationPossible && d.CancellationDeadline == nil:
		return &refusal{1100, "CancellationDeadline is missing though cancellation is possible"}
	}
	for _, joint := range s.cfg.JointForms {
		if form == joint && d.GroupMeetingIdentifier == nil {
			return &refusal{1014, "The submitted message is not valid: a group meeting needs its identifier"}
		}
	}
	for _, t := range person.DeadlineTypes {
		for _, other := range s.register {
			if interview == t && other.Booking != id && other.CPR == cpr && other.Status == dfdg.StatusBooked &&
				int32(other.Details.InterviewTypeIdentifier.CodeListItemIdentifier) == t && other.Details.BookingStartTime.After(now) {
				return &refusal{1100, "The person has another future appointment of this type"}
			}
		}
	}
	return nil
}

var danish = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic("dfdgsim: Europe/Copenhagen is missing") // package wire embeds the zones
	}
	return zone
}()

// mayChange applies the rules of an existing booking.
func (s *Server) mayChange(id uuid.UUID, cpr string, system int32) (*Entry, *refusal) {
	e := s.register[id]
	switch {
	case e == nil:
		return nil, &refusal{4768, "BookingIdentifier is unknown"}
	case e.CPR != cpr:
		return nil, &refusal{8107, "The BookingIdentifier does not correspond to the person civil registration identifier"}
	case e.Owner != nil && *e.Owner != system:
		return nil, &refusal{4575, "You are not authorized to execute the operation"}
	}
	return e, nil
}

// save reads and checks a CreateBooking or UpdateBooking.
func (s *Server) save(r *request) (*Entry, *refusal) {
	var m dfdg.SaveBooking
	if f := r.decode(&m); f != nil {
		return nil, f
	}
	if m.JobCenter != r.jobCenter {
		return nil, &refusal{4575, "You are not authorized to execute the operation"}
	}
	// Told with self-booking (Request metadata eksempel); the text is STAR's, a number is not told.
	if m.SelfBooked && (r.user.RequestUserTypeIdentifier != userCitizen || r.user.UserIdentifier != m.CPR) {
		return nil, &refusal{1100, "When SelfBooked is true, UserIdentifier has to be citizen's CPR and UserType has to be 1 - Citizen"}
	}
	if f := s.check(m.Booking, m.CPR, &m.Details); f != nil {
		return nil, f
	}
	return &Entry{
		Booking: m.Booking, JobCenter: m.JobCenter, CPR: m.CPR, Status: dfdg.StatusBooked, SelfBooked: m.SelfBooked,
		Owner: m.OwnerType, System: dfdg.SystemPlanner, Details: m.Details,
	}, nil
}

func (s *Server) receipt(e *Entry) answer {
	return answer{content: &dfdg.Receipt{Booking: e.Booking, EventDate: wire.At(e.Changed), Message: e.Message}}
}

func (s *Server) createBooking(r *request) (answer, *refusal) {
	e, f := s.save(r)
	if f != nil {
		return answer{}, f
	}
	if old := s.register[e.Booking]; old != nil {
		if old.CPR != e.CPR {
			return answer{}, &refusal{8107, "The BookingIdentifier does not correspond to the person civil registration identifier"}
		}
		if s.cfg.RefuseRepeats || !old.same(e) || old.Status == dfdg.StatusCancelled {
			return answer{}, &refusal{1100, "The booking already exists"}
		}
		old.repeated()
		return s.receipt(old), nil
	}
	e.Creates = 1
	s.register[e.Booking] = e
	s.enqueue(e.JobCenter, s.message(e, dfdg.SystemPlanner, r.user))
	return s.receipt(e), nil
}

func (s *Server) updateBooking(r *request) (answer, *refusal) {
	e, f := s.save(r)
	if f != nil {
		return answer{}, f
	}
	old, f := s.mayChange(e.Booking, e.CPR, dfdg.SystemPlanner)
	if f != nil {
		return answer{}, f
	}
	if old.Status == dfdg.StatusCancelled {
		return answer{}, &refusal{4768, "BookingIdentifier is unknown"}
	}
	if e.SelfBooked = old.SelfBooked; old.same(e) {
		old.repeated()
		return s.receipt(old), nil
	}
	old.Details, old.Status = e.Details, dfdg.StatusBooked
	old.Updates++
	s.enqueue(old.JobCenter, s.message(old, dfdg.SystemPlanner, r.user))
	return s.receipt(old), nil
}

func (s *Server) deleteBooking(r *request) (answer, *refusal) {
	var m dfdg.BookingKey
	if f := r.decode(&m); f != nil {
		return answer{}, f
	}
	old, f := s.mayChange(m.Booking, m.CPR, dfdg.SystemPlanner)
	if f != nil {
		return answer{}, f
	}
	if old.Status == dfdg.StatusCancelled {
		old.repeated()
		return s.receipt(old), nil
	}
	old.Status = dfdg.StatusCancelled
	old.Deletes++
	s.enqueue(old.JobCenter, s.message(old, dfdg.SystemPlanner, r.user))
	return s.receipt(old), nil
}

func (s *Server) getBooking(r *request) (answer, *refusal) {
	var m dfdg.BookingKey
	if f := r.decode(&m); f != nil {
		return answer{}, f
	}
	e := s.register[m.Booking]
	if e == nil {
		return answer{}, &refusal{4768, "BookingIdentifier is unknown"}
	}
	if e.CPR != m.CPR {
		return answer{}, &refusal{8107, "The BookingIdentifier does not correspond to the person civil registration identifier"}
	}
	id, at := e.Message, wire.At(e.Changed)
	system := e.System
	return answer{content: &dfdg.BookingAnswer{Indkaldelse: dfdg.Indkaldelse{
		Metadata: &dfdg.Metadata{MessageIdentifier: &id, ClientSystemType: &system, Enqueued: &at},
		Booking:  e.Booking, CPR: e.CPR, Status: e.Status, OwnerType: e.Owner, SelfBooked: e.SelfBooked, Details: e.Details,
	}}}, nil
}
