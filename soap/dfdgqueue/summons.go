package dfdgqueue

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/dfdg"
)

// Status is what a message says of the booking.
type Status int

// Statuses.
const (
	Booked Status = iota + 1
	Cancelled
	Confirmed // booked, and the citizen has confirmed to come
	Excused   // booked, and the citizen has sent an excuse
)

// Source says which system registered the change.
type Source int

// Sources.
const (
	SourceOther   Source = iota // a case system, or not told
	SourcePlanner               // a planner: ourselves, or one that served the job centre before us
	SourceJobnet                // the citizen, through Jobnet; DFDG registered it
)

// Summons is a message that was understood: a booking as it stands in DFDG.
type Summons struct {
	MessageID uuid.UUID
	QueuedAt  time.Time
	Booking   uuid.UUID
	JobCenter planner.JobCenterCode
	CPR       planner.CPR
	Status    Status
	Source    Source
	// Gone: nothing but the booking's id is known; it is not in DFDG any more.
	Gone                 bool
	SelfBooked           bool
	Span                 planner.Span
	CaseWorkerIdentifier string
	ContactType          int
	// Title is the meeting's, with everything masked that could be a CPR number: it will stand in a calendar.
	Title string
}

// Unreadable says why a message cannot be understood. Nothing of the message's text is in it.
type Unreadable struct{ Reason string }

func (u *Unreadable) Error() string { return "message cannot be understood: " + u.Reason }

// Codes are the numbers of code lists that are told only in part (holes H12, H14), by what they mean to us. A
// number that is not here is not understood.
type Codes struct {
	Statuses map[int32]Status
	Sources  map[int32]Source // others are SourceOther
}

// DefaultCodes are the numbers that the contract's draft assumes.
func DefaultCodes() Codes {
	return Codes{
		Statuses: map[int32]Status{dfdg.StatusBooked: Booked, dfdg.StatusCancelled: Cancelled, dfdg.StatusConfirmed: Confirmed, dfdg.StatusExcused: Excused},
		Sources:  map[int32]Source{dfdg.SystemPlanner: SourcePlanner, dfdg.SystemJobnet: SourceJobnet},
	}
}

// messageLimits are for one message; the longest legal one has some 80 elements.
var messageLimits = wire.Limits{Depth: 24, Attributes: 32, Tokens: 4000, Text: 16 << 10}

// Understand reads a message. The error is an *Unreadable; the Summons then holds what identifies the message.
func Understand(m Message, codes Codes) (Summons, error) {
	s := Summons{MessageID: m.ID, QueuedAt: m.At, JobCenter: m.JobCenter}
	if s.MessageID == uuid.Nil {
		// A content hash: a repeat of a message without id is still found.
		sum := sha256.Sum256(append([]byte(m.JobCenter), m.Body...))
		s.MessageID = uuid.NewSHA1(uuid.NameSpaceOID, sum[:])
	}
	if m.Gone != nil {
		s.Booking, s.Gone, s.Status = *m.Gone, true, Cancelled
		return s, nil
	}
	var item dfdg.Indkaldelse
	err := decodeItem(m.Body, &item)
	if md := item.Metadata; md != nil {
		// Told even if what follows cannot be read: so its repeat is known.
		if md.MessageIdentifier != nil && *md.MessageIdentifier != uuid.Nil {
			s.MessageID = *md.MessageIdentifier
		}
		if md.Enqueued != nil {
			s.QueuedAt = md.Enqueued.Time
		}
		if md.ClientSystemType != nil {
			s.Source = codes.Sources[*md.ClientSystemType]
		}
	}
	s.QueuedAt = s.QueuedAt.UTC().Truncate(time.Microsecond)
	if err != nil {
		return s, unreadable(err)
	}
	d := &item.Details
	s.Booking, s.SelfBooked = item.Booking, item.SelfBooked
	s.Span = planner.Span{Start: d.BookingStartTime.UTC().Truncate(time.Microsecond), End: d.BookingEndTime.UTC().Truncate(time.Microsecond)}
	s.CaseWorkerIdentifier, s.Title = string(d.Supervisor.CaseWorkerIdentifier), soap.Mask(string(d.MeetingTitle))
	s.ContactType = int(d.InterviewContactTypeIdentifier.CodeListItemIdentifier)
	if s.Status = codes.Statuses[item.Status]; s.Status == 0 {
		return s, &Unreadable{fmt.Sprintf("status %d is not known", item.Status)}
	}
	if s.CPR, err = planner.ParseCPR(item.CPR); err != nil || s.CPR.Unknown() {
		return s, &Unreadable{"no citizen"}
	}
	switch {
	case s.Booking == uuid.Nil:
		return s, &Unreadable{"no booking"}
	case s.Span.Empty():
		return s, &Unreadable{"the meeting does not end after its start"}
	case s.Span.End.Sub(s.Span.Start) > 24*time.Hour:
		return s, &Unreadable{"the meeting is longer than a day"}
	case s.Span.Start.Year() < 2000 || s.Span.End.Year() > 2200:
		return s, &Unreadable{"the meeting is in another century"}
	}
	return s, nil
}

func decodeItem(body []byte, item *dfdg.Indkaldelse) error {
	r := wire.NewReader(body, messageLimits)
	t, err := r.Next()
	if err != nil {
		return err
	}
	if t.Name != (xml.Name{Space: dfdg.NamespaceIndkaldelse, Local: dfdg.IndkaldelseItem}) {
		return &Unreadable{"another element than " + dfdg.IndkaldelseItem}
	}
	d := wire.NewDecoder(r, wire.Rename{})
	d.Enter(t, false)
	item.DecodeContent(d)
	d.End()
	if err := d.Err(); err != nil {
		return err
	}
	for {
		t, err := r.Next()
		switch {
		case err != nil:
			return err
		case t.Kind == wire.EOF:
			return nil
		case t.Kind == wire.Text && len(bytes.TrimSpace(t.Text)) == 0:
		default:
			return &Unreadable{"more than one message"}
		}
	}
}

// unreadable keeps the reader's own words, which hold nothing of the text.
func unreadable(err error) error {
	var (
		known     *Unreadable
		violation *wire.Violation
		syntax    *wire.SyntaxError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &violation):
		return &Unreadable{"breaks the contract: " + violation.Error()}
	case errors.As(err, &syntax):
		return &Unreadable{"not XML: " + syntax.Reason}
	}
	return &Unreadable{"cannot be read"}
}
