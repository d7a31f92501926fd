package plannerdb

import (
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

func toOption(o dbsqlc.InterviewOption) planner.InterviewOption {
	option := planner.InterviewOption{
		ID: o.ID, InterviewType: int(o.InterviewType), InterviewForm: int(o.InterviewForm), ContactTypes: ints(o.ContactTypes),
		Duration: minutes(o.DurationMinutes), SlotStep: minutes(o.SlotStepMinutes), Notice: minutes(o.NoticeMinutes),
		HorizonDays: int(o.HorizonDays), IsCompulsory: o.IsCompulsory, Title: o.Title, Description: text(o.Description),
		Location: planner.Location{Description: text(o.LocationDescription)}, Phone: text(o.Phone), Email: text(o.Email),
		RebookingDeadline: optionalMinutes(o.RebookingDeadlineMinutes), CancellationDeadline: optionalMinutes(o.CancellationDeadlineMinutes),
		Search: planner.SearchRules{
			ContactGroups: ints(o.ContactGroups), PersonCategories: ints(o.PersonCategories), PersonGroupProjects: o.PersonGroupProjects,
		},
		Rules: toRules(o),
	}
	if o.StreetName != nil {
		option.Location.Address = &planner.Address{
			StreetName: *o.StreetName, Building: text(o.StreetBuilding), Floor: text(o.Floor), Suite: text(o.Suite),
			PostCode: text(o.PostCode), District: text(o.DistrictName),
		}
	}
	return option
}

func toCaseWorker(jc planner.JobCenterCode, r dbsqlc.OptionCalendarsRow) planner.CaseWorker {
	return planner.CaseWorker{
		ID: r.ID, JobCenter: jc, Identifier: r.Identifier, GivenName: r.GivenName, MiddleName: text(r.MiddleName),
		Surname: r.Surname, Email: r.Email, Phone: text(r.Phone), Hours: toHours(r.Hours),
	}
}

func toBooking(b dbsqlc.BookingByIDRow) planner.Booking {
	return planner.Booking{
		ID: b.ID, JobCenter: planner.JobCenterCode(b.JobCenterCode), Option: b.InterviewOptionID, CaseWorker: b.CaseWorkerID,
		Span: planner.Span{Start: b.StartsAt.UTC(), End: b.EndsAt.UTC()}, ContactType: int(b.ContactType), Title: b.Title,
		Origin: planner.Origin(b.Origin), Cancelled: b.Status == cancelled, Overlaps: b.Overlapping, Revision: int(b.Revision),
	}
}

// cancelled is the status of a booking that does not take place.
const cancelled = "cancelled"

// toHours reads triples of weekday, start and end minute.
func toHours(flat []int32) []planner.WorkingHours {
	hours := make([]planner.WorkingHours, 0, len(flat)/3)
	for i := 0; i+2 < len(flat); i += 3 {
		hours = append(hours, planner.WorkingHours{Weekday: int(flat[i]), StartMinute: int(flat[i+1]), EndMinute: int(flat[i+2])})
	}
	return hours
}

// toSpans reads pairs of start and end.
func toSpans(flat []time.Time) []planner.Span {
	spans := make([]planner.Span, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		spans = append(spans, planner.Span{Start: flat[i], End: flat[i+1]})
	}
	return spans
}

func toMeetings(rows []dbsqlc.CitizenMeetingsRow) []planner.Span {
	spans := make([]planner.Span, 0, len(rows))
	for _, r := range rows {
		spans = append(spans, planner.Span{Start: r.StartsAt, End: r.EndsAt})
	}
	return spans
}

func minutes(m int32) time.Duration { return time.Duration(m) * time.Minute }

func optionalMinutes(m *int32) *time.Duration {
	if m == nil {
		return nil
	}
	d := minutes(*m)
	return &d
}

func wholeMinutes(d time.Duration) int32 { return int32(d / time.Minute) }

func optionalWholeMinutes(d *time.Duration) *int32 {
	if d == nil {
		return nil
	}
	m := wholeMinutes(*d)
	return &m
}

func ints(from []int32) []int {
	to := make([]int, len(from))
	for i, v := range from {
		to[i] = int(v)
	}
	return to
}

func int32s(from []int) []int32 {
	to := make([]int32, len(from)) // never nil: the columns are not null
	for i, v := range from {
		to[i] = int32(v)
	}
	return to
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// orNull stores no empty text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func code(jc planner.JobCenterCode) *string { return orNull(string(jc)) }

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
