package msgraph

import (
	"context"
	"io"
	"slices"
	"time"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"kommunalplanner.example/sync/calendar"
)

// takenFields are what tells whether an event takes time, and when; less than that is not to be had.
var takenFields = []string{"id", "type", "seriesMasterId", "start", "end", "isAllDay", "isCancelled", "showAs", "responseStatus"}

// mostTaken is far more than anybody has within the length of a meeting.
const mostTaken = 200

// Taken lists the events of the primary calendar that may take time in the span as it is at this moment, in one request;
// Owned is nil on each. Events next to the span may be among them, since Graph takes all-day ones for days in UTC.
func (c *Client) Taken(ctx context.Context, user string, span calendar.Window) ([]calendar.Event, error) {
	if !validID(user) {
		return nil, errEmptyID()
	}
	// Danish days begin and end up to two hours before those in UTC.
	start, end := span.Start.UTC().Format(time.RFC3339), span.End.UTC().Add(2*time.Hour).Format(time.RFC3339)
	top := int32(mostTaken)
	config := &users.ItemCalendarViewRequestBuilderGetRequestConfiguration{Headers: headers(),
		QueryParameters: &users.ItemCalendarViewRequestBuilderGetQueryParameters{StartDateTime: &start, EndDateTime: &end, Top: &top, Select: takenFields}}
	var page calendar.Page
	err := c.call(ctx, opTaken, func(body io.Reader) (err error) {
		page, err = decodePlainPage(body, nil, c.validLink)
		return err
	}, func(ctx context.Context, opts []abs.RequestOption) error {
		config.Options = opts
		_, err := c.users.ByUserId(user).CalendarView().Get(ctx, config)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !page.Final:
		return nil, &calendar.UnavailableError{Code: codeEndlessPaging}
	}
	return page.Events, nil
}

// CalendarView reads one page of all that lies in w, in the primary calendar, without the change feed: for
// mailboxes whose feed does not end (graph.md §1.5). Occurrences come with everything that their master has, and
// masters do not come. The empty cursor is the first page; after the Final one, whose Next is empty, there is no
// more. own is as for Changes.
//
// Pages are counted off, not remembered: what changes between two of them may be missed or told twice.
func (c *Client) CalendarView(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	if !validID(user) {
		return calendar.Page{}, errEmptyID()
	}
	builder := c.users.ByUserId(user).CalendarView()
	config := &users.ItemCalendarViewRequestBuilderGetRequestConfiguration{Headers: headers()}
	if at == "" {
		start, end := w.Start.UTC().Format(time.RFC3339), w.End.UTC().Format(time.RFC3339)
		// Unlike the feed, this can be asked to leave text out. The subject comes for the sake of our own events; it
		// is decoded of no other.
		top := int32(1000)
		config.QueryParameters = &users.ItemCalendarViewRequestBuilderGetQueryParameters{
			StartDateTime: &start, EndDateTime: &end, Top: &top, Select: append(slices.Clip(eventFields), "subject"), Orderby: []string{"start/dateTime"},
		}
	} else {
		if !c.validLink(string(at)) {
			return calendar.Page{}, &calendar.UnavailableError{Code: codeForeignLink}
		}
		builder = builder.WithUrl(string(at))
	}
	var page calendar.Page
	err := c.call(ctx, opCalendarView, func(body io.Reader) (err error) {
		page, err = decodePlainPage(body, own, c.validLink)
		return err
	}, func(ctx context.Context, opts []abs.RequestOption) error {
		config.Options = opts
		_, err := builder.Get(ctx, config)
		return err
	})
	if err != nil {
		return calendar.Page{}, err
	}
	return page, nil
}
