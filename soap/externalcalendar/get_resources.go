package externalcalendar

import (
	"context"
	"time"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/calendar"
)

// GetResources tells the case workers whose calendars are wanted; no mail asks for all of the job centre.
// A mailbox that is missing here is one that the client leaves alone from then on.
func (s *service) GetResources(ctx context.Context, r *calendar.GetResourcesRequest) (*calendar.GetResourcesResponse, error) {
	workers, err := s.caseWorkers(ctx)
	if err != nil {
		return nil, err
	}
	var mails []string
	for _, m := range r.EmailAddressIdentifier {
		mails = append(mails, string(m))
	}
	answer := &calendar.GetResourcesResponse{ServiceRequestLogReferenceIdentifier: s.newID()}
	for _, w := range workers.named(mails) {
		if w.Wanted {
			answer.CalendarResource = append(answer.CalendarResource, resource(w.CaseWorker))
		}
	}
	soap.CallFrom(ctx).Offered = len(answer.CalendarResource)
	return answer, nil
}

const longestRID = 64 // schema type OCESRIDType

func resource(w planner.CaseWorker) calendar.CalendarResourceType {
	rid := []rune(w.Identifier)
	return calendar.CalendarResourceType{
		CalendarResourceName:         w.Name(),
		RID:                          calendar.OCESRIDType(rid[:min(len(rid), longestRID)]),
		CalendarResourceEmailAddress: calendar.EmailAddressIdentifierType(w.Email),
		PlannerResourceIdentifier:    &w.ID,
		WorkingHours:                 workingHours(w.Hours),
		IsCaseWorker:                 true,
	}
}

// workingHours gives one entry for each day from Monday to Friday that has any, from its first start to its
// last end: there are five entries at most, and the client reads no weekday beyond 5. Only the time of day counts.
func workingHours(hours []planner.WorkingHours) []calendar.WorkingHoursType {
	const friday = 5
	var first, last [friday + 1]int
	for _, h := range hours {
		if h.Weekday < 1 || h.Weekday > friday || h.StartMinute >= h.EndMinute {
			continue
		}
		if d := h.Weekday; last[d] == 0 {
			first[d], last[d] = h.StartMinute, h.EndMinute
		} else {
			first[d], last[d] = min(first[d], h.StartMinute), max(last[d], h.EndMinute)
		}
	}
	var all []calendar.WorkingHoursType
	for d := 1; d <= friday; d++ {
		if last[d] == 0 {
			continue
		}
		end := clock(last[d])
		if last[d] == 24*60 {
			end = wire.At(end.Add(-time.Second)) // midnight would be the time of day 00:00
		}
		all = append(all, calendar.WorkingHoursType{
			WorkingHoursWeekday: calendar.WeekDayIdentifierType(d), WorkingHoursStartTime: clock(first[d]), WorkingHoursEndTime: end,
		})
	}
	return all
}

// clock is a time of day, on a day that means nothing.
func clock(minute int) wire.DateTime {
	return wire.At(time.Date(2000, 1, 3, 0, minute, 0, 0, planner.Copenhagen()))
}
