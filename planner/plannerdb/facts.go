package plannerdb

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

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
}

// The errors of queued queries come out of send.

// queueOption reads the job centre and the option: that of the booking to be moved, if one is to be.
func (f *facts) queueOption(ctx context.Context, b *batch, q *dbsqlc.Queries, option, moving *uuid.UUID) {
	_, _ = q.JobCenterByCode(ctx, string(f.jc))
	into(b, &f.center)
	if moving != nil {
		_, _ = q.OptionOfBooking(ctx, *moving)
	} else {
		_, _ = q.OptionByID(ctx, *option)
	}
	into(b, &f.option)
}

func (f *facts) queueBooking(ctx context.Context, b *batch, q *dbsqlc.Queries, id uuid.UUID) {
	_, _ = q.BookingByID(ctx, id)
	into(b, &f.booking)
}

func (f *facts) queueReservation(ctx context.Context, b *batch, q *dbsqlc.Queries) {
	_, _ = q.CitizenReservation(ctx, f.hash)
	into(b, &f.reservation)
}

func (f *facts) queueMeetings(ctx context.Context, b *batch, q *dbsqlc.Queries, p dbsqlc.CitizenMeetingsParams) {
	_, _ = q.CitizenMeetings(ctx, p)
	into(b, &f.meetings)
}

func (f *facts) queueCalendars(ctx context.Context, b *batch, q *dbsqlc.Queries, p dbsqlc.OptionCalendarsParams) {
	_, _ = q.OptionCalendars(ctx, p)
	into(b, &f.calendars)
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
	return planner.Search{
		Option: option, Interval: interval, Now: now, Calendars: toCalendars(f.calendars), Citizen: toMeetings(f.meetings),
	}
}

// timeslots answers a search with the case workers that occur in the answer.
func (f *facts) timeslots(search planner.Search) planner.Timeslots {
	answer := planner.Timeslots{Option: search.Option, Slots: search.Slots()}
	occurs := make(map[uuid.UUID]bool, len(f.calendars))
	for _, slot := range answer.Slots {
		if len(occurs) == len(search.Calendars) {
			break
		}
		for _, w := range slot.CaseWorkers {
			occurs[w] = true
		}
	}
	for _, r := range f.calendars {
		if occurs[r.ID] {
			answer.CaseWorkers = append(answer.CaseWorkers, toCaseWorker(f.jc, r))
		}
	}
	return answer
}

// choose picks the case worker to hold a meeting at start: the first free in the order of Slots.
func (f *facts) choose(option planner.InterviewOption, start, now time.Time, prefer uuid.UUID) (dbsqlc.OptionCalendarsRow, error) {
	if start.Before(now) {
		return dbsqlc.OptionCalendarsRow{}, refuse(planner.CodePast, "")
	}
	search := f.search(option, planner.Span{Start: start, End: start.Add(option.Duration)}, now)
	search.Prefer = prefer
	slots := search.Slots()
	if len(slots) == 0 {
		why := "no case worker whose calendar is known"
		if len(search.Calendars) > 0 {
			why = string(search.WhyNot(search.Calendars[0], start))
		}
		return dbsqlc.OptionCalendarsRow{}, refuse(planner.CodeTaken, why)
	}
	i := slices.IndexFunc(f.calendars, func(r dbsqlc.OptionCalendarsRow) bool { return r.ID == slots[0].CaseWorkers[0] })
	return f.calendars[i], nil
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
