package externalcalendar

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire/calendar"
)

const (
	longestID  = 512 // the client's own column
	mostEvents = 500 // the client sends 15, or 45 by another setting
)

// CreateEvents takes in new appointments.
func (s *service) CreateEvents(ctx context.Context, r *calendar.CreateEventsRequest) (*calendar.CreateEventsResponse, error) {
	receipts, err := s.change(ctx, Create, r.CalendarEvent)
	if err != nil {
		return nil, err
	}
	return &calendar.CreateEventsResponse{CalendarEventReceipt: receipts, ServiceRequestLogReferenceIdentifier: s.newID()}, nil
}

// UpdateEvents takes in new times of known appointments.
func (s *service) UpdateEvents(ctx context.Context, r *calendar.UpdateEventsRequest) (*calendar.UpdateEventsResponse, error) {
	receipts, err := s.change(ctx, Update, r.CalendarEvent)
	if err != nil {
		return nil, err
	}
	return &calendar.UpdateEventsResponse{CalendarEventReceipt: receipts, ServiceRequestLogReferenceIdentifier: s.newID()}, nil
}

// DeleteEvents forgets appointments. Their times are not looked at.
func (s *service) DeleteEvents(ctx context.Context, r *calendar.DeleteEventsRequest) (*calendar.DeleteEventsResponse, error) {
	receipts, err := s.change(ctx, Delete, r.CalendarEvent)
	if err != nil {
		return nil, err
	}
	return &calendar.DeleteEventsResponse{CalendarEventReceipt: receipts, ServiceRequestLogReferenceIdentifier: s.newID()}, nil
}

// change gives one receipt per event, in their order.
func (s *service) change(ctx context.Context, verb Verb, events []calendar.CalendarEventType) ([]calendar.CalendarEventReceiptType, error) {
	workers, err := s.caseWorkers(ctx)
	if err != nil {
		return nil, err
	}
	codes := make([]receiptCode, len(events))
	worker := make([]uuid.UUID, len(events))
	var changes []Change
	var place []int // of each change among the events
	for i, e := range events {
		w, known := workers.byMail[fold(string(e.OriginEmailAddress))]
		worker[i] = w.ID
		c := Change{Verb: verb, CaseWorker: w.ID, OriginID: e.OriginSystemIdentifier, Span: planner.Span{Start: e.CalendarEventStartTime.Time, End: e.CalendarEventEndTime.Time}}
		switch n := utf8.RuneCountInString(c.OriginID); {
		case i >= mostEvents:
			codes[i] = codeTooMany
		case !known:
			codes[i] = codeUnknownMail
		case n == 0 || n > longestID:
			codes[i] = codeBadID
		case verb != Delete && c.Span.Empty():
			codes[i] = codeBadSpan
			if verb == Update && c.Span.Start.Equal(c.Span.End) {
				// Without length it blocks nothing any more; its old time must not stay.
				c.Verb = Delete
				changes, place = append(changes, c), append(place, i)
			}
		default:
			changes, place = append(changes, c), append(place, i)
		}
	}
	if len(changes) > 0 {
		done, err := s.store.Tell(ctx, workers.jc, changes)
		if err != nil {
			return nil, err
		}
		if len(done) != len(changes) {
			return nil, fmt.Errorf("%d outcomes of %d changes", len(done), len(changes))
		}
		for k, o := range done {
			code, ok := outcomes[o]
			if !ok {
				return nil, fmt.Errorf("outcome %d is not known", o)
			}
			codes[place[k]] = code
		}
	}
	receipts := make([]calendar.CalendarEventReceiptType, len(events))
	for i, e := range events {
		receipts[i] = s.receipt(worker[i], e.OriginSystemIdentifier, codes[i])
	}
	soap.CallFrom(ctx).Offered = len(receipts)
	return receipts, nil
}
