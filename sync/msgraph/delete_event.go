package msgraph

import (
	"context"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// Delete moves the event to the mailbox's deleted items. ErrGone when it was not there.
func (c *Client) Delete(ctx context.Context, user string, id calendar.EventID) error {
	if !validID(user) || !validID(string(id)) {
		return errEmptyID()
	}
	return c.call(ctx, opDelete, nil, func(ctx context.Context, opts []abs.RequestOption) error {
		return c.users.ByUserId(user).Events().ByEventId(string(id)).Delete(ctx, &users.ItemEventsEventItemRequestBuilderDeleteRequestConfiguration{Headers: headers(), Options: opts})
	})
}
