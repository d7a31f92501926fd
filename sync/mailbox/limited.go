package mailbox

import (
	"context"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// Limited is Graph behind the limiter. Writes of bookings go before everything else.
type Limited struct {
	Graph   WholeGraph
	Limiter *Limiter
}

// WholeGraph is everything that is asked of Graph: about calendars and about subscriptions.
type WholeGraph interface {
	Graph
	Notifier
}

const urgent = true

// through runs f when the limiter admits it.
func through[T any](ctx context.Context, l *Limiter, user string, urgent bool, f func() (T, error)) (T, error) {
	release, err := l.Acquire(ctx, user, urgent)
	if err != nil {
		var zero T
		return zero, err
	}
	out, err := f()
	release(err)
	return out, err
}

// Changes implements Graph.
func (g Limited) Changes(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	return through(ctx, g.Limiter, user, !urgent, func() (calendar.Page, error) { return g.Graph.Changes(ctx, user, at, w, own) })
}

// CalendarView implements Graph.
func (g Limited) CalendarView(ctx context.Context, user string, at calendar.Cursor, w calendar.Window, own func(calendar.EventID) bool) (calendar.Page, error) {
	return through(ctx, g.Limiter, user, !urgent, func() (calendar.Page, error) { return g.Graph.CalendarView(ctx, user, at, w, own) })
}

// Event implements Graph.
func (g Limited) Event(ctx context.Context, user string, id calendar.EventID, own bool) (calendar.Event, error) {
	return through(ctx, g.Limiter, user, !urgent, func() (calendar.Event, error) { return g.Graph.Event(ctx, user, id, own) })
}

// FindStamped implements Graph.
func (g Limited) FindStamped(ctx context.Context, user, stamp string) ([]calendar.Event, error) {
	return through(ctx, g.Limiter, user, !urgent, func() ([]calendar.Event, error) { return g.Graph.FindStamped(ctx, user, stamp) })
}

// Create implements Graph.
func (g Limited) Create(ctx context.Context, user string, d calendar.Draft, transactionID string) (calendar.Written, error) {
	return through(ctx, g.Limiter, user, urgent, func() (calendar.Written, error) { return g.Graph.Create(ctx, user, d, transactionID) })
}

// Update implements Graph.
func (g Limited) Update(ctx context.Context, user string, id calendar.EventID, o calendar.Owned, etag string) (calendar.Written, error) {
	return through(ctx, g.Limiter, user, urgent, func() (calendar.Written, error) { return g.Graph.Update(ctx, user, id, o, etag) })
}

// Delete implements Graph.
func (g Limited) Delete(ctx context.Context, user string, id calendar.EventID) error {
	_, err := through(ctx, g.Limiter, user, urgent, func() (struct{}, error) { return struct{}{}, g.Graph.Delete(ctx, user, id) })
	return err
}

// Subscribe implements Notifier.
func (g Limited) Subscribe(ctx context.Context, user, notificationURL, lifecycleURL, clientState string, expires time.Time) (calendar.Subscription, error) {
	return through(ctx, g.Limiter, "", !urgent, func() (calendar.Subscription, error) {
		return g.Graph.Subscribe(ctx, user, notificationURL, lifecycleURL, clientState, expires)
	})
}

// Renew implements Notifier.
func (g Limited) Renew(ctx context.Context, id string, expires time.Time) (time.Time, error) {
	return through(ctx, g.Limiter, "", !urgent, func() (time.Time, error) { return g.Graph.Renew(ctx, id, expires) })
}

// Unsubscribe implements Notifier.
func (g Limited) Unsubscribe(ctx context.Context, id string) error {
	_, err := through(ctx, g.Limiter, "", !urgent, func() (struct{}, error) { return struct{}{}, g.Graph.Unsubscribe(ctx, id) })
	return err
}

// Subscriptions implements Notifier.
func (g Limited) Subscriptions(ctx context.Context) ([]calendar.Subscription, error) {
	return through(ctx, g.Limiter, "", !urgent, func() ([]calendar.Subscription, error) { return g.Graph.Subscriptions(ctx) })
}
