package plannertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
)

// Memory is a planner in memory. One lock makes every call whole; it may be used by several goroutines.
type Memory struct {
	now func() time.Time

	mu           sync.Mutex
	centers      map[planner.JobCenterCode]planner.JobCenter
	options      map[uuid.UUID]option
	workers      map[uuid.UUID]planner.CaseWorker
	busy         map[uuid.UUID][]planner.Span
	bookings     map[uuid.UUID]*booking
	reservations map[planner.CPR]*reservation
}

type option struct {
	planner.InterviewOption
	center  planner.JobCenterCode
	workers []uuid.UUID
}

type booking struct {
	planner.Booking
	citizen planner.CPR
	// content is what the request that made the last change asked for.
	content string
	changed time.Time
	// bare is held without buffers: chosen by the counsellor in Outlook, or agreed elsewhere.
	bare bool
}

type reservation struct {
	planner.Reservation
	option uuid.UUID
	moves  *uuid.UUID
}

// NewMemory makes an empty planner with this clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		now: now, centers: map[planner.JobCenterCode]planner.JobCenter{}, options: map[uuid.UUID]option{},
		workers: map[uuid.UUID]planner.CaseWorker{}, busy: map[uuid.UUID][]planner.Span{},
		bookings: map[uuid.UUID]*booking{}, reservations: map[planner.CPR]*reservation{},
	}
}

func refuse(code planner.Code) error { return &planner.Error{Code: code} }

// PutJobCenter makes or changes a job centre.
func (m *Memory) PutJobCenter(_ context.Context, c planner.JobCenter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.centers[c.Code] = c.WithDefaults()
	return nil
}

// PutCaseWorker makes or changes a case worker.
func (m *Memory) PutCaseWorker(_ context.Context, w planner.CaseWorker) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.workers[w.ID] = w
	return nil
}

// PutInterviewOption makes or changes an option.
func (m *Memory) PutInterviewOption(_ context.Context, jc planner.JobCenterCode, o planner.InterviewOption, workers []uuid.UUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.options[o.ID] = option{o, jc, workers}
	return nil
}

// SetBusy says what a case worker's own calendar holds.
func (m *Memory) SetBusy(worker uuid.UUID, spans ...planner.Span) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy[worker] = spans
}

// PutBooking stores a booking as it is, without asking whether its time is free: one made by the case system.
func (m *Memory) PutBooking(b planner.Booking, citizen planner.CPR) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bookings[b.ID] = &booking{Booking: b, citizen: citizen, changed: m.now(), bare: true}
}

// Booking reads one booking.
func (m *Memory) Booking(_ context.Context, id uuid.UUID) (planner.Booking, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.bookings[id]; b != nil {
		return b.Booking, nil
	}
	return planner.Booking{}, refuse(planner.CodeUnknownBooking)
}

// InterviewOptions lists what the citizen is shown.
func (m *Memory) InterviewOptions(_ context.Context, jc planner.JobCenterCode, c planner.Citizen) ([]planner.OfferedOption, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.centers[jc]; !ok {
		return nil, refuse(planner.CodeUnknownJobCenter)
	}
	offered := []planner.OfferedOption{}
	for _, o := range m.options {
		if o.center == jc && o.Search.Admits(c) {
			now := m.now()
			first, last := m.search(o, c.CPR, nil, planner.Span{Start: now, End: now.AddDate(1, 0, 0)}, "").Ends()
			offered = append(offered, planner.OfferedOption{InterviewOption: o.InterviewOption, First: first, Last: last})
		}
	}
	slices.SortFunc(offered, func(a, b planner.OfferedOption) int {
		return strings.Compare(a.Title+a.ID.String(), b.Title+b.ID.String())
	})
	return offered, nil
}

// CaseWorkers lists who holds an option's meetings.
func (m *Memory) CaseWorkers(_ context.Context, jc planner.JobCenterCode, _ planner.CPR, id uuid.UUID) ([]planner.CaseWorker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.option(jc, id)
	if err != nil {
		return nil, err
	}
	return m.holders(o, func(uuid.UUID) bool { return true }), nil
}

func (m *Memory) holders(o option, which func(uuid.UUID) bool) (workers []planner.CaseWorker) {
	for _, id := range o.workers {
		if which(id) {
			workers = append(workers, m.workers[id])
		}
	}
	slices.SortFunc(workers, func(a, b planner.CaseWorker) int { return strings.Compare(a.Identifier, b.Identifier) })
	return workers
}

// Timeslots gives the times for a new meeting.
func (m *Memory) Timeslots(_ context.Context, ask planner.TimeslotQuery) (planner.Timeslots, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ask.Interval.Ahead(m.now()); err != nil {
		return planner.Timeslots{}, err
	}
	o, err := m.option(ask.JobCenter, ask.Option)
	if err != nil {
		return planner.Timeslots{}, err
	}
	if !m.holds(o, ask.CaseWorkerIdentifier) {
		return planner.Timeslots{}, refuse(planner.CodeUnknownCaseWorker)
	}
	return m.answer(o, m.search(o, ask.CPR, nil, ask.Interval, ask.CaseWorkerIdentifier).Slots()), nil
}

