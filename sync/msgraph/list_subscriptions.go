package msgraph

import (
	"context"
	"io"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/subscriptions"

	"kommunalplanner.example/sync/calendar"
)

// Subscriptions lists all that this app has in the tenant, those to other things than calendars and
// those made by other installations with the same app among them.
func (c *Client) Subscriptions(ctx context.Context) ([]calendar.Subscription, error) {
	builder := c.subscriptions
	config := &subscriptions.SubscriptionsRequestBuilderGetRequestConfiguration{Headers: headers()}
	var list []calendar.Subscription
	err := c.pages(ctx, opSubscriptions, func(body io.Reader) (string, error) {
		var page struct {
			Value    *[]*wireSubscription `json:"value"`
			NextLink string               `json:"@odata.nextLink"`
		}
		if err := decodeJSON(body, &page); err != nil {
			return "", err
		}
		if page.Value == nil {
			return "", &unreadableError{codeUnreadable}
		}
		for _, w := range *page.Value {
			if w != nil && validID(w.ID) {
				list = append(list, w.subscription())
			}
		}
		return page.NextLink, nil
	}, func(ctx context.Context, link string, opts []abs.RequestOption) error {
		config.Options = opts
		if link != "" {
			builder = builder.WithUrl(link)
		}
		_, err := builder.Get(ctx, config)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
