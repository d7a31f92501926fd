package plannertest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// option is one that new meetings may be booked of.
func (m *Memory) option(jc planner.JobCenterCode, id uuid.UUID) (option, error) {
	if _, ok := m.centers[jc]; !ok {
		return option{}, refuse(planner.CodeUnknownJobCenter)
	}
	o, ok := m.options[id]
	if !ok || o.center != jc {
		return option{}, refuse(planner.CodeUnknownOption)
	}
	return o, nil
}

func (m *Memory) owned(jc planner.JobCenterCode, citizen planner.CPR, id uuid.UUID) (*booking, error) {
	if _, ok := m.centers[jc]; !ok {
		return nil, refuse(planner.CodeUnknownJobCenter)
	}
	b := m.bookings[id]
	if b == nil || b.JobCenter != jc {
		return nil, refuse(planner.CodeUnknownBooking)
	}
	if b.citizen != citizen {
		return nil, refuse(planner.CodeNotCitizensBooking)
	}
	return b, nil
}

func (m *Memory) movable(jc planner.JobCenterCode, citizen planner.CPR, id uuid.UUID) (*booking, option, error) {
	b, err := m.owned(jc, citizen, id)
	if err != nil {
		return nil, option{}, err
	}
	var o option
	var known *planner.InterviewOption
	if b.Option != nil {
		o = m.options[*b.Option]
		known = &o.InterviewOption
	}
	return b, o, b.Rebookable(known, m.now())
}

func (m *Memory) holds(o option, identifier string) bool {
	return identifier == "" || slices.ContainsFunc(o.workers, func(id uuid.UUID) bool { return m.workers[id].Identifier == identifier })
}

// held lists what is handed out of a case worker's time, with its buffers, but to one citizen's reservation and one booking;
// and which of it is of an option.
func (m *Memory) held(worker uuid.UUID, but planner.CPR, moving *booking, of uuid.UUID) (spans, own []planner.Span) {
	add := func(s planner.Span, option *uuid.UUID, buffered bool) {
		if option == nil {
			spans = append(spans, s)
			return
		}
		if rules := m.options[*option].Rules; buffered {
			s = planner.Span{Start: s.Start.Add(-rules.BufferBefore), End: s.End.Add(rules.BufferAfter)}
		}
		spans = append(spans, s)
		if *option == of {
			own = append(own, s)
		}
	}
	for citizen, r := range m.reservations {
		if citizen != but && r.CaseWorker.ID == worker && r.Expires.After(m.now()) {
			add(r.Span, &r.option, true)
		}
	}
	for _, b := range m.bookings {
		if b != moving && b.CaseWorker == worker && !b.Cancelled {
			add(b.Span, b.Option, !b.bare)
		}
	}
	return spans, own
}

// meetings lists a citizen's meetings but one.
func (m *Memory) meetings(citizen planner.CPR, moving *booking) (spans []planner.Span) {
	for _, b := range m.bookings {
		if b != moving && b.citizen == citizen && !b.Cancelled && !citizen.Unknown() {
			spans = append(spans, b.Span)
		}
	}
	return spans
}

func (m *Memory) search(o option, citizen planner.CPR, moving *booking, interval planner.Span, identifier string) planner.Search {
	s := planner.Search{Option: o.InterviewOption, Interval: interval, Now: m.now(), Citizen: m.meetings(citizen, moving)}
	for _, id := range o.workers {
		if w := m.workers[id]; identifier == "" || w.Identifier == identifier {
			held, own := m.held(id, citizen, moving, o.ID)
			s.Calendars = append(s.Calendars, planner.Calendar{
				CaseWorker: id, Identifier: w.Identifier, Hours: w.Hours, Busy: m.busy[id], Held: held, Own: own,
			})
		}
	}
	if moving != nil {
		s.Prefer = moving.CaseWorker
	}
	return s
}

// choose picks the case worker for a time that is not promised.
func (m *Memory) choose(o option, citizen planner.CPR, moving *booking, start time.Time, identifier string, gaveReservation bool) (uuid.UUID, error) {
	if !m.holds(o, identifier) {
		return uuid.Nil, refuse(planner.CodeUnknownCaseWorker)
	}
	if start.Before(m.now()) {
		return uuid.Nil, refuse(planner.CodePast)
	}
	slots := m.search(o, citizen, moving, planner.Span{Start: start, End: start.Add(o.Duration)}, identifier).Slots()
	switch {
	case len(slots) > 0:
		return slots[0].CaseWorkers[0], nil
	case gaveReservation:
		return uuid.Nil, refuse(planner.CodeReservationGone)
	}
	return uuid.Nil, refuse(planner.CodeTaken)
}

// promise is the citizen's live reservation if it is for just this.
func (m *Memory) promise(o option, citizen planner.CPR, moving *booking, start time.Time, identifier string) *reservation {
	r := m.reservations[citizen]
	if r == nil || !r.Expires.After(m.now()) || r.option != o.ID || !r.Span.Start.Equal(start) ||
		(r.moves == nil) != (moving == nil) || r.moves != nil && *r.moves != moving.ID ||
		identifier != "" && identifier != r.CaseWorker.Identifier {
		return nil
	}
	return r
}

// take decides who holds a meeting that is to be made or moved, and how.
func (m *Memory) take(o option, citizen planner.CPR, moving *booking, start time.Time, identifier string, contact *int, gaveReservation bool) (uuid.UUID, int, error) {
	promise := m.promise(o, citizen, moving, start, identifier)
	how, err := contactType(o, moving, promise, contact)
	if err != nil {
		return uuid.Nil, 0, err
	}
	if promise == nil {
		worker, err := m.choose(o, citizen, moving, start, identifier, gaveReservation)
		return worker, how, err
	}
	switch {
	case start.Before(m.now()):
		return uuid.Nil, 0, refuse(planner.CodePast)
	case slices.ContainsFunc(m.meetings(citizen, moving), promise.Span.Overlaps):
		return uuid.Nil, 0, refuse(planner.CodeTaken)
	}
	return promise.CaseWorker.ID, how, nil
}

func contactType(o option, moving *booking, promise *reservation, asked *int) (int, error) {
	switch {
	case asked != nil && !slices.Contains(o.ContactTypes, *asked):
		return 0, refuse(planner.CodeBadContactType)
	case asked != nil:
		return *asked, nil
	case promise != nil:
		return promise.ContactType, nil
	case moving != nil && slices.Contains(o.ContactTypes, moving.ContactType):
		return moving.ContactType, nil
	}
	return o.ContactTypes[0], nil
}

func asked(contact *int) string {
	if contact == nil {
		return "any"
	}
	return fmt.Sprint(*contact)
}

func (b *booking) change(content string, at time.Time) {
	b.content, b.changed = content, at
	b.Revision++
}

func (b *booking) receipt() planner.Receipt {
	return planner.Receipt{BookingID: b.ID, At: b.changed, MessageID: uuid.NewSHA1(b.ID, fmt.Appendf(nil, "revision %d", b.Revision))}
}
