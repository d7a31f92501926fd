package mailbox_test

import (
	"context"

	"kommunalplanner.example/sync/calendar"
)

// endless answers every page with the same items and a fresh next link (msgraph-sdk-dotnet #3082).
type endless struct{ *fakeGraph }

func (g endless) Changes(ctx context.Context, user string, _ calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	p, err := g.fakeGraph.Changes(ctx, user, "", w, own)
	p.Final = false
	return p, err
}
