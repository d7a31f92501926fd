package msgraph

import (
	"context"
	"io"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// Changes reads one page of a delta round of the primary calendar. The empty cursor starts a full
// round of w; any other goes on where Page.Next said, and w does not matter then. own tells which ids
// are ours, so that their fields come along; nil means none.
//
// ErrResync says that the cursor is of no use any more; also one of another Graph is.
func (c *Client) Changes(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	if !validID(user) {
		return calendar.Page{}, errEmptyID()
	}
	builder := c.users.ByUserId(user).CalendarView().Delta()
	config := &users.ItemCalendarViewDeltaRequestBuilderGetRequestConfiguration{
		// Plain text bodies, because they are small and of no use here; a delta page cannot be asked
		// to leave them out. None of these is remembered in the link (graph.md §1.1).
		Headers: headers("odata.maxpagesize=200", `outlook.body-content-type="text"`),
	}
	op := opChanges
	if at == "" {
		start, end := w.Start.UTC().Format(time.RFC3339), w.End.UTC().Format(time.RFC3339)
		config.QueryParameters = &users.ItemCalendarViewDeltaRequestBuilderGetQueryParameters{StartDateTime: &start, EndDateTime: &end}
	} else {
		op = opContinue
		if !c.validLink(string(at)) {
			return calendar.Page{}, calendar.ErrResync
		}
		builder = builder.WithUrl(string(at))
	}
	var page calendar.Page
	err := c.call(ctx, op, func(body io.Reader) (err error) {
		page, err = decodePage(body, own, c.validLink)
		return err
	}, func(ctx context.Context, opts []abs.RequestOption) error {
		config.Options = opts
		_, err := builder.GetAsDeltaGetResponse(ctx, config)
		return err
	})
	if err != nil {
		return calendar.Page{}, err
	}
	return page, nil
}

// errEmptyID: without an id the SDK builds another path ("DELETE /events"), so nothing is sent.
func errEmptyID() error { return &calendar.RefusedError{Code: "no-such-id"} }
