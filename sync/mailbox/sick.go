package mailbox

import (
	"context"
	"errors"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// Codes of what a mailbox's own state makes go wrong.
const (
	codeEndless = "endless-paging"
	codeTooSlow = "too-slow"
)

// sick tells whether an error looks like the mailbox's own: a feed that does not end, a gateway that gives up
// (504 for mailboxes with endless series, graph.md §1.5), an answer or a round that takes too long. When
// every mailbox fails so, it is Graph; the store sees to that difference.
func sick(err error) bool {
	var unavailable *calendar.UnavailableError
	if !errors.As(err, &unavailable) {
		return false
	}
	switch unavailable.Code {
	case codeEndless, codeTooSlow, "timeout", "http-504":
		return true
	}
	return false
}

// endless tells whether the guard against endless paging tripped: then only another way of reading helps.
func endless(err error) bool {
	var unavailable *calendar.UnavailableError
	return errors.As(err, &unavailable) && unavailable.Code == codeEndless
}

const (
	// sickBefore is how many sick rounds in a row there must have been for the next one to mean quarantine.
	sickBefore         = 2
	firstQuarantine    = 10 * time.Minute
	longestQuarantine  = 6 * time.Hour
	firstShun          = 4 * time.Hour
	longestShun        = 24 * time.Hour
	longestReserve     = 15 * time.Second
	shareOfFeed        = 2 // the feed gets half of what is left of a run, plain paging the rest
	shareOfReserve     = 4
	growthOfQuarantine = 6 // doublings
)

// quarantine is how long the mailbox is left unread, after so many quarantines in a row.
func quarantine(before int) time.Duration {
	return min(firstQuarantine<<min(before, growthOfQuarantine), longestQuarantine)
}

// shun is how long the change feed is left alone, after so many times in a row.
func shun(before int) time.Duration { return min(firstShun<<min(before, 3), longestShun) }

// within gives a run's work a little less time than the job has, so that how it ended can be stored. Without
// that, a mailbox that is too slow would be tried again at once, for ever, and hold a worker each time.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, end.Add(-min(longestReserve, time.Until(end)/shareOfReserve)), errTooSlow)
}

// feedTime bounds reading by the feed, so that time is left for the other way.
func feedTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, end.Add(-time.Until(end)/shareOfFeed), errTooSlow)
}

var errTooSlow = errors.New("not done in time")

// tooSlow names the error of work that ended because its time, and not its caller's, was up.
func tooSlow(work context.Context, err error) error {
	var throttled *calendar.ThrottledError
	if err == nil || !errors.Is(context.Cause(work), errTooSlow) || endless(err) || errors.Is(err, ErrFenced) || errors.As(err, &throttled) {
		return err
	}
	return &calendar.UnavailableError{Code: codeTooSlow, Err: err}
}
