package msgraph

import (
	"context"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// Update writes the fields that are ours, and leaves all others to the counsellor. With an etag it is
// ErrConflict when the event changed since; without, the last writer wins. ErrGone when it is not
// there.
func (c *Client) Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	if !validID(user) || !validID(string(id)) {
		return calendar.Written{}, errEmptyID()
	}
	event := ownedEvent(o)
	// The span of ours is never whole days: had somebody made it so, Graph would refuse a start that
	// is not midnight (graph.md §10.13), and go on refusing.
	allDay := false
	event.SetIsAllDay(&allDay)
	h := headers()
	if etag != "" {
		h.Add("If-Match", etag)
	}
	var w calendar.Written
	err := c.call(ctx, opUpdate, readWritten(&w), func(ctx context.Context, opts []abs.RequestOption) error {
		_, err := c.users.ByUserId(user).Events().ByEventId(string(id)).Patch(ctx, event, &users.ItemEventsEventItemRequestBuilderPatchRequestConfiguration{Headers: h, Options: opts})
		return err
	})
	if err != nil {
		return calendar.Written{}, err
	}
	return w, nil
}