func (m *Memory) answer(o option, slots []planner.Timeslot) planner.Timeslots {
	return planner.Timeslots{Option: o.InterviewOption, Slots: slots, CaseWorkers: m.holders(o, func(id uuid.UUID) bool {
		return slices.ContainsFunc(slots, func(s planner.Timeslot) bool { return slices.Contains(s.CaseWorkers, id) })
	})}
}

// RescheduleTimeslots gives the times to which a booking may be moved.
func (m *Memory) RescheduleTimeslots(_ context.Context, ask planner.RescheduleQuery) (planner.Timeslots, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ask.CPR.Unknown() {
		return planner.Timeslots{}, refuse(planner.CodeUnknownCPR)
	}
	if err := ask.Interval.Ahead(m.now()); err != nil {
		return planner.Timeslots{}, err
	}
	b, o, err := m.movable(ask.JobCenter, ask.CPR, ask.Booking)
	if err != nil {
		return planner.Timeslots{}, err
	}
	if !m.holds(o, ask.CaseWorkerIdentifier) {
		return planner.Timeslots{}, refuse(planner.CodeUnknownCaseWorker)
	}
	var slots []planner.Timeslot
	for _, s := range m.search(o, ask.CPR, b, ask.Interval, ask.CaseWorkerIdentifier).Slots() {
		if s.Start.Equal(b.Span.Start) {
			s.CaseWorkers = slices.DeleteFunc(s.CaseWorkers, func(w uuid.UUID) bool { return w == b.CaseWorker })
		}
		if len(s.CaseWorkers) > 0 {
			slots = append(slots, s)
		}
	}
	return m.answer(o, slots), nil
}

// Reserve holds a time.
func (m *Memory) Reserve(_ context.Context, r planner.ReserveRequest) (planner.Reservation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.CPR.Unknown() {
		return planner.Reservation{}, refuse(planner.CodeUnknownCPR)
	}
	if r.Option == nil && r.Booking == nil {
		return planner.Reservation{}, refuse(planner.CodeUnknownOption)
	}
	var (
		o   option
		b   *booking
		err error
	)
	if r.Booking != nil {
		b, o, err = m.movable(r.JobCenter, r.CPR, *r.Booking)
		if err == nil && r.Option != nil && *r.Option != o.ID {
			err = refuse(planner.CodeUnknownOption)
		}
	} else {
		o, err = m.option(r.JobCenter, *r.Option)
	}
	if err != nil {
		return planner.Reservation{}, err
	}
	contact, err := contactType(o, b, nil, r.ContactType)
	if err != nil {
		return planner.Reservation{}, err
	}
	worker, err := m.choose(o, r.CPR, b, r.Start, r.CaseWorkerIdentifier, false)
	if err != nil {
		return planner.Reservation{}, err
	}
	made := planner.Reservation{
		ID: uuid.New(), Expires: m.now().Add(m.centers[r.JobCenter].Reservation), Option: o.InterviewOption, CaseWorker: m.workers[worker],
		Span: planner.Span{Start: r.Start.UTC(), End: r.Start.UTC().Add(o.Duration)}, ContactType: contact,
	}
	made.RebookingDeadline, made.CancellationDeadline = o.Deadlines(made.Span.Start)
	m.reservations[r.CPR] = &reservation{made, o.ID, r.Booking}
	return made, nil
}

// CreateBooking makes a booking.
func (m *Memory) CreateBooking(_ context.Context, r planner.CreateRequest) (planner.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.CPR.Unknown() {
		return planner.Receipt{}, refuse(planner.CodeUnknownCPR)
	}
	if r.BookingID == uuid.Nil {
		return planner.Receipt{}, refuse(planner.CodeUnknownBooking)
	}
	content := fmt.Sprint("create", r.JobCenter, r.BookingID, r.Option, r.Start.UnixMicro(), r.CaseWorkerIdentifier, asked(r.ContactType))
	if b := m.bookings[r.BookingID]; b != nil {
		if b.citizen != r.CPR || b.Cancelled || b.content != content {
			return planner.Receipt{}, refuse(planner.CodeConflictingRepeat)
		}
		return b.receipt(), nil
	}
	o, err := m.option(r.JobCenter, r.Option)
	if err != nil {
		return planner.Receipt{}, err
	}
	worker, contact, err := m.take(o, r.CPR, nil, r.Start, r.CaseWorkerIdentifier, r.ContactType, r.Reservation != nil)
	if err != nil {
		return planner.Receipt{}, err
	}
	id := o.ID
	b := &booking{planner.Booking{
		ID: r.BookingID, JobCenter: r.JobCenter, Option: &id, CaseWorker: worker, ContactType: contact, Title: o.Title, Origin: planner.OriginSelf,
		Span: planner.Span{Start: r.Start.UTC(), End: r.Start.UTC().Add(o.Duration)}, Revision: 1,
	}, r.CPR, content, m.now(), false}
	m.bookings[b.ID] = b
	delete(m.reservations, r.CPR)
	return b.receipt(), nil
}

