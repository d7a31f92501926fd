package msgraph

import (
	"context"
	"io"
	"slices"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// Event reads one event by id, in whichever calendar of the mailbox it lies. own says that it is ours,
// so that Owned is filled. ErrGone when it is not there.
func (c *Client) Event(ctx context.Context, user string, id calendar.EventID, own bool) (calendar.Event, error) {
	if !validID(user) || !validID(string(id)) {
		return calendar.Event{}, errEmptyID()
	}
	fields := eventFields
	if own {
		fields = append(slices.Clip(fields), "subject")
	}
	var e calendar.Event
	err := c.call(ctx, opEvent, func(body io.Reader) error {
		var w wireEvent
		err := decodeJSON(body, &w)
		if err == nil {
			e, err = w.event(own)
		}
		return err
	}, func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.users.ByUserId(user).Events().ByEventId(string(id)).Get(ctx, &users.ItemEventsEventItemRequestBuilderGetRequestConfiguration{
			Headers: headers(), Options: opts,
			QueryParameters: &users.ItemEventsEventItemRequestBuilderGetQueryParameters{Select: fields},
		})
		return err
	})
	if err != nil {
		return calendar.Event{}, err
	}
	return e, nil
}
