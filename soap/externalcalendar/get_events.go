package externalcalendar

import (
	"context"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/calendar"
)

// GetEvents tells what Kommuneklients have told, for their nightly comparison: every appointment that
// starts within the bounds, both included. Of a CalendarResource only the mail is read; the client pads the rest.
func (s *service) GetEvents(ctx context.Context, r *calendar.GetEventsRequest) (*calendar.GetEventsResponse, error) {
	workers, err := s.caseWorkers(ctx)
	if err != nil {
		return nil, err
	}
	var mails []string
	for _, resource := range r.CalendarResource {
		mails = append(mails, string(resource.CalendarResourceEmailAddress))
	}
	var ids []uuid.UUID
	for _, w := range workers.named(mails) {
		ids = append(ids, w.ID)
	}
	answer := &calendar.GetEventsResponse{ServiceRequestLogReferenceIdentifier: s.newID()}
	if len(ids) == 0 {
		return answer, nil
	}
	told, err := s.store.ToldEvents(ctx, ids, bound(r.EventStartFromDateTime), bound(r.EventStartToDateTime))
	if err != nil {
		return nil, err
	}
	for _, t := range told {
		w, ok := workers.byID[t.CaseWorker]
		if !ok {
			continue
		}
		id := eventID(w.ID, t.OriginID)
		answer.CalendarEvent = append(answer.CalendarEvent, calendar.CalendarEventType{
			CalendarEventStartTime:    wire.At(t.Span.Start),
			CalendarEventEndTime:      wire.At(t.Span.End),
			OriginSystemIdentifier:    t.OriginID,
			OriginEmailAddress:        calendar.EmailAddressIdentifierType(w.Email),
			PlannerResourceIdentifier: &w.ID,
			CalendarEventIdentifier:   &id,
		})
	}
	soap.CallFrom(ctx).Offered = len(answer.CalendarEvent)
	return answer, nil
}

func bound(t *wire.DateTime) *time.Time {
	if t == nil {
		return nil
	}
	return &t.Time
}
