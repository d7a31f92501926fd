package plannerdb

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/migrations/pgbatch"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// facts are the rows that one question or change is decided on, each read when queued and present.
type facts struct {
	jc   planner.JobCenterCode // asked about
	hash []byte                // the citizen who asks

	center      []dbsqlc.JobCenterByCodeRow
	option      []dbsqlc.InterviewOption
	booking     []dbsqlc.BookingByIDRow
	reservation []dbsqlc.CitizenReservationRow
	meetings    []dbsqlc.CitizenMeetingsRow
	calendars   []dbsqlc.OptionCalendarsRow

	// Of options with rules that ask for them; see readRules.
	asked dbsqlc.OptionCalendarsParams
	own   []dbsqlc.OptionMeetingsRow
	rooms []dbsqlc.RoomTimesRow
}

// The errors of queued queries come out of sending the batch.

// queueOption reads the job centre and the option: that of the booking to be moved, if one is to be.
func (f *facts) queueOption(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, option, moving *uuid.UUID) {
	_, _ = q.JobCenterByCode(ctx, string(f.jc))
	pgbatch.Into(b, &f.center)
	if moving != nil {
		_, _ = q.OptionOfBooking(ctx, *moving)
	} else {
		_, _ = q.OptionByID(ctx, *option)
	}
	pgbatch.Into(b, &f.option)
}

func (f *facts) queueBooking(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, id uuid.UUID) {
	_, _ = q.BookingByID(ctx, id)
	pgbatch.Into(b, &f.booking)
}

func (f *facts) queueReservation(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries) {
	_, _ = q.CitizenReservation(ctx, f.hash)
	pgbatch.Into(b, &f.reservation)
}

func (f *facts) queueMeetings(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, p dbsqlc.CitizenMeetingsParams) {
	_, _ = q.CitizenMeetings(ctx, p)
	pgbatch.Into(b, &f.meetings)
}

// queueCalendars reads who holds the option's meetings, with their time in a window. Once it was read, readRules must follow.
func (f *facts) queueCalendars(ctx context.Context, b *pgbatch.Batch, q *dbsqlc.Queries, p dbsqlc.OptionCalendarsParams) {
	f.asked = p
	_, _ = q.OptionCalendars(ctx, p)
	pgbatch.Into(b, &f.calendars)
}

// readRules reads what the option's rules on numbers, seats and rooms ask for. Most options have none: then it does nothing.
func (f *facts) readRules(ctx context.Context, from pgbatch.Sender) error {
	if len(f.option) == 0 || len(f.calendars) == 0 {
		return nil
	}
	p, rules := f.asked, toRules(f.option[0])
	b, q := newBatch()
	if rules.Group() || rules.MaxPerDay > 0 {
		_, _ = q.OptionMeetings(ctx, dbsqlc.OptionMeetingsParams{
			FromAt: p.FromAt, ToAt: p.ToAt, Now: p.Now, CitizenHash: p.CitizenHash, Moving: p.Moving, Option: p.Option, Identifier: p.Identifier,
		})
		pgbatch.Into(b, &f.own)
	}
	if len(rules.RoomFor) > 0 {
		_, _ = q.RoomTimes(ctx, dbsqlc.RoomTimesParams{
			FromAt: p.FromAt, ToAt: p.ToAt, Now: p.Now, CitizenHash: p.CitizenHash, Moving: p.Moving, Option: p.Option,
		})
		pgbatch.Into(b, &f.rooms)
	}
	if b.Len() == 0 {
		return nil
	}
	return pgbatch.Send(ctx, from, b)
}

// known lists the calendars of case workers; those that are not known are left out unless all are wanted.
func (f *facts) known(all bool) []planner.Calendar {
	calendars := make([]planner.Calendar, 0, len(f.calendars))
	for _, r := range f.calendars {
		if r.Known || all {
			c := toCalendar(r)
			if i := slices.IndexFunc(f.own, func(m dbsqlc.OptionMeetingsRow) bool { return m.ID == r.ID }); i >= 0 {
				c.Own, c.Groups = toSpans(f.own[i].Own), toGroups(f.own[i].Groups, f.own[i].SeatsTaken)
				if c.LastDay != (planner.Date{}) {
					// Those after it wait for a person to move them: nobody joins them.
					left := c.LastDay.Midnight().AddDate(0, 0, 1)
					c.Groups = slices.DeleteFunc(c.Groups, func(g planner.GroupMeeting) bool { return !g.Start.Before(left) })
				}
			}
			calendars = append(calendars, c)
		}
	}
	return calendars
}

// calendarsOf asks for the calendars of those who hold an option's meetings.
func calendarsOf(window planner.Span, now time.Time, hash []byte) dbsqlc.OptionCalendarsParams {
	week := weeks(window)
	return dbsqlc.OptionCalendarsParams{
		FromAt: window.Start, ToAt: window.End, WeekFrom: week.Start, WeekTo: week.End, Now: now, CitizenHash: hash,
		FromDay: fromDate(planner.DateOf(window.Start)), ToDay: fromDate(planner.DateOf(window.End)),
	}
}

// weeks widens a span to the Danish weeks that it touches.
func weeks(s planner.Span) planner.Span {
	from, to := s.Start.In(planner.Copenhagen()), s.End.In(planner.Copenhagen())
	return planner.WholeDays(planner.Span{
		Start: from.AddDate(0, 0, -(int(from.Weekday())+6)%7), End: to.AddDate(0, 0, 6-(int(to.Weekday())+6)%7).Add(1),
	})
}

