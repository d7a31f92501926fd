package msgraph

import (
	"context"
	"errors"
	"io"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// stampProperty is the named MAPI property that holds Draft.Stamp. The GUID is this project's own
// property set; changing it makes every event in every mailbox lose its stamp.
const stampProperty = "String {5d0b6d0c-3f0e-4c8e-9a86-7a1c52f9e2b4} Name KommunalPlannerBooking"

// Create makes an event in the primary calendar. The same transactionID with the same draft gives the
// same event again, so a creation of unknown outcome is repeated as it was. With another draft, or
// when Graph will not say, it is a *calendar.DuplicateTransactionError that names the event.
//
// Attendees are never written: with them, Exchange sends invitations (graph.md §4.1).
func (c *Client) Create(ctx context.Context, user string, d calendar.Draft, transactionID string) (calendar.Written, error) {
	if !validID(user) {
		return calendar.Written{}, errEmptyID()
	}
	event := ownedEvent(d.Owned)
	event.SetTransactionId(&transactionID)
	body, text := models.NewItemBody(), models.TEXT_BODYTYPE
	body.SetContentType(&text)
	body.SetContent(&d.Body)
	event.SetBody(body)
	if d.Location != "" {
		location := models.NewLocation()
		location.SetDisplayName(&d.Location)
		event.SetLocation(location)
	}
	if d.Stamp != "" {
		stamp, name := models.NewSingleValueLegacyExtendedProperty(), stampProperty
		stamp.SetId(&name)
		stamp.SetValue(&d.Stamp)
		event.SetSingleValueExtendedProperties([]models.SingleValueLegacyExtendedPropertyable{stamp})
	}
	var w calendar.Written
	err := c.call(ctx, opCreate, readWritten(&w), func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.users.ByUserId(user).Events().Post(ctx, event, &users.ItemEventsRequestBuilderPostRequestConfiguration{Headers: headers(), Options: opts})
		return err
	})
	if duplicate, ok := errors.AsType[*calendar.DuplicateTransactionError](err); ok {
		return calendar.Written{}, c.nameImmutably(ctx, user, duplicate)
	}
	if err != nil {
		return calendar.Written{}, err
	}
	return w, nil
}

// nameImmutably exchanges the id in the error for the immutable one: nowhere is it said which kind
// Graph puts there, and with the other kind our event would look like a stranger in the next round.
func (c *Client) nameImmutably(ctx context.Context, user string, d *calendar.DuplicateTransactionError) error {
	e, err := c.Event(ctx, user, d.Existing, false)
	switch {
	case err == nil:
		return &calendar.DuplicateTransactionError{Existing: e.ID}
	case errors.Is(err, calendar.ErrGone):
		return d // made and deleted since; the caller's next write finds out
	default:
		return err
	}
}

// ownedEvent is a new event with the fields that are ours and no others. It is always a new one: the
// SDK does not notice changes to events that it read, and would send none of them (see doc.go).
func ownedEvent(o calendar.Owned) *models.Event {
	event := models.NewEvent()
	start, end := moments(o.Start, o.End)
	event.SetStart(start)
	event.SetEnd(end)
	event.SetSubject(&o.Subject)
	event.SetShowAs(freeBusy(o.ShowAs))
	return event
}

func freeBusy(s calendar.ShowAs) *models.FreeBusyStatus {
	status := models.BUSY_FREEBUSYSTATUS
	switch s {
	case calendar.Free:
		status = models.FREE_FREEBUSYSTATUS
	case calendar.Tentative:
		status = models.TENTATIVE_FREEBUSYSTATUS
	case calendar.OutOfOffice:
		status = models.OOF_FREEBUSYSTATUS
	case calendar.WorkingElsewhere:
		status = models.WORKINGELSEWHERE_FREEBUSYSTATUS
	}
	return &status
}

// readWritten reads what Graph answers to a write. An answer without identity is as good as none.
func readWritten(into *calendar.Written) func(io.Reader) error {
	return func(body io.Reader) error {
		var w wireEvent
		if err := decodeJSON(body, &w); err != nil {
			return err
		}
		if !validID(w.ID) {
			return &unreadableError{codeUnreadable}
		}
		*into = calendar.Written{ID: calendar.EventID(w.ID), ETag: w.etag()}
		return nil
	}
}
