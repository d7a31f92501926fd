package msgraph

import (
	"context"
	"io"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/subscriptions"

	"kommunalplanner.example/sync/calendar"
)

// LongestSubscription is how far ahead a subscription to events may expire (graph.md §2.1).
const LongestSubscription = 10_080 * time.Minute

// Subscribe asks Graph to tell of every change in the user's calendars. While this runs, Graph calls
// both URLs to see whether they answer. clientState (up to 128 characters) comes back in each notice.
// Events in notices go by immutable ids, which only creation can settle.
func (c *Client) Subscribe(ctx context.Context, user, notificationURL, lifecycleURL, clientState string, expires time.Time) (calendar.Subscription, error) {
	return c.subscribe(ctx, user, "created,updated,deleted", notificationURL, lifecycleURL, clientState, expires)
}

func (c *Client) subscribe(ctx context.Context, user, changes, notificationURL, lifecycleURL, clientState string, expires time.Time) (calendar.Subscription, error) {
	if !validID(user) {
		return calendar.Subscription{}, errEmptyID()
	}
	resource, until := "users/"+user+"/events", expires.UTC()
	s := models.NewSubscription()
	s.SetChangeType(&changes)
	s.SetResource(&resource)
	s.SetNotificationUrl(&notificationURL)
	if lifecycleURL != "" { // cannot be added later
		s.SetLifecycleNotificationUrl(&lifecycleURL)
	}
	s.SetClientState(&clientState)
	s.SetExpirationDateTime(&until)
	var w wireSubscription
	err := c.call(ctx, opSubscribe, w.read, func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.subscriptions.Post(ctx, s, &subscriptions.SubscriptionsRequestBuilderPostRequestConfiguration{Headers: headers(), Options: opts})
		return err
	})
	if err != nil {
		return calendar.Subscription{}, err
	}
	return w.subscription(), nil
}

type wireSubscription struct {
	ID                 string    `json:"id"`
	Resource           string    `json:"resource"`
	NotificationURL    string    `json:"notificationUrl"`
	ExpirationDateTime time.Time `json:"expirationDateTime"`
}

func (w *wireSubscription) read(body io.Reader) error {
	if err := decodeJSON(body, w); err != nil {
		return err
	}
	if !validID(w.ID) || w.ExpirationDateTime.IsZero() {
		return &unreadableError{codeUnreadable}
	}
	return nil
}

func (w *wireSubscription) subscription() calendar.Subscription {
	return calendar.Subscription{ID: w.ID, Resource: w.Resource, NotificationURL: w.NotificationURL, Expires: w.ExpirationDateTime.UTC()}
}
