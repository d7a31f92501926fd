package msgraph

import (
	"context"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/subscriptions"
)

// Renew moves the end of a subscription, and gives the end that Graph granted (it raises what is less
// than 45 minutes ahead). It reauthorises too. ErrGone when there is no such subscription any more.
func (c *Client) Renew(ctx context.Context, id string, expires time.Time) (time.Time, error) {
	if !validID(id) {
		return time.Time{}, errEmptyID()
	}
	until := expires.UTC()
	s := models.NewSubscription()
	s.SetExpirationDateTime(&until)
	var w wireSubscription
	err := c.call(ctx, opRenew, w.read, func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.subscriptions.BySubscriptionId(id).Patch(ctx, s, &subscriptions.SubscriptionItemRequestBuilderPatchRequestConfiguration{Headers: headers(), Options: opts})
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	return w.subscription().Expires, nil
}
