package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/translate"
)

// Taken is what a live look asks of Graph: the events that take time about a span, in one request.
type Taken interface {
	Taken(ctx context.Context, user string, span calendar.Window) ([]calendar.Event, error)
}

// LiveStore is what a live look asks of the database.
type LiveStore interface {
	// Glance reads what is known of the case worker's calendar; false when Graph has no word about it.
	Glance(ctx context.Context, caseWorker uuid.UUID, span planner.Span) (Glance, bool, error)
	// Throttled stores that nobody asks Graph about the mailbox before then.
	Throttled(ctx context.Context, mailbox int64, until time.Time) error
	// Wake makes the mailbox run soon.
	Wake(ctx context.Context, mailbox int64) error
}

// Glance is what must be known to understand what Graph tells of a span.
type Glance struct {
	Mailbox     int64
	User        string
	PausedUntil time.Time // zero: not paused
	// Own are the ids of our events, those replaced among them; Known those of busy blocks that touch the span.
	Own, Known map[calendar.EventID]bool
	Policy     translate.Policy
}

// Live looks into a calendar as it is at this moment, for a time that is about to be taken: an appointment whose notice is
// late or lost is seen all the same, and wakes the sync. It is a courtesy: when Graph does not answer within Budget, is
// throttling the mailbox, or fails, what is stored must do. It implements planner/plannerdb's LiveCalendar, and may be
// used by several goroutines.
type Live struct {
	Graph   Taken
	Store   LiveStore
	Limiter *Limiter
	// Budget is how long a look may take in all, the database's and the limiter's part included.
	Budget time.Duration
	Now    func() time.Time
	Log    *slog.Logger
	// Observe is told how each look ended: one of the Look constants.
	Observe func(outcome string)
}

// How a look ends.
const (
	LookFree    = "free"   // Graph answered: nothing but what is known
	LookTaken   = "taken"  // Graph answered, and knows of more than we do
	LookLate    = "late"   // no answer within the budget
	LookPaused  = "paused" // the mailbox is throttled; it was not asked
	LookFailed  = "failed" // Graph, or the way to it, failed
	LookNobody  = "nobody" // the case worker has no calendar at Graph whose word counts
	afterNoWord = time.Minute
)

// BusyNow lists what takes time in the span, but for our own meetings; false when Graph did not tell in time.
func (l *Live) BusyNow(ctx context.Context, caseWorker uuid.UUID, within planner.Span) (busy []planner.Span, known bool) {
	look, cancel := context.WithTimeout(ctx, l.Budget)
	defer cancel()
	busy, outcome := l.look(look, caseWorker, within)
	if outcome == LookFailed && look.Err() != nil {
		outcome = LookLate
	}
	l.Observe(outcome)
	return busy, outcome == LookFree || outcome == LookTaken
}

func (l *Live) look(ctx context.Context, caseWorker uuid.UUID, within planner.Span) (busy []planner.Span, outcome string) {
	g, there, err := l.Store.Glance(ctx, caseWorker, within)
	switch {
	case err != nil:
		return nil, LookFailed
	case !there:
		return nil, LookNobody
	case g.PausedUntil.After(l.Now()):
		return nil, LookPaused
	}
	events, err := through(ctx, l.Limiter, g.User, urgent, func() ([]calendar.Event, error) {
		return l.Graph.Taken(ctx, g.User, calendar.Window{Start: within.Start, End: within.End})
	})
	// What follows is for others, who wait longer than this caller does.
	aside, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.Budget)
	defer cancel()
	var throttled *calendar.ThrottledError
	if errors.As(err, &throttled) {
		wait := throttled.After
		if wait == 0 {
			wait = afterNoWord
		}
		if err := l.Store.Throttled(aside, g.Mailbox, l.Now().Add(wait)); err != nil {
			l.Log.WarnContext(ctx, "a mailbox's pause could not be stored", "mailbox", g.Mailbox, "err", err)
		}
		return nil, LookPaused
	}
	if err != nil {
		return nil, LookFailed
	}
	outcome = LookFree
	for _, e := range events {
		if g.Own[e.ID] {
			continue
		}
		b, blocks := translate.BusyBlock(e, nil, g.Policy)
		if !blocks || !b.Span.Overlaps(within) {
			continue
		}
		busy = append(busy, b.Span)
		if !g.Known[e.ID] {
			outcome = LookTaken
		}
	}
	if outcome == LookTaken {
		l.Log.InfoContext(ctx, "a live look saw time taken that was not known", "mailbox", g.Mailbox)
		if err := l.Store.Wake(aside, g.Mailbox); err != nil {
			l.Log.WarnContext(ctx, "a mailbox could not be woken", "mailbox", g.Mailbox, "err", err)
		}
	}
	return busy, outcome
}
