package dfdgsim

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/dfdg"
)

// Act is what happens to a booking outside the planner.
type Act string

// Acts.
const (
	Created   Act = "created"
	Moved     Act = "moved"
	Cancelled Act = "cancelled"
	Confirmed Act = "confirmed" // by the citizen
	Excused   Act = "excused"   // by the citizen
)

// Meeting says what the case system does. Only created needs more than Act and Booking; what a later act does not
// tell stays as it is. Codes that are 0 become those of an ordinary follow-up talk.
type Meeting struct {
	Act       Act       `json:"act"`
	Booking   uuid.UUID `json:"booking"`   // made up when created without
	JobCenter string    `json:"jobCenter"` // of a created one
	CPR       string    `json:"cpr"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"` // 45 minutes after Start if zero

	CaseWorkerIdentifier string `json:"caseWorkerIdentifier"`
	CaseWorkerGivenName  string `json:"caseWorkerGivenName"`
	CaseWorkerSurname    string `json:"caseWorkerSurname"`
	Title                string `json:"title"`
	InterviewType        int32  `json:"interviewType"`
	InterviewForm        int32  `json:"interviewForm"`
	ContactType          int32  `json:"contactType"`
	// System registers it; the case system if 0.
	System int32 `json:"system"`
}

// KSS carries out an act of the case system (or the citizen) in the register and queues the message of it.
// It gives the booking's id and the message's.
func (s *Server) KSS(m Meeting) (bookingID, messageID uuid.UUID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kss(m)
}

func (s *Server) kss(m Meeting) (bookingID, messageID uuid.UUID, err error) {
	if m.System == 0 {
		m.System = dfdg.SystemCaseSystem
	}
	e := s.register[m.Booking]
	if m.Act == Created {
		if e != nil {
			return m.Booking, uuid.Nil, fmt.Errorf("booking %s exists", m.Booking)
		}
		if m.JobCenter == "" || m.CPR == "" || m.Start.IsZero() || m.CaseWorkerIdentifier == "" {
			return uuid.Nil, uuid.Nil, fmt.Errorf("a created booking needs jobCenter, cpr, start and caseWorkerIdentifier")
		}
		if m.Booking == uuid.Nil {
			m.Booking = s.newID()
		}
		e = &Entry{Booking: m.Booking, JobCenter: m.JobCenter, CPR: m.CPR, Status: dfdg.StatusBooked, System: m.System, Creates: 1}
		e.Details = booking.BookingDetailsType{
			MeetingTitle: "Samtale", Supervisor: booking.CaseWorkerStructureType{CaseWorkerGivenName: "Sags", CaseWorkerSurname: "Behandler"},
			InterviewTypeIdentifier: code(4), InterviewFormTypeIdentifier: code(1), InterviewContactTypeIdentifier: code(1),
		}
		s.register[m.Booking] = e
	}
	if e == nil {
		return m.Booking, uuid.Nil, fmt.Errorf("booking %s does not exist", m.Booking)
	}
	switch m.Act {
	case Created:
	case Moved:
		e.Updates++
	case Cancelled:
		e.Status = dfdg.StatusCancelled
		e.Deletes++
	case Confirmed:
		e.Status = dfdg.StatusConfirmed
	case Excused:
		e.Status = dfdg.StatusExcused
	default:
		return m.Booking, uuid.Nil, fmt.Errorf("act %q is not known", m.Act)
	}
	m.fill(&e.Details)
	message := s.message(e, m.System, wire.RequestUserMetadata{
		UserFullName: "Fagsystem", RequestUserTypeIdentifier: 3, UserIdentifier: "CVR:12345678-FID:1234567890123",
		OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: e.JobCenter, RegistrationDateTime: wire.At(s.cfg.Now()),
	})
	s.enqueue(e.JobCenter, message)
	return e.Booking, message.id, nil
}

func code(n int32) booking.CodeListItemIdentifierType {
	return booking.CodeListItemIdentifierType{CodeListItemIdentifier: booking.CodeListItemIdentifierSimpleType(n)}
}

func (m Meeting) fill(d *booking.BookingDetailsType) {
	if !m.Start.IsZero() {
		if m.End.IsZero() {
			m.End = m.Start.Add(45 * time.Minute)
		}
		d.BookingStartTime, d.BookingEndTime = wire.At(m.Start), wire.At(m.End)
	}
	if m.CaseWorkerIdentifier != "" {
		d.Supervisor.CaseWorkerIdentifier = booking.CaseWorkerIdentifierType(m.CaseWorkerIdentifier)
	}
	if m.CaseWorkerGivenName != "" {
		d.Supervisor.CaseWorkerGivenName = booking.PersonGivenNameType(m.CaseWorkerGivenName)
	}
	if m.CaseWorkerSurname != "" {
		d.Supervisor.CaseWorkerSurname = booking.PersonSurnameNameType(m.CaseWorkerSurname)
	}
	if m.Title != "" {
		d.MeetingTitle = booking.MeetingTitleType(m.Title)
	}
	if m.InterviewType != 0 {
		d.InterviewTypeIdentifier = code(m.InterviewType)
	}
	if m.InterviewForm != 0 {
		d.InterviewFormTypeIdentifier = code(m.InterviewForm)
	}
	if m.ContactType != 0 {
		d.InterviewContactTypeIdentifier = code(m.ContactType)
	}
}
