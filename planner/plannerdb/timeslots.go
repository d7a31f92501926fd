package plannerdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// farthest is more than any option's horizon (the schema allows 200 days): how far ahead rows are read.
const farthest = 201 * 24 * time.Hour

// CaseWorkers lists, by identifier, the case workers with whom meetings of an option can be booked.
func (s *Store) CaseWorkers(ctx context.Context, jc planner.JobCenterCode, _ planner.CPR, option uuid.UUID) ([]planner.CaseWorker, error) {
	now := s.now()
	f := facts{jc: jc}
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueOption(ctx, b, q, &option, nil)
	calendars := calendarsOf(planner.Span{Start: now, End: now}, now, []byte{})
	calendars.Option = &option
	f.queueCalendars(ctx, b, q, calendars)
	if err := s.whole(ctx, b); err != nil {
		return nil, fmt.Errorf("list case workers of option %s: %w", option, err)
	}
	if _, err := f.newOption(); err != nil {
		return nil, err
	}
	var workers []planner.CaseWorker
	for _, r := range f.calendars {
		if r.Known {
			workers = append(workers, toCaseWorker(jc, r))
		}
	}
	return workers, nil
}

// Timeslots gives the times at which a new meeting can be booked. With an unknown CPR number
// nobody's own meetings are heeded.
func (s *Store) Timeslots(ctx context.Context, ask planner.TimeslotQuery) (planner.Timeslots, error) {
	now := s.now()
	if err := ask.Interval.Ahead(now); err != nil {
		return planner.Timeslots{}, err
	}
	if s.memory != nil {
		if found, err := s.keptTimeslots(ctx, ask, now); !errors.Is(err, errNotKept) {
			return found, err
		}
	}
	window := readable(ask.Interval, now)
	f := facts{jc: ask.JobCenter}
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueOption(ctx, b, q, &ask.Option, nil)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: s.hashOrNone(ask.CPR), FromAt: window.Start, ToAt: window.End})
	calendars := calendarsOf(window, now, s.hashOrNone(ask.CPR))
	calendars.Option, calendars.Identifier = &ask.Option, ask.CaseWorkerIdentifier
	f.queueCalendars(ctx, b, q, calendars)
	if err := s.read(ctx, b, &f); err != nil {
		return planner.Timeslots{}, fmt.Errorf("read calendars of option %s: %w", ask.Option, err)
	}
	option, err := f.newOption()
	if err != nil {
		return planner.Timeslots{}, err
	}
	if err := f.wished(ask.CaseWorkerIdentifier); err != nil {
		return planner.Timeslots{}, err
	}
	return f.timeslots(option, f.search(option, ask.Interval, now).Slots()), nil
}

// keptTimeslots answers from memory, or errNotKept. A question about anything out of the ordinary is asked of Postgres.
func (s *Store) keptTimeslots(ctx context.Context, ask planner.TimeslotQuery, now time.Time) (planner.Timeslots, error) {
	l, err := s.memory.look(ctx, ask.Option, s.hashOrNone(ask.CPR))
	switch {
	case errors.Is(err, errNotKept):
		return planner.Timeslots{}, err
	case ctx.Err() != nil:
		return planner.Timeslots{}, fmt.Errorf("look at calendars of option %s: %w", ask.Option, ctx.Err())
	case err != nil:
		s.log.WarnContext(ctx, "nothing is answered from memory for now", "error", err)
		return planner.Timeslots{}, errNotKept
	case l.view.JobCenter != ask.JobCenter || !l.view.reaches(weeks(readable(ask.Interval, now))):
		return planner.Timeslots{}, errNotKept
	}
	return s.memory.timeslots(l, ask, now)
}

// RescheduleTimeslots gives the times to which the citizen may move a booking. The case worker who holds it
// comes first where free; its present time is left out.
func (s *Store) RescheduleTimeslots(ctx context.Context, ask planner.RescheduleQuery) (planner.Timeslots, error) {
	if ask.CPR.Unknown() {
		return planner.Timeslots{}, refuse(planner.CodeUnknownCPR, "")
	}
	now := s.now()
	if err := ask.Interval.Ahead(now); err != nil {
		return planner.Timeslots{}, err
	}
	window := readable(ask.Interval, now)
	f := facts{jc: ask.JobCenter, hash: s.seal.Hash(ask.CPR)}
	b, q := newBatch()
	b.BeginTx(oneSnapshot)
	f.queueOption(ctx, b, q, nil, &ask.Booking)
	f.queueBooking(ctx, b, q, ask.Booking)
	f.queueMeetings(ctx, b, q, dbsqlc.CitizenMeetingsParams{CitizenHash: f.hash, FromAt: window.Start, ToAt: window.End, Moving: &ask.Booking})
	calendars := calendarsOf(window, now, f.hash)
	calendars.Moving, calendars.Identifier = &ask.Booking, ask.CaseWorkerIdentifier
	f.queueCalendars(ctx, b, q, calendars)
	if err := s.read(ctx, b, &f); err != nil {
		return planner.Timeslots{}, fmt.Errorf("read calendars for moving booking %s: %w", ask.Booking, err)
	}
	booking, option, err := f.movable(now)
	if err != nil {
		return planner.Timeslots{}, err
	}
	if err := f.wished(ask.CaseWorkerIdentifier); err != nil {
		return planner.Timeslots{}, err
	}
	search := f.search(option, ask.Interval, now)
	search.Prefer = booking.CaseWorkerID
	return f.timeslots(option, withoutPresent(search.Slots(), booking)), nil
}

// withoutPresent leaves out the time that the booking has, with the case worker who has it.
func withoutPresent(slots []planner.Timeslot, booking dbsqlc.BookingByIDRow) []planner.Timeslot {
	for i, slot := range slots {
		if slot.Start.Equal(booking.StartsAt) {
			slots[i].CaseWorkers = slices.DeleteFunc(slot.CaseWorkers, func(w uuid.UUID) bool { return w == booking.CaseWorkerID })
		}
	}
	return slices.DeleteFunc(slots, func(s planner.Timeslot) bool { return len(s.CaseWorkers) == 0 })
}

// readable is the span of which rows are read to answer for an interval: whole days, since
// the order of case workers depends on their held times of the day, and nothing that cannot be offered.
func readable(interval planner.Span, now time.Time) planner.Span {
	if interval.Start.Before(now) {
		interval.Start = now
	}
	if last := now.Add(farthest); interval.End.After(last) {
		interval.End = last
	}
	if interval.Empty() {
		return planner.Span{Start: now, End: now}
	}
	return withBuffers(interval)
}

// withBuffers is the whole days of a span, and as much around the span as a buffer may reach.
func withBuffers(s planner.Span) planner.Span {
	whole := planner.WholeDays(s)
	if from := s.Start.Add(-planner.MaxBuffer); from.Before(whole.Start) {
		whole.Start = from
	}
	if to := s.End.Add(planner.MaxBuffer); to.After(whole.End) {
		whole.End = to
	}
	return whole
}

// hashOrNone is the citizen's hash, or one that nobody has.
func (s *Store) hashOrNone(cpr planner.CPR) []byte {
	if cpr.Unknown() {
		return []byte{}
	}
	return s.seal.Hash(cpr)
}