// newOption is the option when new meetings of it may be booked in the job centre.
func (f *facts) newOption() (planner.InterviewOption, error) {
	switch {
	case len(f.center) == 0:
		return planner.InterviewOption{}, refuse(planner.CodeUnknownJobCenter, "")
	case len(f.option) == 0 || f.option[0].JobCenterCode != string(f.jc):
		return planner.InterviewOption{}, refuse(planner.CodeUnknownOption, "not in the job centre")
	case !f.option[0].Active:
		return planner.InterviewOption{}, refuse(planner.CodeUnknownOption, "withdrawn")
	}
	return toOption(f.option[0]), nil
}

// owned is the booking when it is the citizen's and in the job centre.
func (f *facts) owned() (dbsqlc.BookingByIDRow, error) {
	switch {
	case len(f.center) == 0:
		return dbsqlc.BookingByIDRow{}, refuse(planner.CodeUnknownJobCenter, "")
	case len(f.booking) == 0 || f.booking[0].JobCenterCode != string(f.jc):
		return dbsqlc.BookingByIDRow{}, refuse(planner.CodeUnknownBooking, "")
	case !bytes.Equal(f.booking[0].CitizenHash, f.hash):
		return dbsqlc.BookingByIDRow{}, refuse(planner.CodeNotCitizensBooking, "")
	}
	return f.booking[0], nil
}

// movable is the booking and its option when the citizen may move it now.
func (f *facts) movable(now time.Time) (dbsqlc.BookingByIDRow, planner.InterviewOption, error) {
	booking, err := f.owned()
	if err != nil {
		return booking, planner.InterviewOption{}, err
	}
	var option *planner.InterviewOption
	if len(f.option) > 0 {
		o := toOption(f.option[0])
		option = &o
	}
	if err := toBooking(booking).Rebookable(option, now); err != nil {
		return booking, planner.InterviewOption{}, err
	}
	return booking, *option, nil
}

// wished refuses a wish for a case worker who does not hold these meetings; calendars were
// read for the wished one only.
func (f *facts) wished(identifier string) error {
	if identifier != "" && len(f.calendars) == 0 {
		return refuse(planner.CodeUnknownCaseWorker, "")
	}
	return nil
}

func (f *facts) search(option planner.InterviewOption, interval planner.Span, now time.Time) planner.Search {
	search := planner.Search{
		Option: option, Interval: interval, Now: now, Calendars: f.known(false), Citizen: toMeetings(f.meetings), Rooms: toRooms(f.rooms),
	}
	if len(f.center) > 0 {
		search.Closing, search.SpreadByWeek = toClosing(f.center[0]), f.center[0].SpreadByWeek
	}
	return search
}

// timeslots tells the times, and the case workers who occur in them.
func (f *facts) timeslots(option planner.InterviewOption, slots []planner.Timeslot) planner.Timeslots {
	workers := make([]planner.CaseWorker, len(f.calendars))
	for i, r := range f.calendars {
		workers[i] = toCaseWorker(f.jc, r)
	}
	return offered(option, slots, workers)
}

// offered tells the times, and of the case workers those who occur in them: no others, whom one could not book anything with.
func offered(option planner.InterviewOption, slots []planner.Timeslot, workers []planner.CaseWorker) planner.Timeslots {
	occurs := make(map[uuid.UUID]bool, len(workers))
	for _, slot := range slots {
		if len(occurs) == len(workers) {
			break
		}
		for _, w := range slot.CaseWorkers {
			occurs[w] = true
		}
	}
	return planner.Timeslots{
		Option: option, Slots: slots, CaseWorkers: slices.DeleteFunc(workers, func(w planner.CaseWorker) bool { return !occurs[w.ID] }),
	}
}

// choice is how a meeting is to be held.
type choice struct {
	worker  dbsqlc.OptionCalendarsRow
	contact int
}

// choose picks the case worker to hold a meeting at start: the first in the order of Slots who can be met as asked. Not asked
// for, the contact type is the preset one if it is possible with them, else the first that is.
func (f *facts) choose(option planner.InterviewOption, start, now time.Time, prefer uuid.UUID, asked *int, preset int, l *looks) (choice, error) {
	if start.Before(now) {
		return choice{}, refuse(planner.CodePast, "")
	}
	search := f.search(option, planner.Span{Start: start, End: start.Add(option.Duration)}, now)
	search.Prefer = prefer
	l.looked(search.Calendars, start)
	slots := search.Slots()
	if len(slots) == 0 {
		why := "no case worker whose calendar is known"
		if len(search.Calendars) > 0 {
			why = string(search.WhyNot(search.Calendars[0], start))
		}
		return choice{}, refuse(planner.CodeTaken, why)
	}
	for _, slot := range slots {
		contact := preset
		if possible := slot.ContactTypes; possible != nil && !slices.Contains(possible, contact) {
			if asked != nil {
				continue
			}
			contact = possible[0]
		}
		i := slices.IndexFunc(f.calendars, func(r dbsqlc.OptionCalendarsRow) bool { return r.ID == slot.CaseWorkers[0] })
		return choice{f.calendars[i], contact}, nil
	}
	return choice{}, refuse(planner.CodeBadContactType, "not possible at that time")
}

// meets tells whether the citizen is in another meeting during the span.
func (f *facts) meets(s planner.Span) bool {
	return slices.ContainsFunc(toMeetings(f.meetings), s.Overlaps)
}

// contactType is the contact type asked for, when the option has it, else the preset.
func contactType(option planner.InterviewOption, asked *int, preset int) (int, error) {
	if asked == nil {
		return preset, nil
	}
	if !slices.Contains(option.ContactTypes, *asked) {
		return 0, refuse(planner.CodeBadContactType, "")
	}
	return *asked, nil
}
