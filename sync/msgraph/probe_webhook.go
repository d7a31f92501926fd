package msgraph

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// shortest is how soon a subscription may end; Graph raises what is less (graph.md §2.1).
const shortest = 45 * time.Minute

// ProbeWebhook has Graph call the address as it does before it sends notices there: it makes a subscription to the
// user's calendar and ends it. It asks for deletions only, so that it does not clash with the subscription in use,
// and marks the address, so that one whose making got no answer is found and ended too. A *calendar.RefusedError with
// code ValidationError says that Graph did not get the answer it wants.
func (c *Client) ProbeWebhook(ctx context.Context, user, address string) (err error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return &calendar.RefusedError{Code: "bad-address"}
	}
	q := u.Query()
	q.Set("probe", rand.Text())
	u.RawQuery = q.Encode()
	sub, err := c.subscribe(ctx, user, "deleted", u.String(), "", rand.Text(), c.now().Add(shortest))
	// Clean up also when the caller gave up meanwhile.
	after := context.WithoutCancel(ctx)
	switch _, unknown := errors.AsType[*calendar.UnavailableError](err); {
	case err == nil:
		if err := c.Unsubscribe(after, sub.ID); err != nil && !errors.Is(err, calendar.ErrGone) {
			return fmt.Errorf("end the trial subscription (it ends by itself within the hour): %w", err)
		}
		return nil
	case unknown:
		list, lerr := c.Subscriptions(after)
		for _, s := range list {
			if s.NotificationURL == u.String() {
				lerr = errors.Join(lerr, c.Unsubscribe(after, s.ID))
			}
		}
		return errors.Join(err, lerr)
	default:
		return err
	}
}