// RescheduleBooking moves a booking.
func (m *Memory) RescheduleBooking(_ context.Context, r planner.RescheduleRequest) (planner.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.CPR.Unknown() {
		return planner.Receipt{}, refuse(planner.CodeUnknownCPR)
	}
	content := fmt.Sprint("move", r.JobCenter, r.BookingID, r.Start.UnixMicro(), r.CaseWorkerIdentifier, asked(r.ContactType))
	b, err := m.owned(r.JobCenter, r.CPR, r.BookingID)
	if err != nil {
		return planner.Receipt{}, err
	}
	if !b.Cancelled && b.content == content {
		return b.receipt(), nil
	}
	b, o, err := m.movable(r.JobCenter, r.CPR, r.BookingID)
	if err != nil {
		return planner.Receipt{}, err
	}
	promise := m.promise(o, r.CPR, b, r.Start, r.CaseWorkerIdentifier)
	contact, err := contactType(o, b, promise, r.ContactType)
	if err != nil {
		return planner.Receipt{}, err
	}
	there := planner.Span{Start: r.Start.UTC(), End: r.Start.UTC().Add(o.Duration)} == b.Span && contact == b.ContactType &&
		(r.CaseWorkerIdentifier == "" || r.CaseWorkerIdentifier == m.workers[b.CaseWorker].Identifier) &&
		(promise == nil || promise.CaseWorker.ID == b.CaseWorker)
	if there {
		return b.receipt(), nil
	}
	worker, contact, err := m.take(o, r.CPR, b, r.Start, r.CaseWorkerIdentifier, r.ContactType, r.Reservation != nil)
	if err != nil {
		return planner.Receipt{}, err
	}
	b.CaseWorker, b.ContactType, b.Span = worker, contact, planner.Span{Start: r.Start.UTC(), End: r.Start.UTC().Add(o.Duration)}
	b.change(content, m.now())
	b.Overlaps, b.bare = false, false
	delete(m.reservations, r.CPR)
	return b.receipt(), nil
}

// MoveFromOutlook takes a counsellor's edit as a move.
func (m *Memory) MoveFromOutlook(_ context.Context, id uuid.UUID, to planner.Span) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bookings[id]
	now := m.now()
	switch {
	case to.Empty():
		return refuse(planner.CodeBadInterval)
	case b == nil:
		return refuse(planner.CodeUnknownBooking)
	case !b.Cancelled && b.Span.Start.Equal(to.Start) && b.Span.End.Equal(to.End):
		return nil
	case b.Cancelled || b.Origin == planner.OriginKSS || !now.Before(b.Span.Start):
		return refuse(planner.CodeNotRebookable)
	case !now.Before(to.Start):
		return refuse(planner.CodePast)
	case to.End.Sub(to.Start) != b.Span.End.Sub(b.Span.Start) && !planner.WholeDays(planner.Span{Start: to.Start, End: to.Start.Add(1)}).Contains(to):
		return refuse(planner.CodeBadInterval)
	}
	if others, _ := m.held(b.CaseWorker, planner.CPR{}, b, uuid.Nil); slices.ContainsFunc(m.meetings(b.citizen, b), to.Overlaps) || slices.ContainsFunc(others, to.Overlaps) {
		return refuse(planner.CodeTaken)
	}
	b.bare = true
	b.Span = planner.Span{Start: to.Start.UTC(), End: to.End.UTC()}
	b.Overlaps = false
	b.change("outlook", now)
	return nil
}

// CancelFromOutlook takes a counsellor's deletion as a cancellation.
func (m *Memory) CancelFromOutlook(_ context.Context, id uuid.UUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bookings[id]
	switch {
	case b == nil:
		return refuse(planner.CodeUnknownBooking)
	case b.Cancelled:
		return nil
	case b.Origin == planner.OriginKSS:
		return refuse(planner.CodeNotRebookable)
	case !m.now().Before(b.Span.Start):
		return refuse(planner.CodePast)
	}
	b.Cancelled = true
	b.change("outlook", m.now())
	return nil
}

// ExpireReservations forgets reservations that have run out and says how many.
func (m *Memory) ExpireReservations(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for citizen, r := range m.reservations {
		if !r.Expires.After(m.now()) {
			delete(m.reservations, citizen)
			n++
		}
	}
	return n, nil
}
