package msgraph

import (
	"context"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// Purge deletes the event so that it does not lie in the mailbox's deleted items either. ErrGone when it was not
// there.
func (c *Client) Purge(ctx context.Context, user string, id calendar.EventID) error {
	if !validID(user) || !validID(string(id)) {
		return errEmptyID()
	}
	return c.call(ctx, opPurge, nil, func(ctx context.Context, opts []abs.RequestOption) error {
		return c.users.ByUserId(user).Events().ByEventId(string(id)).PermanentDelete().Post(ctx, &users.ItemEventsItemPermanentDeleteRequestBuilderPostRequestConfiguration{Headers: headers(), Options: opts})
	})
}
