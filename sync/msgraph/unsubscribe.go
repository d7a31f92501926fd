package msgraph

import (
	"context"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/subscriptions"
)

// Unsubscribe ends a subscription. ErrGone when there was none.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	if !validID(id) {
		return errEmptyID()
	}
	return c.call(ctx, opUnsubscribe, nil, func(ctx context.Context, opts []abs.RequestOption) error {
		return c.subscriptions.BySubscriptionId(id).Delete(ctx, &subscriptions.SubscriptionItemRequestBuilderDeleteRequestConfiguration{Headers: headers(), Options: opts})
	})
}
