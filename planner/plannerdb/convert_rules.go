package plannerdb

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// toRules reads an option's rules on time.
func toRules(o dbsqlc.InterviewOption) planner.OptionRules {
	r := planner.OptionRules{
		BufferBefore: minutes(o.BufferBeforeMinutes), BufferAfter: minutes(o.BufferAfterMinutes), MaxPerDay: int(orZero(o.MaxPerDay)),
	}
	if o.Seats > 1 {
		r.Seats = int(o.Seats)
	}
	if len(o.RoomContactTypes) > 0 {
		r.RoomFor = ints(o.RoomContactTypes)
	}
	if len(o.Competences) > 0 {
		r.Competences = o.Competences
	}
	return r
}

func toClosing(c dbsqlc.JobCenterByCodeRow) planner.ClosingDays {
	closing := planner.ClosingDays{
		PublicHolidays: c.ClosedOnPublicHolidays, LabourDay: c.ClosedOnLabourDay, ConstitutionDay: c.ClosedOnConstitutionDay,
		ChristmasEve: c.ClosedOnChristmasEve, NewYearsEve: c.ClosedOnNewYearsEve,
	}
	for _, d := range c.ClosingDays {
		closing.Local = append(closing.Local, toDate(d.Time))
	}
	return closing
}

func toDate(day time.Time) planner.Date {
	y, m, d := day.Date()
	return planner.Date{Year: y, Month: m, Day: d}
}

// toLastDay reads null as none.
func toLastDay(d pgtype.Date) planner.Date {
	if !d.Valid {
		return planner.Date{}
	}
	return toDate(d.Time)
}

func fromDate(d planner.Date) pgtype.Date {
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

// toExceptions reads triples of days since 2000, start and end minute.
func toExceptions(flat []int32) []planner.DateHours {
	var found []planner.DateHours
	for i := 0; i+2 < len(flat); i += 3 {
		found = append(found, planner.DateHours{
			Date:        toDate(time.Date(2000, 1, 1+int(flat[i]), 0, 0, 0, 0, time.UTC)),
			StartMinute: int(flat[i+1]), EndMinute: int(flat[i+2]),
		})
	}
	return found
}

// toContacts reads pairs of weekday and contact type.
func toContacts(flat []int32) []planner.ContactRule {
	var found []planner.ContactRule
	for i := 0; i+1 < len(flat); i += 2 {
		found = append(found, planner.ContactRule{Weekday: int(flat[i]), ContactType: int(flat[i+1])})
	}
	return found
}

// toGroups reads triples of start and the held time, and beside them pairs of seats taken and contact type.
func toGroups(times []time.Time, seats []int32) []planner.GroupMeeting {
	var found []planner.GroupMeeting
	for i := 0; 3*i+2 < len(times) && 2*i+1 < len(seats); i++ {
		found = append(found, planner.GroupMeeting{
			Start: times[3*i], Held: planner.Span{Start: times[3*i+1], End: times[3*i+2]}, Taken: int(seats[2*i]), ContactType: int(seats[2*i+1]),
		})
	}
	return found
}

func toCalendar(r dbsqlc.OptionCalendarsRow) planner.Calendar {
	return planner.Calendar{
		CaseWorker: r.ID, Identifier: r.Identifier, Hours: toHours(r.Hours), Exceptions: toExceptions(r.Exceptions), Contacts: toContacts(r.Contacts),
		MaxPerDay: int(r.MaxPerDay), LastDay: toLastDay(r.LastDay), Busy: toSpans(r.Busy), Held: toSpans(r.Held),
	}
}

func toRooms(rows []dbsqlc.RoomTimesRow) []planner.Room {
	var rooms []planner.Room
	for _, r := range rows {
		rooms = append(rooms, planner.Room{ID: r.ID, Held: toSpans(r.Held)})
	}
	return rooms
}
