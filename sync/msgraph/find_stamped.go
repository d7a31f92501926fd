package msgraph

import (
	"context"
	"io"
	"strings"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// FindStamped lists the events of the mailbox that carry the stamp of a Draft: ours, and the copies
// that people made of it, which only the stored id tells apart. Their Owned is nil. A series counts as
// its master.
func (c *Client) FindStamped(ctx context.Context, user string, stamp string) ([]calendar.Event, error) {
	if !validID(user) || stamp == "" {
		return nil, errEmptyID()
	}
	quoted := strings.ReplaceAll(stamp, "'", "''")
	filter := "singleValueExtendedProperties/Any(ep: ep/id eq '" + stampProperty + "' and ep/value eq '" + quoted + "')"
	top := int32(50)
	builder := c.users.ByUserId(user).Events()
	config := &users.ItemEventsRequestBuilderGetRequestConfiguration{Headers: headers(),
		QueryParameters: &users.ItemEventsRequestBuilderGetQueryParameters{Filter: &filter, Select: eventFields, Top: &top}}

	var found []calendar.Event
	err := c.pages(ctx, opFindStamped, func(body io.Reader) (string, error) {
		var page wirePage
		if err := decodeJSON(body, &page); err != nil {
			return "", err
		}
		if page.Value == nil {
			return "", &unreadableError{codeUnreadable}
		}
		for _, w := range *page.Value {
			if w == nil {
				continue
			}
			e, err := w.event(false)
			if err != nil {
				return "", err
			}
			found = append(found, e)
		}
		return page.NextLink, nil
	}, func(ctx context.Context, link string, opts []abs.RequestOption) error {
		config.Options = opts
		if link != "" {
			builder, config.QueryParameters = builder.WithUrl(link), nil
		}
		_, err := builder.Get(ctx, config)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
