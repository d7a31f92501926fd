package msgraph

import (
	"context"
	"io"

	abs "github.com/microsoft/kiota-abstractions-go"

	"kommunalplanner.example/sync/calendar"
)

// mostPages bounds lists that are read whole. A thousand subscriptions of a mailbox, the most that
// Graph allows, are ten pages.
const mostPages = 1000

// pages runs a call page by page. read gets a body and gives the next link, empty at the end; send
// gets the link to follow, empty at the start. The SDK's own iterator drops headers after the first
// page (see doc.go).
func (c *Client) pages(ctx context.Context, op operation, read func(io.Reader) (string, error), send func(context.Context, string, []abs.RequestOption) error) error {
	link := ""
	for range mostPages {
		next := ""
		err := c.call(ctx, op, func(body io.Reader) (err error) {
			if next, err = read(body); err == nil && next != "" && !c.validLink(next) {
				err = &unreadableError{codeForeignLink}
			}
			return err
		}, func(ctx context.Context, opts []abs.RequestOption) error { return send(ctx, link, opts) })
		if err != nil || next == "" {
			return err
		}
		link = next
	}
	return &calendar.UnavailableError{Code: codeEndlessPaging}
}
